"""The values of an input at which two systems are level on a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calc import figures, names
from calc.errors import CalcError, UnknownNameError
from calc.model.evaluate import evaluate, settable
from calc.model.scenario import Scenario
from calc.spec.datum import Datum
from calc.spec.system import System
from calc.studies.levels import branch, levels, moves
from calc.studies.levers import LEAST
from calc.studies.outcomes import Outcome, quantity_outcome

__all__ = ["BreakEven", "BreakEvenLine", "break_even", "break_even_line", "what_would_have_to_be_true"]

_POINTS = 257
_PROBES = 9
_REACH = 10.0

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where an input makes two systems level.

    Attributes
    ----------
    system, baseline : ids of the two.
    outcome : what they are to be level on.
    of : id of the one whose input is moved.
    path : the input.
    adopted : its SI value in the scenario; None where it has none.
    value : the SI value nearest to it that makes them level; None where none in the range does. For a
        count it is the first whole number at which the order has turned.
    low, high : the range that was searched, SI values.
    ratio : system over baseline as it is.
    moves : whether the ratio moves with the input at all.
    published : the lowest and the highest SI value that a source gives the input; None where none does.
    """

    system: str
    baseline: str
    outcome: Outcome
    of: str
    path: str
    adopted: float | None
    value: float | None
    low: float
    high: float
    ratio: float
    moves: bool
    published: tuple[float, float] | None = None

    @property
    def factor(self) -> float | None:
        """The value over the one adopted; None where either is none."""
        return self.value / self.adopted if self.value is not None and self.adopted else None

    @property
    def within(self) -> bool | None:
        """Whether the value lies between the lowest and the highest that its sources give; None where there are none.

        >>> from calc.studies.outcomes import quantity_outcome
        >>> price = quantity_outcome("price")
        >>> one = BreakEven("a", "b", price, "a", "price", 2.0, 2.5, 0.2, 20.0, 0.8, True, (1.0, 3.0))
        >>> one.within, one.factor
        (True, 1.25)
        """
        if self.value is None or self.published is None:
            return None
        low, high = self.published
        return bool(low * (1.0 - 1e-9) <= self.value <= high * (1.0 + 1e-9))

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.break-even/1``; SI units."""
        return {
            "schema": "podcalc.break-even/1",
            "system": self.system,
            "baseline": self.baseline,
            "quantity": self.outcome.name,
            "of": self.of,
            "path": self.path,
            "unit": names.find(self.path).unit,
            "adopted": self.adopted,
            "value": self.value,
            "factor": self.factor,
            "low": self.low,
            "high": self.high,
            "ratio": _plain(self.ratio),
            "moves": self.moves,
            "published": None if self.published is None else list(self.published),
            "within": self.within,
        }


@dataclass(frozen=True)
class BreakEvenLine:
    """Where an input makes two systems level, for each value of another input.

    Attributes
    ----------
    system, baseline : ids of the two.
    outcome : what they are to be level on.
    of : id of the one whose input is moved.
    path : the input.
    adopted : its SI value in the scenario; None where it has none.
    low, high : the range that was searched, SI values.
    along : the other input, as a scenario takes it; that of both where no system is named.
    at : its SI values.
    value : the SI value of `path` that makes them level at each; NaN where none in the range does.
    ratio : system over baseline at each, with `path` as adopted; NaN where there is none.
    """

    system: str
    baseline: str
    outcome: Outcome
    of: str
    path: str
    adopted: float | None
    low: float
    high: float
    along: str
    at: _Floats
    value: _Floats
    ratio: _Floats

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.break-even-line/1``; SI units."""
        return {
            "schema": "podcalc.break-even-line/1",
            "system": self.system,
            "baseline": self.baseline,
            "quantity": self.outcome.name,
            "of": self.of,
            "path": self.path,
            "unit": names.find(self.path).unit,
            "adopted": self.adopted,
            "low": self.low,
            "high": self.high,
            "along": self.along,
            "along_unit": names.find(_bare(self.along)).unit,
            "rows": [
                {"along": float(at), "value": _plain(value), "ratio": _plain(ratio)}
                for at, value, ratio in zip(self.at, self.value, self.ratio, strict=True)
            ],
        }


