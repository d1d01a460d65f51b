// share_test.go - goroutines change no bit, whether they share a call or make calls of their own

package ln_test

import (
	"runtime"
	"sync"
	"testing"

	"libln.example.invalid/ln"
)

func TestGoroutinesShareRows(t *testing.T) {
	for _, shape := range [][2]int{{700, 100}, {1, 300000}, {3, 100000}} {
		rows, cols := shape[0], shape[1]
		x, gamma := ramp(rows*cols), ramp(cols)
		want := normed(t, cols, x, gamma, nil)
		d, dgamma := ln.Desc{Cols: cols, Eps: 1e-5}, make([]float32, cols)
		g := ln.Gradients{X: ln.Of(x), DY: ln.Of(x), DGamma: ln.Of(dgamma)}
		must(t, ln.Backward(&d, &g))
		for _, n := range []int{-1, 1, 2, 3, 8, 300} {
			y, dgammaToo := make([]float32, rows*cols), make([]float32, cols)
			must(t, ln.Forward(&d, &ln.Tensors{X: ln.Of(x), Gamma: ln.Of(gamma), Y: ln.Of(y), Goroutines: n}))
			same(t, "y", y, want)
			g.DGamma, g.Goroutines = ln.Of(dgammaToo), n
			must(t, ln.Backward(&d, &g))
			same(t, "dgamma", dgammaToo, dgamma)
		}
	}
}

// Many goroutines call at once, each call shared by others, while rows are collected and stacks grow.
func TestGoroutinesCall(t *testing.T) {
	const rows, cols = 40, 1000
	x := ramp(rows * cols)
	want := normed(t, cols, x, nil, nil)
	var all sync.WaitGroup
	for i := 0; i < 16; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			for n := 0; n < 20; n++ {
				y := append([]float32(nil), x...)
				if err := ln.Forward(&ln.Desc{Cols: cols, Eps: 1e-5}, &ln.Tensors{X: ln.Of(y), Y: ln.Of(y), Goroutines: i % 4}); err != nil {
					t.Error(err)
				}
				for k := range y {
					if y[k] != want[k] {
						t.Errorf("y[%d] is %v, not %v", k, y[k], want[k])
						return
					}
				}
				runtime.GC()
			}
		}(i)
	}
	all.Wait()
}

// What goroutines have in common is kept for the next call, as long as the collector lets it.
func TestSharingAllocatesNothing(t *testing.T) {
	x, y := ramp(100000), make([]float32, 100000)
	call := func() {
		must(t, ln.Forward(&ln.Desc{Cols: 1000}, &ln.Tensors{X: ln.Of(x), Y: ln.Of(y), Goroutines: 3}))
	}
	if n := testing.AllocsPerRun(200, call); n >= 1 {
		t.Errorf("a shared call allocates %v times", n)
	}
}
