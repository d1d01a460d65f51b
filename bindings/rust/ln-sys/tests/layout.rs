//! The structs and the constants that bindgen cannot see are those of C, as the C compiler sees ln.h.

use ln_sys::*;
use std::fmt::Write;
use std::mem::{offset_of, size_of};
use std::process::Command;

/// What Rust says, and the C program that says the same of C. A field that is missing here does not compile.
macro_rules! layouts {
    ($($name:ident { $($field:ident),* $(,)? })*) => {{
        let (mut rust, mut c) = (String::new(), String::new());
        $(
            let _every_field = |s: $name| { let $name { $($field: _),* } = s; };
            writeln!(rust, "{} {}", stringify!($name), size_of::<$name>()).unwrap();
            writeln!(c, "\tprintf(\"{0} %zu\\n\", sizeof({0}));", stringify!($name)).unwrap();
            $(
                writeln!(rust, "{}.{} {}", stringify!($name), stringify!($field), offset_of!($name, $field)).unwrap();
                writeln!(c, "\tprintf(\"{0}.{1} %zu\\n\", offsetof({0}, {1}));", stringify!($name), stringify!($field)).unwrap();
            )*
        )*
        (rust, c)
    }};
}

fn said_by_c(lines: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (source, program) = (folder.join("layout.c"), folder.join("layout"));
    std::fs::write(&source, format!("#include <ln.h>\n#include <stdio.h>\nint main(void)\n{{\n{lines}\treturn 0;\n}}\n")).unwrap();
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut cc = cc::Build::new().cargo_metadata(false).target(&host).host(&host).opt_level(0).get_compiler().to_command();
    let built = cc.arg(&source).arg("-I").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/vendor")).arg("-o").arg(&program).status().unwrap();
    assert!(built.success());
    String::from_utf8(Command::new(program).output().unwrap().stdout).unwrap()
}

#[test]
fn layouts_are_those_of_c() {
    let (mut rust, mut c) = layouts! {
        ln_desc {
            struct_size, norm, flags, x_type, residual_type, param_type, gate_type, y_type, sum_type, y_zero_point, rows, cols, heads,
            x_stride, x_head_stride, residual_stride, residual_head_stride, gate_stride, gate_head_stride, y_stride, y_head_stride,
            sum_stride, sum_head_stride, rows_per_param, param_rows, param_stride, cols_per_param, eps, y_scale,
            x_col_stride, residual_col_stride, gate_col_stride, y_col_stride, sum_col_stride,
            cols_per_run, x_run_stride, residual_run_stride, gate_run_stride, y_run_stride, sum_run_stride, cols_per_scale, scale_type, reserved,
        }
        ln_moments { count, mean, mean_lo, m2, m2_lo, mean_rest }
        ln_forward_tensors {
            struct_size, x, residual, gamma, beta, gate, moments, y, y_scale, sum, mean, rstd, parallel_for, pool,
        }
        ln_backward_tensors {
            struct_size, x, dy, dsum, gamma, beta, gate, mean, rstd, dx, dgamma, dbeta, dgate, workspace, workspace_size, parallel_for, pool,
        }
        ln_cell_desc { struct_size, cell, flags, reserved, rows, hidden, eps }
        ln_cell_forward_tensors { struct_size, wh, wx, h_prev, c_prev, params, active, h, c }
        ln_cell_backward_tensors {
            struct_size, wh, wx, h_prev, c_prev, params, active, dh, dc, dwh, dwx, dh_prev, dc_prev, dparams, workspace, workspace_size,
        }
    };
    writeln!(rust, "{LN_OK} {LN_BROADCAST}").unwrap();
    c.push_str("\tprintf(\"%d %llu\\n\", LN_OK, (unsigned long long)LN_BROADCAST);\n");
    assert_eq!(rust, said_by_c(&c));
}

#[test]
fn the_library_is_of_the_version_of_its_declarations() {
    assert_eq!(unsafe { ln_version() }, LN_VERSION);
    let crate_version = format!("{LN_VERSION_MAJOR}.{LN_VERSION_MINOR}.{LN_VERSION_PATCH}");
    assert_eq!(env!("CARGO_PKG_VERSION"), crate_version);
}
