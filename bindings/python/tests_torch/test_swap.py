"""swap(): which modules it replaces and which it leaves, and what models give with it beside what they gave, against double."""

import copy

import pytest
import torch

import libln.torch

models = pytest.importorskip("models", reason="transformers and diffusers are not installed", exc_type=ImportError)

REPLACED = {"BERT": 7, "GPT-2": 7, "Llama": 7, "Gemma 3": 19, "Qwen3": 13, "T5": 7, "ViT": 7, "UNet": 21, "UNet with text": 33, "DiT": 7}


@pytest.mark.parametrize("family", models.FAMILIES)
@torch.no_grad()
def test_family(family, capsys):
    model, inputs = models.build(family)
    exact = models.output_of(*models.in_double(model, inputs))
    own = models.output_of(model, inputs)
    keys = list(model.state_dict())
    report = libln.torch.swap(model)
    got = models.output_of(model, inputs)
    by_torch, by_libln = ((y.double() - exact).abs().max().item() for y in (own, got))
    with capsys.disabled():
        print(f"\n{family:14} {len(report.replaced):3} norms; off double by at most: torch {by_torch:.2e}, libln {by_libln:.2e}")
    assert (len(report.replaced), report.left) == (REPLACED[family], [])
    assert list(model.state_dict()) == keys
    assert by_torch > 0 and by_libln <= 1.5 * by_torch
    assert libln.torch.unswap(model) == len(report.replaced) and torch.equal(models.output_of(model, inputs), own)


FORMS = {"Llama": "torch.ops.ln.rms_norm (cast_before_gamma)", "Qwen3": "torch.ops.ln.rms_norm (cast_before_gamma)",
         "T5": "torch.ops.ln.rms_norm (cast_before_gamma)", "Gemma 3": "torch.ops.ln.rms_norm (gamma_plus_one)"}


@pytest.mark.parametrize("family", FORMS)
@torch.no_grad()
def test_forms(family):
    """In bfloat16 each norm of a model gives the bits that it gave, but for the few that its root in float rounds otherwise."""
    model = models.build(family)[0].bfloat16()
    norms = [module for module in model.modules() if "Norm" in type(module).__name__ and not any(module.children())]
    rows = [torch.randn(50, norm.weight.shape[0]).bfloat16() for norm in norms]
    own = [norm(x) for norm, x in zip(norms, rows)]
    assert {line.text for line in libln.torch.swap(model).replaced} == {FORMS[family]}
    for norm, x, y in zip(norms, rows, own):
        assert (norm(x) == y).float().mean() > 0.99


@pytest.mark.parametrize("family", ["Llama", "Gemma 3", "BERT"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@torch.no_grad()
def test_types_stay(family, dtype):
    """In bfloat16, and with float32 parameters under autocast, a model's output has the type that it had, and about its values."""
    model, inputs = models.build(family)
    if dtype == torch.bfloat16:
        model.to(dtype)
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype != torch.bfloat16):
        own = models.output_of(model, inputs)
        libln.torch.swap(model)
        got = models.output_of(model, inputs)
    assert got.dtype == own.dtype
    assert (got - own).abs().max() <= 2.0**-4 * own.abs().max()


class Own(torch.nn.LayerNorm):
    def forward(self, x):
        return super().forward(x) * 2


class PretendedRMSNorm(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight, self.eps = torch.nn.Parameter(torch.ones(8)), 1e-6

    def forward(self, x):
        return x / x.abs().mean(-1, keepdim=True) * self.weight


class OptionallyGatedRMSNorm(PretendedRMSNorm):
    def forward(self, x, gate=None):
        return torch.nn.functional.rms_norm(x if gate is None else x * gate, (8,), self.weight, self.eps)


class LikeLlamaRMSNorm(PretendedRMSNorm):
    def forward(self, hidden_states):
        return torch.nn.functional.rms_norm(hidden_states, (8,), self.weight, self.eps)


def test_arguments_of_forward():
    """One that may be given more than x is left; x may come by the name that the class has for it."""
    model = torch.nn.ModuleDict({"gated": OptionallyGatedRMSNorm(), "like": LikeLlamaRMSNorm(), "whole": torch.nn.LayerNorm(8)})
    report = libln.torch.swap(model)
    assert [(line.name, line.text) for line in report.left] == [("gated", "its forward takes more than x")]
    x = torch.randn(2, 8)
    assert torch.equal(model["like"](hidden_states=x), model["like"](x)) and torch.equal(model["whole"](input=x), model["whole"](x))


def test_left():
    """What is not the norm that it is called is left as it was, and said."""
    patched = torch.nn.LayerNorm(8)
    patched.forward = lambda x: x
    model = torch.nn.ModuleDict({"own": Own(8), "pretended": PretendedRMSNorm(), "batch": torch.nn.BatchNorm1d(8), "patched": patched,
                                 "whole": torch.nn.LayerNorm(8, elementwise_affine=False), "rms": torch.nn.RMSNorm(8)})
    report = libln.torch.swap(model)
    assert {line.name for line in report.left} == {"own", "pretended", "batch", "patched"}
    assert {line.name: line.text for line in report.replaced} == {"whole": "torch.ops.ln.layer_norm", "rms": "torch.ops.ln.rms_norm"}
    assert "left 1 Own: its forward is not LayerNorm's (own)" in str(report)
    assert str(libln.torch.swap(torch.nn.Linear(2, 2))) == "no norm found"
    x = torch.randn(3, 8)
    assert torch.equal(model["own"](x), torch.nn.functional.layer_norm(x, (8,)) * 2)
    assert len(libln.torch.swap(model).replaced) == 0  # a second time there is nothing to do


def test_module_stays():
    """The module itself, its hooks, a shared parameter and a copy of it."""
    norm = torch.nn.LayerNorm(8)
    weight, called = norm.weight, []
    norm.register_forward_hook(lambda *_: called.append(1))
    libln.torch.swap(norm)
    norm(torch.randn(2, 8))
    assert norm.weight is weight and called == [1] and isinstance(norm, torch.nn.LayerNorm)
    twin = copy.deepcopy(norm)
    x = torch.randn(2, 8)
    assert torch.equal(twin(x), torch.ops.ln.layer_norm(x, [8], norm.weight, norm.bias))


@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad])
def test_compile(mode):
    model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.LayerNorm(16), torch.nn.RMSNorm(16))
    libln.torch.swap(model)
    x = torch.randn(3, 8)
    with mode():
        assert torch.allclose(torch.compile(model, backend="aot_eager", fullgraph=True)(x), model(x), atol=1e-6)


def losses(model, inputs, steps=50):
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    found = []
    for _ in range(steps):
        loss = model(**inputs, labels=inputs["input_ids"]).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return torch.tensor(found, dtype=torch.float64)


@pytest.mark.parametrize("family", ["GPT-2", "Llama"])
def test_training(family, capsys):
    model, inputs = models.build(family)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    exact = losses(*models.in_double(model, inputs))
    own = losses(copy.deepcopy(model), inputs)
    libln.torch.swap(model)
    got = losses(model, inputs)
    by_torch, by_libln = ((found - exact).abs().max().item() for found in (own, got))
    with capsys.disabled():
        print(f"\n{family}: loss {exact[0]:.4f} to {exact[-1]:.6f} in {len(exact)} steps; off double by at most: torch {by_torch:.2e}, libln {by_libln:.2e}")
    # Both drift away from double as the steps magnify their roundings, by factors that are as good as random.
    assert exact[-1] < exact[0] / 2 and by_libln <= 2 * by_torch
