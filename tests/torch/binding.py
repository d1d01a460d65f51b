"""binding.py - ln.h by ctypes, as far as samples.py needs it"""
import ctypes

SIZE, U32, U64, POINTER, DOUBLE = ctypes.c_size_t, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_double
LAYERNORM, RMSNORM = 0, 1
F32, F64, BF16, F16 = 1, 2, 3, 4
ERR_EPS = -3


def fields(kind, names):
    return [(name, kind) for name in names.split()]


class Desc(ctypes.Structure):
    _fields_ = (fields(U32, "struct_size norm flags x_type residual_type param_type gate_type y_type sum_type") +
                fields(ctypes.c_int32, "y_zero_point") +
                fields(U64, "rows cols heads x_stride x_head_stride residual_stride residual_head_stride gate_stride gate_head_stride y_stride "
                            "y_head_stride sum_stride sum_head_stride rows_per_param param_rows param_stride cols_per_param") +
                fields(DOUBLE, "eps y_scale") +
                fields(U64, "x_col_stride residual_col_stride gate_col_stride y_col_stride sum_col_stride cols_per_run "
                            "x_run_stride residual_run_stride gate_run_stride y_run_stride sum_run_stride cols_per_scale") +
                fields(U32, "scale_type reserved"))


class ForwardTensors(ctypes.Structure):
    _fields_ = fields(SIZE, "struct_size") + fields(POINTER, "x residual gamma beta gate moments y y_scale sum mean rstd parallel_for pool")


class BackwardTensors(ctypes.Structure):
    _fields_ = (fields(SIZE, "struct_size") + fields(POINTER, "x dy dsum gamma beta gate mean rstd dx dgamma dbeta dgate workspace") +
                fields(SIZE, "workspace_size") + fields(POINTER, "parallel_for pool"))


def filled(struct, **values):
    return struct(struct_size=ctypes.sizeof(struct), **values)


class Library:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.ln_backward_workspace_size.restype = SIZE

    def forward(self, d, **tensors):
        return self.library.ln_forward(ctypes.byref(d), ctypes.byref(filled(ForwardTensors, **tensors)))

    def backward(self, d, **tensors):
        size = self.library.ln_backward_workspace_size(ctypes.byref(d))
        workspace = (DOUBLE * (size // 8 + 1))()
        t = filled(BackwardTensors, workspace=ctypes.addressof(workspace), workspace_size=ctypes.sizeof(workspace), **tensors)
        return self.library.ln_backward(ctypes.byref(d), ctypes.byref(t))