@dataclass(frozen=True)
class _Search:
    """One search: which input is moved, over what range, and what it stands at."""

    system: System
    baseline: System
    outcome: Outcome
    scenario: Scenario
    mover: System
    path: str
    adopted: float | None
    datum: Datum | None
    low: float
    high: float
    ratio: float

    @property
    def whole(self) -> bool:
        return names.find(self.path).whole

    @property
    def axis(self) -> _Floats:
        """The values to look at, the one adopted among them."""
        axis = np.geomspace(self.low, self.high, _POINTS)
        if self.whole:
            axis = np.round(axis)
        if self.adopted is not None and self.low <= self.adopted <= self.high:
            axis = np.append(axis, self.adopted)
        return np.unique(axis)

    def sides(self, settings: dict[str, Any], shape: tuple[int, ...]) -> tuple[_Floats, _Floats]:
        """Both figures under further settings."""
        asked = replace(self.scenario, set={**self.scenario.set, **settings})
        ours, theirs = (
            np.broadcast_to(self.outcome(one, asked), shape).astype(float) for one in (self.system, self.baseline)
        )
        return ours, theirs

    def gap(self, values: _Floats, further: dict[str, Any] | None = None) -> _Floats:
        """How far apart the two are, over the larger; NaN where either has no figure."""
        ours, theirs = self.sides({**(further or {}), f"{self.mover.id}:{self.path}": values}, values.shape)
        larger = np.maximum(np.abs(ours), np.abs(theirs))
        with np.errstate(invalid="ignore"):
            apart = ours - theirs
            return np.asarray(np.divide(apart, larger, out=apart, where=larger > 0.0))

    @property
    def published(self) -> tuple[float, float] | None:
        if self.datum is None:
            return None
        ends = [end for one in self.datum.readings for end in (one.value, one.low, one.high) if end is not None]
        return min(ends), max(ends)


def break_even(
    system: System,
    baseline: System,
    quantity: str | Outcome,
    path: str,
    scenario: Scenario | None = None,
    low: float | None = None,
    high: float | None = None,
) -> BreakEven:
    """Find where an input makes a system level with another.

    Parameters
    ----------
    system : one system, whose input is moved unless `path` says otherwise.
    baseline : what it is to be level with.
    quantity : what they are to be level on: the name of a quantity, or an outcome.
    path : the input, of `system`; ``id:path`` for that of either.
    scenario : the assumptions, one value each.
    low, high : SI ends of the range to search; a tenth of the value in use and ten times it unless said.

    Returns
    -------
    BreakEven : with the value, or None where no value of the range makes them level. Two that lie within a
        256th of the range, on a log scale, of one another may go unseen.

    Raises
    ------
    UnknownNameError : where there is no such quantity, system or input.
    CalcError : where one of the two has none of the quantity, or the range is none.
    """
    asked = _search(system, baseline, quantity, path, scenario, low, high)
    return _found(asked)


