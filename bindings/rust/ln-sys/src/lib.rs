//! The declarations of libln's `ln.h`, as bindgen reads them: `bindings/rust/prepare --bindings` makes them again. The header says what
//! each function does; the crate `ln` is the safe interface.
#![no_std]
#![allow(non_camel_case_types)]

mod bindings;
pub use bindings::*;

/// What a function returns when it has done all; bindgen would give it another type than theirs.
pub const LN_OK: core::ffi::c_int = 0;
/// A stride of an input: every row is the same one in memory. bindgen does not see through UINT64_MAX.
pub const LN_BROADCAST: u64 = u64::MAX;
