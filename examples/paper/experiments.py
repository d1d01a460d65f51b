"""experiments.py - which runs make up each experiment, in full and quick"""

# Every norm of an experiment is tried at the same rates with the search seed; the one at which its mean `loss` gets lowest is used for
# the other seeds. `loss` is the column that the claim is about. `options` go to the program as they are.
MLP = dict(
    program="ln_paper_mlp",
    norms=["none", "batch", "layer"],
    rates=["3e-4", "1e-3", "3e-3", "1e-2", "3e-2"],
    loss="train_loss",
    search_seeds=[101, 102],
    seeds=[1, 2, 3, 4, 5],
    options=[],
)
CHARS = dict(
    program="ln_paper_chars",
    norms=["none", "batch", "layer"],
    rates=["1e-3", "3e-3", "1e-2", "3e-2"],
    loss="valid_loss",
    search_seeds=[101],
    seeds=[1, 2, 3, 4],
    options=[],
)
EMBED = dict(program="ln_paper_embed", norms=["none", "batch", "layer"], loss="valid_loss", batch=64, steps=800, every=40)

# The recipe: the rate that was published for the plain net, for all. First weights and clipping are published ones too, but for the first
# recurrent weights in "recurrent", and for all of these in "usual". Numbers of 2, 4 and 9 digits have names of up to 13, 42 and 100
# letters. At 100 letters a search would take too long: `searched` names the experiment whose rates are taken.
RECIPE = dict(EMBED, rates=["1e-3"], seeds=[1, 2, 3])
BEST = dict(EMBED, rates=["1e-2", "3e-2", "1e-1", "3e-1"], search_seeds=[101], seeds=[1, 2, 3])
LETTERS_13, LETTERS_42, LETTERS_100 = (["--places", places] for places in "249")

FULL = {
    "mlp-128": dict(MLP, batch=128, steps=600, every=20, rates=MLP["rates"] + ["1e-1"]),
    "mlp-4": dict(MLP, batch=4, steps=7000, every=200),
    "chars": dict(CHARS, batch=16, steps=2000, every=50),
    "embed-recipe-13": dict(RECIPE, options=LETTERS_13),
    "embed-recipe-42": dict(RECIPE, options=LETTERS_42),
    "embed-recipe-100": dict(RECIPE, options=LETTERS_100, seeds=[1, 2]),
    "embed-recurrent-42": dict(RECIPE, options=LETTERS_42 + ["--usual", "recurrent"]),
    "embed-usual-42": dict(RECIPE, options=LETTERS_42 + ["--usual", "all"]),
    "embed-best-42": dict(BEST, options=LETTERS_42),
    "embed-best-100": dict(BEST, options=LETTERS_100, seeds=[1, 2], searched="embed-best-42"),
}

# No search: the rates that the full search found best, or near it. Few steps: a smoke test.
SHORT = dict(steps=20, every=10, seeds=[1])
QUICK = {
    "mlp-128": dict(MLP, batch=128, steps=100, every=20, rates=["3e-3"], seeds=[1]),
    "mlp-4": dict(MLP, batch=4, steps=1200, every=100, rates=["1e-3"], seeds=[1, 2, 3]),
    "chars": dict(CHARS, batch=16, steps=60, every=20, rates=["1e-2"], seeds=[1]),
    "embed-recipe-13": dict(RECIPE | SHORT, options=LETTERS_13),
    "embed-recipe-42": dict(RECIPE | SHORT, options=LETTERS_42),
    "embed-recipe-100": dict(RECIPE | SHORT, options=LETTERS_100),
    "embed-recurrent-42": dict(RECIPE | SHORT, options=LETTERS_42 + ["--usual", "recurrent"]),
    "embed-usual-42": dict(RECIPE | SHORT, options=LETTERS_42 + ["--usual", "all"]),
    "embed-best-42": dict(BEST | SHORT, rates=["1e-2"], options=LETTERS_42),
    "embed-best-100": dict(BEST | SHORT, rates=["1e-2"], options=LETTERS_100),
}
