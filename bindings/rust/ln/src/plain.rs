//! Contiguous rows of one type: the calls that matter most.

use crate::error::check_length;
use crate::{Element, Error, Norm};

/// Normalises each row of `cols` elements of `x`, then scales it by `gamma` and shifts it by `beta`, into `y`.
///
/// ```
/// let mut y = [0.0; 3];
/// let refused = ln::layer_norm(3, &[1.0, 2.0, 4.0], None, None, -1.0, &mut y).unwrap_err();
/// assert_eq!(refused.status(), ln_sys::LN_ERR_EPS);
/// assert!(refused.to_string().contains("eps"));
/// ```
#[inline]
pub fn layer_norm<T: Element>(cols: usize, x: &[T], gamma: Option<&[T]>, beta: Option<&[T]>, eps: f64, y: &mut [T]) -> Result<(), Error> {
    let call = Plain { norm: Norm::layer(cols), gamma, beta, eps };
    check_length("y", y.len(), x.len())?;
    // SAFETY: x and y are slices of as many elements, y is exclusive.
    unsafe { call.run(x.as_ptr(), x.len(), y.as_mut_ptr()) }
}

/// [`layer_norm`] with `x` as its output.
#[inline]
pub fn layer_norm_in_place<T: Element>(cols: usize, x: &mut [T], gamma: Option<&[T]>, beta: Option<&[T]>, eps: f64) -> Result<(), Error> {
    let y = x.as_mut_ptr();
    // SAFETY: ln.h allows y to be x.
    unsafe { Plain { norm: Norm::layer(cols), gamma, beta, eps }.run(y, x.len(), y) }
}

/// Divides each row of `cols` elements of `x` by its root mean square, then scales it by `gamma`, into `y`.
///
/// ```
/// let mut y = [0.0f64; 2];
/// ln::rms_norm(2, &[1.0, 7.0], None, 0.0, &mut y)?;
/// assert!((y[0] - 0.2).abs() < 1e-15 && (y[1] - 1.4).abs() < 1e-15);
/// # Ok::<(), ln::Error>(())
/// ```
#[inline]
pub fn rms_norm<T: Element>(cols: usize, x: &[T], gamma: Option<&[T]>, eps: f64, y: &mut [T]) -> Result<(), Error> {
    check_length("y", y.len(), x.len())?;
    // SAFETY: as in layer_norm.
    unsafe { Plain { norm: Norm::rms(cols), gamma, beta: None, eps }.run(x.as_ptr(), x.len(), y.as_mut_ptr()) }
}

/// [`rms_norm`] with `x` as its output.
#[inline]
pub fn rms_norm_in_place<T: Element>(cols: usize, x: &mut [T], gamma: Option<&[T]>, eps: f64) -> Result<(), Error> {
    let y = x.as_mut_ptr();
    // SAFETY: ln.h allows y to be x.
    unsafe { Plain { norm: Norm::rms(cols), gamma, beta: None, eps }.run(y, x.len(), y) }
}

/// Divides each row of `cols` elements of `x` by its Euclidean length, `eps` being added to the sum of squares, then scales it by `gamma`, into `y`.
///
/// ```
/// let mut y = [0.0f64; 2];
/// ln::l2_norm(2, &[3.0, 4.0], None, 0.0, &mut y)?;
/// assert!((y[0] - 0.6).abs() < 1e-15 && (y[1] - 0.8).abs() < 1e-15);
/// # Ok::<(), ln::Error>(())
/// ```
#[inline]
pub fn l2_norm<T: Element>(cols: usize, x: &[T], gamma: Option<&[T]>, eps: f64, y: &mut [T]) -> Result<(), Error> {
    check_length("y", y.len(), x.len())?;
    // SAFETY: as in layer_norm.
    unsafe { Plain { norm: Norm::l2(cols), gamma, beta: None, eps }.run(x.as_ptr(), x.len(), y.as_mut_ptr()) }
}

/// [`l2_norm`] with `x` as its output.
#[inline]
pub fn l2_norm_in_place<T: Element>(cols: usize, x: &mut [T], gamma: Option<&[T]>, eps: f64) -> Result<(), Error> {
    let y = x.as_mut_ptr();
    // SAFETY: ln.h allows y to be x.
    unsafe { Plain { norm: Norm::l2(cols), gamma, beta: None, eps }.run(y, x.len(), y) }
}

struct Plain<'a, T> {
    norm: Norm,
    gamma: Option<&'a [T]>,
    beta: Option<&'a [T]>,
    eps: f64,
}

impl<T: Element> Plain<'_, T> {
    /// # Safety
    /// `x` and `y` are `len` elements each, the same or apart.
    #[inline]
    unsafe fn run(&self, x: *const T, len: usize, y: *mut T) -> Result<(), Error> {
        let cols = self.norm.cols();
        let rows = self.norm.rows_in(len)?;
        for (what, parameter) in [("gamma", self.gamma), ("beta", self.beta)] {
            parameter.map_or(Ok(()), |p| check_length(what, p.len(), cols))?;
        }
        let (gamma, beta) = (pointer(self.gamma), pointer(self.beta));
        let status = match self.norm.number() {
            ln_sys::LN_LAYERNORM => T::layer_norm(rows, cols, x, gamma, beta, self.eps, y),
            ln_sys::LN_RMSNORM => T::rms_norm(rows, cols, x, gamma, self.eps, y),
            _ => T::l2_norm(rows, cols, x, gamma, self.eps, y),
        };
        if status == ln_sys::LN_OK { Ok(()) } else { Err(self.why(status, rows, x, y)) }
    }

    #[cold]
    fn why(&self, status: i32, rows: usize, x: *const T, y: *mut T) -> Error {
        let d = self.norm.eps(self.eps).describe::<T, T>(rows);
        let t = ln_sys::ln_forward_tensors {
            x: x.cast(),
            gamma: pointer(self.gamma).cast(),
            beta: pointer(self.beta).cast(),
            y: y.cast(),
            ..crate::forward::no_tensors()
        };
        // SAFETY: no element is read or written.
        Error::explained(status, |text, size| unsafe { ln_sys::ln_explain_forward(&d, &t, text, size) })
    }
}

fn pointer<T>(slice: Option<&[T]>) -> *const T {
    slice.map_or(std::ptr::null(), <[T]>::as_ptr)
}
