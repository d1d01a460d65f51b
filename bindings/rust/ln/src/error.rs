//! Why a call was refused.

use std::ffi::{c_char, c_int};

/// Why a call was refused: a status of `ln.h` and a sentence that names the argument. Nothing has been written, unless a pool failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    status: c_int,
    text: String,
}

impl Error {
    /// One of the `LN_ERR_*` of `ln_sys`.
    pub fn status(&self) -> i32 {
        self.status
    }

    /// A slice whose length does not fit the shape, which C cannot see.
    pub(crate) fn length(what: &str, is: usize, expected: usize) -> Self {
        Error { status: ln_sys::LN_ERR_SHAPE, text: format!("{what} has {is} elements, not {expected}") }
    }

    /// Rows that do not fill a slice.
    pub(crate) fn rows(len: usize, cols: usize) -> Self {
        Error { status: ln_sys::LN_ERR_SHAPE, text: format!("x has {len} elements, which is no multiple of cols {cols}") }
    }

    /// The status of a call that failed, with the sentence that `explain` writes.
    #[cold]
    pub(crate) fn explained(status: c_int, explain: impl FnOnce(*mut c_char, usize) -> c_int) -> Self {
        let mut text = [0u8; ln_sys::LN_EXPLANATION as usize];
        let text = if explain(text.as_mut_ptr().cast(), text.len()) == status {
            let end = text.iter().position(|&c| c == 0).unwrap_or(text.len());
            String::from_utf8_lossy(&text[..end]).into_owned()
        } else {
            // A pool that failed: no arguments tell. SAFETY: ln_strerror never returns NULL, and its strings live as long as the library.
            unsafe { std::ffi::CStr::from_ptr(ln_sys::ln_strerror(status)) }.to_string_lossy().into_owned()
        };
        Error { status, text }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

pub(crate) fn check_length(what: &str, is: usize, expected: usize) -> Result<(), Error> {
    if is == expected { Ok(()) } else { Err(Error::length(what, is, expected)) }
}
