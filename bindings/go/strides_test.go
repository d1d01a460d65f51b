// strides_test.go - each tensor with strides of its own, against the same call of contiguous ones

package ln_test

import (
	"testing"

	"libln.example.invalid/ln"
)

const (
	stridedRows, stridedCols, stridedHeads = 6, 4, 2
	stridedCount                           = stridedRows * stridedCols
)

// spread is a tensor with the elements of x, heads head apart and packed rows stride apart, and how to read it back.
func spread(x []float32, stride, head int) (ln.Tensor, func() []float32) {
	wide := make([]float32, stridedRows/stridedHeads*stride)
	at := func(i int) *float32 {
		row := i / stridedCols
		return &wide[row/stridedHeads*stride+row%stridedHeads*head+i%stridedCols]
	}
	for i, v := range x {
		*at(i) = v
	}
	return ln.Of(wide).Heads(stride, head), func() []float32 {
		back := make([]float32, stridedCount)
		for i := range back {
			back[i] = *at(i)
		}
		return back
	}
}

func TestForwardStrides(t *testing.T) {
	d := ln.Desc{Rows: stridedRows, Cols: stridedCols, Heads: stridedHeads, Eps: 1e-5}
	x, residual, gate := ramp(stridedCount), ramp(2 * stridedCount)[stridedCount:], ramp(3 * stridedCount)[2*stridedCount:]
	y, sum := make([]float32, stridedCount), make([]float32, stridedCount)
	must(t, ln.Forward(&d, &ln.Tensors{X: ln.Of(x), Residual: ln.Of(residual), Gate: ln.Of(gate), Y: ln.Of(y), Sum: ln.Of(sum)}))
	var wide ln.Tensors
	wide.X, _ = spread(x, 8, 4)
	wide.Residual, _ = spread(residual, 10, 5)
	wide.Gate, _ = spread(gate, 13, 6)
	var readY, readSum func() []float32
	wide.Y, readY = spread(nil, 14, 7)
	wide.Sum, readSum = spread(nil, 17, 9)
	must(t, ln.Forward(&d, &wide))
	same(t, "y", readY(), y)
	same(t, "sum", readSum(), sum)
}

func TestBackwardStrides(t *testing.T) {
	d := ln.Desc{Rows: stridedRows, Cols: stridedCols, Heads: stridedHeads, Eps: 1e-5}
	x, dy, dsum := ramp(stridedCount), ramp(2 * stridedCount)[stridedCount:], ramp(3 * stridedCount)[2*stridedCount:]
	gate, dx, dgate := ramp(4 * stridedCount)[3*stridedCount:], make([]float32, stridedCount), make([]float32, stridedCount)
	must(t, ln.Backward(&d, &ln.Gradients{
		X: ln.Of(x), DY: ln.Of(dy), DSum: ln.Of(dsum), Gate: ln.Of(gate), DX: ln.Of(dx), DGate: ln.Of(dgate),
	}))
	var wide ln.Gradients
	wide.X, _ = spread(x, 8, 4)
	wide.DY, _ = spread(dy, 10, 5)
	wide.DSum, _ = spread(dsum, 13, 6)
	wide.Gate, _ = spread(gate, 14, 7)
	var readDX, readDGate func() []float32
	wide.DX, readDX = spread(nil, 8, 4)
	wide.DGate, readDGate = spread(nil, 14, 7)
	must(t, ln.Backward(&d, &wide))
	same(t, "dx", readDX(), dx)
	same(t, "dgate", readDGate(), dgate)
}

// Over the channels of N x C x H x W, and over groups of channels that come last: no copy, and the bits of contiguous rows.
func TestColumns(t *testing.T) {
	const n, channels, places = 2, 6, 4
	x, y, turned, want := ramp(n*channels*places), make([]float32, n*channels*places), make([]float32, n*channels*places), make([]float32, n*channels*places)
	for i := range x {
		image, c, place := i/(channels*places), i/places%channels, i%places
		turned[(image*places+place)*channels+c] = x[i]
	}
	must(t, ln.Forward(&ln.Desc{Cols: channels, Eps: 1e-5}, &ln.Tensors{X: ln.Of(turned), Y: ln.Of(want)}))
	d := ln.Desc{Rows: n * places, Cols: channels, Heads: places, Eps: 1e-5}
	must(t, ln.Forward(&d, &ln.Tensors{X: ln.Of(x).Columns(places), Y: ln.Of(y).Columns(places)}))
	for i := range y {
		image, c, place := i/(channels*places), i/places%channels, i%places
		turned[(image*places+place)*channels+c] = y[i]
	}
	same(t, "y over channels", turned, want)

	dx, dturned := make([]float32, len(x)), make([]float32, len(x))
	must(t, ln.Backward(&d, &ln.Gradients{X: ln.Of(x).Columns(places), DY: ln.Of(x).Columns(places), DX: ln.Of(dx).Columns(places)}))
	for i := range x {
		image, c, place := i/(channels*places), i/places%channels, i%places
		turned[(image*places+place)*channels+c] = x[i]
		dturned[(image*places+place)*channels+c] = dx[i]
	}
	must(t, ln.Backward(&ln.Desc{Cols: channels, Eps: 1e-5}, &ln.Gradients{X: ln.Of(turned), DY: ln.Of(turned), DX: ln.Of(want)}))
	same(t, "dx over channels", dturned, want)
}

func TestRuns(t *testing.T) {
	const n, groups, channels, places = 2, 3, 6, 4
	x, y, last, back := ramp(n*channels*places), make([]float32, n*channels*places), make([]float32, n*channels*places), make([]float32, n*channels*places)
	first := func(i int) int { return i/(channels*places)*channels*places + i%channels*places + i/channels%places }
	for i := range last {
		last[i] = x[first(i)]
	}
	must(t, ln.Forward(&ln.Desc{Rows: n * groups, Cols: channels / groups * places, Eps: 1e-5}, &ln.Tensors{X: ln.Of(x), Y: ln.Of(y)}))
	lies := func(s []float32) ln.Tensor {
		return ln.Of(s).Heads(channels*places, channels/groups).Columns(channels).Runs(1)
	}
	d := ln.Desc{Rows: n * groups, Cols: channels / groups * places, Heads: groups, ColsPerRun: places, Eps: 1e-5}
	must(t, ln.Forward(&d, &ln.Tensors{X: lies(last), Y: lies(back)}))
	want := make([]float32, len(y))
	for i := range want {
		want[i] = y[first(i)]
	}
	same(t, "y of groups", back, want)
}
