pub const LN_VERSION_MAJOR: u32 = 0;
pub const LN_VERSION_MINOR: u32 = 1;
pub const LN_VERSION_PATCH: u32 = 0;
pub const LN_VERSION: u32 = 256;
pub const LN_ERR_NULL: i32 = -1;
pub const LN_ERR_SHAPE: i32 = -2;
pub const LN_ERR_EPS: i32 = -3;
pub const LN_ERR_OVERLAP: i32 = -4;
pub const LN_ERR_UNSUPPORTED: i32 = -5;
pub const LN_ERR_DESC: i32 = -6;
pub const LN_ERR_TYPE: i32 = -7;
pub const LN_ERR_FLAGS: i32 = -8;
pub const LN_ERR_SCALE: i32 = -9;
pub const LN_ERR_WORKSPACE: i32 = -10;
pub const LN_ERR_PARALLEL: i32 = -11;
pub const LN_F32: u32 = 1;
pub const LN_F64: u32 = 2;
pub const LN_BF16: u32 = 3;
pub const LN_F16: u32 = 4;
pub const LN_I8: u32 = 5;
pub const LN_U8: u32 = 6;
pub const LN_F8_E4M3: u32 = 7;
pub const LN_F8_E5M2: u32 = 8;
pub const LN_E8M0: u32 = 9;
pub const LN_LAYERNORM: u32 = 0;
pub const LN_RMSNORM: u32 = 1;
pub const LN_L2NORM: u32 = 2;
pub const LN_GAMMA_PLUS_ONE: u32 = 1;
pub const LN_EPS_OUTSIDE: u32 = 2;
pub const LN_ROUND_SUM: u32 = 4;
pub const LN_CAST_BEFORE_GAMMA: u32 = 8;
pub const LN_STATS_GIVEN: u32 = 16;
pub const LN_ROW_SCALE: u32 = 32;
pub const LN_GATE_SIGMOID: u32 = 512;
pub const LN_GATE_SELF: u32 = 1024;
pub const LN_ROUND_BEFORE_GATE: u32 = 2048;
pub const LN_GATE_BEFORE: u32 = 4096;
pub const LN_ACCUMULATE: u32 = 64;
pub const LN_RUNNING: u32 = 128;
pub const LN_GRADS_AS_PARAMS: u32 = 256;
pub const LN_BLOCK: u32 = 1024;
pub const LN_ROW_BLOCK: u32 = 32;
pub const LN_RNN: u32 = 1;
pub const LN_LSTM: u32 = 2;
pub const LN_GRU: u32 = 3;
pub const LN_EXPLANATION: u32 = 200;
extern "C" {
    pub fn ln_layernorm_f32(
        rows: usize,
        cols: usize,
        x: *const f32,
        gamma: *const f32,
        beta: *const f32,
        eps: f64,
        y: *mut f32,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_layernorm_f64(
        rows: usize,
        cols: usize,
        x: *const f64,
        gamma: *const f64,
        beta: *const f64,
        eps: f64,
        y: *mut f64,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_layernorm_bf16(
        rows: usize,
        cols: usize,
        x: *const u16,
        gamma: *const u16,
        beta: *const u16,
        eps: f64,
        y: *mut u16,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_layernorm_f16(
        rows: usize,
        cols: usize,
        x: *const u16,
        gamma: *const u16,
        beta: *const u16,
        eps: f64,
        y: *mut u16,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_rmsnorm_f32(
        rows: usize,
        cols: usize,
        x: *const f32,
        gamma: *const f32,
        eps: f64,
        y: *mut f32,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_rmsnorm_f64(
        rows: usize,
        cols: usize,
        x: *const f64,
        gamma: *const f64,
        eps: f64,
        y: *mut f64,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_rmsnorm_bf16(
        rows: usize,
        cols: usize,
        x: *const u16,
        gamma: *const u16,
        eps: f64,
        y: *mut u16,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_rmsnorm_f16(
        rows: usize,
        cols: usize,
        x: *const u16,
        gamma: *const u16,
        eps: f64,
        y: *mut u16,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_l2norm_f32(
        rows: usize,
        cols: usize,
        x: *const f32,
        gamma: *const f32,
        eps: f64,
        y: *mut f32,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_l2norm_f64(
        rows: usize,
        cols: usize,
        x: *const f64,
        gamma: *const f64,
        eps: f64,
        y: *mut f64,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_l2norm_bf16(
        rows: usize,
        cols: usize,
        x: *const u16,
        gamma: *const u16,
        eps: f64,
        y: *mut u16,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_l2norm_f16(
        rows: usize,
        cols: usize,
        x: *const u16,
        gamma: *const u16,
        eps: f64,
        y: *mut u16,
    ) -> core::ffi::c_int;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ln_desc {
    pub struct_size: u32,
    pub norm: u32,
    pub flags: u32,
    pub x_type: u32,
    pub residual_type: u32,
    pub param_type: u32,
    pub gate_type: u32,
    pub y_type: u32,
    pub sum_type: u32,
    pub y_zero_point: i32,
    pub rows: u64,
    pub cols: u64,
    pub heads: u64,
    pub x_stride: u64,
    pub x_head_stride: u64,
    pub residual_stride: u64,
    pub residual_head_stride: u64,
    pub gate_stride: u64,
    pub gate_head_stride: u64,
    pub y_stride: u64,
    pub y_head_stride: u64,
    pub sum_stride: u64,
    pub sum_head_stride: u64,
    pub rows_per_param: u64,
    pub param_rows: u64,
    pub param_stride: u64,
    pub cols_per_param: u64,
    pub eps: f64,
    pub y_scale: f64,
    pub x_col_stride: u64,
    pub residual_col_stride: u64,
    pub gate_col_stride: u64,
    pub y_col_stride: u64,
    pub sum_col_stride: u64,
    pub cols_per_run: u64,
    pub x_run_stride: u64,
    pub residual_run_stride: u64,
    pub gate_run_stride: u64,
    pub y_run_stride: u64,
    pub sum_run_stride: u64,
    pub cols_per_scale: u64,
    pub scale_type: u32,
    pub reserved: u32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ln_moments {
    pub count: f64,
    pub mean: f64,
    pub mean_lo: f64,
    pub m2: f64,
    pub m2_lo: f64,
    pub mean_rest: f64,
}
pub type ln_task =
    ::core::option::Option<unsafe extern "C" fn(context: *mut core::ffi::c_void, i: usize)>;
pub type ln_parallel_for = ::core::option::Option<
    unsafe extern "C" fn(
        pool: *mut core::ffi::c_void,
        tasks: usize,
        task: ln_task,
        context: *mut core::ffi::c_void,
    ) -> core::ffi::c_int,
>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ln_forward_tensors {
    pub struct_size: usize,
    pub x: *const core::ffi::c_void,
    pub residual: *const core::ffi::c_void,
    pub gamma: *const core::ffi::c_void,
    pub beta: *const core::ffi::c_void,
    pub gate: *const core::ffi::c_void,
    pub moments: *const ln_moments,
    pub y: *mut core::ffi::c_void,
    pub y_scale: *mut core::ffi::c_void,
    pub sum: *mut core::ffi::c_void,
    pub mean: *mut core::ffi::c_void,
    pub rstd: *mut core::ffi::c_void,
    pub parallel_for: ln_parallel_for,
    pub pool: *mut core::ffi::c_void,
}
extern "C" {
    pub fn ln_forward(d: *const ln_desc, t: *const ln_forward_tensors) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_moments_f32(n: usize, x: *const f32, m: *mut ln_moments) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_moments_f64(n: usize, x: *const f64, m: *mut ln_moments) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_moments_bf16(n: usize, x: *const u16, m: *mut ln_moments) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_moments_f16(n: usize, x: *const u16, m: *mut ln_moments) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_rms_moments_f32(n: usize, x: *const f32, m: *mut ln_moments) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_rms_moments_f64(n: usize, x: *const f64, m: *mut ln_moments) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_rms_moments_bf16(n: usize, x: *const u16, m: *mut ln_moments) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_rms_moments_f16(n: usize, x: *const u16, m: *mut ln_moments) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_moments_merge(into: *mut ln_moments, from: *const ln_moments) -> core::ffi::c_int;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ln_backward_tensors {
    pub struct_size: usize,
    pub x: *const core::ffi::c_void,
    pub dy: *const core::ffi::c_void,
    pub dsum: *const core::ffi::c_void,
    pub gamma: *const core::ffi::c_void,
    pub beta: *const core::ffi::c_void,
    pub gate: *const core::ffi::c_void,
    pub mean: *const core::ffi::c_void,
    pub rstd: *const core::ffi::c_void,
    pub dx: *mut core::ffi::c_void,
    pub dgamma: *mut core::ffi::c_void,
    pub dbeta: *mut core::ffi::c_void,
    pub dgate: *mut core::ffi::c_void,
    pub workspace: *mut core::ffi::c_void,
    pub workspace_size: usize,
    pub parallel_for: ln_parallel_for,
    pub pool: *mut core::ffi::c_void,
}
extern "C" {
    pub fn ln_backward(d: *const ln_desc, t: *const ln_backward_tensors) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_backward_workspace_size(d: *const ln_desc) -> usize;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ln_cell_desc {
    pub struct_size: u32,
    pub cell: u32,
    pub flags: u32,
    pub reserved: u32,
    pub rows: u64,
    pub hidden: u64,
    pub eps: f64,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ln_cell_forward_tensors {
    pub struct_size: usize,
    pub wh: *const f32,
    pub wx: *const f32,
    pub h_prev: *const f32,
    pub c_prev: *const f32,
    pub params: *const f32,
    pub active: *const u8,
    pub h: *mut f32,
    pub c: *mut f32,
}
extern "C" {
    pub fn ln_cell_forward(
        d: *const ln_cell_desc,
        t: *const ln_cell_forward_tensors,
    ) -> core::ffi::c_int;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ln_cell_backward_tensors {
    pub struct_size: usize,
    pub wh: *const f32,
    pub wx: *const f32,
    pub h_prev: *const f32,
    pub c_prev: *const f32,
    pub params: *const f32,
    pub active: *const u8,
    pub dh: *const f32,
    pub dc: *const f32,
    pub dwh: *mut f32,
    pub dwx: *mut f32,
    pub dh_prev: *mut f32,
    pub dc_prev: *mut f32,
    pub dparams: *mut f32,
    pub workspace: *mut core::ffi::c_void,
    pub workspace_size: usize,
}
extern "C" {
    pub fn ln_cell_backward(
        d: *const ln_cell_desc,
        t: *const ln_cell_backward_tensors,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_cell_backward_workspace_size(d: *const ln_cell_desc) -> usize;
}
extern "C" {
    pub fn ln_cell_param_count(d: *const ln_cell_desc) -> usize;
}
extern "C" {
    pub fn ln_sigmoid_f32(n: usize, x: *const f32, y: *mut f32) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_tanh_f32(n: usize, x: *const f32, y: *mut f32) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_explain_forward(
        d: *const ln_desc,
        t: *const ln_forward_tensors,
        text: *mut core::ffi::c_char,
        size: usize,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_explain_backward(
        d: *const ln_desc,
        t: *const ln_backward_tensors,
        text: *mut core::ffi::c_char,
        size: usize,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_explain_cell_forward(
        d: *const ln_cell_desc,
        t: *const ln_cell_forward_tensors,
        text: *mut core::ffi::c_char,
        size: usize,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_explain_cell_backward(
        d: *const ln_cell_desc,
        t: *const ln_cell_backward_tensors,
        text: *mut core::ffi::c_char,
        size: usize,
    ) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_isa() -> *const core::ffi::c_char;
}
extern "C" {
    pub fn ln_set_isa(name: *const core::ffi::c_char) -> core::ffi::c_int;
}
extern "C" {
    pub fn ln_isa_name(index: usize) -> *const core::ffi::c_char;
}
extern "C" {
    pub fn ln_strerror(status: core::ffi::c_int) -> *const core::ffi::c_char;
}
extern "C" {
    pub fn ln_version() -> u32;
}
