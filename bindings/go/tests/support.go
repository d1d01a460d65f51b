// support.go - what the tests need of C: the rows of the golden files and their hash, and the time of calls from C

// Package tests holds package ln against the tree that it is a part of.
package tests

/*
#cgo CFLAGS: -std=gnu11 -O2 -I${SRCDIR}/../../../tests/support -I${SRCDIR}/../../../include
#cgo LDFLAGS: -lm
#include "../../python/tests/golden.c"
#include <ln.h>
#include <stdlib.h>
#include <time.h>

// That of package ln, which this one is linked with at the end, and not before.
#pragma weak ln_layernorm_f32

static uint64_t begin(void) { return fnv_begin; }

static double nanoseconds(size_t calls, size_t rows, size_t cols, const float *x, const float *gamma, const float *beta, float *y)
{
	struct timespec begin, end;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (size_t i = 0; i < calls; i++)
		if (ln_layernorm_f32(rows, cols, x, gamma, beta, 1e-5, y) != LN_OK)
			return -1;
	clock_gettime(CLOCK_MONOTONIC, &end);
	return ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / (double)calls;
}
*/
import "C"

import "unsafe"

// kind is the number of a kind of rows, and its eps.
func kind(name string) (C.size_t, float64) {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	k := C.golden_kind(text)
	return k, float64(C.golden_eps(k))
}

// fill makes x, gamma and beta of a golden line; of is ln.h's number of T.
func fill[T any](kind C.size_t, of int, rows, cols int, x, gamma, beta []T) {
	C.golden_fill(kind, C.uint32_t(of), C.size_t(rows), C.size_t(cols), unsafe.Pointer(&x[0]), unsafe.Pointer(&gamma[0]), unsafe.Pointer(&beta[0]))
}

// hash is the FNV of elements, after those that h has seen.
func hash[T any](h uint64, elements []T) uint64 {
	size := C.size_t(unsafe.Sizeof(elements[0]))
	return uint64(C.fnv_add(C.uint64_t(h), unsafe.Pointer(&elements[0]), C.size_t(len(elements))*size, size))
}

func hashBegin() uint64 { return uint64(C.begin()) }

// fromC is how many nanoseconds a call takes in C, on average.
func fromC(calls, cols int, x, gamma, beta, y []float32) float64 {
	at := func(s []float32) *C.float { return (*C.float)(unsafe.Pointer(&s[0])) }
	return float64(C.nanoseconds(C.size_t(calls), C.size_t(len(x)/cols), C.size_t(cols), at(x), at(gamma), at(beta), at(y)))
}

// withGoStruct is what cgo forbids: memory of Go's that holds a pointer of Go's.
func withGoStruct(x []float32) {
	of := &struct{ at *float32 }{&x[0]}
	C.golden_hash(unsafe.Pointer(of), 0, 1)
}
