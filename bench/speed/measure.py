"""measure.py - builds lnbench, this commit's and another's, and runs benchmarks side by side"""
import json
import os
import re
import subprocess
import sys

from groups import BEFORE

PACKAGES = ("gcc libc6-dev g++ cmake ninja-build pkg-config libcpuinfo-dev libsimde-dev check libbenchmark-dev libdnnl-dev git tar")


def build():
    subprocess.run(["scripts/need", *PACKAGES.split()], check=True)
    subprocess.run(["cmake", "--preset", "release"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", "--preset", "release", "--target", "lnbench", "--", "--quiet"], check=True)
    return "build/release/bench/lnbench"


def build_before(commit):
    """lnbench of another commit, from its own sources, in a folder of its own."""
    name = subprocess.run(["git", "rev-parse", "--short=12", "--verify", commit + "^{commit}"], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.strip()
    sources = f"build/before/{name}"
    if not os.path.exists(f"{sources}/CMakeLists.txt"):
        os.makedirs(sources, exist_ok=True)
        archive = subprocess.run(["git", "archive", name], check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(["tar", "-x", "-C", sources], check=True, input=archive)
    subprocess.run(["cmake", "-S", sources, "-B", f"{sources}/build", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DLN_BUILD_TESTS=OFF",
                    "-DLN_BUILD_TOOLS=OFF"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", f"{sources}/build", "--target", "lnbench", "--", "--quiet"], check=True)
    return f"{sources}/build/bench/lnbench"


def names(comparison, kernel, shape, setting):
    """The benchmarks that are measured and compared with. A setting is of both where they are one operation of two commits."""
    measured, against = (f"{name.replace('ISA', kernel)}/{shape[0]}/{shape[1]}" for name in comparison[:2])
    return measured + setting, against + (setting if against.startswith(BEFORE) else "")


def one_run(program, wanted, cores, repetitions):
    """{benchmark: median ns} of those of one shape, side by side."""
    command = [program, f"--benchmark_filter=^({'|'.join(map(re.escape, sorted(wanted)))})$", "--benchmark_format=json",
               f"--benchmark_repetitions={repetitions}", "--benchmark_enable_random_interleaving=true", "--benchmark_min_time=0.02"]
    pinned = set(sorted(os.sched_getaffinity(0))[-cores:])
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            env={**os.environ, "OMP_NUM_THREADS": "1"},  # oneDNN's
                            preexec_fn=lambda: os.sched_setaffinity(0, pinned)).stdout
    results = json.loads(output)["benchmarks"] if output else []
    for result in results:
        if result.get("error_occurred"):
            sys.exit(f"speed: {result['run_name']}: {result['error_message']}")
    return {result["run_name"]: result["real_time"] for result in results if result.get("aggregate_name") == "median"}


def one_shape(programs, wanted, cores, repetitions):
    """The same, each by the program whose benchmark it is: [(prefix of its names, program)]."""
    times = {}
    for prefix, program in programs:
        own = {name.removeprefix(BEFORE) for name in wanted if name.startswith(BEFORE) == bool(prefix)}
        if own:
            times.update({prefix + name: time for name, time in one_run(program, own, cores, repetitions).items()})
    return times


def measure(programs, comparisons, kernels, runs, cores):
    """
    A list of {benchmark: median ns}, one for each run. Two programs take turns at being first, in more and shorter runs: the system gives
    each process other pages of memory, and near the size of a cache that alone is worth a fifth of the time.
    """
    wanted = {}
    for comparison in comparisons:
        for kernel in kernels:
            for shape in comparison.bars.get(kernel, {}):
                for setting in comparison.settings:
                    wanted.setdefault(shape, set()).update(names(comparison, kernel, shape, setting))
    runs, repetitions = (runs, 9) if len(programs) == 1 else (5 * runs, 3)
    times = [{} for _ in range(runs)]
    for number, run in enumerate(times):
        for benchmarks in wanted.values():
            run.update(one_shape(list(programs.items())[::-1 if number % 2 else 1], benchmarks, cores, repetitions))
    return times
