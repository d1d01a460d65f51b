/* row_apart.c - a row of a plain call that floats cannot hold without a scale, by the general pipeline */
#include "forward.h"

void ln_row_apart(const struct plain *p, size_t row)
{
	const ln_desc d = { .struct_size = sizeof d, .norm = p->norm, .x_type = p->type, .rows = 1, .cols = p->cols, .eps = p->eps };
	size_t offset = row * p->cols * ln_type_size(p->type);
	struct forward f = { .r = { .x = ln_tensor_at((const char *)p->x + offset), .y = ln_tensor_at((const char *)p->y + offset),
				    .p = { .gamma = p->gamma, .beta = p->beta },
				    .mean = p->mean ? p->mean + row : NULL, .rstd = p->rstd ? p->rstd + row : NULL } };
	struct fault fault;

	ln_resolve(&d, FORWARD, &f.r, &fault);
	f.kernels = p->kernels;
	f.stages = &f.kernels->f32;
	ln_forward_plain_row(&f, 0);
}
