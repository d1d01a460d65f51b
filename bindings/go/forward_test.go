// forward_test.go - what a descriptor says, against the plain calls or numbers that are known

package ln_test

import (
	"errors"
	"math"
	"testing"

	"libln.example.invalid/ln"
)

// ramp is n numbers that are not alike.
func ramp(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Sin(float64(i*i))) + float32(i%7)
	}
	return x
}

// normed is the plain LayerNorm of rows.
func normed(t *testing.T, cols int, x, gamma, beta []float32) []float32 {
	y := make([]float32, len(x))
	must(t, ln.LayerNorm(cols, x, gamma, beta, 1e-5, y))
	return y
}

func TestResidual(t *testing.T) {
	x, residual, gamma := ramp(24), ramp(48)[24:], ramp(8)
	y, sum := make([]float32, 24), make([]float32, 24)
	added := make([]float32, 24)
	for i := range x {
		added[i] = x[i] + residual[i]
	}
	d := ln.Desc{Cols: 8, Eps: 1e-5}
	must(t, ln.Forward(&d, &ln.Tensors{X: ln.Of(x), Residual: ln.Of(residual), Gamma: ln.Of(gamma), Y: ln.Of(y), Sum: ln.Of(sum)}))
	same(t, "sum", sum, added)
	same(t, "y", y, normed(t, 8, added, gamma, nil))
	must(t, ln.Forward(&d, &ln.Tensors{X: ln.Of(x), Residual: ln.Of(residual), Gamma: ln.Of(gamma), Y: ln.Of(x), Sum: ln.Of(residual)}))
	same(t, "y in place", x, y)
	same(t, "sum in place", residual, sum)
}

func TestScalesOfGroups(t *testing.T) {
	x, y, scales, powers := ramp(16), make([]int8, 16), make([]float32, 4), make([]uint8, 4)
	n := normed(t, 8, x, nil, nil)
	d := ln.Desc{Cols: 8, Eps: 1e-5, ColsPerScale: 4}
	must(t, ln.Forward(&d, &ln.Tensors{X: ln.Of(x), Y: ln.Of(y), RowScale: ln.Of(scales)}))
	must(t, ln.Forward(&d, &ln.Tensors{X: ln.Of(x), Y: ln.Of(make([]int8, 16)), RowScale: ln.Of(powers)}))
	for g := range scales {
		most := 0.0
		for _, v := range n[g*4 : g*4+4] {
			most = math.Max(most, math.Abs(float64(v)))
		}
		if math.Abs(float64(scales[g])*127-most) > 1e-6*most {
			t.Errorf("scale %d is %v, the largest %v", g, scales[g], most)
		}
		if want := math.Floor(math.Log2(most)) + 127; float64(powers[g]) != want {
			t.Errorf("power %d is %d, not %v", g, powers[g], want)
		}
	}
	err := ln.Forward(&d, &ln.Tensors{X: ln.Of(x), Y: ln.Of(y), RowScale: ln.Of(scales[:3])})
	if !errors.Is(err, ln.ErrShape) {
		t.Errorf("three scales for four groups: %v", err)
	}
	err = ln.Forward(&d, &ln.Tensors{X: ln.Of(x), Y: ln.Of(y), RowScale: ln.Of([]int8{1, 2, 3, 4})})
	if !errors.Is(err, ln.ErrType) {
		t.Errorf("scales of int8: %v", err)
	}
	d.ColsPerScale = 3
	if err = ln.Forward(&d, &ln.Tensors{X: ln.Of(x), Y: ln.Of(y), RowScale: ln.Of(make([]float32, 6))}); !errors.Is(err, ln.ErrShape) {
		t.Errorf("groups of three of eight: %v", err)
	}
}

