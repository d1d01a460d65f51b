//! The types of elements, and the plain C calls of each.

use std::ffi::c_int;

mod sealed {
    pub trait Sealed {}
}
use sealed::Sealed;

/// A type that an output may have.
///
/// # Safety
/// The trait is sealed: `TYPE` is the number that `ln.h` gives a type of the same size and alignment.
pub unsafe trait Output: Copy + Send + Sync + Sealed + 'static {
    /// `LN_F32` and its like.
    const TYPE: u32;
}

/// A type of x, residual, gate, gamma and beta.
///
/// # Safety
/// As for [`Output`].
pub unsafe trait Element: Output {
    /// The type of statistics and of the gradients of parameters: f32, or f64 for f64.
    type Wide: Copy + Send + Sync;

    #[doc(hidden)]
    unsafe fn layer_norm(rows: usize, cols: usize, x: *const Self, gamma: *const Self, beta: *const Self, eps: f64, y: *mut Self) -> c_int;
    #[doc(hidden)]
    unsafe fn rms_norm(rows: usize, cols: usize, x: *const Self, gamma: *const Self, eps: f64, y: *mut Self) -> c_int;
    #[doc(hidden)]
    unsafe fn l2_norm(rows: usize, cols: usize, x: *const Self, gamma: *const Self, eps: f64, y: *mut Self) -> c_int;
}

/// An OCP 8-bit float with 4 bits of exponent, as its bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct F8E4M3(pub u8);

/// An OCP 8-bit float with 5 bits of exponent, as its bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct F8E5M2(pub u8);

macro_rules! outputs {
    ($($type:ty = $number:ident),* $(,)?) => { $(
        impl Sealed for $type {}
        // SAFETY: the type is that of C, or transparent over it.
        unsafe impl Output for $type {
            const TYPE: u32 = ln_sys::$number;
        }
    )* };
}

macro_rules! elements {
    ($($type:ty, $wide:ty, $layer:ident, $rms:ident, $l2:ident);* $(;)?) => { $(
        // SAFETY: as above.
        unsafe impl Element for $type {
            type Wide = $wide;

            #[inline]
            unsafe fn layer_norm(rows: usize, cols: usize, x: *const Self, gamma: *const Self, beta: *const Self, eps: f64, y: *mut Self) -> c_int {
                ln_sys::$layer(rows, cols, x.cast(), gamma.cast(), beta.cast(), eps, y.cast())
            }

            #[inline]
            unsafe fn rms_norm(rows: usize, cols: usize, x: *const Self, gamma: *const Self, eps: f64, y: *mut Self) -> c_int {
                ln_sys::$rms(rows, cols, x.cast(), gamma.cast(), eps, y.cast())
            }

            #[inline]
            unsafe fn l2_norm(rows: usize, cols: usize, x: *const Self, gamma: *const Self, eps: f64, y: *mut Self) -> c_int {
                ln_sys::$l2(rows, cols, x.cast(), gamma.cast(), eps, y.cast())
            }
        }
    )* };
}

outputs! { f32 = LN_F32, f64 = LN_F64, i8 = LN_I8, u8 = LN_U8, F8E4M3 = LN_F8_E4M3, F8E5M2 = LN_F8_E5M2 }
elements! {
    f32, f32, ln_layernorm_f32, ln_rmsnorm_f32, ln_l2norm_f32;
    f64, f64, ln_layernorm_f64, ln_rmsnorm_f64, ln_l2norm_f64;
}

#[cfg(feature = "half")]
outputs! { half::bf16 = LN_BF16, half::f16 = LN_F16 }
#[cfg(feature = "half")]
elements! {
    half::bf16, f32, ln_layernorm_bf16, ln_rmsnorm_bf16, ln_l2norm_bf16;
    half::f16, f32, ln_layernorm_f16, ln_rmsnorm_f16, ln_l2norm_f16;
}
