// race.go - with -race, what C reads and writes is told to the race detector, which does not see it

//go:build race

package ln

// #include "glue.h"
import "C"

import (
	"runtime"
	"unsafe"
)

const racing = true

type access func(at unsafe.Pointer, bytes int)

func reads(at unsafe.Pointer, bytes int) {
	if bytes > 0 {
		runtime.RaceReadRange(at, bytes)
	}
}

func writes(at unsafe.Pointer, bytes int) {
	if bytes > 0 {
		runtime.RaceWriteRange(at, bytes)
	}
}

func (t Tensor) size() int {
	switch t.of {
	case C.LN_F64:
		return 8
	case C.LN_F32:
		return 4
	case C.LN_BF16, C.LN_F16:
		return 2
	default:
		return 1
	}
}

// whole tells of all elements.
func (a access) whole(tensors ...Tensor) {
	for _, t := range tensors {
		a(t.at, t.length*t.size())
	}
}

// rows tells of the elements of rows, and not of what lies between them, which is somebody else's.
func (a access) rows(d *C.ln_desc, tensors ...Tensor) {
	for _, t := range tensors {
		if !t.given() {
			continue
		}
		w := t.walk(d)
		for r := uint64(0); r < uint64(d.rows); r++ {
			a.row(t, w, r/w.heads*w.stride+r%w.heads*w.head)
		}
	}
}

func (a access) row(t Tensor, w walk, from uint64) {
	if w.dense() {
		a(t.byte(from), int(w.cols)*t.size())
		return
	}
	for c := uint64(0); c < w.runs*w.cols; c++ {
		a(t.byte(from+c/w.cols*w.run+c%w.cols*w.col), t.size())
	}
}

func (t Tensor) byte(element uint64) unsafe.Pointer { return unsafe.Add(t.at, int(element)*t.size()) }

func (t *Tensors) tellRaces(d *C.ln_desc) {
	statistics := access(writes)
	if d.flags&C.LN_STATS_GIVEN != 0 {
		statistics = reads
	}
	access(reads).rows(d, t.X, t.Residual, t.Gate)
	access(reads).whole(t.Gamma, t.Beta)
	statistics.whole(t.Mean, t.Rstd)
	access(writes).rows(d, t.Y, t.Sum)
	access(writes).whole(t.RowScale)
}

func (t *Gradients) tellRaces(d *C.ln_desc) {
	access(reads).rows(d, t.X, t.DY, t.DSum, t.Gate)
	access(reads).whole(t.Gamma, t.Beta, t.Mean, t.Rstd)
	access(writes).rows(d, t.DX, t.DGate)
	access(writes).whole(t.DGamma, t.DBeta, Tensor{at: unsafe.Pointer(words(t.Workspace)), length: len(t.Workspace), of: C.LN_F64})
}

func tellPlainRaces[T Element](x, gamma, beta, y []T) {
	access(reads).whole(Of(x), Of(gamma), Of(beta))
	access(writes).whole(Of(y))
}
