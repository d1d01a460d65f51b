/* layout.c - sizes and offsets of the public structs, as they were when each member came; compiled, never run
 *
 * A struct grows at its end: a new version may change a SIZE and add a line, and changes no other line. Pointers have 8 bytes here;
 * elsewhere there is nothing to check but that it compiles.
 */
#include "ln.h"

#if UINTPTR_MAX == UINT64_MAX
#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), "the size of " #type)
#define AT(type, member, bytes) _Static_assert(offsetof(type, member) == (bytes), "where " #type " has " #member)

SIZE(ln_desc, 296);
AT(ln_desc, struct_size, 0);
AT(ln_desc, norm, 4);
AT(ln_desc, flags, 8);
AT(ln_desc, x_type, 12);
AT(ln_desc, residual_type, 16);
AT(ln_desc, param_type, 20);
AT(ln_desc, gate_type, 24);
AT(ln_desc, y_type, 28);
AT(ln_desc, sum_type, 32);
AT(ln_desc, y_zero_point, 36);
AT(ln_desc, rows, 40);
AT(ln_desc, cols, 48);
AT(ln_desc, heads, 56);
AT(ln_desc, x_stride, 64);
AT(ln_desc, x_head_stride, 72);
AT(ln_desc, residual_stride, 80);
AT(ln_desc, residual_head_stride, 88);
AT(ln_desc, gate_stride, 96);
AT(ln_desc, gate_head_stride, 104);
AT(ln_desc, y_stride, 112);
AT(ln_desc, y_head_stride, 120);
AT(ln_desc, sum_stride, 128);
AT(ln_desc, sum_head_stride, 136);
AT(ln_desc, rows_per_param, 144);
AT(ln_desc, param_rows, 152);
AT(ln_desc, param_stride, 160);
AT(ln_desc, cols_per_param, 168);
AT(ln_desc, eps, 176);
AT(ln_desc, y_scale, 184);
AT(ln_desc, x_col_stride, 192);
AT(ln_desc, residual_col_stride, 200);
AT(ln_desc, gate_col_stride, 208);
AT(ln_desc, y_col_stride, 216);
AT(ln_desc, sum_col_stride, 224);
AT(ln_desc, cols_per_run, 232);
AT(ln_desc, x_run_stride, 240);
AT(ln_desc, residual_run_stride, 248);
AT(ln_desc, gate_run_stride, 256);
AT(ln_desc, y_run_stride, 264);
AT(ln_desc, sum_run_stride, 272);
AT(ln_desc, cols_per_scale, 280);
AT(ln_desc, scale_type, 288);
AT(ln_desc, reserved, 292);

SIZE(ln_moments, 48);
AT(ln_moments, count, 0);
AT(ln_moments, mean, 8);
AT(ln_moments, mean_lo, 16);
AT(ln_moments, m2, 24);
AT(ln_moments, m2_lo, 32);
AT(ln_moments, mean_rest, 40);

SIZE(ln_forward_tensors, 112);
AT(ln_forward_tensors, struct_size, 0);
AT(ln_forward_tensors, x, 8);
AT(ln_forward_tensors, residual, 16);
AT(ln_forward_tensors, gamma, 24);
AT(ln_forward_tensors, beta, 32);
AT(ln_forward_tensors, gate, 40);
AT(ln_forward_tensors, moments, 48);
AT(ln_forward_tensors, y, 56);
AT(ln_forward_tensors, y_scale, 64);
AT(ln_forward_tensors, sum, 72);
AT(ln_forward_tensors, mean, 80);
AT(ln_forward_tensors, rstd, 88);
AT(ln_forward_tensors, parallel_for, 96);
AT(ln_forward_tensors, pool, 104);

SIZE(ln_backward_tensors, 136);
AT(ln_backward_tensors, struct_size, 0);
AT(ln_backward_tensors, x, 8);
AT(ln_backward_tensors, dy, 16);
AT(ln_backward_tensors, dsum, 24);
AT(ln_backward_tensors, gamma, 32);
AT(ln_backward_tensors, beta, 40);
AT(ln_backward_tensors, gate, 48);
AT(ln_backward_tensors, mean, 56);
AT(ln_backward_tensors, rstd, 64);
AT(ln_backward_tensors, dx, 72);
AT(ln_backward_tensors, dgamma, 80);
AT(ln_backward_tensors, dbeta, 88);
AT(ln_backward_tensors, dgate, 96);
AT(ln_backward_tensors, workspace, 104);
AT(ln_backward_tensors, workspace_size, 112);
AT(ln_backward_tensors, parallel_for, 120);
AT(ln_backward_tensors, pool, 128);

SIZE(ln_cell_desc, 40);
AT(ln_cell_desc, struct_size, 0);
AT(ln_cell_desc, cell, 4);
AT(ln_cell_desc, flags, 8);
AT(ln_cell_desc, reserved, 12);
AT(ln_cell_desc, rows, 16);
AT(ln_cell_desc, hidden, 24);
AT(ln_cell_desc, eps, 32);

SIZE(ln_cell_forward_tensors, 72);
AT(ln_cell_forward_tensors, struct_size, 0);
AT(ln_cell_forward_tensors, wh, 8);
AT(ln_cell_forward_tensors, wx, 16);
AT(ln_cell_forward_tensors, h_prev, 24);
AT(ln_cell_forward_tensors, c_prev, 32);
AT(ln_cell_forward_tensors, params, 40);
AT(ln_cell_forward_tensors, active, 48);
AT(ln_cell_forward_tensors, h, 56);
AT(ln_cell_forward_tensors, c, 64);

SIZE(ln_cell_backward_tensors, 128);
AT(ln_cell_backward_tensors, struct_size, 0);
AT(ln_cell_backward_tensors, wh, 8);
AT(ln_cell_backward_tensors, wx, 16);
AT(ln_cell_backward_tensors, h_prev, 24);
AT(ln_cell_backward_tensors, c_prev, 32);
AT(ln_cell_backward_tensors, params, 40);
AT(ln_cell_backward_tensors, active, 48);
AT(ln_cell_backward_tensors, dh, 56);
AT(ln_cell_backward_tensors, dc, 64);
AT(ln_cell_backward_tensors, dwh, 72);
AT(ln_cell_backward_tensors, dwx, 80);
AT(ln_cell_backward_tensors, dh_prev, 88);
AT(ln_cell_backward_tensors, dc_prev, 96);
AT(ln_cell_backward_tensors, dparams, 104);
AT(ln_cell_backward_tensors, workspace, 112);
AT(ln_cell_backward_tensors, workspace_size, 120);
#endif