func TestKindsOfGate(t *testing.T) {
	x, gate := ramp(16), ramp(32)[16:]
	n := normed(t, 8, x, nil, nil)
	sigmoid := func(v float32) float32 { return float32(1 / (1 + math.Exp(-float64(v)))) }
	forward := func(flags ln.Flags, x, gate []float32) []float32 {
		y := make([]float32, 16)
		must(t, ln.Forward(&ln.Desc{Cols: 8, Flags: flags, Eps: 1e-5}, &ln.Tensors{X: ln.Of(x), Gate: ln.Of(gate), Y: ln.Of(y)}))
		return y
	}
	product, sigma, silu := make([]float32, 16), make([]float32, 16), make([]float32, 16)
	for i, g := range gate {
		sigma[i], silu[i], product[i] = n[i]*sigmoid(g), n[i]*sigmoid(n[i]), x[i]*g*sigmoid(g)
	}
	expect(t, "sigmoid", forward(ln.GateSigmoid, x, gate), sigma)
	expect(t, "of itself", forward(ln.GateSelf, x, nil), silu)
	expect(t, "before", forward(ln.GateBefore, x, gate), forward(0, product, nil))
	expect(t, "rounded", forward(ln.RoundBeforeGate, x, gate), forward(0, x, gate))
}

func TestGate(t *testing.T) {
	x, gate, y := ramp(16), ramp(16), make([]float32, 16)
	must(t, ln.Forward(&ln.Desc{Cols: 8, Eps: 1e-5}, &ln.Tensors{X: ln.Of(x), Gate: ln.Of(gate), Y: ln.Of(y)}))
	want := normed(t, 8, x, nil, nil)
	for i, g := range gate {
		want[i] *= float32(float64(g) / (1 + math.Exp(-float64(g))))
	}
	expect(t, "y", y, want)
}

func TestFlags(t *testing.T) {
	x, y := []float32{1, 7}, make([]float32, 2)
	d := ln.Desc{Norm: ln.RMS, Cols: 2, Flags: ln.GammaPlusOne}
	must(t, ln.Forward(&d, &ln.Tensors{X: ln.Of(x), Gamma: ln.Of([]float32{0, 1}), Y: ln.Of(y)}))
	expect(t, "y with 1 + gamma", y, []float32{0.2, 2.8})
	d = ln.Desc{Norm: ln.RMS, Cols: 2, Flags: ln.EpsOutside, Eps: 5}
	must(t, ln.Forward(&d, &ln.Tensors{X: ln.Of(x), Y: ln.Of(y)}))
	expect(t, "y with eps outside", y, []float32{0.1, 0.7})
}

func TestTypesOfEachTensor(t *testing.T) {
	y := make([]float32, 2)
	must(t, ln.Forward(&ln.Desc{Cols: 2}, &ln.Tensors{X: ln.Of([]ln.BF16{0x3f80, 0x4040}), Gamma: ln.Of([]float32{2, 3}), Y: ln.Of(y)}))
	same(t, "y", y, []float32{-2, 3})
}

// Two heads of three columns, in a packed row of ten elements with others.
func TestHeads(t *testing.T) {
	packed, x := ramp(40), make([]float32, 0, 24)
	for row := 0; row < 4; row++ {
		for head := 0; head < 2; head++ {
			x = append(x, packed[row*10+2+head*4:][:3]...)
		}
	}
	q := ln.Of(packed[2:]).Heads(10, 4)
	before := append([]float32(nil), packed...)
	must(t, ln.Forward(&ln.Desc{Rows: 8, Heads: 2, Cols: 3, Eps: 1e-5}, &ln.Tensors{X: q, Y: q}))
	want := normed(t, 3, x, nil, nil)
	for i := range packed {
		row, at := i/10, i%10-2
		if head := at / 4; at >= 0 && at%4 < 3 && head < 2 {
			before[i] = want[(row*2+head)*3+at%4]
		}
	}
	same(t, "the packed rows", packed, before)
}

func TestStrides(t *testing.T) {
	x, y := ramp(3*5), make([]float32, 2*7+4)
	must(t, ln.Forward(&ln.Desc{Rows: 3, Cols: 4, Eps: 1e-5}, &ln.Tensors{X: ln.Of(x).Strided(5), Y: ln.Of(y).Strided(7)}))
	for row := 0; row < 3; row++ {
		same(t, "y", y[row*7:][:4], normed(t, 4, x[row*5:][:4], nil, nil))
	}
	must(t, ln.Forward(&ln.Desc{Rows: 3, Cols: 4, Eps: 1e-5}, &ln.Tensors{X: ln.Of(x[:4]).Strided(ln.Broadcast), Y: ln.Of(y[:12])}))
	same(t, "y of one row for all", y[8:12], normed(t, 4, x[:4], nil, nil))
}

