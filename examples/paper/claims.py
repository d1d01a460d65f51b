"""claims.py - what the CSVs say of the paper's claims: claims.py FOLDER [--smoke]

For each pair of norms: the lowest loss of the one (mean over seeds), when it had it, and when the other got there. Then the lowest
and the last of every norm. With --smoke the program fails unless, at batch 4, layer norm ends below no norm.
"""

import argparse
import pathlib
import sys

from curves import curves

# experiment, column, the norm whose best is the mark, and what the issue or the paper says of layer norm's steps to it
CLAIMS = [
    ("mlp-128", "train_loss", "none", None),
    ("mlp-128", "train_loss", "batch", None),
    ("mlp-128", "valid_loss", "batch", None),
    ("mlp-4", "train_loss", "none", None),
    ("mlp-4", "train_loss", "batch", 70),
    ("mlp-4", "valid_loss", "batch", 70),
    ("chars", "valid_loss", "none", 60),
    ("chars", "valid_loss", "batch", None),
    ("embed", "valid_loss", "none", 60),
]


def line(folder, experiment, column, mark, claim):
    of = curves(folder, experiment, column)
    loss, step = of[mark].best()
    reached = of["layer"].first(loss)
    share = f"{100 * reached / step:.0f} %" if reached is not None and step else "never"
    wanted = f"<= {claim} %" if claim else "-"
    own = of["layer"].best()[0]
    return (experiment, column, mark, f"{loss:.5g}", step, "-" if reached is None else reached, share, wanted, f"{own:.5g}")


def print_table(head, rows):
    rows = [head] + rows
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(head))]
    for i, row in enumerate(rows):
        print("| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |")
        if i == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def claims(folder):
    head = ("experiment", "column", "mark: best of", "loss", "at step", "layer norm at", "share", "claim", "layer norm's best")
    print_table(head, [line(folder, *claim) for claim in CLAIMS if (folder / f"{claim[0]}.csv").exists()])


def losses(folder):
    rows = []
    for experiment in dict.fromkeys(claim[0] for claim in CLAIMS):
        for column in ("train_loss", "valid_loss") if (folder / f"{experiment}.csv").exists() else ():
            for norm, curve in curves(folder, experiment, column).items():
                loss, step = curve.best()
                rows.append((experiment, column, norm, f"{loss:.5g}", step, f"{curve.mean[-1]:.5g}"))
    print_table(("experiment", "column", "norm", "lowest", "at step", "last"), rows)


def smoke(folder):
    of = curves(folder, "mlp-4", "train_loss")
    layer, none = of["layer"].mean[-1], of["none"].mean[-1]
    if not layer < none:
        sys.exit(f"claims.py: at batch 4 layer norm ends at {layer:.5g}, which is not below no norm's {none:.5g}")
    print(f"at batch 4 layer norm ends at {layer:.5g}, no norm at {none:.5g}")


def main():
    parser = argparse.ArgumentParser(description="What the CSVs say of the paper's claims.")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--smoke", action="store_true", help="fail unless layer norm beats no norm at batch 4")
    options = parser.parse_args()
    if options.smoke and not (options.folder / "mlp-4.csv").exists():
        parser.error(f"--smoke is about mlp-4.csv, which {options.folder} lacks")
    claims(options.folder)
    print()
    losses(options.folder)
    if options.smoke:
        smoke(options.folder)


if __name__ == "__main__":
    main()
