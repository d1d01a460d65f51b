// extent_test.go - how far C goes in a tensor, counted element by element as ln.h says where they lie

package ln

import (
	"math"
	"math/rand"
	"testing"
)

// farthest is one more than the largest place of an element (r, c), by the sentences of ln.h.
func farthest(d *Desc, stride, head int) int {
	heads, most := d.Heads, 0
	if heads == 0 {
		heads = 1
	}
	packed := head * heads
	switch head {
	case 0:
		head, packed = d.Cols, heads*d.Cols
	case Broadcast:
		head, packed = 0, d.Cols
	}
	switch stride {
	case 0:
		stride = packed
	case Broadcast:
		stride = 0
	}
	for r := 0; r < d.Rows; r++ {
		if at := r/heads*stride + r%heads*head + d.Cols; at > most {
			most = at
		}
	}
	return most
}

// farthestParameter is the like of gamma[k].
func farthestParameter(d *Desc) int {
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

func TestExtents(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	strides := func() int { return []int{0, 0, Broadcast, 1 + r.Intn(40)}[r.Intn(4)] }
	for i := 0; i < 20000; i++ {
		d := Desc{Cols: 1 + r.Intn(12), Heads: r.Intn(4), RowsPerParam: r.Intn(4), ParamRows: r.Intn(4), ParamStride: r.Intn(3) * 13}
		d.Rows = (1 + r.Intn(5)) * (1 + d.Heads) * d.Heads
		if d.Heads == 0 {
			d.Rows = 1 + r.Intn(20)
		}
		if d.Cols%3 == 0 {
			d.ColsPerParam = r.Intn(2) * 3
		}
		x := Of([]float32{0}).Heads(strides(), strides())
		c, err := d.describe(x)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := x.extent(&c), farthest(&d, int(int64(x.stride)), int(int64(x.head))); got != uint64(want) {
			t.Fatalf("%+v, %+v: %d elements, not %d", d, x, got, want)
		}
		if got, want := paramExtent(&c, false), farthestParameter(&d); got != uint64(want) {
			t.Fatalf("%+v: %d parameters, not %d", d, got, want)
		}
		if got := paramExtent(&c, true); got < paramExtent(&c, false) {
			t.Fatalf("%+v: %d gradients are fewer than parameters", d, got)
		}
	}
}

// Numbers that wrap would make a tensor look small. C refuses them as well, of what it is given.
func TestExtentsDoNotWrap(t *testing.T) {
	const most = math.MaxUint64
	if madd(1<<63, 2, 0) != most || madd(most, 1, 1) != most || madd(1<<32, 1<<32, 5) != most || madd(1<<31, 1<<31, 5) != 1<<62+5 {
		t.Error("a product or a sum wraps")
	}
	const large, huge = math.MaxInt >> 23, math.MaxInt/2 + 1
	for _, d := range []Desc{
		{Rows: large, Cols: large}, {Rows: large, Cols: 4}, {Rows: -1, Cols: 4}, {Rows: 2, Cols: -1}, {Rows: 2, Cols: 4, Heads: -2},
		{Rows: huge, Cols: 8}, {Rows: huge / 2, Cols: 8}, {Rows: 2, Cols: 4, RowsPerParam: 1, ParamStride: -1},
		{Rows: 2, Cols: 4, RowsPerParam: 1, ParamStride: huge}, {Rows: huge, Cols: 4, RowsPerParam: 1, ParamStride: 4},
	} {
		x, y := make([]float32, 8), make([]float32, 8)
		err := Forward(&d, &Tensors{X: Of(x), Y: Of(y), Gamma: Of(x[:4]), Beta: Of(y[4:])})
		if err == nil {
			t.Errorf("%+v is taken", d)
		}
	}
	for _, stride := range []int{-2, huge, huge / 2, -huge} {
		d, x := Desc{Rows: 5, Cols: 4}, make([]float32, 8)
		if Forward(&d, &Tensors{X: Of(x).Strided(stride), Y: Of(make([]float32, 20))}) == nil {
			t.Errorf("a stride of %d is taken", stride)
		}
	}
}
