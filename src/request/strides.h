/* strides.h - what a descriptor says of where a tensor of rows lies, and what its zeros stand for */
#ifndef LN_STRIDES_H
#define LN_STRIDES_H

#include "desc.h"

struct said {
	const char *name;
	struct tensor *of;
	uint32_t type;
	uint64_t stride, head_stride, col_stride, run_stride;
};

static inline bool ln_is_contiguous(const struct said *said)
{
	return (said->stride | said->head_stride | said->col_stride >> 1 | said->run_stride) == 0;
}

int ln_resolve_other_strides(const struct request *r, const struct said *said, enum pass pass, bool output, struct fault *fault);

/*
 * Of an output elements may not overlap. What most tensors of most calls are is like `contiguous`, a contiguous tensor that fits, or NULL: in line,
 * since a call on one short row should cost little more than the row.
 */
static inline int ln_resolve_strides(const struct request *r, const struct said *said, enum pass pass, bool output, const struct tensor *contiguous,
				     struct fault *fault)
{
	struct tensor *t = said->of;

	if (contiguous == NULL || contiguous->size != t->size || !ln_is_contiguous(said))
		return ln_resolve_other_strides(r, said, pass, output, fault);
	t->col_stride = t->size;
	t->run = t->run_stride = 0;
	t->head_stride = contiguous->head_stride;
	t->stride = contiguous->stride;
	return LN_OK;
}

/* to = a * b + c where all that fits in PTRDIFF_MAX */
static inline bool ln_madd_fits(uint64_t a, uint64_t b, uint64_t c, size_t *to)
{
	uint64_t v;

	if (__builtin_mul_overflow(a, b, &v) || __builtin_add_overflow(v, c, &v) || v > PTRDIFF_MAX)
		return false;
	*to = (size_t)v;
	return true;
}

static inline int ln_refuse_shape(struct fault *fault, const char *words, const char *name, uint64_t first, uint64_t second)
{
	return ln_refuse(fault, (struct fault){ LN_ERR_SHAPE, words, { name, name }, { first, second } });
}

#endif
