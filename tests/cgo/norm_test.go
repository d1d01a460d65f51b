// norm_test.go - calls from Go, with the checks that cgo makes of what is passed
package norm

import (
	"math"
	"testing"
)

func expect(t *testing.T, name string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 1e-6 {
			t.Errorf("%s[%d] is %v, not %v", name, i, got[i], want[i])
		}
	}
}

func TestForward(t *testing.T) {
	y := make([]float32, 4)
	if err := Forward([]float32{1, 3, 2, 6}, []float32{1, 2}, []float32{0, 1}, 0, y); err != nil {
		t.Fatal(err)
	}
	expect(t, "y", y, []float32{-1, 3, -1, 3})
}

func TestBackward(t *testing.T) {
	x, dy := []float32{1, 2, 3, 4}, []float32{1, 0, 0, 0}
	dx, dgamma, dbeta := make([]float32, 4), make([]float32, 4), make([]float32, 4)
	if err := Backward(x, dy, []float32{1, 1, 1, 1}, 0, dx, dgamma, dbeta); err != nil {
		t.Fatal(err)
	}
	rstd := float32(1 / math.Sqrt(1.25))
	expect(t, "dx", dx, []float32{0.3 * rstd, -0.4 * rstd, -0.1 * rstd, 0.2 * rstd})
	expect(t, "dgamma", dgamma, []float32{-1.5 * rstd, 0, 0, 0})
	expect(t, "dbeta", dbeta, dy)
}

func TestRefused(t *testing.T) {
	one := []float32{1}
	if err := Forward(one, one, one, -1, make([]float32, 1)); err == nil {
		t.Error("eps -1 is taken")
	}
}

func TestChecksAreOn(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a struct of Go's with pointers of Go's passes: cgo checks nothing, so the other tests do not show that it allows their calls")
		}
	}()
	withGoStruct([]float32{1, 2}, make([]float32, 2))
}
