// ln.go - the calls that matter most: contiguous rows of one type

// Package ln normalises rows: LayerNorm, RMSNorm and L2 norm, forward and backward, exact within a proved bound and with the same bits on every CPU of
// a class, in any batch, on any number of goroutines. It is the C library libln, which is compiled with the package; with the build tag
// libln_system the installed one is taken, as pkg-config says.
//
// [LayerNorm], [RMSNorm] and [L2Norm] are for contiguous rows of one type. [Forward] and [Backward] take a [Desc], which says what else there is, and
// tensors by name: residuals, gates, strides, other types, quantised outputs, gradients. What each does to the bit, and how exact it is,
// the comments of ln.h say.
//
// A call costs some tens of nanoseconds on top of its work, so give it many rows at once. It allocates nothing and keeps nothing. Any
// number of goroutines may call at the same time.
package ln

/*
#cgo CFLAGS: -std=gnu11
#cgo !libln_system CFLAGS: -O2 -DLN_API= -fvisibility=hidden
#cgo !libln_system LDFLAGS: -lm
#cgo libln_system CFLAGS: -DLIBLN_SYSTEM
#cgo libln_system pkg-config: ln
#include "glue.h"
*/
import "C"

import "unsafe"

// LayerNorm normalises each row of cols elements of x, scales it by gamma and shifts it by beta, into y. A nil gamma is 1, a nil beta 0; y
// may be x. As many rows as x has are normalised in one call, each with the bits that it has alone.
func LayerNorm[T Element](cols int, x, gamma, beta []T, eps float64, y []T) error {
	return plain(Layer, cols, x, gamma, beta, eps, y)
}

// L2Norm divides each row of cols elements of x by its Euclidean length, eps being added to the sum of squares, and scales it by gamma, into y.
// All else is as for LayerNorm.
func L2Norm[T Element](cols int, x, gamma []T, eps float64, y []T) error {
	return plain(L2, cols, x, gamma, nil, eps, y)
}

// RMSNorm divides each row of cols elements of x by its root mean square and scales it by gamma, into y. All else is as for LayerNorm.
func RMSNorm[T Element](cols int, x, gamma []T, eps float64, y []T) error {
	return plain(RMS, cols, x, gamma, nil, eps, y)
}

func plain[T Element](norm Norm, cols int, x, gamma, beta []T, eps float64, y []T) error {
	rows := 1 // a division takes a part of the time of a row
	switch {
	case cols <= 0:
		rows = 0
	case cols != len(x):
		rows = len(x) / cols
	}
	fits := rows*cols == len(x) && len(y) == len(x) && (gamma == nil || len(gamma) == cols) && (beta == nil || len(beta) == cols)
	if fits {
		if racing {
			tellPlainRaces(x, gamma, beta, y)
		}
		status := C.ln_go_plain(C.uint32_t(norm), typeOf[T](), C.size_t(rows), C.size_t(cols), first(x), first(gamma), first(beta), C.double(eps), first(y))
		if status == C.LN_OK {
			return nil
		}
	}
	return refusedPlain(norm, cols, x, gamma, beta, eps, y)
}

// refusedPlain says what a plain call refuses by the descriptor's call, which refuses the same.
func refusedPlain[T Element](norm Norm, cols int, x, gamma, beta []T, eps float64, y []T) error {
	d := Desc{Norm: norm, Cols: cols, Eps: eps}
	t := Tensors{X: Of(x), Gamma: Of(gamma), Beta: Of(beta), Y: Of(y)}
	t.X.of = typeOf[T]()
	return Forward(&d, &t)
}

// first is where a slice lies, or NULL where it is empty.
func first[T Value](s []T) *C.char {
	if len(s) == 0 {
		return nil
	}
	return (*C.char)(unsafe.Pointer(&s[0]))
}
