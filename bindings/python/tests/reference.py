"""reference.py - the norms from their definitions in exact rational arithmetic, but for one root of 60 digits"""

from decimal import Decimal, localcontext
from fractions import Fraction


def _rstd(square, eps):
    """1 / sqrt(square + eps)"""
    v = square + eps
    if v == 0:
        return Fraction(0)
    with localcontext() as context:
        context.prec = 60
        return Fraction((Decimal(v.denominator) / Decimal(v.numerator)).sqrt())


def normalised(row, eps, centred, averages=True):
    """xhat of a row of floats, as fractions."""
    row, n = [Fraction(float(v)) for v in row], len(row)
    mean = sum(row) / n if centred else 0
    rstd = _rstd(sum((v - mean) ** 2 for v in row) / (n if averages else 1), Fraction(eps))
    return [(v - mean) * rstd for v in row]


def norm(row, gamma, beta, eps, centred, averages=True):
    return [g * v + b for g, v, b in zip(map(Fraction, gamma), normalised(row, eps, centred, averages), map(Fraction, beta))]
