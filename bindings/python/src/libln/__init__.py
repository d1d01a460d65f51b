"""libln - LayerNorm, RMSNorm and group norm of NumPy arrays, forward and backward, with the same bits on every CPU of a class

    import numpy as np, libln
    y = libln.layer_norm(np.array([[1, 3], [2, 6]], np.float32), eps=0)
"""

from ._norms import (Gradients, LnError, group_norm, isa, isas, l2_norm, l2_norm_backward, layer_norm, layer_norm_backward, rms_norm, rms_norm_backward, set_isa, version)

__all__ = ["Gradients", "LnError", "group_norm", "isa", "isas", "l2_norm", "l2_norm_backward", "layer_norm", "layer_norm_backward", "rms_norm", "rms_norm_backward", "set_isa",
           "version"]
