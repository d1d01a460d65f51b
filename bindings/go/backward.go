// backward.go - the backward pass

package ln

// #include "glue.h"
import "C"

import "unsafe"

// Gradients are what Backward reads and writes. All but X, DY, and one that is written, may be left out.
type Gradients struct {
	X     Tensor // what was normalised: with a residual it is Sum
	DY    Tensor // the gradient at y
	DSum  Tensor // the gradient that arrives at the sum by another way, added to DX
	Gamma Tensor // as in the forward pass, and so are Beta, which is looked at with a gate alone, and Gate
	Beta  Tensor
	Gate  Tensor
	Mean  Tensor // what Forward wrote, or left out, which is more exact and takes a pass over X; and so Rstd
	Rstd  Tensor
	// Written: DX with the type and strides of X, DGate with those of Gate, DGamma and DBeta laid out as the parameters, of float32 (of float64
	// where X is) or of their type.
	DX, DGamma, DBeta, DGate Tensor
	// Workspace is of WorkspaceWords at least. Where it is needed and left out, Backward makes one.
	Workspace []uint64
	// Goroutines is how many share the work, 0 and 1: the calling one does it. The bits are the same.
	Goroutines int
}

// Backward computes the gradients of Forward, whose d it takes. An error names the argument, and then nothing has been written.
func Backward(d *Desc, t *Gradients) error {
	c, err := t.describe(d)
	if err == nil {
		err = t.check(&c)
	}
	if err == nil {
		if racing {
			t.tellRaces(&c)
		}
		status := t.call(c, t.Workspace, nil)
		if status == C.LN_ERR_WORKSPACE && t.Workspace == nil && d.Flags&Running == 0 {
			status = t.call(c, make([]uint64, C.ln_go_workspace_words(c)), nil)
		}
		if status == C.LN_OK {
			return nil
		}
	}
	return explained(func(text *C.char) C.int { return t.call(c, t.Workspace, text) }, err)
}

// WorkspaceWords is how long Workspace must be for any call with this d and these types; 0 where d is an error.
func WorkspaceWords(d *Desc, t *Gradients) int {
	c, err := t.describe(d)
	if err != nil {
		return 0
	}
	return int(C.ln_go_workspace_words(c))
}

func (t *Gradients) describe(d *Desc) (C.ln_desc, error) {
	c, err := d.describe(t.X)
	c.gate_type, c.gate_stride, c.gate_head_stride, c.gate_col_stride, c.gate_run_stride = t.Gate.lies()
	c.y_type, c.y_stride, c.y_head_stride, c.y_col_stride, c.y_run_stride = t.DY.lies()
	c.sum_type, c.sum_stride, c.sum_head_stride, c.sum_col_stride, c.sum_run_stride = t.DSum.lies()
	return c, firstOf(err, setParameterType(&c, t.Gamma, t.Beta), t.setGradientType(&c))
}

// setGradientType takes the type of DGamma and DBeta, which is one. Without gamma and beta, theirs is that of x.
func (t *Gradients) setGradientType(d *C.ln_desc) error {
	of, parameters := t.DGamma.of, d.param_type
	if !t.DGamma.given() {
		of = t.DBeta.of
	}
	if parameters == 0 {
		parameters = t.X.of
	}
	switch {
	case t.DGamma.given() && t.DBeta.given() && t.DBeta.of != of:
		return refuse(ErrType, "dgamma and dbeta are of two types")
	case of == 0 || of == wideType(d):
		return nil
	case of != parameters:
		return refuse(ErrType, "dgamma and dbeta are neither of %s nor of the type of gamma and beta", goName(wideType(d)))
	}
	d.flags |= C.LN_GRADS_AS_PARAMS
	return nil
}

// call is the call in C, or with a text the explanation of it.
func (t *Gradients) call(d C.ln_desc, workspace []uint64, text *C.char) C.int {
	return C.ln_go_backward(d, t.X.pointer(), t.DY.pointer(), t.DSum.pointer(), t.Gamma.pointer(), t.Beta.pointer(), t.Gate.pointer(),
		t.Mean.pointer(), t.Rstd.pointer(), t.DX.pointer(), t.DGamma.pointer(), t.DBeta.pointer(), t.DGate.pointer(), words(workspace),
		C.size_t(len(workspace)), share(t.Goroutines), text)
}

func words(workspace []uint64) *C.uint64_t {
	if len(workspace) == 0 {
		return nil
	}
	return (*C.uint64_t)(unsafe.Pointer(&workspace[0]))
}

func (t *Gradients) check(d *C.ln_desc) error {
	if t.DX.given() && !t.DX.liesAs(t.X) {
		return refuse(ErrShape, "dx has not the type and strides of x")
	}
	if t.DGate.given() && t.Gate.given() && !t.DGate.liesAs(t.Gate) {
		return refuse(ErrShape, "dgate has not the type and strides of gate")
	}
	wide := wideType(d)
	return firstOf(checkRows("x", t.X, d), checkRows("dy", t.DY, d), checkRows("dsum", t.DSum, d), checkRows("gate", t.Gate, d),
		checkRows("dx", t.DX, d), checkRows("dgate", t.DGate, d), checkParameter("gamma", t.Gamma, d, false),
		checkParameter("beta", t.Beta, d, false), checkParameter("dgamma", t.DGamma, d, true), checkParameter("dbeta", t.DBeta, d, true),
		checkPerRow("mean", t.Mean, wide, d), checkPerRow("rstd", t.Rstd, wide, d))
}
