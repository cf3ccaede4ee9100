"""Numbers as people read them: one unit and one precision a row, ratios, thousands.

Headlines, tables and exports all start from these functions, so they never disagree after
rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from calc.names import Quantity

__all__ = ["PER", "Scale", "amount", "change", "column", "decimals", "number", "ratio", "scale", "short_ratio"]

PER = ("system", "chip", "die", "rack", "kW", "USD")
"""What a quantity that grows with the system can be divided by."""

SAME = 0.005
"""Ratios this close to 1 are called the same."""

_SI = (("", 1.0), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15), ("E", 1e18))
_SMALL = (("p", 1e-12), ("n", 1e-9), ("u", 1e-6), ("m", 1e-3))
_IEC = (("", 1.0), ("Ki", 2.0**10), ("Mi", 2.0**20), ("Gi", 2.0**30), ("Ti", 2.0**40), ("Pi", 2.0**50))
_TIMES = "\u00d7"
_MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Scale:
    """The unit a row is shown in, and what one of the SI unit is in it."""

    unit: str
    factor: float


def scale(row: Quantity, values: Iterable[float | None], *, iec: bool = False) -> Scale:
    """One prefix for a row: the largest that leaves its smallest figure at 1 or above.

    Where the figures span too much for that, the largest figure decides, and lies below 10,000.

    >>> from calc.names import find
    >>> scale(find("hbm.bandwidth"), [1.2288e15, 5.76e14])
    Scale(unit='TB/s', factor=1e-12)
    """
    if row.shown:
        return Scale(row.shown, row.factor)
    if row.unit == "1":
        return Scale("", 1.0)
    sizes = [abs(value) for value in values if value is not None and math.isfinite(value) and value != 0]
    if not sizes:
        return Scale(row.unit, 1.0)
    binary = iec and row.unit.startswith("B")
    prefixes: Sequence[tuple[str, float]] = _IEC if binary else (*_SMALL, *_SI)
    if row.unit.startswith(("FLOP/B", "1/")):
        prefixes = (("", 1.0),)
    fitting = [(prefix, size) for prefix, size in prefixes if min(sizes) / size >= 1 and max(sizes) / size < 10_000]
    if not fitting:
        fitting = [(prefix, size) for prefix, size in prefixes if max(sizes) / size < 10_000][:1] or [prefixes[-1]]
    prefix, size = fitting[-1]
    return Scale(prefix + row.unit, 1.0 / size)


def decimals(values: Iterable[float | None]) -> int:
    """Decimals that give the smallest of some shown figures three significant digits.

    >>> decimals([134.4, 64.8]), decimals([300.2, 180.0]), decimals([2.003, 0.806]), decimals([384, 72])
    (1, 0, 3, 0)
    """
    sizes = [abs(value) for value in values if value is not None and math.isfinite(value) and value != 0]
    if not sizes or all(abs(size - round(size)) < 1e-9 * max(size, 1.0) for size in sizes):
        return 0
    return max(0, 2 - math.floor(math.log10(float(f"{min(sizes):.2e}"))))


def number(value: float, places: int) -> str:
    """A figure with commas between thousands and a true minus.

    >>> number(1228.8, 0), number(-6.84, 1)
    ('1,229', '−6.8')
    """
    said = f"{value:,.{places}f}"
    return _MINUS + said[1:] if said.startswith("-") else said


def column(row: Quantity, values: Sequence[float | None], *, iec: bool = False) -> tuple[str, list[str]]:
    """A unit, and figures of one quantity as texts in it, with the same decimals; an en dash where there is none.

    >>> from calc.names import find
    >>> column(find("power.all_in"), [599821.0, None, 145000.0])
    ('kW', ['600', '–', '145'])
    """
    scaled = scale(row, values, iec=iec)
    shown = [None if value is None else value * scaled.factor for value in values]
    places = decimals(shown)
    return scaled.unit, ["\u2013" if value is None else number(value, places) for value in shown]


def amount(row: Quantity, value: float, *, iec: bool = False) -> str:
    """One figure with its unit.

    >>> from calc.names import find
    >>> amount(find("power.all_in"), 599821.0), amount(find("chips"), 384.0)
    ('600 kW', '384')
    """
    unit, texts = column(row, [value], iec=iec)
    return f"{texts[0]} {unit}".strip()


def ratio(value: float | None) -> str:
    """A ratio as tables print it.

    >>> ratio(1.66409), ratio(16.0), ratio(133.4), ratio(0.312), ratio(None)
    ('1.66×', '16.0×', '133×', '0.31×', '–')
    """
    if value is None or not math.isfinite(value):
        return "\u2013"
    size = abs(value)
    if 0 < size < 0.0995:
        return f"{float(f'{value:.2g}'):g}{_TIMES}"
    places = 2 if size < 9.995 else 1 if size < 99.95 else 0
    return number(value, places) + _TIMES


def short_ratio(value: float) -> str:
    """A ratio as a headline prints it: two decimals below 2, one from there up.

    >>> short_ratio(1.66409), short_ratio(5.3333), short_ratio(16.0)
    ('1.66×', '5.3×', '16×')
    """
    if value < 1.995:
        return ratio(value)
    said = number(value, 1 if value < 99.95 else 0)
    return said.removesuffix(".0") + _TIMES


def change(before: float, after: float) -> str:
    """A change in per cent; an en dash below 0.05 %.

    >>> change(100.0, 102.6), change(100.0, 93.2), change(1.0, 1.0001)
    ('+2.6%', '−6.8%', '–')
    """
    moved = (after / before - 1.0) * 100.0
    if abs(moved) < 0.05:
        return "\u2013"
    return ("+" if moved > 0 else "") + number(moved, 1) + "%"
