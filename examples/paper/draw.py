"""draw.py - the curves of the CSVs in a folder, as SVG and PNG beside them: draw.py FOLDER (needs matplotlib)"""

import argparse
import pathlib

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator

from curves import curves

# The same colour and name for a norm everywhere; the colours can be told apart by the colour-blind, the lines by their dashes.
NORMS = {
    "none": ("no norm", "#7f7f7f", (0, (5, 2))),
    "batch": ("batch norm", "#e07b00", (0, (2, 1))),
    "layer": ("layer norm (libln)", "#0060b0", "-"),
}
LABELS = {"train_loss": "training loss", "valid_loss": "validation loss", "recall_at_1": "right name first"}

# file: title, unit of the loss, rows of panels; a panel: experiment, column, title, logarithmic
FIGURES = {
    "mlp": ("Digits without order of pixels, 64-256-256-10", "nats", [
        [("mlp-128", "train_loss", "batch 128", True), ("mlp-4", "train_loss", "batch 4", True)],
        [("mlp-128", "valid_loss", "batch 128", True), ("mlp-4", "valid_loss", "batch 4", True)],
    ]),
    "chars": ("Next character of Genesis, LSTM of 128, batch 16", "bits per character", [
        [("chars", "train_loss", "training", False), ("chars", "valid_loss", "validation", False)],
    ]),
    "embed": ("Images of numbers and their names, GRU of 128, order embedding", "ranking loss", [
        [("embed-recipe-42", "valid_loss", "the recipe, 42 letters", True), ("embed-best-42", "valid_loss", "each at its best, 42 letters", True)],
        [("embed-recipe-100", "valid_loss", "the recipe, 100 letters", True), ("embed-best-100", "valid_loss", "each at its best, 100 letters", True)],
        [("embed-recipe-13", "valid_loss", "the recipe, 13 letters", True), ("embed-best-42", "recall_at_1", "each at its best, 42 letters", False)],
        [("embed-recurrent-42", "valid_loss", "usual recurrent weights, 42 letters", True), ("embed-usual-42", "valid_loss", "usual first weights and clipping, 42 letters", True)],
    ]),
}


def draw_panel(axes, folder, experiment, column, title, logarithmic, unit):
    for norm, curve in curves(folder, experiment, column).items():
        name, colour, dashes = NORMS[norm]
        axes.plot(curve.steps, curve.mean, color=colour, linestyle=dashes, linewidth=1.6, label=f"{name}, rate {curve.rate}")
        axes.fill_between(curve.steps, curve.low, curve.high, color=colour, alpha=0.18, linewidth=0)
        seeds = curve.seeds
    if logarithmic:
        axes.set_yscale("log")
    elif column.endswith("loss"):
        end = max(curve.mean[len(curve.mean) // 20 + 1] for curve in curves(folder, experiment, column).values())
        low = min(min(curve.low) for curve in curves(folder, experiment, column).values())
        axes.set_ylim(low - 0.05 * (end - low), end)
    axes.set_title(f"{title}, {seeds} seed{'s' * (seeds > 1)}", fontsize=10)
    axes.set_xlabel("steps")
    axes.set_ylabel(LABELS[column] + (f", {unit}" if column.endswith("loss") else ""))
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axes.legend(fontsize=8, frameon=False)


def draw(folder, name):
    title, unit, rows = FIGURES[name]
    figure, axes = plt.subplots(len(rows), len(rows[0]), figsize=(9, 3.6 * len(rows)), squeeze=False, layout="constrained")
    for panels, row in zip(axes, rows):
        for panel, (experiment, column, under, logarithmic) in zip(panels, row):
            if (folder / f"{experiment}.csv").exists():
                draw_panel(panel, folder, experiment, column, under, logarithmic, unit)
            else:
                panel.set_visible(False)
    figure.suptitle(f"{title}: mean, lowest and highest of the seeds", fontsize=11)
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
    figure.savefig(folder / f"{name}.png", dpi=100, metadata={"Software": None})
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description="Draw the curves.")
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    plt.rcParams["svg.hashsalt"] = "libln"  # else every drawing has other identifiers
    for name, (_, _, rows) in FIGURES.items():
        if any((folder / f"{panel[0]}.csv").exists() for row in rows for panel in row):
            draw(folder, name)
            print(folder / f"{name}.svg", folder / f"{name}.png")


if __name__ == "__main__":
    main()
