// ln_test.go - plain calls: their values, what they refuse, and that they allocate nothing

package ln_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"libln.example.invalid/ln"
)

// expect is for values whose exact numbers are known: a few roundings are all that is between.
func expect[T float32 | float64](t *testing.T, name string, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d elements, not %d", name, len(got), len(want))
	}
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= 1e-6*math.Max(1, math.Abs(float64(want[i])))) {
			t.Errorf("%s[%d] is %v, not %v", name, i, got[i], want[i])
		}
	}
}

func same[T comparable](t *testing.T, name string, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d elements, not %d", name, len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s[%d] is %v, not %v", name, i, got[i], want[i])
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused is that err is of this kind and says these words.
func refused(t *testing.T, err error, status ln.Status, words string) {
	t.Helper()
	var whole *ln.Error
	if !errors.Is(err, status) || !errors.As(err, &whole) || !strings.Contains(err.Error(), words) {
		t.Errorf("the error is %q, not one of %q that says %q", err, status, words)
	}
}

func TestLayerNorm(t *testing.T) {
	y := make([]float32, 4)
	must(t, ln.LayerNorm(2, []float32{1, 3, 2, 6}, []float32{1, 2}, []float32{0, 1}, 0, y))
	same(t, "y", y, []float32{-1, 3, -1, 3})
	wide := make([]float64, 4)
	must(t, ln.LayerNorm(2, []float64{1, 3, 2, 6}, nil, []float64{0, 1}, 0, wide))
	same(t, "y", wide, []float64{-1, 2, -1, 2})
	brain := make([]ln.BF16, 2)
	must(t, ln.LayerNorm(2, []ln.BF16{0x3f80, 0x4040}, nil, nil, 0, brain))
	same(t, "y", brain, []ln.BF16{0xbf80, 0x3f80})
	half := make([]ln.F16, 2)
	must(t, ln.LayerNorm(2, []ln.F16{0x3c00, 0x4200}, nil, nil, 0, half))
	same(t, "y", half, []ln.F16{0xbc00, 0x3c00})
}

func TestRMSNorm(t *testing.T) {
	y := []float32{1, 7, 3, 3}
	must(t, ln.RMSNorm(2, y, []float32{1, 10}, 0, y))
	expect(t, "y in place", y, []float32{0.2, 14, 1, 10})
	wide := make([]float64, 2)
	must(t, ln.RMSNorm(2, []float64{1, 7}, nil, 0, wide))
	expect(t, "y", wide, []float64{0.2, 1.4})
	brain := make([]ln.BF16, 2)
	must(t, ln.RMSNorm(2, []ln.BF16{0x4040, 0xc040}, nil, 0, brain))
	same(t, "y", brain, []ln.BF16{0x3f80, 0xbf80})
	half := make([]ln.F16, 2)
	must(t, ln.RMSNorm(2, []ln.F16{0x4200, 0xc200}, nil, 0, half))
	same(t, "y", half, []ln.F16{0x3c00, 0xbc00})
}

func TestL2Norm(t *testing.T) {
	y := make([]float64, 2)
	must(t, ln.L2Norm(2, []float64{3, 4}, []float64{1, 10}, 11, y))
	expect(t, "y", y, []float64{0.5, 40.0 / 6})
}

func TestNoRows(t *testing.T) {
	must(t, ln.LayerNorm[float64](4, nil, nil, nil, 0, nil))
	must(t, ln.RMSNorm(4, []float32{}, nil, 0, []float32{}))
}

