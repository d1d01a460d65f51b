/*
 * onnx.h - as much of ONNX's protobuf files as its node tests of LayerNormalization need
 */
#ifndef ONNX_H
#define ONNX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ONNX_DIMS_MAX = 8 };

struct onnx_tensor {
	size_t dims, shape[ONNX_DIMS_MAX], elements;
	float *values;		/* to be freed */
};

/* The attributes of a model's one node; by default as the operator says. */
struct onnx_node { int64_t axis; float epsilon; };

/* False if the file cannot be read, or holds what this reader does not know. */
bool onnx_tensor_read(const char *path, struct onnx_tensor *t);
bool onnx_node_read(const char *path, struct onnx_node *node);

#endif
