// example_test.go - programs of the documentation, whose output is compared

package ln_test

import (
	"errors"
	"fmt"

	"libln.example.invalid/ln"
)

func ExampleLayerNorm() {
	x := []float32{1, 3, 2, 6} // two rows of two columns
	y := make([]float32, len(x))
	if err := ln.LayerNorm(2, x, []float32{1, 2}, []float32{0, 1}, 0, y); err != nil {
		panic(err)
	}
	fmt.Println(y)
	// Output: [-1 3 -1 3]
}

// A residual RMSNorm whose output is quantised, a scale for each row, as Llama's blocks have it.
func ExampleForward() {
	x, residual, gamma := []float32{1, 3}, []float32{0, 4}, []float32{1, 2}
	y, scale := make([]int8, 2), make([]float32, 1)
	d := ln.Desc{Norm: ln.RMS, Cols: 2}
	err := ln.Forward(&d, &ln.Tensors{
		X: ln.Of(x), Residual: ln.Of(residual), Sum: ln.Of(residual), Gamma: ln.Of(gamma), Y: ln.Of(y), RowScale: ln.Of(scale),
	})
	fmt.Println(err, residual, y, scale)
	// Output: <nil> [1 7] [9 127] [0.022047244]
}

func ExampleBackward() {
	x, dy := []float32{1, 3, 2, 6}, []float32{1, 0, 0, 2}
	dgamma, dbeta := make([]float32, 2), make([]float32, 2)
	err := ln.Backward(&ln.Desc{Cols: 2}, &ln.Gradients{X: ln.Of(x), DY: ln.Of(dy), DGamma: ln.Of(dgamma), DBeta: ln.Of(dbeta)})
	fmt.Println(err, dgamma, dbeta)
	// Output: <nil> [-1 2] [1 2]
}

// The queries of a packed projection, two heads of two columns each, before keys that stay as they are.
func ExampleTensor_Heads() {
	packed := []float32{1, 3, 2, 6, 9, 9, 9, 9}
	q := ln.Of(packed).Heads(8, 2)
	err := ln.Forward(&ln.Desc{Rows: 2, Heads: 2, Cols: 2}, &ln.Tensors{X: q, Y: q})
	fmt.Println(err, packed)
	// Output: <nil> [-1 1 -1 1 9 9 9 9]
}

func ExampleError() {
	err := ln.LayerNorm(3, make([]float64, 6), nil, nil, 1e-5, make([]float64, 5))
	fmt.Println(err, errors.Is(err, ln.ErrShape))
	// Output: ln: y has 5 elements, not 6 true
}
