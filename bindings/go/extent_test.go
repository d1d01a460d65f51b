// extent_test.go - how far C goes in a tensor, counted element by element as ln.h says where they lie: a slice that ends there is taken, and one
// that ends before is refused. It is not in the package, which would be compiled a second time for that

package ln_test

import (
	"errors"
	"math"
	"math/rand"
	"testing"

	"libln.example.invalid/ln"
)

// lies are strides: from packed row to packed row, from head to head, from column to column, from run to run.
type lies struct{ stride, head, col, run int }

func (l lies) tensor(x []float32) ln.Tensor {
	return ln.Of(x).Heads(l.stride, l.head).Columns(l.col).Runs(l.run)
}

func larger(a, b int) int {
	if a > b {
		return a
	}
	return b
}

// farthest is one more than the largest place of an element (r, c), by the sentences of ln.h.
func farthest(d *ln.Desc, l lies) int {
	heads, col, most := larger(d.Heads, 1), larger(l.col, 1), 0
	head, packed := l.head, l.head*heads
	switch {
	case col > 1 && head == 0:
		head = 1
	case head == 0:
		head, packed = d.Cols, heads*d.Cols
	case head == ln.Broadcast:
		head, packed = 0, d.Cols
	}
	if col > 1 {
		packed = 1
		if heads > 1 {
			packed = d.Cols * col
		}
	}
	stride := l.stride
	switch stride {
	case 0:
		stride = packed
	case ln.Broadcast:
		stride = 0
	}
	perRun, run := d.ColsPerRun, l.run
	if perRun == 0 {
		perRun = d.Cols
	}
	if run == 0 {
		run = perRun * col
	}
	for r := 0; r < d.Rows; r++ {
		for c := 0; c < d.Cols; c++ {
			most = larger(most, r/heads*stride+r%heads*head+c/perRun*run+c%perRun*col+1)
		}
	}
	return most
}

// farthestParameter is the like of gamma[k].
func farthestParameter(d *ln.Desc) int {
	perParam, stride, most := d.ColsPerParam, d.ParamStride, 0
	if perParam == 0 {
		perParam = 1
	}
	if stride == 0 {
		stride = d.Cols / perParam
	}
	for r := 0; r < d.Rows; r++ {
		set := 0
		if d.RowsPerParam != 0 {
			set = r / d.RowsPerParam
		}
		if d.ParamRows != 0 {
			set %= d.ParamRows
		}
		if at := set*stride + (d.Cols-1)/perParam + 1; at > most {
			most = at
		}
	}
	return most
}

// ends are that a tensor of so many elements is enough, and not one less.
func ends(t *testing.T, d *ln.Desc, count int, call func(length int) error) {
	t.Helper()
	if err := call(count); err != nil {
		t.Fatalf("%+v: %d elements: %v", *d, count, err)
	}
	if err := call(count - 1); !errors.Is(err, ln.ErrShape) {
		t.Fatalf("%+v: one less than %d elements: %v", *d, count, err)
	}
}

func TestExtents(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	strides := func() int { return []int{0, 0, ln.Broadcast, 1 + r.Intn(40)}[r.Intn(4)] }
	x, gamma := ramp(8000), ramp(8000)
	for i := 0; i < 3000; i++ {
		d := ln.Desc{Cols: 1 + r.Intn(12), Heads: r.Intn(4), RowsPerParam: r.Intn(4), ParamRows: r.Intn(4), ParamStride: r.Intn(3) * 13}
		d.Rows = 1 + r.Intn(20)
		if d.Heads != 0 {
			d.Rows *= d.Heads
		}
		if d.Cols%3 == 0 {
			d.ColsPerParam = r.Intn(2) * 3
		}
		if d.Cols%4 == 0 {
			d.ColsPerRun = []int{0, 1, 2, 4, d.Cols}[r.Intn(5)]
		}
		y, l := make([]float32, d.Rows*d.Cols), lies{strides(), strides(), r.Intn(2) * r.Intn(30), r.Intn(2) * r.Intn(30)}
		tensors := ln.Tensors{Y: ln.Of(y)}
		ends(t, &d, farthest(&d, l), func(length int) error {
			tensors.X = l.tensor(x[:length])
			return ln.Forward(&d, &tensors)
		})
		tensors.X = ln.Of(x[:len(y)])
		ends(t, &d, farthestParameter(&d), func(length int) error {
			tensors.Gamma = ln.Of(gamma[:length])
			return ln.Forward(&d, &tensors)
		})
	}
}

// Numbers that wrap would make a tensor look small. C refuses them as well, of what it is given.
func TestExtentsDoNotWrap(t *testing.T) {
	const large, huge = math.MaxInt >> 23, math.MaxInt/2 + 1
	for _, d := range []ln.Desc{
		{Rows: large, Cols: large}, {Rows: large, Cols: 4}, {Rows: -1, Cols: 4}, {Rows: 2, Cols: -1}, {Rows: 2, Cols: 4, Heads: -2},
		{Rows: huge, Cols: 8}, {Rows: huge / 2, Cols: 8}, {Rows: 2, Cols: 4, RowsPerParam: 1, ParamStride: -1},
		{Rows: 2, Cols: 4, RowsPerParam: 1, ParamStride: huge}, {Rows: huge, Cols: 4, RowsPerParam: 1, ParamStride: 4},
	} {
		x, y := make([]float32, 8), make([]float32, 8)
		err := ln.Forward(&d, &ln.Tensors{X: ln.Of(x), Y: ln.Of(y), Gamma: ln.Of(x[:4]), Beta: ln.Of(y[4:])})
		if err == nil {
			t.Errorf("%+v is taken", d)
		}
	}
	for _, stride := range []int{-2, huge, huge / 2, -huge} {
		d, x := ln.Desc{Rows: 5, Cols: 4}, make([]float32, 8)
		if ln.Forward(&d, &ln.Tensors{X: ln.Of(x).Strided(stride), Y: ln.Of(make([]float32, 20))}) == nil {
			t.Errorf("a stride of %d is taken", stride)
		}
	}
}
