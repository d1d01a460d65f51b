// tensor.go - a slice that knows its type and how its rows lie

package ln

// #include "glue.h"
import "C"

import (
	"math"
	"math/bits"
	"unsafe"
)

// Broadcast as a stride of an input says that every row is the same one in memory.
const Broadcast = -1

// Tensor is a slice of any type; the zero Tensor is one that is not given.
type Tensor struct {
	at                     unsafe.Pointer
	length                 int
	of                     C.uint32_t
	stride, head, col, run C.uint64_t
}

// Of is the tensor whose elements are those of s, one row after the other. A nil slice is a tensor that is not given.
func Of[T Value](s []T) Tensor {
	if s == nil {
		return Tensor{}
	}
	return Tensor{at: unsafe.Pointer(first(s)), length: len(s), of: typeOf[T]()}
}

// Strided is the tensor with so many elements from the beginning of a row to that of the next; an output's are at least as many as a row has.
func (t Tensor) Strided(stride int) Tensor {
	t.stride = C.uint64_t(int64(stride))
	return t
}

// Heads is the tensor whose rows lie in packed rows, Desc.Heads in each: headStride elements from one to the next, stride from packed row to
// packed row.
func (t Tensor) Heads(stride, headStride int) Tensor {
	t.stride, t.head = C.uint64_t(int64(stride)), C.uint64_t(int64(headStride))
	return t
}

// Columns is the tensor with so many elements from one column of a row to the next. Where that is more than 1 and nothing else is said, the next
// rows lie side by side between them: of N x C x H x W normalised over C, with Desc.Heads, it is H * W.
func (t Tensor) Columns(stride int) Tensor {
	t.col = C.uint64_t(int64(stride))
	return t
}

// Runs is the tensor whose columns come in runs, Desc.ColsPerRun in each, with so many elements from the beginning of one to that of the next.
func (t Tensor) Runs(stride int) Tensor {
	t.run = C.uint64_t(int64(stride))
	return t
}

func (t Tensor) strided() bool { return t.stride != 0 || t.head != 0 || t.col != 0 || t.run != 0 }

// lies is what ln_desc says of a tensor: its type, and its strides from row to row, head to head, column to column and run to run.
func (t Tensor) lies() (of C.uint32_t, stride, head, col, run C.uint64_t) {
	return t.of, t.stride, t.head, t.col, t.run
}

func (t Tensor) given() bool { return t.of != 0 }

func (t Tensor) pointer() *C.char { return (*C.char)(t.at) }

func (t Tensor) liesAs(u Tensor) bool {
	return t.of == u.of && t.stride == u.stride && t.head == u.head && t.col == u.col && t.run == u.run
}

// madd is a * b + c, or the largest number if that is more.
func madd(a, b, c uint64) uint64 {
	high, low := bits.Mul64(a, b)
	sum, carry := bits.Add64(low, c, 0)
	if high != 0 || carry != 0 {
		return math.MaxUint64
	}
	return sum
}

func quotientUp(a, b uint64) uint64 {
	q := a / b
	if q*b != a {
		q++
	}
	return q
}

// step is what a stride of ln.h says: 0 stands for the contiguous one.
func step(stride, contiguous uint64) uint64 {
	switch stride {
	case C.LN_BROADCAST:
		return 0
	case 0:
		return contiguous
	default:
		return stride
	}
}

// walk is how the rows of a tensor lie, without a 0 that means something else: how far it is from a packed row to the next, from head to head, from
// run to run and from column to column, and how many heads, runs and columns of a run there are.
type walk struct{ stride, head, run, col, heads, runs, cols uint64 }

func (t Tensor) walk(d *C.ln_desc) walk {
	w := walk{heads: uint64(d.heads), cols: uint64(d.cols), runs: 1, col: step(uint64(t.col), 1)}
	if w.heads == 0 {
		w.heads = 1
	}
	var packed uint64
	if w.col == 1 {
		w.head = step(uint64(t.head), w.cols)
		packed = madd(w.heads, w.head, 0)
		if t.head == C.LN_BROADCAST {
			packed = w.cols
		}
	} else {
		w.head = step(uint64(t.head), 1)
		packed = 1
		if w.heads > 1 {
			packed = madd(w.cols, w.col, 0)
		}
	}
	w.stride = step(uint64(t.stride), packed)
	if each := uint64(d.cols_per_run); t.run != 0 && each != 0 && each < w.cols {
		w.run, w.runs, w.cols = uint64(t.run), quotientUp(w.cols, each), each
	}
	return w
}

// dense says that the columns of a row lie side by side.
func (w walk) dense() bool { return w.col == 1 && w.runs == 1 }

// extent is how many elements d has C look at, from the first of the first row to the last of the last.
func (t Tensor) extent(d *C.ln_desc) uint64 {
	if d.rows == 0 {
		return 0
	}
	w := t.walk(d)
	row := madd(w.runs-1, w.run, madd(w.cols-1, w.col, 1))
	return madd(quotientUp(uint64(d.rows), w.heads)-1, w.stride, madd(w.heads-1, w.head, row))
}

// checkRows sees to it that C stays inside a tensor of rows. One that is contiguous has no more elements than its rows, either.
func checkRows(name string, t Tensor, d *C.ln_desc) error {
	needed := t.extent(d)
	if !t.given() || uint64(t.length) == needed || (t.strided() && uint64(t.length) > needed) {
		return nil
	}
	return badLength(name, t.length, needed, t.strided())
}

func badLength(name string, is int, needed uint64, more bool) error {
	words := "%s has %d elements, not %d"
	if more {
		words = "%s has %d elements, and %d are needed"
	}
	return refuse(ErrShape, words, name, is, needed)
}

// wideType is that of statistics and, as a rule, of the gradients of parameters.
func wideType(d *C.ln_desc) C.uint32_t {
	if d.x_type == C.LN_F64 {
		return C.LN_F64
	}
	return C.LN_F32
}

// checkPerRow is for what has one number for each row.
func checkPerRow(name string, t Tensor, wanted C.uint32_t, d *C.ln_desc) error {
	switch {
	case !t.given():
		return nil
	case t.of != wanted:
		return refuse(ErrType, "%s is not of %s", name, goName(wanted))
	case uint64(t.length) != uint64(d.rows):
		return badLength(name, t.length, uint64(d.rows), false)
	}
	return nil
}

func goName(wide C.uint32_t) string {
	if wide == C.LN_F64 {
		return "float64"
	}
	return "float32"
}
