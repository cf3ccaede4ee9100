"""What nothing does better than, by two or three figures: of systems, scenarios, mappings or any other points."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calc.errors import CalcError, UnknownNameError
from calc.model.scenario import Scenario
from calc.spec.library import Library
from calc.spec.system import System, compose
from calc.studies.outcomes import Outcome, quantity_outcome

__all__ = [
    "Front",
    "Frontier",
    "Point",
    "Undominated",
    "announced",
    "frontier",
    "frontier_of",
    "frontier_of_systems",
    "undominated",
]

_WAYS = ("higher", "lower")
_STRONG = 64
_FEW = 4096


@dataclass(frozen=True, slots=True)
class Point:
    """One system by two or three figures.

    Attributes
    ----------
    id, name : the system.
    x, y : SI values.
    on_frontier : whether no other is at least as good in all and better in one.
    z : SI value of the third figure; None where there are two.
    dominated_by : ids of the others that are, the nearest first.
    """

    id: str
    name: str
    x: float
    y: float
    on_frontier: bool
    z: float | None = None
    dominated_by: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[float, ...]:
        """The two or three values."""
        return (self.x, self.y) if self.z is None else (self.x, self.y, self.z)


@dataclass(frozen=True)
class Frontier:
    """Systems by two or three figures.

    Attributes
    ----------
    outcomes : the figures, in the order of a point's values.
    better : ``higher`` or ``lower`` for each.
    assumed : names of those of which neither way is better, so that less was counted as better.
    points : one for each system, in order of the first figure.
    left_out : the reason for each system that has not all of them, by id.
    """

    outcomes: tuple[Outcome, ...]
    better: tuple[str, ...]
    assumed: tuple[str, ...]
    points: Sequence[Point]
    left_out: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.frontier/1``; SI units."""
        return {
            "schema": "podcalc.frontier/1",
            "axes": [
                {"quantity": one.name, "unit": one.unit, "better": way, "assumed": one.name in self.assumed}
                for one, way in zip(self.outcomes, self.better, strict=True)
            ],
            "rows": [
                {
                    "system": point.id,
                    "values": {one.name: value for one, value in zip(self.outcomes, point.values, strict=True)},
                    "on_frontier": point.on_frontier,
                    "dominated_by": list(point.dominated_by),
                }
                for point in self.points
            ],
            "left_out": dict(self.left_out),
        }


@dataclass(frozen=True)
class Undominated:
    """Which of many points nothing dominates.

    Attributes
    ----------
    on_frontier : for each point, whether no other is at least as good in all and better in one.
    dominator : for each, the index of one on the frontier that dominates it; -1 where none does.
    left_out : how many points have no number for some axis; they are neither on the frontier nor dominated.
    """

    on_frontier: NDArray[np.bool_]
    dominator: NDArray[np.int64]
    left_out: int


@dataclass(frozen=True)
class Front:
    """Points by two or three named figures.

    Attributes
    ----------
    values : the figures of each point, by name.
    better : ``higher`` or ``lower``, by name.
    assumed : names of those for which neither was said, so that less was counted as better.
    on_frontier, dominator, left_out : as `Undominated` has them, of the shape that the figures broadcast to;
        `dominator` counts points in their flat order.
    """

    values: Mapping[str, NDArray[np.float64]]
    better: Mapping[str, str]
    assumed: tuple[str, ...]
    on_frontier: NDArray[np.bool_]
    dominator: NDArray[np.int64]
    left_out: int

    def edge(self, by: str | None = None) -> NDArray[np.int64]:
        """Flat indices of the points on the frontier, in order of a figure; of the first unless said."""
        places = np.flatnonzero(self.on_frontier)
        key = self.values[by or next(iter(self.values))].ravel()[places]
        return places[np.argsort(key, kind="stable")].astype(np.int64)


def undominated(axes: Sequence[ArrayLike], better: Sequence[str]) -> Undominated:
    """Which points nothing dominates, in time that grows as their number times its logarithm.

    Equal points do not dominate one another.

    Parameters
    ----------
    axes : two or three sequences of n values each.
    better : ``higher`` or ``lower`` for each.

    Raises
    ------
    CalcError : where there are not two or three axes, or they differ in length.
    UnknownNameError : where a way is neither.

    >>> undominated([[1.0, 2.0, 2.0], [1.0, 1.0, 3.0]], ["lower", "higher"]).dominator.tolist()
    [-1, 2, -1]
    """
    if len(axes) not in (2, 3) or len(axes) != len(better):
        raise CalcError(f"{len(axes)} axes and {len(better)} ways to be better; give two or three, and as many ways")
    stray = next((way for way in better if way not in _WAYS), None)
    if stray is not None:
        raise UnknownNameError("way to be better:", str(stray), _WAYS)
    columns = [
        np.asarray(one, dtype=float).ravel() * (1.0 if way == "lower" else -1.0)
        for one, way in zip(axes, better, strict=True)
    ]
    if len({len(one) for one in columns}) != 1:
        raise CalcError(f"axes of {', '.join(str(len(one)) for one in columns)} values; give as many of each")
    known = np.flatnonzero(~np.logical_or.reduce([np.isnan(one) for one in columns]))
    order = known[np.lexsort([one[known] for one in reversed(columns)])]
    ordered = [one[order] for one in columns]
    # Equal points stand together now: the first of each run speaks for it.
    first = np.ones(len(order), dtype=bool)
    first[1:] = np.logical_or.reduce([one[1:] != one[:-1] for one in ordered])
    distinct = [one[first] for one in ordered]
    found = _staircase(*distinct) if len(distinct) == 2 else _in_space(*distinct)
    spoken = found[np.cumsum(first) - 1]
    dominator = np.full(len(columns[0]), -1, dtype=np.int64)
    dominator[order] = np.where(spoken < 0, -1, order[first][spoken] if len(order) else spoken)
    on_frontier = np.zeros(len(columns[0]), dtype=bool)
    on_frontier[order] = spoken < 0
    return Undominated(on_frontier, dominator, len(columns[0]) - len(known))


