// desc.go - what Forward and Backward are to do, in numbers

package ln

// #include "glue.h"
import "C"

// Norm is which norm it is.
type Norm uint32

// The norms.
const (
	Layer Norm = C.LN_LAYERNORM
	RMS   Norm = C.LN_RMSNORM // the mean is taken to be 0 and is not subtracted
	L2    Norm = C.LN_L2NORM  // nor is the sum of squares divided by Cols
)

// Flags are or-ed together.
type Flags uint32

// The flags.
const (
	GammaPlusOne    Flags = C.LN_GAMMA_PLUS_ONE    // scale by 1 + gamma, as Gemma's checkpoints want it
	EpsOutside      Flags = C.LN_EPS_OUTSIDE       // add Eps to the standard deviation
	RoundSum        Flags = C.LN_ROUND_SUM         // normalise x + residual as it is after rounding to the type of Sum, as transformers does
	CastBeforeGamma Flags = C.LN_CAST_BEFORE_GAMMA // round the normalised value to the type of x before gamma, as transformers' LlamaRMSNorm does
	StatsGiven      Flags = C.LN_STATS_GIVEN       // Mean and Rstd are inputs
	Accumulate      Flags = C.LN_ACCUMULATE        // Backward adds to what DGamma and DBeta hold
	GateSigmoid     Flags = C.LN_GATE_SIGMOID      // the gate goes through sigmoid(g), not through silu(g) = g * sigmoid(g)
	GateSelf        Flags = C.LN_GATE_SELF         // Y is silu or sigmoid of the norm itself; no Gate is given
	GateBefore      Flags = C.LN_GATE_BEFORE       // what is normalised is X * silu(Gate), as in Mamba2; not with a Residual
	RoundBeforeGate Flags = C.LN_ROUND_BEFORE_GATE // round the norm to the type of Y before the gate, as transformers does
	Running         Flags = C.LN_RUNNING           // Workspace holds totals over several calls of Backward, and is zeros before the first
)

// Desc is what a call does. All that is 0 means what is usual: a LayerNorm of contiguous rows, one set of parameters for all.
type Desc struct {
	Norm  Norm
	Flags Flags
	// Rows is how many rows there are; 0 is as many as X holds, where X is contiguous.
	Rows int
	Cols int
	Eps  float64
	// Heads is how many rows lie in a packed row, see Tensor.Heads; Rows is a multiple of it.
	Heads int
	// ColsPerRun is how many columns lie in a run, see Tensor.Runs, 0: all of them; Cols is a multiple of it.
	ColsPerRun int
	// RowsPerParam rows in turn share a set of gamma and beta, 0: all of them. After ParamRows sets they begin again, 0: never. ParamStride is
	// from set to set, 0: contiguous. ColsPerParam columns in turn share a parameter, 0: 1.
	RowsPerParam, ParamRows, ParamStride, ColsPerParam int
	// ColsPerScale columns in turn share a scale of Tensors.RowScale, 0: all of a row; Cols is a multiple of it.
	ColsPerScale int
	// YScale and YZeroPoint are those of a quantised Y: q stands for (q - YZeroPoint) * YScale. A YScale of 0 is 1.
	YScale     float64
	YZeroPoint int32
}

func number(n int) C.uint64_t { return C.uint64_t(int64(n)) }

// describe is d in C, but for the tensors beside x. Negative numbers are too large there, and refused.
func (d *Desc) describe(x Tensor) (C.ln_desc, error) {
	c := C.ln_desc{
		norm: C.uint32_t(d.Norm), flags: C.uint32_t(d.Flags), y_zero_point: C.int32_t(d.YZeroPoint), rows: number(d.Rows),
		cols: number(d.Cols), heads: number(d.Heads), cols_per_run: number(d.ColsPerRun), rows_per_param: number(d.RowsPerParam),
		param_rows: number(d.ParamRows), param_stride: number(d.ParamStride), cols_per_param: number(d.ColsPerParam),
		eps: C.double(d.Eps), y_scale: C.double(d.YScale),
	}
	c.x_type, c.x_stride, c.x_head_stride, c.x_col_stride, c.x_run_stride = x.lies()
	if d.Rows != 0 || d.Cols <= 0 {
		return c, nil
	}
	c.rows = number(x.length / d.Cols)
	switch {
	case x.strided():
		return c, refuse(ErrShape, "rows is 0, and x has strides that do not tell it")
	case x.length%d.Cols != 0:
		return c, refuse(ErrShape, "x has %d elements, which is no multiple of cols %d", x.length, d.Cols)
	}
	return c, nil
}

// paramExtent is how many parameters d has C look at; with `all`, those of sets that no row has are among them, as in gradients.
func paramExtent(d *C.ln_desc, all bool) uint64 {
	rows, each, most, perParam := uint64(d.rows), uint64(d.rows_per_param), uint64(d.param_rows), uint64(d.cols_per_param)
	if perParam == 0 {
		perParam = 1
	}
	sets, count := uint64(1), quotientUp(uint64(d.cols), perParam)
	if each != 0 && each < rows {
		sets = quotientUp(rows, each)
	}
	if most != 0 && (most < sets || (all && each != 0)) {
		sets = most
	}
	return madd(sets-1, step(uint64(d.param_stride), count), count)
}

// checkParameter sees to it that C stays inside gamma, beta or their gradients. One set alone is neither too short nor too long.
func checkParameter(name string, t Tensor, d *C.ln_desc, all bool) error {
	needed := paramExtent(d, all)
	several := d.rows_per_param != 0
	if !t.given() || uint64(t.length) == needed || (several && uint64(t.length) > needed) {
		return nil
	}
	return badLength(name, t.length, needed, several)
}

// setParameterType takes the type of gamma and beta, which is one.
func setParameterType(d *C.ln_desc, gamma, beta Tensor) error {
	d.param_type = gamma.of
	if !gamma.given() {
		d.param_type = beta.of
	}
	if beta.given() && beta.of != d.param_type {
		return refuse(ErrType, "gamma and beta are of two types")
	}
	return nil
}

// firstOf is the first error of those.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
