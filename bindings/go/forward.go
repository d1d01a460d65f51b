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
	RowScale Tensor // of float32, for a quantised Y: a scale for each row, written, so that its largest |y| is the largest value of the type
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
		(*C.float)(t.RowScale.at), t.Sum.pointer(), t.Mean.pointer(), t.Rstd.pointer(), share(t.Goroutines), text)
}

func (t *Tensors) check(d *C.ln_desc) error {
	wide := wideType(d)
	return firstOf(checkRows("x", t.X, d), checkRows("residual", t.Residual, d), checkRows("gate", t.Gate, d), checkRows("y", t.Y, d),
		checkRows("sum", t.Sum, d), checkParameter("gamma", t.Gamma, d, false), checkParameter("beta", t.Beta, d, false),
		checkPerRow("mean", t.Mean, wide, d), checkPerRow("rstd", t.Rstd, wide, d), checkPerRow("row scale", t.RowScale, C.LN_F32, d))
}
