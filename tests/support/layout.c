/* layout.c - random strides of rows and columns: rows contiguous, side by side, or anywhere between */
#include "layout.h"

struct layout { uint64_t *stride, *head_stride, *col_stride, *run_stride; };

/* Where rows and columns may lie: contiguous; side by side; every other place; heads outside, side by side within; columns of pairs. */
static void draw_layout(struct rng *r, const ln_desc *d, struct layout l)
{
	uint64_t heads = d->heads ? d->heads : 1, outer = d->rows / heads, gap = rng_below(r, 2) ? 0 : rng_below(r, 20);

	switch (rng_below(r, d->cols_per_run ? 10 : 6)) {
	case 0:
		return;
	case 1:
	case 2:
		*l.col_stride = (heads > 1 ? heads : d->rows) + 1 + gap;
		*l.stride = rng_below(r, 2) || heads == 1 ? 0 : d->cols * *l.col_stride + gap;
		return;
	case 3:
		*l.head_stride = 2 + rng_below(r, 2);
		*l.stride = heads > 1 ? 0 : *l.head_stride;
		*l.col_stride = (heads > 1 ? heads : outer) * *l.head_stride + gap + 1;
		return;
	case 4:
		*l.stride = 1;
		*l.col_stride = outer + 1 + gap;
		*l.head_stride = d->cols * *l.col_stride + gap;
		return;
	case 6:	/* channels last, a group of channels in each row */
		*l.run_stride = 1;
		*l.head_stride = d->cols / d->cols_per_run;
		*l.col_stride = heads * *l.head_stride + 1 + gap;
		*l.stride = d->cols_per_run * *l.col_stride + gap;
		return;
	case 7:	/* runs of elements side by side */
		*l.run_stride = d->cols_per_run + gap;
		*l.head_stride = d->cols / d->cols_per_run * *l.run_stride;
		*l.stride = heads * *l.head_stride + gap;
		return;
	case 8:	/* runs beyond all rows */
		*l.head_stride = d->cols_per_run * 2;
		*l.col_stride = 2;
		*l.stride = heads * *l.head_stride;
		*l.run_stride = outer * *l.stride + gap;
		return;
	case 9:	/* rows side by side, in runs with a gap between */
		*l.head_stride = 1;
		*l.col_stride = heads + 1 + gap;
		*l.run_stride = d->cols_per_run * *l.col_stride + gap + 2;
		*l.stride = d->cols / d->cols_per_run * *l.run_stride;
		return;
	default:
		*l.col_stride = 2;
		*l.head_stride = 2 * d->cols + gap;
		*l.stride = heads * *l.head_stride;
	}
}

void layouts_draw(struct rng *r, ln_desc *d)
{
	uint64_t run = 1 + rng_below(r, 40);

	while (d->cols % run != 0)
		run--;
	d->cols_per_run = rng_below(r, 2) ? run : 0;
	draw_layout(r, d, (struct layout){&d->x_stride, &d->x_head_stride, &d->x_col_stride, &d->x_run_stride});
	draw_layout(r, d, (struct layout){&d->residual_stride, &d->residual_head_stride, &d->residual_col_stride, &d->residual_run_stride});
	draw_layout(r, d, (struct layout){&d->gate_stride, &d->gate_head_stride, &d->gate_col_stride, &d->gate_run_stride});
	draw_layout(r, d, (struct layout){&d->y_stride, &d->y_head_stride, &d->y_col_stride, &d->y_run_stride});
	draw_layout(r, d, (struct layout){&d->sum_stride, &d->sum_head_stride, &d->sum_col_stride, &d->sum_run_stride});
}
