"""The value of an input at which two systems are level on a quantity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calc import names
from calc.errors import CalcError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.spec.system import System

__all__ = ["BreakEven", "break_even"]

_POINTS = 257
_ROUNDS = 6
_REACH = 10.0


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where an input makes two systems level.

    Attributes
    ----------
    system, baseline : ids of the two.
    quantity : what they are to be level on.
    path : the input that is moved, of `system`.
    adopted : its SI value in the scenario; None where it has none.
    value : the SI value nearest to it that makes them level; None where none in the range does. For a
        count it is the first whole number at which the order has turned.
    low, high : the range that was searched, SI values.
    ratio : system over baseline as it is.
    moves : whether the quantity moves with the input at all.
    """

    system: str
    baseline: str
    quantity: names.Quantity
    path: str
    adopted: float | None
    value: float | None
    low: float
    high: float
    ratio: float
    moves: bool

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.break-even/1``; SI units."""
        return {
            "schema": "podcalc.break-even/1",
            "system": self.system,
            "baseline": self.baseline,
            "quantity": self.quantity.name,
            "path": self.path,
            "unit": names.find(self.path).unit,
            "adopted": self.adopted,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "ratio": self.ratio,
            "moves": self.moves,
        }


def break_even(
    system: System,
    baseline: System,
    quantity: str,
    path: str,
    scenario: Scenario | None = None,
    low: float | None = None,
    high: float | None = None,
) -> BreakEven:
    """Find where an input makes a system level with another.

    Parameters
    ----------
    system : whose input is moved.
    baseline : what it is to be level with.
    quantity : what they are to be level on.
    path : the input, as a scenario takes it.
    scenario : the assumptions.
    low, high : SI ends of the range to search; a tenth of the value in use and ten times it unless said.

    Returns
    -------
    BreakEven : with the value, or None where no value of the range makes them level.

    Raises
    ------
    UnknownNameError : where there is no such quantity or input.
    CalcError : where one of the two has none of the quantity, or the range is none.
    """
    asked, row = scenario or Scenario(), names.find(quantity)
    ours, theirs = evaluate(system, asked), evaluate(baseline, asked)
    for result in (ours, theirs):
        if result.get(row.name) is None:
            raise CalcError(f"{result.system.id} has no {row.name}: {result.reason(row.name)}")
    target = float(theirs.get(row.name))
    if target == 0.0:
        raise CalcError(f"{baseline.id} has zero {row.name}; nothing is level with it")
    adopted = ours.number(path)
    bottom, top = _range(path, adopted, low, high)

    def excess(values: NDArray[np.float64]) -> NDArray[np.float64]:
        setting = {**asked.set, f"{system.id}:{path}": values}
        moved = evaluate(system, replace(asked, set=setting))
        return np.broadcast_to(moved.array(row.name), values.shape) / target - 1.0

    ratio = float(ours.get(row.name)) / target
    axis = np.geomspace(bottom, top, _POINTS)
    whole = names.find(path).whole
    if whole:
        axis = np.unique(np.round(axis))
    over = excess(axis)
    value = _first_whole(axis, over, adopted) if whole else _root(excess, axis, over, adopted)
    moves = bool(np.ptp(over[np.isfinite(over)]) > 1e-12) if np.isfinite(over).any() else False
    return BreakEven(system.id, baseline.id, row, path, adopted, value if moves else None, bottom, top, ratio, moves)


def _range(path: str, adopted: float | None, low: float | None, high: float | None) -> tuple[float, float]:
    if (low is None or high is None) and not adopted:
        raise CalcError(f"{path} has no value to search around; give the ends of the range")
    bottom = low if low is not None else (adopted or 0.0) / _REACH
    top = high if high is not None else (adopted or 0.0) * _REACH
    if names.find(path).whole:
        bottom = max(1.0, np.ceil(bottom))
    if not 0.0 < bottom < top or not np.isfinite(top):
        raise CalcError(f"{path}: {bottom:g} to {top:g} is not a range; give two numbers above zero, the lower first")
    return float(bottom), float(top)


def _turns(over: NDArray[np.float64]) -> NDArray[np.intp]:
    """Where the sign turns from one point to the next; what cannot be had turns nothing."""
    known = np.isfinite(over)
    turned = (np.sign(over[:-1]) != np.sign(over[1:])) & known[:-1] & known[1:]
    return np.flatnonzero(turned)


def _nearest(candidates: NDArray[np.float64], adopted: float | None) -> float:
    distance = np.abs(np.log(candidates / adopted)) if adopted else np.arange(len(candidates), dtype=float)
    return float(candidates[int(np.argmin(distance))])


def _root(
    excess: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    axis: NDArray[np.float64],
    over: NDArray[np.float64],
    adopted: float | None,
) -> float | None:
    """Bracket every sign change at once, then narrow the one nearest to the value in use."""
    places = _turns(over)
    if not places.size:
        return None
    middles = np.sqrt(axis[places] * axis[places + 1])
    place = places[int(np.flatnonzero(middles == _nearest(middles, adopted))[0])]
    low, high = float(axis[place]), float(axis[place + 1])
    for _ in range(_ROUNDS):
        inner = np.linspace(low, high, _POINTS)
        turns = _turns(excess(inner))
        if not turns.size:
            break
        low, high = float(inner[turns[0]]), float(inner[turns[0] + 1])
    ends = np.array([low, high])
    # A jump is not a root: there the two sides stay apart however near they come.
    sides = excess(ends)
    return float(ends[int(np.argmin(np.abs(sides)))]) if np.min(np.abs(sides)) < 1e-6 else None


def _first_whole(axis: NDArray[np.float64], over: NDArray[np.float64], adopted: float | None) -> float | None:
    places = _turns(over)
    if not places.size:
        return None
    beyond = [axis[place + (adopted is None or axis[place + 1] > adopted)] for place in places]
    return _nearest(np.array(beyond), adopted)
