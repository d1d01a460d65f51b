#![doc = include_str!("../README.md")]
//!
//! [`layer_norm`], [`rms_norm`] and [`l2_norm`] are for contiguous rows of one type; [`Norm`] describes everything else: residuals, gates, quantised
//! outputs, parameters of groups, gradients. What each does to the bit, and how exact it is, `ln.h` says, which `ln-sys` brings.
//!
//! Strided tensors are not here yet: `ln_sys::ln_forward` takes them.
#![warn(missing_docs)]

#[cfg(feature = "ndarray")]
mod arrays;
mod backward;
mod element;
mod error;
mod forward;
mod norm;
mod plain;
#[cfg(feature = "rayon")]
mod pool;

#[cfg(feature = "ndarray")]
pub use arrays::{layer_norm_array, rms_norm_array};
pub use backward::Backward;
pub use element::{Element, F8E4M3, F8E5M2, Output};
pub use error::Error;
pub use forward::Forward;
pub use norm::Norm;
pub use plain::{l2_norm, l2_norm_in_place, layer_norm, layer_norm_in_place, rms_norm, rms_norm_in_place};
