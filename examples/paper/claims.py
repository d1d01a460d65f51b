"""claims.py - what the CSVs say of the paper's claims: claims.py FOLDER [--smoke] [--page FILE]

For each pair of norms: the lowest loss of the one (mean over seeds), when it had it, and when the other got there; by protocol. Then the
lowest and the last of every norm, and, where times.py has measured it, what the steps come to in time. With --smoke the program fails
unless, at batch 4, layer norm ends below no norm; with --page the tables of the claims and of time are written into that page, too.
"""

import argparse
import json
import pathlib
import re
import sys

from curves import curves

TIMES = "times.json"  # of times.py
BEGIN, END = "<!-- claims.py writes what is from here -->\n", "<!-- to here -->\n"

# protocol: experiment, column, the norm whose best is the mark, and what the issue or the paper says of layer norm's steps to it
CLAIMS = {
    "Each at its best: the rate with which a net's loss gets lowest": [
        ("mlp-128", "train_loss", "none", None),
        ("mlp-128", "train_loss", "batch", None),
        ("mlp-128", "valid_loss", "batch", None),
        ("mlp-4", "train_loss", "none", None),
        ("mlp-4", "train_loss", "batch", 70),
        ("mlp-4", "valid_loss", "batch", 70),
        ("chars", "valid_loss", "none", 60),
        ("chars", "valid_loss", "batch", None),
        ("embed-best-42", "valid_loss", "none", 60),
        ("embed-best-42", "valid_loss", "batch", 100),
        ("embed-best-100", "valid_loss", "none", 60),
        ("embed-best-100", "valid_loss", "batch", 100),
    ],
    "The recipe: the rate that was published for the plain net, for all": [
        ("embed-recipe-13", "valid_loss", "none", 60),
        ("embed-recipe-13", "valid_loss", "batch", 100),
        ("embed-recipe-42", "valid_loss", "none", 60),
        ("embed-recipe-42", "valid_loss", "batch", 100),
        ("embed-recipe-100", "valid_loss", "none", 60),
        ("embed-recipe-100", "valid_loss", "batch", 100),
    ],
    "The recipe but for the first recurrent weights, which are those of the LSTM's experiment": [
        ("embed-recurrent-42", "valid_loss", "none", 60),
        ("embed-recurrent-42", "valid_loss", "batch", 100),
    ],
    "The same rate, margin and clip, but first weights and clipping as in the LSTM's experiment": [
        ("embed-usual-42", "valid_loss", "none", 60),
        ("embed-usual-42", "valid_loss", "batch", 100),
    ],
}


def there(folder, claims):
    return [claim for claim in claims if (folder / f"{claim[0]}.csv").exists()]


def steps_to(of, mark):
    """The mark, the step at which the other has it, and that at which layer norm has it, or None."""
    loss, step = of[mark].best()
    return loss, step, of["layer"].first(loss)


def percent(part, whole):
    return "never" if part is None or not whole else f"{100 * part / whole:.0f} %"


def line(folder, experiment, column, mark, claim):
    of = curves(folder, experiment, column)
    loss, step, reached = steps_to(of, mark)
    wanted = f"<= {claim} %" if claim else "-"
    own = of["layer"].best()[0]
    at = "-" if reached is None else reached
    return (experiment, column, mark, f"{loss:.5g}", step, at, percent(reached, step), wanted, f"{own:.5g}")


def table(head, rows):
    rows = [head] + rows
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(head))]
    lines = ["| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |\n" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|\n")
    return "".join(lines)


def claims(folder):
    head = ("experiment", "column", "mark: best of", "loss", "at step", "layer norm at", "share", "claim", "layer norm's best")
    return [f"{protocol}:\n\n" + table(head, [line(folder, *claim) for claim in there(folder, of)])
            for protocol, of in CLAIMS.items() if there(folder, of)]


def losses(folder):
    rows = []
    for experiment in dict.fromkeys(claim[0] for of in CLAIMS.values() for claim in there(folder, of)):
        for column in ("train_loss", "valid_loss"):
            for norm, curve in curves(folder, experiment, column).items():
                loss, step = curve.best()
                rows.append((experiment, column, norm, f"{loss:.5g}", step, f"{curve.mean[-1]:.5g}"))
    return table(("experiment", "column", "norm", "lowest", "at step", "last"), rows)


def time(folder):
    """Of nets without norms and of those whose norms are all libln's: a step's time, and the share in time that the share in steps is."""
    if not (folder / TIMES).exists():
        return []
    measured = json.loads((folder / TIMES).read_text())
    rows = []
    for experiment, column, mark, _ in (claim for of in CLAIMS.values() for claim in there(folder, of)):
        nets = re.sub("best|recurrent|usual", "recipe", experiment)
        if mark == "none" and nets in measured["ms"]:
            none, layer = (measured["ms"][nets][norm] for norm in ("none", "layer"))
            _, step, reached = steps_to(curves(folder, experiment, column), mark)
            in_time = None if reached is None else reached * layer / none
            rows.append((experiment, f"{none:.3g}", f"{layer:.3g}", f"{layer / none:.2f}", percent(reached, step), percent(in_time, step)))
    head = ("experiment", "no norm, ms a step", "layer norm", "ratio", "share of steps", "share of time")
    return [f"Time, in milliseconds of one thread on {measured['cpu']}:\n\n" + table(head, rows)]


def write_page(page, tables):
    before, rest = page.read_text().split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n{chr(10).join(tables)}\n{END}{after}")


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
    parser.add_argument("--page", type=pathlib.Path, help="the page whose tables are to be these")
    options = parser.parse_args()
    if options.smoke and not (options.folder / "mlp-4.csv").exists():
        parser.error(f"--smoke is about mlp-4.csv, which {options.folder} lacks")
    tables = claims(options.folder) + time(options.folder)
    print("\n".join(tables + [losses(options.folder)]))
    if options.page:
        write_page(options.page, tables)
    if options.smoke:
        smoke(options.folder)


if __name__ == "__main__":
    main()
