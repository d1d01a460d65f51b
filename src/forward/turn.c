/* turn.c - a piece of a matrix turned: columns of rows that lie side by side become rows of floats, and rows of floats such columns */
#include "turn.h"

void ln_turn_in(const struct forward *f, const struct tensor *t, size_t row, size_t rows, size_t at, size_t n, float *to, size_t pitch,
		float *room)
{
	const float *columns = (const float *)(const void *)ln_element(f, t, row, at);
	size_t stride = t->col_stride / t->size;

	if (f->kernels->read[t->type] != NULL) {	/* made floats first */
		for (size_t i = 0; i < n; i++)
			f->kernels->read[t->type](rows, ln_element(f, t, row, at + i), room + i * rows);
		columns = room;
		stride = rows;
	}
	f->kernels->transpose(&(struct turn){ .rows = n, .cols = rows, .from = columns, .from_stride = stride, .to = to, .to_stride = pitch });
}

void ln_turn_out(const struct forward *f, const struct tensor *t, size_t row, size_t rows, size_t at, size_t n, const float *from, size_t pitch,
		 const struct encoding *e, float *room)
{
	f->kernels->transpose(&(struct turn){ .rows = rows, .cols = n, .from = from, .from_stride = pitch, .to = room, .to_stride = rows });
	for (size_t i = 0; i < n; i++)
		f->kernels->write[t->type](rows, room + i * rows, e, ln_element(f, t, row, at + i));
}