def break_even_line(
    system: System,
    baseline: System,
    quantity: str | Outcome,
    path: str,
    scenario: Scenario | None = None,
    *,
    along: str,
    values: ArrayLike,
    low: float | None = None,
    high: float | None = None,
) -> BreakEvenLine:
    """Find where an input makes a system level with another, for each value of another input.

    Parameters
    ----------
    system, baseline, quantity, path, scenario, low, high : as `break_even` takes them.
    along : the other input, as a scenario takes it: of both systems, or ``id:path`` of one.
    values : its SI values.

    Returns
    -------
    BreakEvenLine : where several values make them level, the one nearest to the value in use where the other
        input is nearest to its own, and from there on the one that carries on from its neighbour.

    Raises
    ------
    UnknownNameError, CalcError : as `break_even`, and where `along` is `path` itself or has no values.
    """
    at = np.asarray(values, dtype=float)
    if at.ndim != 1 or not at.size:
        raise CalcError(f"{along}: no values to go along; give a list of numbers")
    asked = _search(system, baseline, quantity, path, scenario, low, high)
    near = _along(asked, along, at)
    order = np.argsort(at, kind="stable")
    spread = at[order]

    def gap(moved: _Floats, rows: NDArray[np.intp]) -> _Floats:
        return asked.gap(moved, {along: spread[rows][:, None]})

    roots, _ = levels(gap, asked.axis, len(at), asked.whole, asked.adopted)
    start = 0 if near is None else int(np.argmin(np.abs(np.log(spread / near))))
    value = np.empty(len(at))
    value[order] = branch(roots, start, asked.adopted)
    with np.errstate(divide="ignore", invalid="ignore"):
        ours, theirs = asked.sides({along: at}, at.shape)
        ratio = np.where(theirs == 0.0, np.nan, ours / theirs)
    return BreakEvenLine(
        system.id, baseline.id, asked.outcome, asked.mover.id, asked.path, asked.adopted, asked.low, asked.high,
        along, at, value, ratio,
    )  # fmt: skip


def what_would_have_to_be_true(
    system: System, baseline: System, quantity: str | Outcome, scenario: Scenario | None = None
) -> Sequence[BreakEven]:
    """For every input of either system, the value that would make the two level.

    Parameters
    ----------
    system, baseline, quantity, scenario : as `break_even` takes them. Each input is moved alone, from a tenth of
        its value to ten times it; one whose value is zero is left out.

    Returns
    -------
    found : the inputs that move the ratio, those that need the smallest factor first, and those that nothing in
        the range makes level last.

    Raises
    ------
    UnknownNameError, CalcError : as `break_even`.
    """
    base = scenario or Scenario()
    outcome = _outcome(quantity)
    ratio = _ratio(system, baseline, outcome, base)
    found = []
    for mover in (system, baseline):
        plain = evaluate(mover, base, ())
        for path in settable(mover):
            adopted = plain.number(path)
            # The rate of the number format at hand stands for those of all formats.
            if path.startswith("chip.flop_rate.") or path not in plain.inputs or not adopted:
                continue
            low, high = _range(path, adopted, None, None)
            asked = _Search(system, baseline, outcome, base, mover, path, adopted, plain.inputs[path], low, high, ratio)
            probes = np.geomspace(low, high, _PROBES)
            if moves(asked.gap(np.unique(np.round(probes)) if asked.whole else probes)):
                found.append(_found(asked))
    found.sort(key=lambda one: (one.value is None, abs(np.log(one.factor or 1.0)), one.of != system.id, one.path))
    return tuple(found)


def _outcome(quantity: str | Outcome) -> Outcome:
    return quantity_outcome(quantity) if isinstance(quantity, str) else quantity


def _bare(path: str) -> str:
    return path.partition(":")[2] or path


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _ratio(system: System, baseline: System, outcome: Outcome, scenario: Scenario) -> float:
    """System over baseline as it is; infinite where the baseline is zero."""
    if system.id == baseline.id:
        raise CalcError(f"{system.id!r} is named twice; name two systems")
    several = next((path for path, given in scenario.set.items() if np.ndim(given)), None)
    if several:
        raise CalcError(f"{several} is set to several values; give one, or go along them")
    pair = []
    for one in (system, baseline):
        value = float(outcome(one, scenario))
        if not np.isfinite(value):
            reason = outcome.reason(one, scenario)
            raise CalcError(f"{one.id} has no {outcome.name}" + (f": {reason}" if reason else ""))
        pair.append(value)
    return pair[0] / pair[1] if pair[1] else float("inf")