func TestQuantised(t *testing.T) {
	x, y := []float32{1, 3, 2, 6}, make([]int8, 4)
	must(t, ln.Forward(&ln.Desc{Cols: 2, YScale: 0.5, YZeroPoint: 1}, &ln.Tensors{X: ln.Of(x), Y: ln.Of(y)}))
	same(t, "y", y, []int8{-1, 3, -1, 3})
	unsigned := make([]uint8, 4)
	must(t, ln.Forward(&ln.Desc{Cols: 2, YScale: 0.5, YZeroPoint: 128}, &ln.Tensors{X: ln.Of(x), Y: ln.Of(unsigned)}))
	same(t, "y", unsigned, []uint8{126, 130, 126, 130})
	small, scale := make([]ln.F8E4M3, 4), make([]float32, 2)
	must(t, ln.Forward(&ln.Desc{Cols: 2}, &ln.Tensors{X: ln.Of(x), Y: ln.Of(small), RowScale: ln.Of(scale)}))
	same(t, "y", small, []ln.F8E4M3{0xfe, 0x7e, 0xfe, 0x7e})
	expect(t, "the scale of a row", scale, []float32{1. / 448, 1. / 448})
	large := make([]ln.F8E5M2, 4)
	must(t, ln.Forward(&ln.Desc{Cols: 2}, &ln.Tensors{X: ln.Of(x), Y: ln.Of(large)}))
	same(t, "y", large, []ln.F8E5M2{0xbc, 0x3c, 0xbc, 0x3c})
}

// Two images of three groups of two channels of two pixels.
func TestGroupNorm(t *testing.T) {
	x, y, gamma, beta := ramp(24), make([]float32, 24), ramp(6), ramp(12)[6:]
	d := ln.Desc{Cols: 4, Eps: 1e-5, RowsPerParam: 1, ParamRows: 3, ColsPerParam: 2}
	must(t, ln.Forward(&d, &ln.Tensors{X: ln.Of(x), Gamma: ln.Of(gamma), Beta: ln.Of(beta), Y: ln.Of(y)}))
	for row := 0; row < 6; row++ {
		g, b := gamma[row%3*2:], beta[row%3*2:]
		same(t, "y", y[row*4:][:4], normed(t, 4, x[row*4:][:4], []float32{g[0], g[0], g[1], g[1]}, []float32{b[0], b[0], b[1], b[1]}))
	}
}

func TestStatistics(t *testing.T) {
	x, y := []float64{1, 3, 2, 6}, make([]float64, 4)
	mean, rstd := make([]float64, 2), make([]float64, 2)
	must(t, ln.Forward(&ln.Desc{Cols: 2}, &ln.Tensors{X: ln.Of(x), Mean: ln.Of(mean), Rstd: ln.Of(rstd)}))
	same(t, "mean", mean, []float64{2, 4})
	same(t, "rstd", rstd, []float64{1, 0.5})
	mean[0] = 1
	must(t, ln.Forward(&ln.Desc{Cols: 2, Flags: ln.StatsGiven}, &ln.Tensors{X: ln.Of(x), Y: ln.Of(y), Mean: ln.Of(mean), Rstd: ln.Of(rstd)}))
	same(t, "y", y, []float64{0, 2, -1, 1})
}

