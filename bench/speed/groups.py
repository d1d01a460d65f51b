"""groups.py - the speed bars: what is compared with what, and the highest ratio for each shape

A group's list names benchmarks OPERATION/ISA/TYPE of lnbench. A benchmark whose name begins with BEFORE is that of another commit.
"""
import typing

BEFORE = "before/"


class Comparison(typing.NamedTuple):
    """A benchmark, what it is compared with, and the highest ratio for a shape; None: shown, without a bar."""
    measured: str
    against: str
    bars: dict  # {isa: {(rows, cols): ratio}}
    settings: tuple = ("",)  # of what is measured, one after the other: the end of its name, as "/offset:16"


def both(bars):
    """The same bars for the widest kernels and for AVX2."""
    return {"avx512": bars, "avx2": bars}


def avx512_only(bars):
    return {"avx512": bars, "avx2": dict.fromkeys(bars)}


AVX2_TYPES = 1.25  # AVX2 within this of the ratios between types on AVX-512


def against_f32(dtype, bars):
    return Comparison(f"layernorm/ISA/{dtype}", "layernorm/ISA/f32",
                      {"avx512": bars, "avx2": {shape: bar and AVX2_TYPES * bar for shape, bar in bars.items()}})


def against_fastmath(operation, dtype, bars):
    return Comparison(f"{operation}/ISA/{dtype}", f"fastmath_{operation}/native/{dtype}", both(bars))


def against_itself(operation, dtype, bars, settings):
    return Comparison(f"{operation}/ISA/{dtype}", f"{operation}/ISA/{dtype}", both(bars), settings)


def against_before(operation, bars):
    return Comparison(f"{operation}/ISA/f32", f"{BEFORE}{operation}/ISA/f32", bars)


# Channels of images, of 1 x 96 x 56 x 56 and 8 x 384 x 14 x 14, against rows of as many and against transposing before and after.
CHANNELS = {(3136, 96): 1.4, (1568, 384): 1.4}
CHANNELS_LOOPS = dict.fromkeys(CHANNELS, 0.5)

# On one core; 1.7 times the speed with two threads is 1 / 1.7 of the time.
FORWARD = {
    "avx512": {(1, 64): None, (1, 768): 3.2, (16, 768): 2.7, (128, 64): None, (128, 768): 2.3, (32, 4096): None, (512, 768): 1.4,
               (2048, 1024): 1.5, (4096, 4096): 1.15, (8192, 8192): None},
    "avx2": {(1, 64): None, (1, 768): None, (16, 768): 4.0, (128, 64): None, (128, 768): 3.2, (32, 4096): None, (512, 768): 1.7,
             (2048, 1024): None, (4096, 4096): 1.2, (8192, 8192): None},
}
SHORT_LAYERNORM = {(1, 64): 1.5, (128, 32): None, (128, 64): 0.65, (128, 128): 0.55, (128, 256): None}
SHORT_RMSNORM = {(1, 64): 2.0, (128, 32): None, (128, 64): 0.85, (128, 128): 0.95, (128, 256): None}
SHORT_BF16 = {(1, 64): None, (128, 32): None, (128, 64): 0.8, (128, 128): None, (128, 256): None}
BF16 = {(128, 768): 1.15, (512, 768): 0.9, (2048, 1024): 0.75, (4096, 4096): 0.65}
RMS = {(16, 768): 0.85, (128, 768): 0.85, (512, 768): 1.00, (2048, 1024): 1.00, (4096, 4096): 1.00}
RESIDUAL = {(128, 768): None, (2048, 1024): None, (4096, 4096): 0.7, (8192, 4096): 0.7}
RESIDUAL_SUM = {(128, 768): None, (2048, 1024): None, (4096, 4096): 0.85, (8192, 4096): 0.85}
QUANTISED = {(128, 768): None, (2048, 1024): None, (4096, 4096): 0.6, (8192, 4096): 0.6}
GATED = dict.fromkeys(QUANTISED)  # 1.15 of the norm and the traffic of the gate is the aim
BACKWARD = {(16, 768): 5, (128, 768): 5, (512, 768): 2.5, (2048, 1024): 2.6, (4096, 4096): 1.9}
BACKWARD_FASTMATH = dict.fromkeys(BACKWARD, 1.0)
ONEDNN = dict.fromkeys(BACKWARD, 1 / 2.2)  # 2.2 times the speed of oneDNN 2.6
# 2.0 times the copy of a step's operands is the aim. Five activations for each element of a state do not allow it on a CPU that executes
# half of a 512-bit instruction at a time: a LSTM's multiplications alone are 80 cycles to 16 elements, the copy 45.
STEP = {(16, 400): None}
STEP_MEMCPY = {(16, 400): 2.0}
STEP_LOOPS = {(16, 400): 1 / 5}
# 16 x 768 is one task, which takes no threads: what two of them may cost is noise.
THREADS = {(16, 768): 1.03, (512, 768): 1 / 1.7, (128, 4096): 1 / 1.7, (4096, 4096): None}

# Neither what the rows hold nor where they lie may surprise. The offsets are bytes past a cache line; malloc() leaves large tensors 16.
DATA = {(128, 64): 1.25, (128, 768): 1.15, (32, 4096): 1.15}
DATA_SETTINGS = tuple(f"/data:{kind}" for kind in ("0.2+N", "0.35+N", "0.5+N", "1+N", "3+N", "1000+N", "abs(N)", "relu(N)"))
OFFSET = dict.fromkeys([(128, 768), (128, 770), (128, 1024), (128, 4096), (32, 4096)], 1.15)
OFFSET_SETTINGS = ("/offset:4", "/offset:16", "/offset:32")
# Whatever the CPU reports of its cache.
MEMORY = {(4096, 4096): 1.10, (8192, 8192): 1.10}
MEMORY_SETTINGS = ("", "/cache:1M", "/cache:32M", "/cache:480M")

