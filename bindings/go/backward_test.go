// backward_test.go - gradients: their values, and what they refuse

package ln_test

import (
	"math"
	"testing"

	"libln.example.invalid/ln"
)

func TestBackward(t *testing.T) {
	x, dy, gamma := []float32{1, 2, 3, 4}, []float32{1, 0, 0, 0}, []float32{1, 1, 1, 1}
	dx, dgamma, dbeta := make([]float32, 4), make([]float32, 4), make([]float32, 4)
	d := ln.Desc{Cols: 4}
	g := ln.Gradients{X: ln.Of(x), DY: ln.Of(dy), Gamma: ln.Of(gamma), DX: ln.Of(dx), DGamma: ln.Of(dgamma), DBeta: ln.Of(dbeta)}
	must(t, ln.Backward(&d, &g))
	rstd := float32(1 / math.Sqrt(1.25))
	expect(t, "dx", dx, []float32{0.3 * rstd, -0.4 * rstd, -0.1 * rstd, 0.2 * rstd})
	expect(t, "dgamma", dgamma, []float32{-1.5 * rstd, 0, 0, 0})
	same(t, "dbeta", dbeta, dy)
	d.Flags = ln.Accumulate
	must(t, ln.Backward(&d, &g))
	same(t, "dbeta", dbeta, []float32{2, 0, 0, 0})
}

// The types of dgamma and dbeta are float32, float64, or those of the parameters.
func TestTypesOfGradients(t *testing.T) {
	x, dy := []ln.BF16{0x3f80, 0x4040}, []ln.BF16{0x3f80, 0x4000}
	narrow, wide := make([]ln.BF16, 2), make([]float32, 2)
	must(t, ln.Backward(&ln.Desc{Cols: 2}, &ln.Gradients{X: ln.Of(x), DY: ln.Of(dy), DBeta: ln.Of(narrow)}))
	same(t, "dbeta", narrow, dy)
	must(t, ln.Backward(&ln.Desc{Cols: 2}, &ln.Gradients{X: ln.Of(x), DY: ln.Of(dy), DGamma: ln.Of(wide)}))
	same(t, "dgamma", wide, []float32{-1, 2})
	double := make([]float64, 2)
	must(t, ln.Backward(&ln.Desc{Cols: 2}, &ln.Gradients{X: ln.Of([]float64{1, 3}), DY: ln.Of([]float64{1, 2}), DGamma: ln.Of(double)}))
	same(t, "dgamma", double, []float64{-1, 2})
}

func TestGateAndSum(t *testing.T) {
	x, dy, dsum, gate, beta := ramp(8), ramp(16)[8:], ramp(24)[16:], ramp(32)[24:], ramp(4)
	dx, plain, dgate := make([]float32, 8), make([]float32, 8), make([]float32, 8)
	d := ln.Desc{Cols: 4, Eps: 1e-5}
	must(t, ln.Backward(&d, &ln.Gradients{X: ln.Of(x), DY: ln.Of(dy), DX: ln.Of(plain)}))
	must(t, ln.Backward(&d, &ln.Gradients{X: ln.Of(x), DY: ln.Of(dy), DSum: ln.Of(dsum), DX: ln.Of(dx)}))
	for i := range plain {
		plain[i] += dsum[i]
	}
	expect(t, "dx", dx, plain)
	must(t, ln.Backward(&d, &ln.Gradients{X: ln.Of(x), DY: ln.Of(dy), Beta: ln.Of(beta), Gate: ln.Of(gate), DGate: ln.Of(dgate)}))
	want := normed(t, 4, x, nil, beta)
	for i, g := range gate {
		s := 1 / (1 + math.Exp(-float64(g)))
		want[i] *= dy[i] * float32(s*(1+float64(g)*(1-s)))
	}
	expect(t, "dgate", dgate, want)
}

// Totals over several calls are those of one call, to the bit.
func TestRunning(t *testing.T) {
	const rows, cols = 80, 5
	x, dy := ramp(rows*cols), ramp(2 * rows * cols)[rows*cols:]
	once, running := make([]float32, cols), make([]float32, cols)
	must(t, ln.Backward(&ln.Desc{Cols: cols}, &ln.Gradients{X: ln.Of(x), DY: ln.Of(dy), DGamma: ln.Of(once)}))
	d := ln.Desc{Cols: cols, Flags: ln.Running}
	g := ln.Gradients{X: ln.Of(x), DY: ln.Of(dy), DGamma: ln.Of(running)}
	refused(t, ln.Backward(&d, &g), ln.ErrWorkspace, "workspace")
	g.Workspace = make([]uint64, ln.WorkspaceWords(&d, &g))
	for at := 0; at < rows; at += 32 {
		end := at + 32
		if end > rows {
			end = rows
		}
		g.X, g.DY = ln.Of(x[at*cols:end*cols]), ln.Of(dy[at*cols:end*cols])
		must(t, ln.Backward(&d, &g))
	}
	same(t, "dgamma", running, once)
}

