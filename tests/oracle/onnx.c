/*
 * onnx.c - reads TensorProto and the node's attributes from ONNX files, by protobuf's wire format
 *
 * Field numbers are those of onnx.proto: TensorProto dims 1, data_type 2, float_data 4, raw_data 9; ModelProto graph 7; GraphProto
 * node 1; NodeProto attribute 5; AttributeProto name 1, f 2, i 3.
 */
#include "onnx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A piece of a file that is left to read. */
struct bytes { const unsigned char *at, *end; };

struct field { uint32_t number; uint64_t value; struct bytes bytes; };

static bool take_varint(struct bytes *b, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; b->at < b->end && shift < 64; shift += 7) {
		*value |= (uint64_t)(*b->at & 0x7f) << shift;
		if (!(*b->at++ & 0x80))
			return true;
	}
	return false;
}

static bool take_bytes(struct bytes *b, uint64_t n, struct bytes *taken)
{
	if (n > (uint64_t)(b->end - b->at))
		return false;
	*taken = (struct bytes){b->at, b->at + n};
	b->at += n;
	return true;
}

/* The next field: a number in value, or what it holds in bytes. */
static bool take_field(struct bytes *b, struct field *f)
{
	uint64_t key, n;

	if (b->at == b->end || !take_varint(b, &key))
		return false;
	f->number = (uint32_t)(key >> 3);
	switch (key & 7) {
	case 0: return take_varint(b, &f->value);
	case 1: return take_bytes(b, 8, &f->bytes);
	case 2: return take_varint(b, &n) && take_bytes(b, n, &f->bytes);
	case 5: return take_bytes(b, 4, &f->bytes);
	default: return false;
	}
}

static unsigned char *read_file(const char *path, struct bytes *b)
{
	enum { FILE_MAX = 1 << 20 };
	unsigned char *content = malloc(FILE_MAX);
	FILE *file = fopen(path, "rb");
	size_t n = file && content ? fread(content, 1, FILE_MAX, file) : 0;

	if (file)
		fclose(file);
	*b = (struct bytes){content, content ? content + n : NULL};
	return content;
}

/* n floats whose lowest byte comes first. */
static void take_floats(float *v, const unsigned char *at, size_t n)
{
	for (size_t i = 0; i < n; i++, at += sizeof *v) {
		uint32_t bits = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
		memcpy(&v[i], &bits, sizeof bits);
	}
}

/* The values are raw floats, or packed. */
static bool keep_values(struct onnx_tensor *t, struct bytes raw)
{
	size_t n = (size_t)(raw.end - raw.at);

	free(t->values);
	t->values = malloc(n ? n : 1);
	if (t->values)
		take_floats(t->values, raw.at, n / sizeof *t->values);
	return t->values && n == t->elements * sizeof *t->values;
}

bool onnx_tensor_read(const char *path, struct onnx_tensor *t)
{
	struct bytes b, raw = {NULL, NULL};
	struct field f = {0};
	unsigned char *content = read_file(path, &b);
	bool is_float = false;

	*t = (struct onnx_tensor){.elements = 1};
	while (take_field(&b, &f)) {
		if (f.number == 1 && t->dims < ONNX_DIMS_MAX) {
			t->shape[t->dims++] = (size_t)f.value;
			t->elements *= (size_t)f.value;
		} else if (f.number == 2) {
			is_float = f.value == 1;
		} else if (f.number == 4 || f.number == 9) {
			raw = f.bytes;
		}
	}
	bool read = is_float && raw.at && b.at == b.end && keep_values(t, raw);
	free(content);
	return read;
}

static void keep_attribute(struct bytes b, struct onnx_node *node)
{
	struct field f = {0};
	struct bytes name = {NULL, NULL}, real = {NULL, NULL};
	int64_t integer = 0;

	while (take_field(&b, &f)) {
		if (f.number == 1)
			name = f.bytes;
		else if (f.number == 2)
			real = f.bytes;
		else if (f.number == 3)
			integer = (int64_t)f.value;
	}
	size_t length = (size_t)(name.end - name.at);
	if (length == 4 && memcmp(name.at, "axis", 4) == 0)
		node->axis = integer;
	if (length == 7 && memcmp(name.at, "epsilon", 7) == 0 && real.at)
		take_floats(&node->epsilon, real.at, 1);
}

/* The fields of this number inside b, one after the other. */
static bool descend(struct bytes *b, uint32_t number, struct bytes *inner)
{
	struct field f = {0};

	while (take_field(b, &f))
		if (f.number == number) {
			*inner = f.bytes;
			return true;
		}
	return false;
}

bool onnx_node_read(const char *path, struct onnx_node *node)
{
	struct bytes b, graph, inner, attribute;
	unsigned char *content = read_file(path, &b);
	bool found = descend(&b, 7, &graph) && descend(&graph, 1, &inner);

	*node = (struct onnx_node){-1, 1e-5f};
	while (found && descend(&inner, 5, &attribute))
		keep_attribute(attribute, node);
	free(content);
	return found;
}
