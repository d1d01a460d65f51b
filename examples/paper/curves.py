"""curves.py - the CSV of an experiment as curves: one for each norm, over the mean, lowest and highest of its seeds"""

import csv
import pathlib
from collections import defaultdict


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


class Curve:
    """A column of all seeds of one norm, at the same steps."""

    def __init__(self, runs, column):
        values = [[float(row[column]) for row in run] for run in runs]
        self.steps = [int(row["step"]) for row in runs[0]]
        self.rate, self.seeds = runs[0][0]["rate"], len(runs)
        self.low, self.high = [min(v) for v in zip(*values)], [max(v) for v in zip(*values)]
        self.mean = [sum(v) / len(v) for v in zip(*values)]
        self.each = values

    def best(self):
        """The lowest mean, and the step at which it was."""
        return min(zip(self.mean, self.steps))

    def first(self, loss):
        """The first step whose mean is not above this, or None."""
        return next((step for step, mean in zip(self.steps, self.mean) if mean <= loss), None)


def curves(folder: pathlib.Path, experiment, column):
    """{norm: Curve}, in the order of the file"""
    runs = defaultdict(lambda: defaultdict(list))
    for row in read(folder / f"{experiment}.csv"):
        runs[row["norm"]][row["seed"]].append(row)
    return {norm: Curve(list(seeds.values()), column) for norm, seeds in runs.items()}
