// forward.go - the forward pass with all that a descriptor can say

package ln

// #include "glue.h"
import "C"

// Tensors are what Forward reads and writes. All but X, and an output, may be left out.
type Tensors struct {
	X        Tensor
	Residual Tensor // added to X before all else
	Gamma    Tensor // left out: 1
	Beta     Tensor // left out: 0
	Gate     Tensor // Y is multiplied by silu(Gate), or what the flags of the gate say
	Y        Tensor
	// RowScale, written, has the scales of a quantised Y: one for each row or Desc.ColsPerScale columns of it, of float32, so that the largest |y|
	// there is the largest value of the type, or of uint8: powers of two as OCP's MX has them, a byte k for 2^(k-127).
	RowScale Tensor
	Sum      Tensor // X + Residual, written
	Mean     Tensor // of float32, or of float64 where X is, one for each row: written, or with StatsGiven read
	Rstd     Tensor // as Mean: 1 / standard deviation
	// Goroutines is how many share the work, 0 and 1: the calling one does it. The bits are the same.
	Goroutines int
}

// Forward computes ((x + residual - mean) * rstd * gamma + beta) * silu(gate) for each row. An error names the argument, and then nothing has
// been written.
func Forward(d *Desc, t *Tensors) error {
	c, err := d.describe(t.X)
	c.residual_type, c.residual_stride, c.residual_head_stride, c.residual_col_stride, c.residual_run_stride = t.Residual.lies()
	c.gate_type, c.gate_stride, c.gate_head_stride, c.gate_col_stride, c.gate_run_stride = t.Gate.lies()
	c.y_type, c.y_stride, c.y_head_stride, c.y_col_stride, c.y_run_stride = t.Y.lies()
	c.sum_type, c.sum_stride, c.sum_head_stride, c.sum_col_stride, c.sum_run_stride = t.Sum.lies()
	if t.RowScale.given() {
		c.flags |= C.LN_ROW_SCALE
		c.cols_per_scale, c.scale_type = number(d.ColsPerScale), scaleType(t.RowScale)
	}
	if err == nil {
		err = setParameterType(&c, t.Gamma, t.Beta)
	}
	if err == nil {
		err = t.check(&c)
	}
	if err == nil {
		if racing {
			t.tellRaces(&c)
		}
		if t.call(c, nil) == C.LN_OK {
			return nil
		}
	}
	return explained(func(text *C.char) C.int { return t.call(c, text) }, err)
}

// call is the call in C, or with a text the explanation of it.
func (t *Tensors) call(d C.ln_desc, text *C.char) C.int {
	return C.ln_go_forward(d, t.X.pointer(), t.Residual.pointer(), t.Gamma.pointer(), t.Beta.pointer(), t.Gate.pointer(), t.Y.pointer(),
		t.RowScale.pointer(), t.Sum.pointer(), t.Mean.pointer(), t.Rstd.pointer(), share(t.Goroutines), text)
}

func (t *Tensors) check(d *C.ln_desc) error {
	wide := wideType(d)
	return firstOf(checkRows("x", t.X, d), checkRows("residual", t.Residual, d), checkRows("gate", t.Gate, d), checkRows("y", t.Y, d),
		checkRows("sum", t.Sum, d), checkParameter("gamma", t.Gamma, d, false), checkParameter("beta", t.Beta, d, false),
		checkPerRow("mean", t.Mean, wide, d), checkPerRow("rstd", t.Rstd, wide, d), checkScales(t.RowScale, d))
}

func scaleType(t Tensor) C.uint32_t {
	if t.of == C.LN_U8 {
		return C.LN_E8M0
	}
	return t.of
}

// checkScales sees to it that C stays inside the scales. Where Cols is no multiple of ColsPerScale, C refuses.
func checkScales(t Tensor, d *C.ln_desc) error {
	needed := uint64(d.rows)
	if each := uint64(d.cols_per_scale); each != 0 {
		needed = madd(needed, quotientUp(uint64(d.cols), each), 0)
	}
	switch {
	case !t.given() || uint64(t.length) == needed && (t.of == C.LN_F32 || t.of == C.LN_U8):
		return nil
	case t.of != C.LN_F32 && t.of != C.LN_U8:
		return refuse(ErrType, "row scale is neither of float32 nor of uint8")
	}
	return badLength("row scale", t.length, needed, false)
}
