#!/usr/bin/env python3
"""speed.py - times of libln.torch beside PyTorch's, in one run: a call of 1 x 768, the norms of three models, and the whole models

Each line is medians of calls that take turns, so that what else the machine does is in both.
"""

import copy
import statistics
import time

import diffusers
import torch
import torch.nn.functional as F
import transformers
from models import output_of

import libln
import libln.torch

MODES = {"inference_mode": torch.inference_mode, "no_grad": torch.no_grad, "recording gradients": torch.enable_grad}
BERT = dict(num_hidden_layers=4, vocab_size=1000)
LLAMA = dict(num_hidden_layers=4, vocab_size=1000, hidden_size=1024, intermediate_size=2816, num_attention_heads=16, num_key_value_heads=4)
MODELS = {
    "BERT, 768 wide, 4 layers, 128 tokens": lambda: (transformers.BertModel(transformers.BertConfig(**BERT)), _tokens(128)),
    "BERT, 768 wide, 4 layers, 1 token": lambda: (transformers.BertModel(transformers.BertConfig(**BERT)), _tokens(1)),
    "Llama, 1024 wide, 4 layers, 128 tokens": lambda: (transformers.LlamaModel(transformers.LlamaConfig(**LLAMA)), _tokens(128)),
    "UNet, 64 and 128 channels, 32 x 32": lambda: (diffusers.UNet2DModel(
        sample_size=32, block_out_channels=(64, 128), layers_per_block=1, down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D")), {"sample": torch.randn(1, 3, 32, 32), "timestep": torch.tensor([7])}),
}


def _tokens(length):
    return {"input_ids": torch.randint(1, 1000, (1, length))}


def in_turns(calls, seconds=1.0, least=5):
    """The median time of each call in microseconds."""
    times, end = [[] for _ in calls], time.perf_counter() + seconds
    for call in calls:
        call()
    while time.perf_counter() < end or len(times[0]) < least:
        for call, own in zip(calls, times):
            start = time.perf_counter()
            call()
            own.append(time.perf_counter() - start)
    return [statistics.median(own) * 1e6 for own in times]


def one_row():
    x, gamma, beta = torch.randn(1, 768), torch.nn.Parameter(torch.ones(768)), torch.nn.Parameter(torch.zeros(768))
    norm = torch.nn.LayerNorm(768)
    swapped = copy.deepcopy(norm)
    libln.torch.swap(swapped)
    calls = {"torch.nn.functional.layer_norm": lambda: F.layer_norm(x, (768,), gamma, beta),
             "torch.ops.ln.layer_norm": lambda: torch.ops.ln.layer_norm(x, (768,), gamma, beta),
             "torch.nn.LayerNorm": lambda: norm(x), "and swapped": lambda: swapped(x),
             "torch.nn.functional.rms_norm": lambda: F.rms_norm(x, (768,), gamma, 1e-6),
             "torch.ops.ln.rms_norm": lambda: torch.ops.ln.rms_norm(x, (768,), gamma, 1e-6)}
    for name, mode in MODES.items():
        with mode():
            print(f"1 x 768, {name}: " + ", ".join(f"{call} {us:.1f} us" for call, us in zip(calls, in_turns(list(calls.values())))))


def norms_of(model, inputs):
    """A call of each norm of the model on what it is given in there, as (module, x)."""
    seen = []
    hooks = [module.register_forward_pre_hook(lambda module, given: seen.append((module, given[0])))
             for module in model.modules() if "Norm" in type(module).__name__ and not any(module.children())]
    model(**inputs)
    for hook in hooks:
        hook.remove()
    return seen


def whole(name, make):
    torch.manual_seed(1)
    model, inputs = make()
    swapped = copy.deepcopy(model.eval())
    libln.torch.swap(swapped)
    own, other = norms_of(model, inputs), norms_of(swapped, inputs)
    for threads in (1, 2):
        torch.set_num_threads(threads)
        calls = [lambda: [norm(x) for norm, x in own], lambda: [norm(x) for norm, x in other],
                 lambda: output_of(model, inputs), lambda: output_of(swapped, inputs)]
        before, after, model_before, model_after = (us / 1000 for us in in_turns(calls, 1.5))
        print(f"{name}, {threads} thread{'s' * (threads > 1)}: {len(own)} norms {before:.2f} ms, with libln {after:.2f} ms; "
              f"whole model {model_before:.2f} ms, with libln {model_after:.2f} ms")


def main():
    print(f"PyTorch {torch.__version__}, libln {'.'.join(map(str, libln.version()))}, {libln.isa()}")
    torch.set_num_threads(1)
    one_row()
    with torch.no_grad():
        for name, make in MODELS.items():
            whole(name, make)


if __name__ == "__main__":
    main()
