/*
 * elementary.h - exp and log with the same bits on every machine
 *
 * The C library's differ from version to version, and within one from CPU to CPU (it uses FMA where there is one). These are sums,
 * products and quotients of doubles, rounded once to float: correct but for rare last bits, for every finite argument.
 */
#ifndef ELEMENTARY_H
#define ELEMENTARY_H

#include <stddef.h>

double exp_same(double x);			/* below -700 as at -700, above 700 as at 700 */
void exp_same_all(size_t n, double *x);		/* of each, in place */
double log_same(double x);			/* of a normal number > 0 */

#endif
