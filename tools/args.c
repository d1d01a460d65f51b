/*
 * args.c - numbers and names in arguments, read strictly: the whole word is the number, or it is refused
 */
#include "args.h"
#include "norms.h"

#include <ctype.h>
#include <errno.h>
#include <ln.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* strtol and strtod skip white space in front and stop at the first character they do not know. */
static bool whole(const char *text, const char *end)
{
	return end != text && *end == '\0' && !isspace((unsigned char)*text);
}

long args_integer(const struct argp_state *state, const char *option, const char *text, long min, long max)
{
	char *end;

	errno = 0;
	long value = strtol(text, &end, 10);
	if (!whole(text, end))
		argp_error(state, "%s: '%s' is not an integer", option, text);
	if (errno == ERANGE || value < min || value > max)
		argp_error(state, "%s: %s is out of range", option, text);
	return value;
}

double args_not_negative(const struct argp_state *state, const char *option, const char *text)
{
	char *end;

	errno = 0;
	double value = strtod(text, &end);
	if (!whole(text, end))
		argp_error(state, "%s: '%s' is not a number", option, text);
	if (!isfinite(value) || value < 0)
		argp_error(state, "%s: %s is not finite and >= 0", option, text);
	if (errno == ERANGE && value == 0)		/* 1e-400: the user did not mean 0 */
		argp_error(state, "%s: %s is too small for a double", option, text);
	return value;
}

uint32_t args_norm(const struct argp_state *state, const char *text)
{
	int norm = norm_number(text);

	if (norm < 0)
		argp_error(state, "--norm: '%s' is not %s", text, norm_names());
	return (uint32_t)norm;
}