def _mover(system: System, baseline: System, path: str) -> System:
    named, colon, _ = path.partition(":")
    if not colon or named == system.id:
        return system
    if named == baseline.id:
        return baseline
    raise UnknownNameError("system among those compared:", named, [system.id, baseline.id])


def _check_settable(system: System, scenario: Scenario, path: str) -> None:
    evaluate(system, replace(scenario, set={f"{system.id}:{path}": LEAST.get(path, 1.0)}), ())


def _search(
    system: System,
    baseline: System,
    quantity: str | Outcome,
    path: str,
    scenario: Scenario | None,
    low: float | None,
    high: float | None,
) -> _Search:
    asked, outcome = scenario or Scenario(), _outcome(quantity)
    ratio = _ratio(system, baseline, outcome, asked)
    mover, moved = _mover(system, baseline, path), _bare(path)
    _check_settable(mover, asked, moved)
    if np.isinf(ratio) and mover is system:
        raise CalcError(f"{baseline.id} has zero {outcome.name}; nothing is level with it")
    result = evaluate(mover, asked, (moved,))
    adopted = result.number(moved)
    bottom, top = _range(moved, adopted, low, high)
    datum = result.inputs.get(moved)
    return _Search(system, baseline, outcome, asked, mover, moved, adopted, datum, bottom, top, ratio)


def _range(path: str, adopted: float | None, low: float | None, high: float | None) -> tuple[float, float]:
    if (low is None or high is None) and not adopted:
        raise CalcError(f"{path} has no value to search around; give the ends of the range")
    least = LEAST.get(path, 0.0)
    if low is not None and 0.0 < low < least:
        raise CalcError(f"{path}: {low:g} is below {least:g}, the least it can be")
    bottom = low if low is not None else max((adopted or 0.0) / _REACH, least)
    top = high if high is not None else (adopted or 0.0) * _REACH
    if names.find(path).whole and low is None:
        bottom = max(1.0, np.ceil(bottom))
    if names.find(path).whole:
        bottom, top = np.ceil(bottom), np.floor(top)
    if not 0.0 < bottom < top or not np.isfinite(top):
        span = " to ".join(figures.amount(names.find(path), float(end)) for end in (bottom, top))
        raise CalcError(f"{path}: {span} is not a range; give two values above zero, the lower first")
    return float(bottom), float(top)


def _along(asked: _Search, along: str, at: _Floats) -> float | None:
    """Check what to go along, and say what it stands at."""
    named, colon, _ = along.partition(":")
    path = _bare(along)
    pair = (_mover(asked.system, asked.baseline, along),) if colon else (asked.system, asked.baseline)
    if path == asked.path and (not colon or named == asked.mover.id):
        raise CalcError(f"{along} is the input to find; go along another")
    for one in pair:
        _check_settable(one, asked.scenario, path)
    if not np.all(np.isfinite(at)) or np.min(at) <= 0.0:
        raise CalcError(f"{along}: {np.min(at):g} is not above zero; go along numbers above zero")
    least = LEAST.get(path, 0.0)
    if np.min(at) < least:
        raise CalcError(f"{along}: {np.min(at):g} is below {least:g}, the least it can be")
    # What a scenario sets for one system alone would win over what is set for both.
    if not colon and any(f"{one.id}:{path}" in asked.scenario.set for one in pair):
        raise CalcError(f"{path} is set for one system alone; name the system to go along, as in {pair[0].id}:{path}")
    return evaluate(pair[0], asked.scenario, (path,)).number(path) or None


def _found(asked: _Search) -> BreakEven:
    roots, moving = levels(lambda values, rows: asked.gap(values), asked.axis, 1, asked.whole, asked.adopted)
    value = float(branch(roots, 0, asked.adopted)[0])
    return BreakEven(
        asked.system.id, asked.baseline.id, asked.outcome, asked.mover.id, asked.path, asked.adopted,
        value if moving and np.isfinite(value) else None, asked.low, asked.high, asked.ratio, moving, asked.published,
    )  # fmt: skip
