/* norms.h - what lnorm knows of each norm */
#ifndef LNORM_NORMS_H
#define LNORM_NORMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct norm {
	const char *name, *title;	/* as --norm has it, and as texts do */
	bool has_mean, has_beta;	/* a mean that is subtracted; a beta in its plain calls */
	bool averages;			/* the squares are divided by the number of columns */
};

const struct norm *norm_of(uint32_t number);	/* NULL past the last */

/* norm_number() - of this name; returns -1 if there is none */
int norm_number(const char *name);

/* norm_names() - "layernorm, rmsnorm or ...": all of them, to be read */
const char *norm_names(void);

/* norm_call() - the plain call of a norm and type, such as ln_layernorm_f32(); beta is not looked at where there is none */
int norm_call(uint32_t norm, uint32_t type, size_t rows, size_t cols, const void *x, const void *gamma, const void *beta, double eps, void *y);

#endif