func TestPlainRefuses(t *testing.T) {
	x, y := []float32{1, 2, 3, 4}, make([]float32, 4)
	wide := []float64{1, 2}
	for _, c := range []struct {
		err    error
		status ln.Status
		words  string
	}{
		{ln.LayerNorm(2, x, nil, nil, -1, y), ln.ErrEps, "eps is negative"},
		{ln.RMSNorm(2, x, nil, math.NaN(), y), ln.ErrEps, "eps is NaN"},
		{ln.LayerNorm(0, x, nil, nil, 0, y), ln.ErrShape, "cols is 0"},
		{ln.LayerNorm(-2, x, nil, nil, 0, y), ln.ErrShape, "cols is more than"},
		{ln.LayerNorm(3, x, nil, nil, 0, y), ln.ErrShape, "x has 4 elements, which is no multiple of cols 3"},
		{ln.LayerNorm(2, x, nil, nil, 0, y[:2]), ln.ErrShape, "y has 2 elements, not 4"},
		{ln.LayerNorm(2, x, nil, nil, 0, nil), ln.ErrNull, "y"},
		{ln.LayerNorm(2, nil, nil, nil, 0, y), ln.ErrShape, "y has 4 elements, not 0"},
		{ln.LayerNorm(2, nil, nil, nil, 0, wide), ln.ErrShape, "y has 2 elements, not 0"},
		{ln.LayerNorm(2, x, x[:1], nil, 0, y), ln.ErrShape, "gamma has 1 elements, not 2"},
		{ln.RMSNorm(2, x, []float32{}, 0, y), ln.ErrShape, "gamma has 0 elements, not 2"},
		{ln.LayerNorm(2, x, x[:2], y[:3], 0, make([]float32, 4)), ln.ErrShape, "beta has 3 elements, not 2"},
		{ln.LayerNorm(2, x[:2], nil, nil, 0, x[1:3]), ln.ErrOverlap, "overlap"},
		{ln.LayerNorm(2, x, y[:2], nil, 0, y), ln.ErrOverlap, "gamma"},
	} {
		refused(t, c.err, c.status, c.words)
	}
	same(t, "y", y, make([]float32, 4))
}

func allocatesNothing(t *testing.T, what string, call func() error) {
	t.Helper()
	if n := testing.AllocsPerRun(100, func() { must(t, call()) }); n != 0 {
		t.Errorf("%s allocates %v times", what, n)
	}
}

func TestPlainAllocatesNothing(t *testing.T) {
	x, y := make([]float32, 96), make([]float32, 96)
	wide, half := make([]float64, 96), make([]ln.F16, 96)
	allocatesNothing(t, "LayerNorm", func() error { return ln.LayerNorm(48, x, x[:48], x[48:], 1e-5, y) })
	allocatesNothing(t, "LayerNorm", func() error { return ln.LayerNorm(48, half, nil, nil, 1e-5, half) })
	allocatesNothing(t, "RMSNorm", func() error { return ln.RMSNorm(48, wide, nil, 1e-5, wide) })
}

// What surrounds a slice is nobody's business: cgo would refuse a struct with pointers of Go's in it, were x passed as any pointer.
func TestSliceOfStruct(t *testing.T) {
	s := &struct {
		next *int
		x    [4]float32
	}{next: new(int), x: [4]float32{1, 3, 2, 6}}
	must(t, ln.LayerNorm(2, s.x[:], nil, nil, 0, s.x[:]))
	must(t, ln.Forward(&ln.Desc{Cols: 2}, &ln.Tensors{X: ln.Of(s.x[:]), Y: ln.Of(s.x[:])}))
	same(t, "x", s.x[:], []float32{-1, 1, -1, 1})
}

func TestISA(t *testing.T) {
	defer func() { must(t, ln.SetISA("")) }()
	names := ln.ISAs()
	if len(names) == 0 || names[0] != "scalar" {
		t.Fatalf("the kernels are %q", names)
	}
	for _, name := range names {
		must(t, ln.SetISA(name))
		if ln.ISA() != name {
			t.Errorf("%s was set, and %s is in use", name, ln.ISA())
		}
	}
	refused(t, ln.SetISA("none"), ln.ErrUnsupported, `"none"`)
	if strings.Count(ln.Version(), ".") != 2 {
		t.Errorf("the version is %q", ln.Version())
	}
}
