/*
 * broken.c - a library to put before libln (LD_PRELOAD) that spoils its results, to see that the tool notices
 *
 * LNORM_BREAK says how: `bits` changes one bit of the first kernels only, `bound` gives an error beyond the bound, `batch` makes
 * the bits of a row depend on the number of rows, `nan` gives NaNs of the other sign, `constant` misses beta by one bit where it must
 * be exact, `class` answers for the first kernels with the last ones, `rmsnorm`, `bf16`, `f16` and `f64` change one bit of the first
 * kernels only, in what they name, and anything else spoils nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <ln.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int layernorm(size_t, size_t, const float *, const float *, const float *, double, float *);

static int is(const char *how)
{
	const char *wanted = getenv("LNORM_BREAK");

	return wanted && strcmp(wanted, how) == 0;
}

static void next_bit(float *y)
{
	unsigned bits;

	memcpy(&bits, y, sizeof bits);
	bits ^= 1;
	memcpy(y, &bits, sizeof bits);
}

static int is_constant(size_t cols, const float *x)
{
	for (size_t i = 1; i < cols; i++)
		if (x[i] != x[0])
			return 0;
	return 1;
}

/* Every row in the same way, alone or in a matrix, unless that is what is to be spoiled. */
static void spoil(int alone, int first, int constant, size_t cols, float *y)
{
	float *last = y + cols - 1;

	if (isnan(*last)) {
		for (size_t i = 0; i < cols && is("nan"); i++)
			y[i] = copysignf(NAN, -1);
		return;
	}
	if ((is("bits") && first && !constant) || (is("batch") && alone) || (is("constant") && constant))
		next_bit(last);
	if (is("bound") && !constant)
		*last *= 1 + 0x1p-18f;
}

/* The best kernels of this CPU. */
static const char *last_isa(void)
{
	const char *name = ln_isa_name(0);

	for (size_t i = 0; ln_isa_name(i); i++)
		name = ln_isa_name(i);
	return name;
}

int ln_layernorm_f32(size_t rows, size_t cols, const float *x, const float *gamma, const float *beta, double eps, float *y)
{
	static layernorm *real;
	const char *isa = ln_isa();
	int first = strcmp(isa, ln_isa_name(0)) == 0, status = LN_OK;

	if (!real) {
		real = (layernorm *)dlsym(RTLD_NEXT, "ln_layernorm_f32");
		fprintf(stderr, "broken.c: %s\n", getenv("LNORM_BREAK"));
	}
	if (is("class") && first)
		ln_set_isa(last_isa());
	for (size_t row = 0; row < rows && status == LN_OK; row++) {
		int constant = is_constant(cols, x + row * cols);
		status = real(1, cols, x + row * cols, gamma, beta, eps, y + row * cols);
		if (status == LN_OK)
			spoil(rows == 1, first, constant, cols, y + row * cols);
	}
	if (is("class") && first)
		ln_set_isa(isa);
	return status;
}

/* One bit of the first element, if this is to be spoiled, of the first kernels; little-endian, or another bit. */
static int spoil_first(const char *how, int status, size_t rows, void *y)
{
	if (status == LN_OK && rows > 0 && is(how) && strcmp(ln_isa(), ln_isa_name(0)) == 0)
		*(unsigned char *)y ^= 1;
	return status;
}

#define SPOILED(how, name, type)                                                                                                          \
	int ln_layernorm_##name(size_t rows, size_t cols, const type *x, const type *gamma, const type *beta, double eps, type *y)         \
	{                                                                                                                                 \
		int (*call)(size_t, size_t, const type *, const type *, const type *, double, type *);                                    \
		*(void **)&call = dlsym(RTLD_NEXT, "ln_layernorm_" #name);                                                                \
		return spoil_first(how, call(rows, cols, x, gamma, beta, eps, y), rows, y);                                               \
	}
SPOILED("bf16", bf16, uint16_t)
SPOILED("f16", f16, uint16_t)
SPOILED("f64", f64, double)

int ln_rmsnorm_f32(size_t rows, size_t cols, const float *x, const float *gamma, double eps, float *y)
{
	int (*call)(size_t, size_t, const float *, const float *, double, float *);

	*(void **)&call = dlsym(RTLD_NEXT, "ln_rmsnorm_f32");
	return spoil_first("rmsnorm", call(rows, cols, x, gamma, eps, y), rows, y);
}
