//! One forward call: the tensors beside x and y, then `run`.

use crate::error::check_length;
use crate::{Element, Error, Norm, Output};
use ln_sys::ln_forward_tensors;
use std::marker::PhantomData;

/// A forward call that is being put together; [`Norm::forward`] begins one.
#[must_use = "nothing is computed before run()"]
pub struct Forward<'a, T: Element, Y: Output> {
    norm: Norm,
    rows: usize,
    t: ln_forward_tensors,
    fault: Option<Error>,
    slices: PhantomData<(&'a [T], &'a mut [Y])>,
}

// SAFETY: its pointers are those of slices of types that are Send and Sync, borrowed for 'a; it changes them in run(), which consumes it.
unsafe impl<T: Element, Y: Output> Send for Forward<'_, T, Y> {}
// SAFETY: as above; a shared reference can do nothing.
unsafe impl<T: Element, Y: Output> Sync for Forward<'_, T, Y> {}

pub(crate) fn no_tensors() -> ln_forward_tensors {
    // SAFETY: NULL, and no function, are values of every field.
    let zero: ln_forward_tensors = unsafe { std::mem::zeroed() };
    ln_forward_tensors { struct_size: std::mem::size_of::<ln_forward_tensors>(), ..zero }
}

impl<'a, T: Element, Y: Output> Forward<'a, T, Y> {
    pub(crate) fn new(norm: Norm, x: &'a [T], y: &'a mut [Y]) -> Self {
        let fault = check_length("y", y.len(), x.len()).err();
        Self::with(norm, x.as_ptr(), x.len(), y.as_mut_ptr(), fault)
    }

    fn with(norm: Norm, x: *const T, len: usize, y: *mut Y, fault: Option<Error>) -> Self {
        let t = ln_forward_tensors { x: x.cast(), y: y.cast(), ..no_tensors() };
        let (rows, fault) = match norm.rows_in(len) {
            Ok(rows) => (rows, fault),
            Err(why) => (0, Some(why)),
        };
        Forward { norm, rows, t, fault, slices: PhantomData }
    }

    fn expect(&mut self, what: &str, is: usize, expected: usize) {
        if self.fault.is_none() {
            self.fault = check_length(what, is, expected).err();
        }
    }

    /// How many elements x has.
    fn len(&self) -> usize {
        self.rows * self.norm.cols()
    }

    /// The scale of each column, or of what shares one.
    pub fn gamma(mut self, gamma: &'a [T]) -> Self {
        self.expect("gamma", gamma.len(), self.norm.parameters(self.rows));
        self.t.gamma = gamma.as_ptr().cast();
        self
    }

    /// The shift of each column, or of what shares one.
    pub fn beta(mut self, beta: &'a [T]) -> Self {
        self.expect("beta", beta.len(), self.norm.parameters(self.rows));
        self.t.beta = beta.as_ptr().cast();
        self
    }

    /// What is added to x before all else.
    pub fn residual(mut self, residual: &'a [T]) -> Self {
        self.expect("residual", residual.len(), self.len());
        self.t.residual = residual.as_ptr().cast();
        self
    }

    /// The sum of x and the residual, written.
    pub fn sum(mut self, sum: &'a mut [T]) -> Self {
        self.expect("sum", sum.len(), self.len());
        self.t.sum = sum.as_mut_ptr().cast();
        self
    }

    /// A residual that becomes its sum with x.
    pub fn residual_in_place(mut self, residual: &'a mut [T]) -> Self {
        self.expect("residual", residual.len(), self.len());
        self.t.sum = residual.as_mut_ptr().cast();
        self.t.residual = self.t.sum;
        self
    }

    /// y is multiplied by silu(gate), or what the norm says of its gate.
    pub fn gate(mut self, gate: &'a [T]) -> Self {
        self.expect("gate", gate.len(), self.len());
        self.t.gate = gate.as_ptr().cast();
        self
    }

    /// The mean and 1 / standard deviation of each row, written.
    pub fn statistics(mut self, mean: &'a mut [T::Wide], rstd: &'a mut [T::Wide]) -> Self {
        self.expect("mean", mean.len(), self.rows);
        self.expect("rstd", rstd.len(), self.rows);
        (self.t.mean, self.t.rstd) = (mean.as_mut_ptr().cast(), rstd.as_mut_ptr().cast());
        self
    }

    /// A scale for each row of a quantised y, written: the largest |y| of it is the largest value of the type.
    pub fn row_scale(self, scale: &'a mut [f32]) -> Self {
        let cols = self.norm.cols();
        self.group_scales(cols, scale)
    }

    /// The same for each so many columns of a row, which are a multiple of them: the scales of a row one after the other.
    pub fn group_scales(self, cols: usize, scales: &'a mut [f32]) -> Self {
        self.scales("scales", cols, ln_sys::LN_F32, scales.as_mut_ptr().cast(), scales.len())
    }

    /// Scales that are powers of two, as OCP's Microscaling formats have them: a byte k stands for 2^(k - 127).
    ///
    /// ```
    /// let (mut y, mut powers) = ([9i8; 4], [9u8; 2]);
    /// ln::Norm::l2(4).eps(0.0).forward(&[3.0f32, 4.0, 0.0, 0.0], &mut y).group_powers(2, &mut powers).run()?;
    /// assert_eq!(powers, [126, 0]); // 1/2, and the least for zeros
    /// assert_eq!(y, [77, 102, 0, 0]); // of which 128 are 1, since an int8 is a multiple of 1/64 there
    /// # Ok::<(), ln::Error>(())
    /// ```
    pub fn group_powers(self, cols: usize, powers: &'a mut [u8]) -> Self {
        self.scales("powers", cols, ln_sys::LN_E8M0, powers.as_mut_ptr().cast(), powers.len())
    }

    fn scales(mut self, what: &str, cols: usize, of: u32, at: *mut core::ffi::c_void, len: usize) -> Self {
        let each = if cols == 0 { self.norm.cols() } else { cols }; // as C takes it
        self.expect(what, len, self.rows * self.norm.cols().checked_div(each).unwrap_or(0));
        self.norm = self.norm.flag(ln_sys::LN_ROW_SCALE).scaled_by(cols, of);
        self.t.y_scale = at;
        self
    }

    /// Over the threads of rayon's current pool: the same bits.
    #[cfg(feature = "rayon")]
    pub fn rayon(mut self) -> Self {
        self.t.parallel_for = Some(crate::pool::parallel_for);
        self
    }

    /// Does it.
    pub fn run(self) -> Result<(), Error> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let d = self.norm.describe::<T, Y>(self.rows);
        // SAFETY: each tensor is a slice of the length that d says, and outputs are exclusive borrows.
        match unsafe { ln_sys::ln_forward(&d, &self.t) } {
            ln_sys::LN_OK => Ok(()),
            // SAFETY: no element is read or written.
            status => Err(Error::explained(status, |text, size| unsafe { ln_sys::ln_explain_forward(&d, &self.t, text, size) })),
        }
    }
}

impl<'a, T: Element> Forward<'a, T, T> {
    pub(crate) fn in_place(norm: Norm, x: &'a mut [T]) -> Self {
        let y = x.as_mut_ptr();
        Self::with(norm, y, x.len(), y, None)
    }
}
