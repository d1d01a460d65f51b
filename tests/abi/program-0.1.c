/* program-0.1.c - a program of the first version: compiled by its header, linked to its symbols, run on the library of today */
#include <stdio.h>
#include <string.h>

#include "ln-0.1.h"

static int failures;

static void expect(int true_one, const char *what)
{
	if (!true_one) {
		printf("program-0.1: not so: %s\n", what);
		failures++;
	}
}

/* Values that are exact in every kernel and every order, or one rounding from it. */
static int near(double a, double b)
{
	double error = a - b;
	return error < 1e-6 && error > -1e-6;
}

/* Each member that moves the result is set to what no other member may hold, and the result is known. */
static void forward_reads_its_members(void)
{
	const float x[] = {3, 4, 99, 4, 3}, residual[] = {-4, 0}, gamma[] = {2, 4}, gate[] = {0, 0, 7, 0, 0};
	int8_t y[6] = {55, 55, 55, 55, 55, 55};
	float rstd[2] = {0, 0}, sum[4];
	ln_desc d = {.struct_size = sizeof d, .norm = LN_RMSNORM, .y_type = LN_I8, .y_zero_point = -3, .rows = 2, .cols = 2, .x_stride = 3,
		     .y_stride = 4, .y_scale = 0.25, .residual_stride = LN_BROADCAST, .sum_stride = 2};
	ln_forward_tensors t = {.struct_size = sizeof t, .x = x, .gamma = gamma, .y = y, .rstd = rstd};
	expect(ln_forward(&d, &t) == LN_OK, "ln_forward takes the first descriptor");
	/* rms is sqrt(12.5): 3 and 4 become .848528 and 1.131371; times gamma and 4, minus 3: 4 and 15; the other way round: 6 and 11. */
	expect(y[0] == 4 && y[1] == 15 && y[4] == 6 && y[5] == 11 && y[2] == 55 && y[3] == 55, "int8 rows in their places");
	expect(near(rstd[0], 0.2828427125) && near(rstd[1], 0.2828427125), "rstd of both rows");

	float out[4];
	d.y_type = 0, d.y_zero_point = 0, d.y_scale = 0, d.y_stride = 0, d.gate_stride = 3;
	t.residual = residual, t.gate = gate, t.sum = sum, t.y = out;
	expect(ln_forward(&d, &t) == LN_OK, "ln_forward with residual, gate and sum");
	expect(sum[0] == -1 && sum[1] == 4 && sum[2] == 0 && sum[3] == 3 && out[0] == 0 && out[3] == 0, "x + residual, and silu(0) = 0");
}

static void backward_reads_its_members(void)
{
	const float x[] = {1, 2, 3, 6}, gamma[] = {1, 2}, dy[] = {1, 0, 0, 1};
	float dx[4], dgamma[2], dbeta[2];
	ln_desc d = {.struct_size = sizeof d, .rows = 1, .cols = 4, .cols_per_param = 2};
	ln_backward_tensors t = {.struct_size = sizeof t, .x = x, .dy = dy, .gamma = gamma, .dx = dx, .dgamma = dgamma, .dbeta = dbeta};
	expect(ln_backward_workspace_size(&d) != SIZE_MAX, "a size of the workspace");
	double workspace[4096];
	t.workspace = workspace, t.workspace_size = sizeof workspace;
	expect(ln_backward(&d, &t) == LN_OK, "ln_backward takes the first descriptor");
	expect(near(dx[0], .4390720) && near(dx[3], .2099910) && near(dgamma[0], -1.0690450) && near(dgamma[1], 1.6035675) &&
	       dbeta[0] == 1 && dbeta[1] == 1, "gradients of a group norm");
}

static void cells_read_their_members(void)
{
	const float wh[] = {1, -1}, wx[] = {2, -2};
	float h[2], dwh[2], dh[] = {1, 1};
	double workspace[4096];
	ln_cell_desc d = {.struct_size = sizeof d, .cell = LN_RNN, .rows = 1, .hidden = 2};
	ln_cell_forward_tensors t = {.struct_size = sizeof t, .wh = wh, .wx = wx, .h = h};
	ln_cell_backward_tensors b = {.struct_size = sizeof b, .wh = wh, .wx = wx, .dh = dh, .dwh = dwh,
				      .workspace = workspace, .workspace_size = sizeof workspace};
	char why[LN_EXPLANATION];
	expect(ln_cell_param_count(&d) == 4 && ln_cell_backward_workspace_size(&d) <= sizeof workspace, "sizes of a cell");
	expect(ln_cell_forward(&d, &t) == LN_OK && near(h[0], .7615941560) && near(h[1], -.7615941560), "tanh of the norm of 3 and -3");
	expect(ln_cell_backward(&d, &b) == LN_OK && near(dwh[0], 0) && near(dwh[1], 0), "the gradients of what cancels");
	expect(ln_explain_cell_forward(&d, &t, why, sizeof why) == LN_OK, "why it is not refused");
	expect(ln_explain_cell_backward(&d, &b, why, sizeof why) == LN_OK, "why the gradients are not refused");
}

static void moments_are_laid_out_so(void)
{
	const float x[] = {1, 2, 3, 6};
	ln_moments m, rms, first, rest;
	expect(ln_moments_f32(4, x, &m) == LN_OK && m.count == 4 && near(m.mean + m.mean_lo + m.mean_rest, 3) && near(m.m2 + m.m2_lo, 14), "moments");
	expect(ln_rms_moments_f32(4, x, &rms) == LN_OK && rms.mean == 0 && near(rms.m2 + rms.m2_lo, 50), "moments of RMSNorm");
	expect(ln_moments_f32(2, x, &first) == LN_OK && ln_moments_f32(2, x + 2, &rest) == LN_OK && ln_moments_merge(&first, &rest) == LN_OK &&
	       first.count == 4 && near(first.mean + first.mean_lo + first.mean_rest, 3) && near(first.m2 + first.m2_lo, 14), "a merge");
}

int main(void)
{
	const float x[] = {-1, 1};
	float y[2];
	forward_reads_its_members();
	backward_reads_its_members();
	cells_read_their_members();
	moments_are_laid_out_so();
	expect(ln_layernorm_f32(1, 2, x, NULL, NULL, 0, y) == LN_OK && y[0] == -1 && y[1] == 1, "ln_layernorm_f32");
	expect(ln_rmsnorm_f32(1, 2, x, NULL, 0, y) == LN_OK && y[0] == -1 && y[1] == 1, "ln_rmsnorm_f32");
	expect(ln_l2norm_f32(1, 2, x, NULL, 2, y) == LN_OK && y[0] == -0.5f && y[1] == 0.5f, "ln_l2norm_f32");
	expect(ln_layernorm_f32(1, 0, x, NULL, NULL, 0, y) == -2 && strlen(ln_strerror(-2)) > 0, "errors keep their numbers");
	expect(ln_version() >= LN_VERSION && ln_version() >> 16 == LN_VERSION_MAJOR, "a later version of the same SONAME");
	return failures != 0;
}
