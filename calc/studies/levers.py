"""The inputs of a system as things to move: how much each matters, in what unit, over what range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from calc import figures, names
from calc.errors import CalcError
from calc.model.evaluate import evaluate, settable
from calc.model.result import Result
from calc.model.scenario import Scenario
from calc.spec.datum import Datum
from calc.spec.system import System

__all__ = ["LEAST", "Lever", "levers", "titles"]

_STEP = 0.01
_SIDE = (
    "power.all_in", "flop_rate", "hbm.bandwidth", "hbm.capacity", "scale_up.bandwidth_per_direction",
    "power.facility", "price",
)  # fmt: skip
_STEPS = 200
_HARDLY = 0.25
LEAST = {"pue": 1.0, "scale_up.oversubscription": 1.0}
"""Inputs that are ratios to a floor, and the least that each can be."""


@dataclass(frozen=True, slots=True)
class Lever:
    """One input that a what-if can move.

    Attributes
    ----------
    path : the input, as a scenario takes it.
    quantity : its row of the nomenclature.
    en, zh : its label, naming the part or the number format.
    value : SI value in use without the what-if.
    unit, factor : the unit to show it in, and what one of the SI unit is in it.
    low, high, step : a range to move it over, in that unit.
    places : decimals to show.
    confidence : how the figure is known.
    matters : per cent that the chosen quantity moves by for one per cent of it.
    """

    path: str
    quantity: names.Quantity
    en: str
    zh: str
    value: float
    unit: str
    factor: float
    low: float
    high: float
    step: float
    places: int
    confidence: str
    matters: float

    def label(self, language: str = "en") -> str:
        """What to call it."""
        return self.zh if language == "zh" else self.en

    def shown(self) -> float:
        """The value in use, in the unit to show it in."""
        return self.value * self.factor

    def read(self, text: str) -> float:
        """The value of a setting's text, in the unit to show it in.

        Raises
        ------
        UnitError : where the text is no value of this input.
        """
        from calc.units import parse

        return parse(text, self.quantity.unit) * self.factor

    def setting(self, shown: float) -> str:
        """As `text`, but empty where the value is the one in use."""
        return "" if abs(shown - self.shown()) <= self.step / 2.0 else self.text(shown)

    def reach(self, shown: float) -> tuple[float, float]:
        """Ends of the range, moved so that a value in the unit to show it in lies between them."""
        return min(self.low, shown), max(self.high, shown)

    def text(self, shown: float) -> str:
        """A value in the unit to show it in, as a scenario takes it.

        >>> from calc.spec.library import open_library
        >>> from calc.spec.system import compose
        >>> first = levers(compose(open_library(), "cloudmatrix-384"), "power.all_in")[0]
        >>> first.path, first.text(559.378)
        ('power.all_in', '559.378 kW')
        """
        number = f"{round(shown)}" if self.quantity.whole else f"{shown:.10g}"
        return f"{number} {self.unit}".strip()


def levers(system: System, quantity: str, scenario: Scenario | None = None) -> Sequence[Lever]:
    """Every input of a system, those that move a quantity most first.

    Parameters
    ----------
    system : the system.
    quantity : what they are to move.
    scenario : the assumptions; settings of it are left out, so that `value` is what was adopted.

    Returns
    -------
    levers : inputs that move the quantity by more, then those that move other totals, then the rest.

    Raises
    ------
    UnknownNameError : where there is no such quantity.
    CalcError : where the system has none of it, with the reason.
    """
    plain = replace(scenario or Scenario(), set={})
    result = evaluate(system, plain)
    if result.get(names.find(quantity).name) is None:
        raise CalcError(f"{system.id} has no {quantity}: {result.reason(quantity)}")
    watched = (quantity, *(name for name in _SIDE if name != quantity))
    found = []
    for path in settable(system):
        # What the spec leaves open has no value to move; it can still be typed in. The rate of the number
        # format at hand stands for all of them.
        if path.startswith("chip.flop_rate.") or path not in result.inputs:
            continue
        moves = _moves(system, plain, result, path, watched)
        datum = result.inputs[path]
        found.append((_order(path, moves, datum), _lever(system, result, path, datum, moves[0])))
    found.sort(key=lambda pair: pair[0])
    return tuple(lever for _, lever in found)


def _moves(system: System, scenario: Scenario, result: Result, path: str, watched: Sequence[str]) -> list[float]:
    """Per cent that each watched quantity moves by for one per cent of an input."""
    value = float(result.values[path])
    if value == 0.0:
        return [0.0] * len(watched)
    pair = np.array([value / (1.0 + _STEP), value * (1.0 + _STEP)])
    moved = evaluate(system, replace(scenario, set={path: pair}))
    return [_elasticity(moved.get(name)) for name in watched]


def _elasticity(values: Any) -> float:
    if values is None or np.ndim(values) == 0 or np.any(np.less_equal(values, 0)):
        return 0.0
    return float(math.log(float(values[1]) / float(values[0])) / (2.0 * math.log1p(_STEP)))


def _order(path: str, moves: Sequence[float], datum: Datum) -> tuple[Any, ...]:
    """Continuous inputs before counts of equal weight, doubtful ones before sure ones."""
    doubt = 0.0
    if datum.low and datum.high:
        doubt = math.log(datum.high / datum.low)
    # Counts, and parts that hardly matter, come after what people argue about.
    aside = names.find(path).whole or (path.startswith("parts.") and abs(moves[0]) < _HARDLY)
    return (aside, -round(abs(moves[0]), 2), -round(sum(map(abs, moves[1:])), 1), -doubt, path)


def titles(system: System, path: str, precision: str) -> tuple[str, str]:
    """English and Chinese labels of an input, naming the part or the number format.

    >>> from calc.spec.library import open_library
    >>> from calc.spec.system import compose
    >>> titles(compose(open_library(), "cloudmatrix-384"), "parts.cpus.count", "bf16")[0]
    'Huawei Kunpeng 920, count'
    """
    row = names.find(path)
    said = [text.format(precision=precision.upper()) for text in (row.en, row.zh)]
    if path.startswith("parts."):
        part = next(part for part in system.parts if part.name == path.split(".")[1])
        what = {"count": ("count", "数量"), "power": ("power of each", "单件功率")}[path.rpartition(".")[2]]
        return f"{part.title}, {what[0]}", f"{part.title}，{what[1]}"
    return said[0], said[1]


def _lever(system: System, result: Result, path: str, datum: Datum, matters: float) -> Lever:
    row = names.find(path)
    value = float(result.values[path])
    scaled = figures.scale(row, [value])
    shown = value * scaled.factor
    ends = [end for reading in datum.readings for end in (reading.value, reading.low, reading.high) if end is not None]
    ends.append(value)
    low, high = min(ends) * scaled.factor, max(ends) * scaled.factor
    # Half to twice of what is known, on ticks that a reader would choose.
    step = 1.0 if row.whole else _round_step(max(high, shown) * 1.5 / _STEPS)
    places = 0 if row.whole else max(0, -math.floor(math.log10(step)))
    bottom = max(step, math.floor(low / 2.0 / step) * step, LEAST.get(path, 0.0)) if shown else 0.0
    top = max(math.ceil(high * 2.0 / step) * step, bottom + step)
    bottom, top = round(bottom, places), round(top, places)
    en, zh = titles(system, path, result.scenario.precision)
    return Lever(
        path, row, en, zh, value, scaled.unit, scaled.factor, bottom, top, step, places,
        datum.confidence, matters,
    )  # fmt: skip


def _round_step(size: float) -> float:
    """The largest of 1, 2, 5 and their powers of ten that is not above a size."""
    power = 10.0 ** math.floor(math.log10(size)) if size > 0 else 1.0
    return float(max(step * power for step in (1.0, 2.0, 5.0) if step * power <= size * (1 + 1e-9)))
