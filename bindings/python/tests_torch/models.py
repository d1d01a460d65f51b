"""models.py - small models of ten families, built from configurations with fixed weights, and the same with norms of exact formulas in double"""

import copy

import diffusers
import torch
import transformers

_DECODER = dict(vocab_size=128, hidden_size=64, intermediate_size=128, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, head_dim=16)


def _text(kind, config, **settings):
    return lambda: getattr(transformers, kind)(getattr(transformers, config)(**settings)), _tokens


def _tokens(generator, batch=2):
    return {"input_ids": torch.randint(1, 128, (batch, 24), generator=generator)}


def _image(generator, batch=2):
    return {"pixel_values": torch.randn(batch, 3, 32, 32, generator=generator)}


def _noise(**more):
    def inputs(generator, batch=2):
        values = {name: make(generator, batch) for name, make in more.items()}
        return {"timestep": torch.full((batch,), 7)} | values
    return inputs


def _latents(channels):
    return lambda generator, batch: torch.randn(batch, channels, 16, 16, generator=generator)


_BLOCKS = dict(block_out_channels=(32, 64), layers_per_block=1, norm_num_groups=8, sample_size=16, in_channels=3, out_channels=3)
FAMILIES = {
    "BERT": _text("BertModel", "BertConfig", vocab_size=128, hidden_size=64, num_hidden_layers=3, num_attention_heads=4, intermediate_size=128),
    "GPT-2": _text("GPT2LMHeadModel", "GPT2Config", vocab_size=128, n_embd=64, n_layer=3, n_head=4, n_positions=64, bos_token_id=0, eos_token_id=0),
    "Llama": _text("LlamaForCausalLM", "LlamaConfig", **_DECODER),
    "Gemma 3": _text("Gemma3ForCausalLM", "Gemma3TextConfig", **_DECODER),
    "Qwen3": _text("Qwen3ForCausalLM", "Qwen3Config", **_DECODER),
    "T5": _text("T5EncoderModel", "T5Config", vocab_size=128, d_model=64, d_ff=128, d_kv=16, num_layers=3, num_heads=4),
    "ViT": (lambda: transformers.ViTModel(transformers.ViTConfig(hidden_size=64, num_hidden_layers=3, num_attention_heads=4, intermediate_size=128,
                                                                 image_size=32, patch_size=8)), _image),
    "UNet": (lambda: diffusers.UNet2DModel(down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"), **_BLOCKS),
             _noise(sample=_latents(3))),
    "UNet with text": (lambda: diffusers.UNet2DConditionModel(
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), cross_attention_dim=32,
        attention_head_dim=8, **_BLOCKS),
        _noise(sample=_latents(3), encoder_hidden_states=lambda generator, batch: torch.randn(batch, 5, 32, generator=generator))),
    "DiT": (lambda: diffusers.DiTTransformer2DModel(num_attention_heads=4, attention_head_dim=16, in_channels=4, num_layers=3, sample_size=16,
                                                    patch_size=2, norm_num_groups=8, num_embeds_ada_norm=10),
            _noise(hidden_states=_latents(4), class_labels=lambda generator, batch: torch.arange(batch))),
}


def build(family):
    """The model with fixed weights, none of them 0 or 1 throughout, and its inputs."""
    make, inputs = FAMILIES[family]
    torch.manual_seed(1)
    model = make().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.1 if parameter.dim() == 1 else torch.randn(parameter.shape) * 0.02)
    return model, inputs(torch.Generator().manual_seed(2))


def output_of(model, inputs):
    output = model(**inputs)
    return output["logits" if "logits" in output else 0] if hasattr(output, "keys") else output[0]


def _exact_forward(module):
    """The formula of a norm, from its name and attributes alone, in the type of x."""
    def rows(x, dims, eps, centred):
        x = x - x.mean(dims, keepdim=True) if centred else x
        return x / (x.square().mean(dims, keepdim=True) + eps).sqrt()

    def scaled(x, gamma, beta):
        return x * (1 if gamma is None else gamma) + (0 if beta is None else beta)

    if isinstance(module, torch.nn.GroupNorm):
        def group_norm(x):
            grouped = rows(x.reshape(x.shape[0], module.num_groups, -1), (2,), module.eps, True).reshape(x.shape)
            shape = (1, -1, *[1] * (x.dim() - 2))
            return scaled(grouped, module.weight.reshape(shape), module.bias.reshape(shape))
        return group_norm
    if isinstance(module, torch.nn.LayerNorm):
        return lambda x: scaled(rows(x, (-1,), module.eps, True), module.weight, module.bias)
    eps = module.eps if hasattr(module, "eps") else module.variance_epsilon
    one = 1 if "Gemma" in type(module).__name__ else 0
    return lambda x: scaled(rows(x, (-1,), eps, False), one + module.weight, None)


def in_double(model, inputs):
    """The model in double; those of transformers compute some norms in float whatever their type is, so these are written anew."""
    model = copy.deepcopy(model).double()
    for module in model.modules():
        if "Norm" in type(module).__name__ and not any(module.children()):
            module.forward = _exact_forward(module)
    return model, {name: value.double() if value.is_floating_point() else value for name, value in inputs.items()}
