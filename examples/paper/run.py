"""run.py - runs the experiments of experiments.py and gathers their CSV: see README.md beside this file

    run.py --programs BUILD/examples/paper --work FOLDER --out FOLDER [--quick] [--blas] [--jobs N] [EXPERIMENT...]

A run whose CSV is in the work folder already is not run again: a session that was interrupted goes on where it stopped. The caller
gives other programs another folder.
"""

import argparse
import itertools
import os
import pathlib
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from curves import Curve, read
from experiments import FULL, QUICK


def name_of(experiment, norm, rate, seed):
    return f"{experiment}-{norm}-{rate}-{seed}.csv"


class Runner:
    def __init__(self, options):
        self.options = options
        self.done = self.ran = self.total = 0
        self.begun = time.monotonic()

    def run(self, experiment, e, norm, rate, seed):
        """One run of a program; the CSV gets its name only when it is whole."""
        path = self.options.work / name_of(experiment, norm, rate, seed)
        if not path.exists():
            part = path.with_suffix(".part")
            command = [self.options.programs / e["program"], "--norm", norm, "--rate", rate, "--seed", str(seed), "--out", part]
            for number in "batch", "steps", "every":
                command += [f"--{number}", str(e[number])]
            command += e["options"]
            if self.options.blas:
                command.append("--blas")
            result = subprocess.run(command, stderr=subprocess.PIPE, text=True)
            if result.returncode:
                sys.exit(f"run.py: {' '.join(map(str, command))}\n{result.stderr}")
            part.rename(path)
            self.ran += 1
        self.done += 1
        self.show(path)

    def show(self, path):
        """The programs say themselves how far they are; beside one another they would only overwrite each other's line."""
        seconds = time.monotonic() - self.begun
        left = f"{seconds / self.ran * (self.total - self.done):.0f} s left" if self.ran else "done before"
        loss = read(path)[-1]["valid_loss"]
        print(f"{self.done:4} of {self.total}  {path.stem:32} loss {loss:10}  {left}", file=sys.stderr, flush=True)

    def run_all(self, runs):
        with ThreadPoolExecutor(self.options.jobs) as pool:
            for job in [pool.submit(self.run, *r) for r in runs]:
                job.result()


def search_runs(experiments):
    return [
        (x, e, norm, rate, seed)
        for x, e in experiments.items()
        if len(e["rates"]) > 1 and "searched" not in e
        for norm, rate, seed in itertools.product(e["norms"], e["rates"], e["search_seeds"])
    ]


def chosen_rate(work, x, e, norm):
    """The best of the search, which may be that of another experiment with the same rates."""
    searched = e.get("searched", x)

    def lowest(rate):
        return Curve([read(work / name_of(searched, norm, rate, seed)) for seed in e["search_seeds"]], e["loss"]).best()

    return e["rates"][0] if len(e["rates"]) == 1 else min(e["rates"], key=lowest)


def final_runs(work, experiments):
    for x, e in experiments.items():
        for norm in e["norms"]:
            rate = chosen_rate(work, x, e, norm)
            for seed in e["seeds"]:
                yield x, e, norm, rate, seed


def write_search(options, experiments):
    """Of every run of the search the lowest loss, and when layer norm, at the same rate and with the same seed, was as low."""
    with open(options.out / "search.csv", "w") as out:
        out.write("experiment,norm,rate,seed,lowest_loss,at_step,layer_norm_at,chosen\n")
        for x, e, norm, rate, seed in search_runs(experiments):
            own = Curve([read(options.work / name_of(x, norm, rate, seed))], e["loss"])
            loss, step = own.best()
            reached = Curve([read(options.work / name_of(x, "layer", rate, seed))], e["loss"]).first(loss)
            chosen = "yes" if rate == chosen_rate(options.work, x, e, norm) else "no"
            out.write(f"{x},{norm},{rate},{seed},{loss:.6g},{step},{'never' if reached is None else reached},{chosen}\n")


def gather(options, experiment, runs):
    """The CSV of all runs of an experiment, one after the other; comment and head once."""
    with open(options.out / f"{experiment}.csv", "w") as out:
        for i, (x, _, norm, rate, seed) in enumerate(runs):
            lines = (options.work / name_of(x, norm, rate, seed)).read_text().splitlines(keepends=True)
            out.writelines(lines if i == 0 else lines[2:])


def options_of():
    parser = argparse.ArgumentParser(description="Run the experiments.", allow_abbrev=False)  # scripts/paper knows them only whole
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--blas", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("experiments", nargs="*", metavar="EXPERIMENT", help="all of them, if none is named")
    return parser.parse_args()


def main():
    options = options_of()
    experiments = QUICK if options.quick else FULL
    for x in options.experiments:
        if x not in experiments:
            sys.exit(f"run.py: '{x}' is none of {', '.join(experiments)}")
    named = set(options.experiments or experiments)
    named |= {experiments[x]["searched"] for x in named if "searched" in experiments[x]}
    experiments = {x: e for x, e in experiments.items() if x in named}
    options.work.mkdir(parents=True, exist_ok=True)
    options.out.mkdir(parents=True, exist_ok=True)

    runner = Runner(options)
    search = [] if options.quick else search_runs(experiments)
    runner.total = len(search) + sum(len(e["norms"]) * len(e["seeds"]) for e in experiments.values())
    # What comes last in experiments.py takes longest: it goes first, so that no core waits long at the end of either part.
    runner.run_all(list(final_runs(options.work, {x: e for x, e in experiments.items() if len(e["rates"]) == 1}))[::-1] + search[::-1])
    final = list(final_runs(options.work, experiments))
    runner.run_all([run for run in final[::-1] if len(run[1]["rates"]) > 1])
    for x in experiments:
        gather(options, x, [run for run in final if run[0] == x])
    if search and len(experiments) == len(FULL):
        write_search(options, experiments)


if __name__ == "__main__":
    main()
