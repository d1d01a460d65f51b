"""report.py - prints what was measured, beside the bars"""
import statistics

from measure import names


def cell(comparison, kernel, shape, setting, times):
    """What stands in a table for one kernel, and whether it is above the bar."""
    measured, against = names(comparison, kernel, shape, setting)
    if measured not in times[0] or against not in times[0]:
        return f"{'not here':>16}{'':16}", False
    ratio = round(statistics.median(run[measured] / run[against] for run in times), 2)
    bar = comparison.bars[kernel].get(shape)
    slow = bar is not None and ratio > round(bar, 2)
    time = statistics.median(run[measured] for run in times) / 1000
    return f"{time:>12.2f} us {ratio:>6.2f}" + (f" ({'>' if slow else '<='} {bar:.2f})".ljust(11) if bar else " " * 11), slow


def report(comparison, kernels, times):
    """Print a table; return how many are above the bar."""
    too_slow = 0
    width = max(map(len, comparison.settings))
    print(f"\n{comparison.measured} against {comparison.against}")
    print(f"{'rows x cols':>12}{'':{width}}" + "".join(f"{kernel:>16}{'':16}" for kernel in kernels))
    for shape in dict.fromkeys(shape for kernel in kernels for shape in comparison.bars.get(kernel, {})):
        for setting in comparison.settings:
            cells = [cell(comparison, kernel, shape, setting, times) for kernel in kernels]
            too_slow += sum(slow for _, slow in cells)
            print(f"{shape[0]:>5} x {shape[1]:<4}{setting:{width}}" + "".join(text for text, _ in cells), flush=True)
    return too_slow
