//! The description of a norm: numbers only.

use crate::{Backward, Element, Error, Forward, Output};
use ln_sys::ln_desc;

/// What to compute, in numbers: built once, used for any rows, from any thread.
///
/// ```
/// let norm = ln::Norm::rms(2).eps(0.0).gamma_plus_one();
/// let (x, residual) = ([1.0f32, 3.0], [0.0, 4.0]);
/// let (mut y, mut sum) = ([0.0f32; 2], [0.0; 2]);
/// norm.forward(&x, &mut y).residual(&residual).sum(&mut sum).gamma(&[0.0, 1.0]).run()?;
/// assert_eq!(sum, [1.0, 7.0]);
/// assert_eq!(y, [0.2, 2.8]);
/// # Ok::<(), ln::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Norm {
    d: ln_desc,
}

impl Norm {
    fn new(norm: u32, cols: usize) -> Self {
        // SAFETY: all fields are numbers, for which 0 is a value.
        let zero: ln_desc = unsafe { std::mem::zeroed() };
        Norm { d: ln_desc { struct_size: std::mem::size_of::<ln_desc>() as u32, norm, cols: cols as u64, eps: 1e-5, ..zero } }
    }

    /// LayerNorm of rows of `cols` elements, with an eps of 1e-5.
    pub fn layer(cols: usize) -> Self {
        Self::new(ln_sys::LN_LAYERNORM, cols)
    }

    /// RMSNorm of rows of `cols` elements, with an eps of 1e-5.
    pub fn rms(cols: usize) -> Self {
        Self::new(ln_sys::LN_RMSNORM, cols)
    }

    /// L2 norm of rows of `cols` elements: the sum of squares is not divided by `cols`; with an eps of 1e-6.
    pub fn l2(cols: usize) -> Self {
        Self::new(ln_sys::LN_L2NORM, cols).eps(1e-6)
    }

    /// What is added to the variance.
    pub fn eps(mut self, eps: f64) -> Self {
        self.d.eps = eps;
        self
    }

    /// Scale by 1 + gamma, as Gemma's checkpoints want it.
    pub fn gamma_plus_one(self) -> Self {
        self.flag(ln_sys::LN_GAMMA_PLUS_ONE)
    }

    /// Add eps to the standard deviation.
    pub fn eps_outside(self) -> Self {
        self.flag(ln_sys::LN_EPS_OUTSIDE)
    }

    /// With a residual, normalise the sum as it is after rounding to its type, as Hugging Face's transformers do.
    pub fn round_sum(self) -> Self {
        self.flag(ln_sys::LN_ROUND_SUM)
    }

    /// Round the normalised value to the type of x before gamma, as Hugging Face's LlamaRMSNorm does.
    pub fn cast_before_gamma(self) -> Self {
        self.flag(ln_sys::LN_CAST_BEFORE_GAMMA)
    }

    /// The gate goes through sigmoid(g), not through silu(g) = g * sigmoid(g).
    pub fn gate_sigmoid(self) -> Self {
        self.flag(ln_sys::LN_GATE_SIGMOID)
    }

    /// y is silu (or sigmoid) of the norm itself, as silu of group norm in diffusion models; no gate is given.
    pub fn gate_self(self) -> Self {
        self.flag(ln_sys::LN_GATE_SELF)
    }

    /// What is normalised is x * silu(gate), as in Mamba2; not with a residual.
    pub fn gate_before(self) -> Self {
        self.flag(ln_sys::LN_GATE_BEFORE)
    }

    /// Round the norm to the type of y before the gate, as Hugging Face's gated norms do.
    pub fn round_before_gate(self) -> Self {
        self.flag(ln_sys::LN_ROUND_BEFORE_GATE)
    }

