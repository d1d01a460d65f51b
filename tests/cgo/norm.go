// norm.go - libln from Go: a few lines of C fill the structs, so that no memory of Go's holds a pointer of Go's when C sees it
package norm

/*
#cgo LDFLAGS: -lm
#include <ln.h>

static int forward(size_t rows, size_t cols, double eps, const float *x, const float *gamma, const float *beta, float *y)
{
	const ln_desc d = { .struct_size = sizeof d, .rows = rows, .cols = cols, .eps = eps };
	const ln_forward_tensors t = { .struct_size = sizeof t, .x = x, .gamma = gamma, .beta = beta, .y = y };
	return ln_forward(&d, &t);
}

static int backward(size_t rows, size_t cols, double eps, const float *x, const float *dy, const float *gamma, float *dx,
		    float *dgamma, float *dbeta, void *workspace, size_t workspace_size)
{
	const ln_desc d = { .struct_size = sizeof d, .rows = rows, .cols = cols, .eps = eps };
	const ln_backward_tensors t = { .struct_size = sizeof t, .x = x, .dy = dy, .gamma = gamma, .dx = dx, .dgamma = dgamma,
					.dbeta = dbeta, .workspace = workspace, .workspace_size = workspace_size };
	return ln_backward(&d, &t);
}

static size_t workspace_size(size_t rows, size_t cols)
{
	const ln_desc d = { .struct_size = sizeof d, .rows = rows, .cols = cols };
	return ln_backward_workspace_size(&d);
}
*/
import "C"

import (
	"errors"
	"unsafe"
)

func at(s []float32) *C.float { return (*C.float)(unsafe.Pointer(unsafe.SliceData(s))) }

func result(status C.int) error {
	if status == C.LN_OK {
		return nil
	}
	return errors.New(C.GoString(C.ln_strerror(status)))
}

// Forward is LayerNorm of rows of len(gamma) columns.
func Forward(x, gamma, beta []float32, eps float64, y []float32) error {
	cols := len(gamma)
	return result(C.forward(C.size_t(len(x)/cols), C.size_t(cols), C.double(eps), at(x), at(gamma), at(beta), at(y)))
}

// Backward gives the gradients of Forward.
func Backward(x, dy, gamma []float32, eps float64, dx, dgamma, dbeta []float32) error {
	rows, cols := C.size_t(len(x)/len(gamma)), C.size_t(len(gamma))
	workspace := make([]float64, (C.workspace_size(rows, cols)+7)/8)
	return result(C.backward(rows, cols, C.double(eps), at(x), at(dy), at(gamma), at(dx), at(dgamma), at(dbeta),
		unsafe.Pointer(unsafe.SliceData(workspace)), C.size_t(8*len(workspace))))
}

// withGoStruct is what cgo forbids: a struct in memory of Go's that holds pointers of Go's.
func withGoStruct(x, y []float32) error {
	d := C.ln_desc{struct_size: C.sizeof_ln_desc, rows: 1, cols: C.uint64_t(len(x))}
	t := &C.ln_forward_tensors{struct_size: C.sizeof_ln_forward_tensors, x: unsafe.Pointer(at(x)), y: unsafe.Pointer(at(y))}
	return result(C.ln_forward(&d, t))
}
