/*
 * npy.c - the layout of an .npy file: prefix, header, data; read and written
 *
 * Nothing outside the bytes given is ever read: every length in the file is compared with the bytes that are there before use.
 */
#include "npy.h"

#include <ln.h>
#include <stdio.h>
#include <string.h>

#include "npy_dict.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ORDER "<"
#define ORDER_MEANS "little-endian"
#else
#define ORDER ">"
#define ORDER_MEANS "big-endian"
#endif

#define SUPPORTED "supported are '" ORDER "f2', '" ORDER "f4' and '" ORDER "f8' (" ORDER_MEANS " float16, float32 and float64)"

/* What the file calls the types that are read and written. */
static const struct type {
	uint32_t type;
	const char *descr, *name;
	size_t size;
} types[] = {
	{LN_F16, ORDER "f2", "float16", 2},
	{LN_F32, ORDER "f4", "float32", 4},
	{LN_F64, ORDER "f8", "float64", 8},
};
#define TYPES (sizeof types / sizeof *types)

static const struct type *find_type(uint32_t type)
{
	size_t i = 0;

	while (i + 1 < TYPES && types[i].type != type)
		i++;
	return &types[i];
}

size_t npy_type_size(uint32_t type)
{
	return find_type(type)->size;
}

const char *npy_type_name(uint32_t type)
{
	return find_type(type)->name;
}

uint32_t npy_type_named(const char *name)
{
	for (size_t i = 0; i < TYPES; i++)
		if (strcmp(types[i].name, name) == 0)
			return types[i].type;
	return 0;
}

/* The everyday name of a dtype: people know float64, not <f8. */
static const char *dtype_name(struct npy_text descr)
{
	static const char *const names[][2] = {
		{"f2", "float16"}, {"f4", "float32"}, {"f8", "float64"}, {"f16", "long double"}, {"c8", "complex64"},
		{"c16", "complex128"}, {"i1", "int8"}, {"i2", "int16"}, {"i4", "int32"}, {"i8", "int64"},
		{"u1", "uint8"}, {"u2", "uint16"}, {"u4", "uint32"}, {"u8", "uint64"}, {"b1", "bool"},
		{"O", "Python objects"}, {"V2", "2 raw bytes, perhaps bfloat16"},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (descr.size > 1 && npy_text_is((struct npy_text){descr.at + 1, descr.size - 1}, names[i][0]))
			return names[i][1];
	return "unknown";
}

static const char *byte_order(struct npy_text descr)
{
	char first = descr.size ? *descr.at : 0;

	return first == '>' ? "big-endian " : first == '<' ? "little-endian " : "";
}

static int check_header(const struct npy_cursor *c, const struct npy_dict *dict, struct npy *array)
{
	char clean[NPY_MAX_QUOTED + 4];

	array->type = 0;
	for (size_t i = 0; i < TYPES; i++)
		if (npy_text_is(dict->descr, types[i].descr))
			array->type = types[i].type;
	if (array->type == 0)
		return npy_fail(c, "dtype '%s' (%s%s); " SUPPORTED, npy_quoted(dict->descr, clean), byte_order(dict->descr),
				dtype_name(dict->descr));
	if (dict->fortran_order)
		return npy_fail(c, "Fortran order (fortran_order is True); supported is C order: save numpy.ascontiguousarray(a)");
	if (array->ndim == 0)
		return npy_fail(c, "an array of 0 dimensions, a single number; at least 1 dimension is needed");
	return 0;
}

/* Set array->count, and compare what the shape promises with the bytes that are there. */
static int check_data(const struct npy_cursor *c, struct npy *array, size_t bytes)
{
	char shape[NPY_MAX_SHAPE_TEXT];
	size_t promised = npy_type_size(array->type);
	bool empty = false, overflow = false;

	for (size_t i = 0; i < array->ndim; i++) {
		empty |= array->shape[i] == 0;
		overflow |= __builtin_mul_overflow(promised, array->shape[i], &promised);
	}
	npy_shape_text(array, shape);
	if (empty)					/* whatever the other dimensions are */
		promised = 0;
	else if (overflow || promised > PTRDIFF_MAX)
		return npy_fail(c, "shape %s has more elements than memory can hold", shape);
	array->count = promised / npy_type_size(array->type);
	if (bytes < promised)
		return npy_fail(c, "truncated: shape %s needs %zu bytes of data, the file has %zu", shape, promised, bytes);
	if (bytes > promised)
		return npy_fail(c, "%zu bytes too many: shape %s needs %zu bytes of data, the file has %zu",
				bytes - promised, shape, promised, bytes);
	return 0;
}

/* The fixed part: magic, version, length of the dict. Sets where the dict begins and array->offset, where it ends. */
static int parse_prefix(const struct npy_cursor *c, const unsigned char *bytes, size_t size, size_t *begin, struct npy *array)
{
	static const unsigned char magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

	if (size < sizeof magic + 4)
		return npy_fail(c, "too short for an .npy file: %zu bytes", size);
	if (memcmp(bytes, magic, sizeof magic) != 0)
		return npy_fail(c, "not an .npy file: it begins with the bytes %02x %02x %02x %02x %02x %02x, not 93 4e 55 4d 50 59",
				bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]);
	unsigned major = bytes[6], minor = bytes[7];
	if (major < 1 || major > 3 || minor != 0)
		return npy_fail(c, ".npy format version %u.%u; supported are 1.0, 2.0 and 3.0", major, minor);
	*begin = major == 1 ? 10 : 12;
	if (size < *begin)
		return npy_fail(c, "truncated in the header: %zu bytes", size);
	size_t length = bytes[8] | (size_t)bytes[9] << 8;
	if (major > 1)
		length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
	if (length > size - *begin)
		return npy_fail(c, "the header claims %zu bytes, the file has %zu after its first %zu", length, size - *begin,
				*begin);
	array->offset = *begin + length;
	return 0;
}

int npy_parse(const unsigned char *bytes, size_t size, struct npy *array, char *why, size_t why_size)
{
	struct npy_cursor c = {.why = why, .why_size = why_size};
	struct npy_dict dict = {.fortran_order = -1};
	size_t begin = 0;

	if (parse_prefix(&c, bytes, size, &begin, array))
		return -1;
	c.at = (const char *)bytes + begin;
	c.end = (const char *)bytes + array->offset;
	if (npy_parse_dict(&c, &dict, array) || check_header(&c, &dict, array))
		return -1;
	return check_data(&c, array, size - array->offset);
}

const char *npy_shape_text(const struct npy *array, char text[NPY_MAX_SHAPE_TEXT])
{
	int at = sprintf(text, "(");

	for (size_t i = 0; i < array->ndim; i++)
		at += sprintf(text + at, i ? ", %zu" : "%zu", array->shape[i]);
	sprintf(text + at, array->ndim == 1 ? ",)" : ")");
	return text;
}

size_t npy_format(const struct npy *array, unsigned char header[NPY_MAX_HEADER])
{
	char shape[NPY_MAX_SHAPE_TEXT];
	size_t prefix = 10;

	npy_shape_text(array, shape);
	size_t dict = (size_t)sprintf((char *)header + prefix,
				      "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", find_type(array->type)->descr, shape);
	size_t total = (prefix + dict + 1 + 63) / 64 * 64;	/* 1: the line ends with a newline */
	memset(header + prefix + dict, ' ', total - prefix - dict - 1);
	header[total - 1] = '\n';
	memcpy(header, "\x93NUMPY\x01\x00", 8);
	header[8] = (unsigned char)((total - prefix) & 0xff);
	header[9] = (unsigned char)((total - prefix) >> 8);
	return total;
}