func TestForwardRefuses(t *testing.T) {
	x, y := ramp(12), make([]float32, 12)
	X, Y := ln.Of(x), ln.Of(y)
	for _, c := range []struct {
		d      ln.Desc
		t      ln.Tensors
		status ln.Status
		words  string
	}{
		{ln.Desc{Cols: 4}, ln.Tensors{X: X, Y: Y, Residual: ln.Of(x[1:])}, ln.ErrShape, "residual has 11 elements, not 12"},
		{ln.Desc{Cols: 4}, ln.Tensors{X: X, Y: Y, Gate: ln.Of(x[4:])}, ln.ErrShape, "gate has 8 elements, not 12"},
		{ln.Desc{Cols: 4}, ln.Tensors{X: X, Y: Y, Sum: ln.Of(x[:8])}, ln.ErrShape, "sum has 8 elements, not 12"},
		{ln.Desc{Cols: 4}, ln.Tensors{X: X, Y: Y, Mean: ln.Of(x[:2])}, ln.ErrShape, "mean has 2 elements, not 3"},
		{ln.Desc{Cols: 4}, ln.Tensors{X: X, Y: Y, Rstd: ln.Of(x[:4])}, ln.ErrShape, "rstd has 4 elements, not 3"},
		{ln.Desc{Cols: 4}, ln.Tensors{X: X, Y: Y, Mean: ln.Of(make([]float64, 3))}, ln.ErrType, "mean is not of float32"},
		{ln.Desc{Cols: 4}, ln.Tensors{X: X, Y: ln.Of(make([]int8, 12)), RowScale: ln.Of(y[:2])}, ln.ErrShape, "row scale has 2 elements, not 3"},
		{ln.Desc{Cols: 4}, ln.Tensors{X: X, Y: Y, RowScale: ln.Of(make([]float32, 3))}, ln.ErrFlags, "LN_ROW_SCALE"},
		{ln.Desc{Cols: 4}, ln.Tensors{X: X, Y: Y, Gamma: ln.Of(x[:4]), Beta: ln.Of(make([]ln.F16, 4))}, ln.ErrType, "two types"},
		{ln.Desc{Cols: 4}, ln.Tensors{X: X, Y: ln.Of(make([]float64, 12))}, ln.ErrType, "y_type"},
		{ln.Desc{Cols: 4, RowsPerParam: 1}, ln.Tensors{X: X, Y: Y, Gamma: ln.Of(x[:11])}, ln.ErrShape, "gamma has 11 elements, and 12 are needed"},
		{ln.Desc{Cols: 4, Rows: 4}, ln.Tensors{X: X.Strided(3), Y: Y}, ln.ErrShape, "x has 12 elements, and 13 are needed"},
		{ln.Desc{Cols: 4, Rows: 4}, ln.Tensors{X: X, Y: Y.Strided(3)}, ln.ErrShape, "y_stride 3 is less than cols 4"},
		{ln.Desc{Cols: 4}, ln.Tensors{X: X.Strided(4), Y: Y}, ln.ErrShape, "rows is 0"},
		{ln.Desc{Cols: 4, Rows: 3, Heads: 2}, ln.Tensors{X: X, Y: Y}, ln.ErrShape, "rows 3 is not a multiple of heads 2"},
		{ln.Desc{Cols: 4, Flags: 1 << 20}, ln.Tensors{X: X, Y: Y}, ln.ErrFlags, "flags"},
		{ln.Desc{Cols: 4}, ln.Tensors{X: X}, ln.ErrNull, "y"},
		{ln.Desc{Cols: 4, Rows: 3}, ln.Tensors{Y: Y}, ln.ErrNull, "x"},
		{ln.Desc{Cols: 4, YScale: -1}, ln.Tensors{X: X, Y: Y}, ln.ErrScale, "y_scale"},
	} {
		refused(t, ln.Forward(&c.d, &c.t), c.status, c.words)
	}
	same(t, "y", y, make([]float32, 12))
}

func TestForwardAllocatesNothing(t *testing.T) {
	x, residual, gamma, y, sum := ramp(96), ramp(96), ramp(48), make([]int8, 96), make([]float32, 96)
	scale := make([]float32, 2)
	allocatesNothing(t, "Forward", func() error {
		d := ln.Desc{Norm: ln.RMS, Cols: 48, Eps: 1e-6}
		return ln.Forward(&d, &ln.Tensors{
			X: ln.Of(x), Residual: ln.Of(residual), Gamma: ln.Of(gamma), Y: ln.Of(y), RowScale: ln.Of(scale), Sum: ln.Of(sum),
		})
	})
}
