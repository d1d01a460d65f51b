//! Matrices of the crate ndarray: a row of theirs is a row here.

use crate::{Element, Error, layer_norm_in_place, rms_norm_in_place};
use ndarray::{Array2, ArrayView2};

/// [`crate::layer_norm`] of the rows of a matrix of any strides.
///
/// ```
/// let x = ndarray::array![[1.0f32, 3.0], [2.0, 6.0]];
/// assert_eq!(ln::layer_norm_array(x.view(), None, None, 0.0)?, ndarray::array![[-1.0, 1.0], [-1.0, 1.0]]);
/// # Ok::<(), ln::Error>(())
/// ```
pub fn layer_norm_array<T: Element>(x: ArrayView2<T>, gamma: Option<&[T]>, beta: Option<&[T]>, eps: f64) -> Result<Array2<T>, Error> {
    in_rows(x, |cols, y| layer_norm_in_place(cols, y, gamma, beta, eps))
}

/// [`crate::rms_norm`] of the rows of a matrix of any strides.
pub fn rms_norm_array<T: Element>(x: ArrayView2<T>, gamma: Option<&[T]>, eps: f64) -> Result<Array2<T>, Error> {
    in_rows(x, |cols, y| rms_norm_in_place(cols, y, gamma, eps))
}

/// A copy in the order of rows, normalised in place.
fn in_rows<T: Element>(x: ArrayView2<T>, norm: impl FnOnce(usize, &mut [T]) -> Result<(), Error>) -> Result<Array2<T>, Error> {
    let mut y = x.as_standard_layout().into_owned();
    norm(x.ncols(), y.as_slice_mut().expect("in standard layout"))?;
    Ok(y)
}