BEFORE_LARGE = {(512, 768): 1.03, (2048, 1024): 1.03, (4096, 4096): 1.03, (8192, 8192): 1.03}
BEFORE_FORWARD = {isa: {**dict.fromkeys([(16, 768), (128, 768), (32, 4096)], bar), **BEFORE_LARGE}
                  for isa, bar in (("avx512", 1.10), ("avx2", 1.00))}
BEFORE_BACKWARD = dict.fromkeys(BACKWARD, 0.97)

CELLS = ("rnn", "lstm", "gru")
OPERATIONS = ("layernorm", "rmsnorm", "residual_layernorm", "residual_sum_layernorm", "backward")

GROUPS = {
    "forward": [Comparison("layernorm/ISA/f32", "memcpy/libc/f32", FORWARD)],
    "short": [against_fastmath("layernorm", "f32", SHORT_LAYERNORM), against_fastmath("rmsnorm", "f32", SHORT_RMSNORM),
              against_fastmath("layernorm", "bf16", SHORT_BF16), against_fastmath("rmsnorm", "bf16", SHORT_BF16)],
    "descriptor": [Comparison("layernorm_threads1/ISA/f32", "layernorm/ISA/f32", both({(1, 64): None, (16, 768): None}))],
    "types": [against_f32("bf16", BF16), against_f32("f16", dict.fromkeys(BF16)), against_f32("f64", dict.fromkeys(BF16))],
    "rms": [Comparison("rmsnorm/ISA/f32", "layernorm/ISA/f32", avx512_only(RMS))],
    "residual": [Comparison("residual_layernorm/ISA/f32", "add_then_layernorm/ISA/f32", avx512_only(RESIDUAL)),
                 Comparison("residual_sum_layernorm/ISA/f32", "add_then_layernorm/ISA/f32", avx512_only(RESIDUAL_SUM))],
    "channels": [Comparison("channels_layernorm/ISA/f32", "layernorm/ISA/f32", both(CHANNELS)),
                 Comparison("channels_layernorm/ISA/f32", "transpose_layernorm_transpose/ISA/f32", both(CHANNELS_LOOPS)),
                 Comparison("channels_backward/ISA/f32", "backward/ISA/f32", both(dict.fromkeys(CHANNELS)))],
    "gate": [Comparison(f"{gated}/ISA/f32", "layernorm_and_gate/ISA/f32", avx512_only(GATED))
             for gated in ("gated_layernorm", "sigmoid_gated_layernorm", "layernorm_of_gated")] +
            [Comparison("silu_of_layernorm/ISA/f32", "layernorm_threads1/ISA/f32", both(dict.fromkeys(GATED)))],
    "quantised": [Comparison("layernorm_i8/ISA/f32", "layernorm_then_quantise/ISA/f32", avx512_only(QUANTISED)),
                  Comparison("layernorm_i8_groups/ISA/f32", "layernorm_i8/ISA/f32", both(dict.fromkeys(QUANTISED)))],
    "backward": [against_fastmath("backward", "f32", BACKWARD_FASTMATH), against_fastmath("backward", "bf16", BACKWARD_FASTMATH),
                 Comparison("backward/ISA/f32", "memcpy/libc/f32", avx512_only(BACKWARD)),
                 Comparison("backward/ISA/f32", "backward_onednn/ISA/f32", avx512_only(ONEDNN))],
    "recurrent": [Comparison(f"{cell}/ISA/f32", f"{cell}_{against}/ISA/f32", avx512_only(bars))
                  for cell in CELLS for against, bars in (("memcpy", STEP_MEMCPY), ("loops", STEP_LOOPS))] +
                 [Comparison(f"{cell}_backward/ISA/f32", f"{cell}/ISA/f32", both(STEP)) for cell in CELLS],
    "threads": [Comparison("backward_threads2/ISA/f32", "backward/ISA/f32", avx512_only({(512, 768): 1 / 1.7})),
                Comparison("layernorm_threads2/ISA/f32", "layernorm_threads1/ISA/f32", avx512_only(THREADS))],
    "data": [against_itself(norm, dtype, bars, settings) for norm in ("layernorm", "rmsnorm") for dtype in ("f32", "bf16")
             for bars, settings in ((DATA, DATA_SETTINGS), (dict.fromkeys(DATA), ("/data:denormal(N)",)))],
    "alignment": [against_itself(operation, dtype, OFFSET, OFFSET_SETTINGS) for operation in OPERATIONS for dtype in ("f32", "bf16")],
    "memory": [Comparison("layernorm/ISA/f32", "memcpy/libc/f32", both(MEMORY), MEMORY_SETTINGS)],
    "before": [against_before("layernorm", BEFORE_FORWARD), against_before("backward", both(BEFORE_BACKWARD))],
}


def compared_with_before(group):
    """What a group measures, each against the same of another commit. Only the group `before` has bars for that."""
    if group == "before":
        return GROUPS[group]
    once = {(c.measured, c.settings): c for c in GROUPS[group]}.values()
    return [c._replace(against=BEFORE + c.measured, bars={isa: dict.fromkeys(bars) for isa, bars in c.bars.items()}) for c in once]