// More columns than fit on the stack of C: a workspace is made where none is given.
func TestWorkspace(t *testing.T) {
	const rows, cols = 3, 3000
	x, own, given := ramp(rows*cols), make([]float32, cols), make([]float32, cols)
	d := ln.Desc{Cols: cols, Eps: 1e-5}
	g := ln.Gradients{X: ln.Of(x), DY: ln.Of(x), DGamma: ln.Of(own)}
	must(t, ln.Backward(&d, &g))
	g.Workspace, g.DGamma = make([]uint64, ln.WorkspaceWords(&d, &g)), ln.Of(given)
	must(t, ln.Backward(&d, &g))
	same(t, "dgamma", given, own)
	g.Workspace = g.Workspace[:1]
	refused(t, ln.Backward(&d, &g), ln.ErrWorkspace, "workspace")
	if words := ln.WorkspaceWords(&ln.Desc{}, &g); words != 0 {
		t.Errorf("a workspace of %d for no columns", words)
	}
}

func TestBackwardRefuses(t *testing.T) {
	x, dx := ramp(12), make([]float32, 12)
	X, DX := ln.Of(x), ln.Of(dx)
	for _, c := range []struct {
		d      ln.Desc
		g      ln.Gradients
		status ln.Status
		words  string
	}{
		{ln.Desc{Cols: 4}, ln.Gradients{X: X, DX: DX}, ln.ErrNull, "dy"},
		{ln.Desc{Cols: 4}, ln.Gradients{X: X, DY: X}, ln.ErrNull, "dx"},
		{ln.Desc{Cols: 4}, ln.Gradients{X: X, DY: ln.Of(x[:8]), DX: DX}, ln.ErrShape, "dy has 8 elements, not 12"},
		{ln.Desc{Cols: 4}, ln.Gradients{X: X, DY: X, DSum: ln.Of(x[:8]), DX: DX}, ln.ErrShape, "dsum has 8 elements, not 12"},
		{ln.Desc{Cols: 4}, ln.Gradients{X: X, DY: X, DX: ln.Of(dx[:8])}, ln.ErrShape, "dx has 8 elements, not 12"},
		{ln.Desc{Cols: 4}, ln.Gradients{X: X, DY: X, DX: ln.Of(make([]ln.F16, 12))}, ln.ErrShape, "dx has not the type"},
		{ln.Desc{Cols: 4, Rows: 3}, ln.Gradients{X: X, DY: X, DX: DX.Strided(5)}, ln.ErrShape, "dx has not the type and strides"},
		{ln.Desc{Cols: 4}, ln.Gradients{X: X, DY: X, Gate: X, DGate: ln.Of(dx[:8])}, ln.ErrShape, "dgate has 8 elements, not 12"},
		{ln.Desc{Cols: 4}, ln.Gradients{X: X, DY: X, Gate: X, DGate: ln.Of(make([]ln.F16, 12))}, ln.ErrShape, "dgate has not the type"},
		{ln.Desc{Cols: 4}, ln.Gradients{X: X, DY: X, DGate: DX}, ln.ErrNull, "gate is NULL"},
		{ln.Desc{Cols: 4}, ln.Gradients{X: X, DY: X, DGamma: ln.Of(dx[:3])}, ln.ErrShape, "dgamma has 3 elements, not 4"},
		{ln.Desc{Cols: 4, RowsPerParam: 3, ParamRows: 2}, ln.Gradients{X: X, DY: X, DBeta: ln.Of(dx[:7])}, ln.ErrShape, "dbeta has 7 elements"},
		{ln.Desc{Cols: 4}, ln.Gradients{X: X, DY: X, DBeta: ln.Of(make([]ln.F16, 4))}, ln.ErrType, "neither of float32"},
		{ln.Desc{Cols: 4}, ln.Gradients{X: X, DY: X, DGamma: ln.Of(dx[:4]), DBeta: ln.Of(make([]ln.F16, 4))}, ln.ErrType, "two types"},
		{ln.Desc{Cols: 4, Eps: -1}, ln.Gradients{X: X, DY: X, DX: DX}, ln.ErrEps, "eps is negative"},
	} {
		refused(t, ln.Backward(&c.d, &c.g), c.status, c.words)
	}
	same(t, "dx", dx, make([]float32, 12))
}

func TestBackwardAllocatesNothing(t *testing.T) {
	x, dx, dgamma := ramp(96), make([]float32, 96), make([]float32, 48)
	allocatesNothing(t, "Backward", func() error {
		return ln.Backward(&ln.Desc{Cols: 48}, &ln.Gradients{X: ln.Of(x), DY: ln.Of(x), DX: ln.Of(dx), DGamma: ln.Of(dgamma)})
	})
}
