//! rayon's threads for ln.h's parallel_for.

use rayon::prelude::*;
use std::ffi::{c_int, c_void};

/// The context of a call, which ln.h lets any thread use.
struct Context(*mut c_void);
// SAFETY: ln_parallel_for's tasks run on any threads.
unsafe impl Sync for Context {}

impl Context {
    fn get(&self) -> *mut c_void {
        self.0
    }
}

pub(crate) unsafe extern "C" fn parallel_for(_: *mut c_void, tasks: usize, task: ln_sys::ln_task, context: *mut c_void) -> c_int {
    let (Some(task), context) = (task, Context(context)) else { return 1 };
    // A panic of rayon's, as where it can start no thread, may not unwind into C.
    let run = || (0..tasks).into_par_iter().for_each(|i| unsafe { task(context.get(), i) });
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err() as c_int
}
