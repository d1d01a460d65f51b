"""libln.torch - the norms of libln as operators of PyTorch, torch.ops.ln.*, and in the place of a model's own

    import torch, libln.torch
    y = torch.ops.ln.layer_norm(torch.randn(2, 768), [768])
    print(libln.torch.swap(model))
"""

from ._swap import Swapped, swap, unswap

__all__ = ["Swapped", "swap", "unswap"]