    /// The elements of a row lie so many apart, with those of the next rows between them, in x and in all tensors of its size: of N x C x H x W,
    /// normalised over C, they lie H * W apart.
    ///
    /// ```
    /// let x = [1.0f32, 2.0, 3.0, 3.0, 6.0, 11.0];
    /// let mut y = [0.0f32; 6];
    /// ln::Norm::layer(2).eps(0.0).apart(3).forward(&x, &mut y).run()?;
    /// assert_eq!(y, [-1.0, -1.0, -1.0, 1.0, 1.0, 1.0]);
    /// # Ok::<(), ln::Error>(())
    /// ```
    pub fn apart(mut self, distance: usize) -> Self {
        let distance = distance as u64;
        self.d.heads = distance;
        (self.d.x_col_stride, self.d.residual_col_stride, self.d.gate_col_stride) = (distance, distance, distance);
        (self.d.y_col_stride, self.d.sum_col_stride) = (distance, distance);
        self
    }

    /// So many rows in turn share a set of parameters, of which there are `sets`, used again from the first (0: as many as the rows need).
    pub fn rows_per_param(mut self, rows: usize, sets: usize) -> Self {
        (self.d.rows_per_param, self.d.param_rows) = (rows as u64, sets as u64);
        self
    }

    /// So many columns in turn share a parameter, as the pixels of a channel do.
    pub fn cols_per_param(mut self, cols: usize) -> Self {
        self.d.cols_per_param = cols as u64;
        self
    }

    /// The scale and zero point of an output of i8, u8 or 8-bit floats: q stands for (q - zero point) * scale.
    pub fn quantise(mut self, scale: f64, zero_point: i32) -> Self {
        (self.d.y_scale, self.d.y_zero_point) = (scale, zero_point);
        self
    }

    /// The call that normalises `x` into `y`, of the same or another type; what else it takes is said before [`Forward::run`].
    pub fn forward<'a, T: Element, Y: Output>(&self, x: &'a [T], y: &'a mut [Y]) -> Forward<'a, T, Y> {
        Forward::new(*self, x, y)
    }

    /// The call that normalises `x` in place.
    pub fn forward_in_place<'a, T: Element>(&self, x: &'a mut [T]) -> Forward<'a, T, T> {
        Forward::in_place(*self, x)
    }

    /// The call that takes `dy`, the gradient at y, back to those that are asked for before [`Backward::run`].
    pub fn backward<'a, T: Element>(&self, x: &'a [T], dy: &'a [T]) -> Backward<'a, T> {
        Backward::new(*self, x, dy)
    }

    pub(crate) fn flag(mut self, flag: u32) -> Self {
        self.d.flags |= flag;
        self
    }

    pub(crate) fn scaled_by(mut self, cols: usize, scales: u32) -> Self {
        (self.d.cols_per_scale, self.d.scale_type) = (cols as u64, scales);
        self
    }

    pub(crate) fn number(&self) -> u32 {
        self.d.norm
    }

    pub(crate) fn cols(&self) -> usize {
        self.d.cols as usize
    }

    /// How many rows `len` elements are; none if cols is 0, which C refuses.
    #[inline]
    pub(crate) fn rows_in(&self, len: usize) -> Result<usize, Error> {
        let rows = len.checked_div(self.cols()).unwrap_or(0);
        if rows * self.cols() == len { Ok(rows) } else { Err(Error::rows(len, self.cols())) }
    }

    /// How many elements gamma and beta have: never fewer than C looks at, whatever it may think of the numbers.
    pub(crate) fn parameters(&self, rows: usize) -> usize {
        let sets = match (self.d.rows_per_param as usize, self.d.param_rows as usize) {
            (0, 0) => 1,
            (each, 0) => rows.div_ceil(each).max(1),
            (_, sets) => sets,
        };
        sets.saturating_mul(self.cols().div_ceil(self.d.cols_per_param.max(1) as usize))
    }

    pub(crate) fn describe<T: Element, Y: Output>(&self, rows: usize) -> ln_desc {
        ln_desc { rows: rows as u64, x_type: T::TYPE, y_type: Y::TYPE, ..self.d }
    }
}
