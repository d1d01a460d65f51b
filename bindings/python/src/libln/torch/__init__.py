"""libln.torch - the norms of libln as operators of PyTorch, torch.ops.ln.*

    import torch, libln.torch
    y = torch.ops.ln.layer_norm(torch.randn(2, 768), [768])
"""

from . import _ops

