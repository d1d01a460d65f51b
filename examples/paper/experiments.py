"""experiments.py - which runs make up each experiment, in full and quick"""

# Every norm of an experiment is tried at the same rates with the search seed; the one at which its mean `loss` gets lowest is used for
# the other seeds. `loss` is the column that the claim is about.
MLP = dict(
    program="ln_paper_mlp",
    norms=["none", "batch", "layer"],
    rates=["3e-4", "1e-3", "3e-3", "1e-2", "3e-2"],
    loss="train_loss",
    search_seeds=[101, 102],
    seeds=[1, 2, 3, 4, 5],
)
CHARS = dict(
    program="ln_paper_chars",
    norms=["none", "batch", "layer"],
    rates=["1e-3", "3e-3", "1e-2", "3e-2"],
    loss="valid_loss",
    search_seeds=[101],
    seeds=[1, 2, 3, 4],
)
EMBED = dict(
    program="ln_paper_embed",
    norms=["none", "layer"],
    rates=["1e-3", "3e-3", "1e-2", "3e-2", "1e-1"],
    loss="valid_loss",
    search_seeds=[101],
    seeds=[1, 2, 3, 4],
)

FULL = {
    "mlp-128": dict(MLP, batch=128, steps=600, every=20),
    "mlp-4": dict(MLP, batch=4, steps=7000, every=200),
    "chars": dict(CHARS, batch=16, steps=2000, every=50),
    "embed": dict(EMBED, batch=64, steps=1200, every=40),
}

# No search: the rates that the full search found best, or near it. Few steps: a smoke test.
QUICK = {
    "mlp-128": dict(MLP, batch=128, steps=100, every=20, rates=["3e-3"], seeds=[1]),
    "mlp-4": dict(MLP, batch=4, steps=1200, every=100, rates=["1e-3"], seeds=[1, 2, 3]),
    "chars": dict(CHARS, batch=16, steps=60, every=20, rates=["1e-2"], seeds=[1]),
    "embed": dict(EMBED, batch=64, steps=45, every=15, rates=["3e-3"], seeds=[1]),
}