def _staircase(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Dominators of distinct points in ascending order, less being better; -1 where there is none."""
    lowest = np.minimum.accumulate(y)
    step = np.ones(len(y), dtype=bool)
    step[1:] = y[1:] < lowest[:-1]
    last = np.maximum.accumulate(np.where(step, np.arange(len(y)), 0))
    return np.where(step, -1, last).astype(np.int64)


def _in_space(x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.int64]:
    """As `_staircase`, by three figures."""
    dominator = np.full(len(x), -1, dtype=np.int64)
    left = np.arange(len(x))
    strong = _strong(x, y, z) if len(x) > _FEW else left[:0]
    for one in strong:
        below = (x[left] >= x[one]) & (y[left] >= y[one]) & (z[left] >= z[one]) & (left != one)
        dominator[left[below]] = one
        left = left[~below]
    dominator[left] = _swept(left, y[left], z[left])
    # A strong point may be dominated itself; by whom, dominates what it does.
    behind = np.where(dominator >= 0, dominator[dominator], -1)
    while np.any(behind >= 0):
        dominator = np.where(behind >= 0, behind, dominator)
        behind = np.where(dominator >= 0, dominator[dominator], -1)
    return dominator


def _strong(x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.intp]:
    """A few points that rank well in all three, which most others fall to at once."""
    ranks = np.zeros(len(x))
    for one in (x, y, z):
        ranks[np.argsort(one, kind="stable")] += np.arange(len(x))
    few = np.argpartition(ranks, _STRONG)[:_STRONG]
    return few[np.argsort(ranks[few], kind="stable")]


def _swept(places: NDArray[np.intp], y: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.int64]:
    """Dominators of distinct points in ascending order of x, by a staircase of y and z that the sweep keeps."""
    found = np.full(len(places), -1, dtype=np.int64)
    steps_y: list[float] = []
    steps_z: list[float] = []
    holders: list[int] = []
    for at, (place, across, up) in enumerate(zip(places.tolist(), y.tolist(), z.tolist(), strict=True)):
        before = bisect_right(steps_y, across)
        if before and steps_z[before - 1] <= up:
            found[at] = holders[before - 1]
            continue
        start = stop = bisect_left(steps_y, across)
        while stop < len(steps_y) and steps_z[stop] >= up:
            stop += 1
        steps_y[start:stop], steps_z[start:stop], holders[start:stop] = [across], [up], [place]
    return found


def frontier_of(points: Mapping[str, ArrayLike], better: Mapping[str, str | None]) -> Front:
    """The frontier of any points: scenarios of a sweep, mappings of a search, or what else there are arrays of.

    Parameters
    ----------
    points : two or three figures by name, each an array; they broadcast against one another.
    better : ``higher`` or ``lower`` by name; where it is None or not said, less counts as better.

    Raises
    ------
    CalcError : where there are not two or three figures, or their shapes do not go together.
    UnknownNameError : where a way to be better is of none of the figures, or is neither.

    >>> pue = np.array([1.1, 1.2, 1.3])
    >>> front = frontier_of({"pue": pue, "price": [3.0, 1.0, 2.0]}, {"pue": "lower", "price": "lower"})
    >>> front.on_frontier.tolist(), front.dominator.tolist()
    ([True, True, False], [-1, -1, 1])
    """
    stray = next((name for name in better if name not in points), None)
    if stray is not None:
        raise UnknownNameError("figure among the points:", stray, points)
    try:
        arrays = np.broadcast_arrays(*(np.asarray(one, dtype=float) for one in points.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {np.shape(one)}" for name, one in points.items())
        raise CalcError(f"the figures do not broadcast against one another: {shapes}") from None
    ways = {name: better.get(name) or "lower" for name in points}
    found = undominated(arrays, list(ways.values()))
    shape = arrays[0].shape
    return Front(
        dict(zip(points, arrays, strict=True)),
        ways,
        tuple(name for name in points if not better.get(name)),
        found.on_frontier.reshape(shape),
        found.dominator.reshape(shape),
        found.left_out,
    )


def frontier_of_systems(
    systems: Iterable[System], quantities: Sequence[str | Outcome], scenario: Scenario | None = None
) -> Frontier:
    """Some systems by two or three figures, with what each is dominated by.

    Parameters
    ----------
    systems : the systems.
    quantities : names of quantities, or outcomes; where neither way is better, less of it counts as better.
    scenario : the assumptions, one value each.

    Returns
    -------
    Frontier : points in order of the first figure, and the reason for each system that has not all of them.

    Raises
    ------
    CalcError : where there are not two or three, one stands twice, or a system does.
    UnknownNameError : where there is no such quantity.
    """
    return _frontier(systems, quantities, scenario or Scenario(), zeros=True)


def announced(library: Library) -> list[str]:
    """Ids of the systems of the catalogue that are announced and not yet sold."""
    return [one for one in library.ids("system") if library.get("system", one).words.get("status") == "announced"]


def frontier(
    library: Library,
    x: str | Outcome,
    y: str | Outcome,
    scenario: Scenario | None = None,
    z: str | Outcome | None = None,
    named: Collection[str] = (),
) -> list[Point]:
    """Every system of the catalogue that has two or three figures above zero or below, as log axes can show them.

    Those that are only announced are not among them unless they are named: a promise would push what is sold off its
    own frontier.

    Parameters
    ----------
    library : the catalogue.
    x, y : names of the quantities, or outcomes; where neither way is better, less of it counts as better.
    scenario : the assumptions.
    z : a third.
    named : ids of announced systems to take in all the same.

    Returns
    -------
    points : in order of `x`.

    Raises
    ------
    CalcError : where two are the same.
    """
    left_out = set(announced(library)) - set(named)
    systems = (compose(library, system_id) for system_id in library.ids("system") if system_id not in left_out)
    figures = (x, y) if z is None else (x, y, z)
    return list(_frontier(systems, figures, scenario or Scenario(), zeros=False).points)


def _frontier(
    systems: Iterable[System], quantities: Sequence[str | Outcome], scenario: Scenario, zeros: bool
) -> Frontier:
    outcomes = tuple(quantity_outcome(one) if isinstance(one, str) else one for one in quantities)
    named = [one.name for one in outcomes]
    if len(outcomes) not in (2, 3):
        raise CalcError(f"{len(outcomes)} quantities; choose two or three")
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice:
        raise CalcError(f"{'both' if len(named) == 2 else 'two'} axes are {twice}; choose other quantities")
    several = next((path for path, given in scenario.set.items() if np.ndim(given)), None)
    if several:
        raise CalcError(f"{several} is set to several values; give one")
    kept: dict[str, tuple[str, list[float]]] = {}
    left_out: dict[str, str] = {}
    for system in systems:
        if system.id in kept or system.id in left_out:
            raise CalcError(f"{system.id!r} is named twice; name each system once")
        values = [float(one(system, scenario)) for one in outcomes]
        lacking = next((one for one, value in zip(outcomes, values, strict=True) if not np.isfinite(value)), None)
        if lacking is not None:
            reason = lacking.reason(system, scenario)
            left_out[system.id] = f"no {lacking.name}" + (f": {reason}" if reason else "")
        elif zeros or all(values):
            kept[system.id] = (system.short, values)
        else:
            left_out[system.id] = f"zero {named[values.index(0.0)]}"
    better = tuple(one.better or "lower" for one in outcomes)
    assumed = tuple(one.name for one in outcomes if one.better is None)
    return Frontier(outcomes, better, assumed, _points(kept, better), left_out)


def _points(kept: Mapping[str, tuple[str, list[float]]], better: Sequence[str]) -> list[Point]:
    ids = sorted(kept, key=lambda system_id: kept[system_id][1][0])
    if not ids:
        return []
    table = np.array([kept[system_id][1] for system_id in ids])
    signed = table * np.array([1.0 if way == "lower" else -1.0 for way in better])
    dominates = np.all(signed[None] <= signed[:, None], axis=2) & np.any(signed[None] < signed[:, None], axis=2)
    away = _distances(table)
    points = []
    for place, system_id in enumerate(ids):
        others = np.flatnonzero(dominates[place])
        nearest = others[np.argsort(away[place, others], kind="stable")]
        x, y, *more = table[place].tolist()
        by = tuple(ids[other] for other in nearest)
        points.append(Point(system_id, kept[system_id][0], x, y, not by, more[0] if more else None, by))
    return points


def _distances(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far points lie apart, each axis by its span; on a log scale where all of it is above zero."""
    scaled = np.empty_like(table)
    for number, column in enumerate(table.T):
        shown = np.log(column) if np.all(column > 0.0) else column
        scaled[:, number] = shown / (np.ptp(shown) or 1.0)
    return np.asarray(np.sqrt(np.sum((scaled[:, None] - scaled[None]) ** 2, axis=2)))
