// race_test.go - the race detector sees what C reads and writes, and nothing else

//go:build race

package ln_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"libln.example.invalid/ln"
)

// Each of these has a call and something that happens at the same time.
var pairs = map[string]struct {
	call, other func(x, y []float32)
	races       bool
}{
	"x of a plain call is written": {plainCall, func(x, y []float32) { x[3] = 1 }, true},
	"y of a plain call is read":    {plainCall, func(x, y []float32) { x[4] = y[3] }, true},
	"x of a plain call is read":    {plainCall, func(x, y []float32) { y[4] = x[3] }, false},
	"y of a call is read":          {stridedCall, func(x, y []float32) { x[4] = y[7] }, true},
	"x of a call is written":       {stridedCall, func(x, y []float32) { x[5] = 1 }, true},
	"between the rows":             {stridedCall, func(x, y []float32) { x[4], y[4] = 1, 1 }, false},
	"dx is written":                {backwardCall, func(x, y []float32) { y[6] = 1 }, true},
	"beside dx":                    {backwardCall, func(x, y []float32) { y[8] = 1 }, false},
}

func plainCall(x, y []float32) { check(ln.LayerNorm(2, x[:4], nil, nil, 0, y[:4])) }

func stridedCall(x, y []float32) {
	rows := func(s []float32) ln.Tensor { return ln.Of(s).Heads(5, 2) }
	check(ln.Forward(&ln.Desc{Rows: 4, Heads: 2, Cols: 2}, &ln.Tensors{X: rows(x), Y: rows(y)}))
}

func backwardCall(x, y []float32) {
	check(ln.Backward(&ln.Desc{Cols: 2}, &ln.Gradients{X: ln.Of(x[:8]), DY: ln.Of(x[:8]), DX: ln.Of(y[:8])}))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// A race ends the process, so each pair has one of its own.
func TestRaces(t *testing.T) {
	const name = "LN_TEST_PAIR"
	if pair, found := pairs[os.Getenv(name)]; found {
		x, y, done := make([]float32, 10), make([]float32, 10), make(chan bool)
		go func() {
			pair.call(x, y)
			done <- true
		}()
		pair.other(x, y)
		<-done
		return
	}
	for of, pair := range pairs {
		child := exec.Command(os.Args[0], "-test.run=^TestRaces$")
		child.Env = append(os.Environ(), name+"="+of)
		out, err := child.CombinedOutput()
		if saw := strings.Contains(string(out), "DATA RACE"); saw != pair.races || saw != (err != nil) {
			t.Errorf("%s: a race is seen: %v\n%s", of, saw, out)
		}
	}
}
