//! One backward call: which gradients are wanted, then `run`.

use crate::error::check_length;
use crate::{Element, Error, Norm};
use ln_sys::ln_backward_tensors;
use std::marker::PhantomData;

/// A backward call that is being put together; [`Norm::backward`] begins one.
///
/// ```
/// let (x, dy) = ([1.0f32, 2.0, 3.0, 4.0], [1.0, 0.0, 0.0, 0.0]);
/// let mut dbeta = [9.0f32; 4];
/// ln::Norm::layer(4).backward(&x, &dy).dbeta(&mut dbeta).run()?;
/// assert_eq!(dbeta, dy);
/// # Ok::<(), ln::Error>(())
/// ```
#[must_use = "nothing is computed before run()"]
pub struct Backward<'a, T: Element> {
    norm: Norm,
    rows: usize,
    t: ln_backward_tensors,
    fault: Option<Error>,
    slices: PhantomData<(&'a [T], &'a mut [T])>,
}

// SAFETY: its pointers are those of slices of types that are Send and Sync, borrowed for 'a; it changes them in run(), which consumes it.
unsafe impl<T: Element> Send for Backward<'_, T> {}
// SAFETY: as above; a shared reference can do nothing.
unsafe impl<T: Element> Sync for Backward<'_, T> {}

impl<'a, T: Element> Backward<'a, T> {
    pub(crate) fn new(norm: Norm, x: &'a [T], dy: &'a [T]) -> Self {
        // SAFETY: NULL, and no function, are values of every field.
        let zero: ln_backward_tensors = unsafe { std::mem::zeroed() };
        let struct_size = std::mem::size_of::<ln_backward_tensors>();
        let t = ln_backward_tensors { struct_size, x: x.as_ptr().cast(), dy: dy.as_ptr().cast(), ..zero };
        let rows = norm.rows_in(x.len());
        let fault = rows.as_ref().err().cloned().or_else(|| check_length("dy", dy.len(), x.len()).err());
        Backward { norm, rows: rows.unwrap_or(0), t, fault, slices: PhantomData }
    }

    fn expect(&mut self, what: &str, is: usize, expected: usize) {
        if self.fault.is_none() {
            self.fault = check_length(what, is, expected).err();
        }
    }

    fn len(&self) -> usize {
        self.rows * self.norm.cols()
    }

    fn parameters(&self) -> usize {
        self.norm.parameters(self.rows)
    }

    /// The gamma of the forward call.
    pub fn gamma(mut self, gamma: &'a [T]) -> Self {
        self.expect("gamma", gamma.len(), self.parameters());
        self.t.gamma = gamma.as_ptr().cast();
        self
    }

    /// The beta of the forward call: looked at with a gate alone.
    pub fn beta(mut self, beta: &'a [T]) -> Self {
        self.expect("beta", beta.len(), self.parameters());
        self.t.beta = beta.as_ptr().cast();
        self
    }

    /// The gradient that arrives at the sum of x and residual by another way, added to dx; x is then that sum.
    pub fn dsum(mut self, dsum: &'a [T]) -> Self {
        self.expect("dsum", dsum.len(), self.len());
        self.t.dsum = dsum.as_ptr().cast();
        self
    }

    /// The gate of the forward call.
    pub fn gate(mut self, gate: &'a [T]) -> Self {
        self.expect("gate", gate.len(), self.len());
        self.t.gate = gate.as_ptr().cast();
        self
    }

    /// The gradient at x, written.
    pub fn dx(mut self, dx: &'a mut [T]) -> Self {
        self.expect("dx", dx.len(), self.len());
        self.t.dx = dx.as_mut_ptr().cast();
        self
    }

    /// The gradient at gamma, written.
    pub fn dgamma(mut self, dgamma: &'a mut [T::Wide]) -> Self {
        self.expect("dgamma", dgamma.len(), self.parameters());
        self.t.dgamma = dgamma.as_mut_ptr().cast();
        self
    }

    /// The gradient at beta, written.
    pub fn dbeta(mut self, dbeta: &'a mut [T::Wide]) -> Self {
        self.expect("dbeta", dbeta.len(), self.parameters());
        self.t.dbeta = dbeta.as_mut_ptr().cast();
        self
    }

    /// The gradient at the gate, written.
    pub fn dgate(mut self, dgate: &'a mut [T]) -> Self {
        self.expect("dgate", dgate.len(), self.len());
        self.t.dgate = dgate.as_mut_ptr().cast();
        self
    }

    /// dgamma and dbeta are added to, not overwritten.
    pub fn accumulate(mut self) -> Self {
        self.norm = self.norm.flag(ln_sys::LN_ACCUMULATE);
        self
    }

    /// Over the threads of rayon's current pool: the same bits.
    #[cfg(feature = "rayon")]
    pub fn rayon(mut self) -> Self {
        self.t.parallel_for = Some(crate::pool::parallel_for);
        self
    }

    /// Does it, in a workspace that it allocates where gradients of parameters are wanted.
    pub fn run(mut self) -> Result<(), Error> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let d = self.norm.describe::<T, T>(self.rows);
        let mut workspace = Vec::<u64>::new();
        if !self.t.dgamma.is_null() || !self.t.dbeta.is_null() {
            // SAFETY: it looks at numbers alone.
            let bytes = unsafe { ln_sys::ln_backward_workspace_size(&d) };
            let words = bytes.div_ceil(8);
            // One that cannot be had is left out, and C says so.
            if workspace.try_reserve_exact(words).is_ok() {
                workspace.resize(words, 0);
            }
        }
        (self.t.workspace, self.t.workspace_size) = (workspace.as_mut_ptr().cast(), workspace.len() * 8);
        // SAFETY: each tensor is a slice of the length that d says, and outputs are exclusive borrows.
        match unsafe { ln_sys::ln_backward(&d, &self.t) } {
            ln_sys::LN_OK => Ok(()),
            // SAFETY: no element is read or written.
            status => Err(Error::explained(status, |text, size| unsafe { ln_sys::ln_explain_backward(&d, &self.t, text, size) })),
        }
    }
}
