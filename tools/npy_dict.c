/*
 * npy_dict.c - read the Python dict in the header of an .npy file
 *
 * NumPy's own reader evaluates the text as Python; this one accepts the three keys in any order, either quote, any white space
 * and a comma before any closing bracket, and refuses everything else.
 */
#include "npy_dict.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int npy_fail(const struct npy_cursor *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->why, c->why_size, format, args);
	va_end(args);
	return -1;
}

const char *npy_quoted(struct npy_text t, char clean[NPY_MAX_QUOTED + 4])
{
	size_t n = t.size < NPY_MAX_QUOTED ? t.size : NPY_MAX_QUOTED;

	for (size_t i = 0; i < n; i++)
		clean[i] = isprint((unsigned char)t.at[i]) ? t.at[i] : '?';
	strcpy(clean + n, n < t.size ? "..." : "");
	return clean;
}

bool npy_text_is(struct npy_text t, const char *s)
{
	return t.size == strlen(s) && memcmp(t.at, s, t.size) == 0;
}

static void skip_space(struct npy_cursor *c)
{
	while (c->at < c->end && isspace((unsigned char)*c->at))
		c->at++;
}

/* Take `wanted` if it comes next. */
static bool take(struct npy_cursor *c, char wanted)
{
	skip_space(c);
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

static int malformed(const struct npy_cursor *c, const char *expected)
{
	struct npy_text rest = {c->at, (size_t)(c->end - c->at)};
	char clean[NPY_MAX_QUOTED + 4];

	if (rest.size == 0)
		return npy_fail(c, "malformed header: it ends where %s is expected", expected);
	return npy_fail(c, "malformed header: %s expected at \"%s\"", expected, npy_quoted(rest, clean));
}

static int parse_string(struct npy_cursor *c, struct npy_text *out)
{
	skip_space(c);
	if (c->at == c->end || (*c->at != '\'' && *c->at != '"'))
		return malformed(c, "a quoted string");
	const char *close = memchr(c->at + 1, *c->at, (size_t)(c->end - c->at) - 1);
	if (!close)
		return malformed(c, "a string with a closing quote");
	*out = (struct npy_text){c->at + 1, (size_t)(close - c->at) - 1};
	c->at = close + 1;
	return 0;
}

static int parse_bool(struct npy_cursor *c, int *out)
{
	static const char *const words[] = {"False", "True"};

	skip_space(c);
	for (int value = 0; value < 2; value++) {
		size_t n = strlen(words[value]);
		if ((size_t)(c->end - c->at) >= n && memcmp(c->at, words[value], n) == 0) {
			c->at += n;
			*out = value;
			return 0;
		}
	}
	return malformed(c, "True or False for 'fortran_order'");
}

static int parse_dimension(struct npy_cursor *c, size_t *out)
{
	size_t value = 0;

	skip_space(c);
	if (c->at < c->end && *c->at == '-')
		return malformed(c, "a dimension that is not negative");
	if (c->at == c->end || !isdigit((unsigned char)*c->at))
		return malformed(c, "a dimension");
	for (; c->at < c->end && isdigit((unsigned char)*c->at); c->at++)
		if (__builtin_mul_overflow(value, (size_t)10, &value) ||
		    __builtin_add_overflow(value, (size_t)(*c->at - '0'), &value))
			return npy_fail(c, "a dimension of the shape is too large for this machine");
	if (c->at < c->end && *c->at == 'L')		/* Python 2 wrote a long so */
		c->at++;
	*out = value;
	return 0;
}

static int parse_shape(struct npy_cursor *c, struct npy *array)
{
	bool comma = true;

	array->ndim = 0;
	if (!take(c, '('))
		return malformed(c, "'(' of the shape");
	while (!take(c, ')')) {
		if (!comma)
			return malformed(c, "',' or ')' in the shape");
		if (array->ndim == NPY_MAX_DIMS)
			return npy_fail(c, "more than %d dimensions", NPY_MAX_DIMS);
		if (parse_dimension(c, &array->shape[array->ndim++]))
			return -1;
		comma = take(c, ',');
	}
	if (array->ndim == 1 && !comma)			/* to Python, (3) is a number and (3,) a shape */
		return npy_fail(c, "malformed header: the shape of one dimension needs a comma, as in (3,)");
	return 0;
}

static int parse_entry(struct npy_cursor *c, struct npy_dict *dict, struct npy *array)
{
	struct npy_text key;
	char clean[NPY_MAX_QUOTED + 4];

	if (parse_string(c, &key))
		return -1;
	bool descr = npy_text_is(key, "descr"), order = npy_text_is(key, "fortran_order"), shape = npy_text_is(key, "shape");
	if (!descr && !order && !shape)
		return npy_fail(c, "malformed header: unknown key '%s'", npy_quoted(key, clean));
	if ((descr && dict->descr.at) || (order && dict->fortran_order >= 0) || (shape && dict->has_shape))
		return npy_fail(c, "malformed header: key '%s' twice", npy_quoted(key, clean));
	if (!take(c, ':'))
		return malformed(c, "':' after a key");
	if (order)
		return parse_bool(c, &dict->fortran_order);
	if (shape) {
		dict->has_shape = true;
		return parse_shape(c, array);
	}
	skip_space(c);
	if (c->at < c->end && (*c->at == '[' || *c->at == '('))
		return npy_fail(c, "a structured dtype; supported is a plain array of float16, float32 or float64");
	return parse_string(c, &dict->descr);
}

int npy_parse_dict(struct npy_cursor *c, struct npy_dict *dict, struct npy *array)
{
	bool comma = true;

	if (!take(c, '{'))
		return malformed(c, "'{'");
	while (!take(c, '}')) {
		if (!comma)
			return malformed(c, "',' or '}'");
		if (parse_entry(c, dict, array))
			return -1;
		comma = take(c, ',');
	}
	skip_space(c);
	if (c->at != c->end)
		return malformed(c, "nothing but padding after the '}'");
	const char *missing = NULL;
	if (!dict->descr.at)
		missing = "descr";
	else if (dict->fortran_order < 0)
		missing = "fortran_order";
	else if (!dict->has_shape)
		missing = "shape";
	return missing ? npy_fail(c, "malformed header: key '%s' is missing", missing) : 0;
}

