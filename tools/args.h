/*
 * args.h - numbers and names in arguments, read strictly: the whole word is the number, or it is refused
 */
#ifndef LNORM_ARGS_H
#define LNORM_ARGS_H

#include <argp.h>
#include <stdint.h>

/* They end the program with a usage error that names the option if the text is no such thing. */
long args_integer(const struct argp_state *state, const char *option, const char *text, long min, long max);
double args_not_negative(const struct argp_state *state, const char *option, const char *text);	/* finite and not negative */
uint32_t args_norm(const struct argp_state *state, const char *text);	/* --norm: a name of norms.c */

#endif
