"""frameworks.py LIBRARY - the functions of docs/migrate.md, built as LIBRARY, beside the frameworks that they are named for"""
import ctypes
import sys

import numpy as np

lib = ctypes.CDLL(sys.argv[1])
random = np.random.default_rng(1)
n, c, h, w, groups, tokens, dim, eps = 2, 8, 3, 5, 4, 3, 96, 1e-3
failed = False


def numbers(*shape):
    return (random.standard_normal(shape) + 0.5).astype(np.float32)


def call(name, *arguments):
    """Arrays go as pointers, whole numbers as sizes, others as doubles."""
    passed = [a.ctypes.data_as(ctypes.c_void_p) if isinstance(a, np.ndarray) else ctypes.c_double(a) if isinstance(a, float)
              else ctypes.c_void_p() if a is None else ctypes.c_size_t(a) for a in arguments]
    status = getattr(lib, name)(*passed)
    if status:
        raise SystemExit(f"{name} returns {status}")


def compare(name, got, want, tolerance):
    global failed
    want = np.asarray(want, dtype=np.float64)
    error = np.max(np.abs(got.reshape(want.shape) - want) / np.maximum(1, np.abs(want)))
    ok = error <= tolerance
    print(f"{name:34} {'ok ' if ok else 'OFF'} largest error {error:.1e}")
    failed |= not ok


def with_torch():
    """Against float64 of PyTorch: what is off is ours."""
    import torch
    import torch.nn.functional as F
    x, gamma, beta, y = numbers(tokens * n, dim), numbers(dim), numbers(dim), np.empty((tokens * n, dim), np.float32)
    wide = lambda a: torch.from_numpy(a).double()
    call("torch_layer_norm", tokens * n, dim, x, gamma, beta, eps, y)
    compare("torch layer_norm", y, F.layer_norm(wide(x), (dim,), wide(gamma), wide(beta), eps), 2e-6)
    call("torch_rms_norm", tokens * n, dim, x, gamma, eps, y)
    compare("torch rms_norm", y, F.rms_norm(wide(x), (dim,), wide(gamma), eps), 2e-6)
    modulation = numbers(n, 2 * dim)
    call("dit_modulate", n, tokens, dim, x, modulation, modulation[:, dim:], 2 * dim, y)
    shift, scale = wide(modulation).chunk(2, 1)
    normed = F.layer_norm(wide(x).view(n, tokens, dim), (dim,), eps=1e-6)
    compare("torch DiT modulate", y, normed * (1 + scale.unsqueeze(1)) + shift.unsqueeze(1), 2e-6)
    image, weight, bias, out = numbers(n, c, h, w), numbers(c), numbers(c), np.empty((n, c, h, w), np.float32)
    call("torch_group_norm", n, c, h * w, groups, image, weight, bias, eps, out)
    compare("torch group_norm", out, F.group_norm(wide(image), groups, wide(weight), wide(bias), eps), 2e-6)
    call("convnext_layer_norm_2d", n, c, h, w, image, weight, bias, eps, out)
    last = F.layer_norm(wide(image).permute(0, 2, 3, 1), (c,), wide(weight), wide(bias), eps)
    compare("torch LayerNorm2d", out, last.permute(0, 3, 1, 2), 2e-6)


def run_onnx(operator, domain, inputs, outputs):
    """A model of one node, run; its arithmetic is in float, so that both may be off."""
    import onnxruntime
    from onnx import TensorProto, helper
    attributes = {"epsilon": eps} if domain else {"epsilon": eps, "axis": -1}
    node = helper.make_node(operator, list(inputs), outputs, domain=domain, **attributes)
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph([node], "norm", [value(k, v.shape) for k, v in inputs.items()], [value(k, None) for k in outputs if k])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)], ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, inputs)


def with_onnxruntime():
    import onnx, onnxruntime  # noqa: F401, both before anything is run
    rows = 6
    x, skip, gamma, beta = numbers(1, rows, dim), numbers(1, rows, dim), numbers(dim), numbers(dim)
    y, total, mean, rstd = np.empty_like(x), np.empty_like(x), np.empty(rows, np.float32), np.empty(rows, np.float32)
    call("ort_layer_normalization", rows, dim, x, gamma, beta, eps, y, mean, rstd)
    for name, got, want in zip(("", ", Mean", ", InvStdDev"), (y, mean, rstd),
                               run_onnx("LayerNormalization", "", {"X": x, "Scale": gamma, "B": beta}, ["Y", "Mean", "InvStdDev"])):
        compare(f"LayerNormalization{name}", got, want, 4e-6)
    call("ort_skip_layer_normalization", rows, dim, x, skip, gamma, beta, eps, y, total)
    wanted = run_onnx("SkipLayerNormalization", "com.microsoft", {"input": x, "skip": skip, "gamma": gamma, "beta": beta}, ["y", "", "", "s"])
    compare("SkipLayerNormalization", y, wanted[0], 4e-6)
    compare("SkipLayerNormalization, its sum", total, wanted[1], 1e-7)
    call("ort_rms_normalization", rows, dim, x, gamma, eps, y)
    compare("SimplifiedLayerNormalization", y, run_onnx("SimplifiedLayerNormalization", "", {"X": x, "scale": gamma}, ["Y"])[0], 4e-6)


for framework, check in (("torch", with_torch), ("onnxruntime", with_onnxruntime)):
    try:
        check()
    except ModuleNotFoundError as missing:
        print(f"skipped: {framework}: python3 has no {missing.name.partition('.')[0]}")
sys.exit(failed)
