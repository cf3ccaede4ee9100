"""Two systems over two inputs at once: who is ahead where, and where they are level."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from calc import figures, names
from calc.errors import CalcError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.spec.system import System
from calc.studies.break_even import break_even_line
from calc.studies.levers import LEAST, Lever, levers
from calc.studies.study import Study

__all__ = ["STEPS", "Input", "Isoline", "Plane", "Run", "inputs", "plane", "read_axis"]

STEPS = 60
"""Values of each input, unless it counts things and has fewer."""

_MATTERS = 0.005
_FINE = 8
_ENDS = (-8, 7)
_NEAR = 0.06
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Input:
    """An input of one of two systems, as an axis.

    Attributes
    ----------
    of : id of the system.
    lever : the input.
    ends : SI ends of the axis; those of the lever where None. It always holds the value in use.
    """

    of: str
    lever: Lever
    ends: tuple[float, float] | None = None

    @property
    def path(self) -> str:
        """As a scenario takes it."""
        return f"{self.of}:{self.lever.path}"

    @property
    def text(self) -> str:
        """As `read_axis` takes it."""
        if self.ends is None:
            return self.path
        low, high = (self.lever.text(end * self.lever.factor) for end in self.ends)
        return f"{self.path}={low}..{high}"

    def between(self, low: float, high: float) -> Input:
        """The same between two ends in shown units; without ends where they are the lever's, or are no range."""
        whole = (low, high) == (self.lever.low, self.lever.high) or not low < high
        ends = None if whole else (low / self.lever.factor, high / self.lever.factor)
        return replace(self, ends=ends)

    def shown(self) -> tuple[float, float]:
        """Its ends in shown units."""
        if self.ends is None:
            return self.lever.low, self.lever.high
        return self.ends[0] * self.lever.factor, self.ends[1] * self.lever.factor


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of the plane over which the ratio stays within one step, in the units that the axes are shown in.

    Attributes
    ----------
    left, right, bottom, top : its ends.
    step : between which ratios it lies: 0 from 1 to the root of 2, 1 from there to 2, -1 from 1 down.
    """

    left: float
    right: float
    bottom: float
    top: float
    step: int


@dataclass(frozen=True, slots=True)
class Isoline:
    """Where a line of equal ratio leaves the plane, in the units that the axes are shown in.

    Attributes
    ----------
    x, y : the place, on its right or its upper edge.
    ratio : of the line.
    text : the same as it is printed.
    above : whether it is the upper edge.
    """

    x: float
    y: float
    ratio: float
    text: str
    above: bool


@dataclass(frozen=True)
class Plane:
    """The ratio of two systems over two inputs.

    Attributes
    ----------
    study : the same question as a file has it; the first of its axes goes up, the second across.
    system, baseline : ids of the two.
    quantity : what the ratio is of.
    x, y : the inputs across and up.
    across, up : their values, SI.
    ratio : system over baseline, a row for each value up; NaN where either has no figure.
    adopted : SI values of the inputs in the scenario, across and up.
    at : the ratio there.
    level : SI values, across and up, at which the two are level; empty where they nowhere are.
    """

    study: Study
    system: str
    baseline: str
    quantity: names.Quantity
    x: Input
    y: Input
    across: _Floats
    up: _Floats
    ratio: _Floats
    adopted: tuple[float, float]
    at: float
    level: Sequence[tuple[float, float]]

    @cached_property
    def _logs(self) -> _Floats:
        """Steps above 1 of the ratio, two to a doubling; NaN where there is none."""
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = 2.0 * np.log2(self.ratio)
        return np.where(np.isfinite(steps), steps, np.nan)

    @cached_property
    def _fine(self) -> tuple[_Floats, _Floats, _Floats]:
        """Places across and up, evenly spaced on log scales, and the steps between the values looked at."""
        across = np.geomspace(self.across[0], self.across[-1], _FINE * STEPS)
        up = np.geomspace(self.up[0], self.up[-1], _FINE * STEPS // 4)
        wide = np.array([np.interp(np.log(across), np.log(self.across), row) for row in self._logs])
        steps = np.array([np.interp(np.log(up), np.log(self.up), column) for column in wide.T]).T
        return across, up, steps

    def ahead(self) -> float | None:
        """The share of the plane in which the system is ahead, on log scales; None where no figure can be had."""
        steps = self._fine[2]
        known = np.isfinite(steps)
        if not known.any():
            return None
        won = steps > 0.0 if self.quantity.better == "higher" else steps < 0.0
        return float(np.sum(won & known) / np.sum(known))

    def favours(self, step: int) -> str:
        """Id of the system that is ahead in a step."""
        more = step >= 0
        return self.system if more is (self.quantity.better == "higher") else self.baseline

    def runs(self) -> Sequence[Run]:
        """The plane cut into stretches of one step each, rows from the lowest."""
        across, up, steps = self._fine
        edges_x, edges_y = _edges(across) * self.x.lever.factor, _edges(up) * self.y.lever.factor
        whole = np.clip(np.floor(np.nan_to_num(steps, nan=0.0)), *_ENDS).astype(int)
        found = []
        for row, known, bottom, top in zip(whole, np.isfinite(steps), edges_y[:-1], edges_y[1:], strict=True):
            turns = np.flatnonzero((np.diff(row) != 0) | (np.diff(known.astype(int)) != 0)) + 1
            for start, stop in zip([0, *turns], [*turns, len(row)], strict=True):
                if known[start]:
                    # More digits than a screen can tell apart would only be sent.
                    ends = [float(f"{end:.6g}") for end in (edges_x[start], edges_x[stop], bottom, top)]
                    found.append(Run(ends[0], ends[1], ends[2], ends[3], int(row[start])))
        return found

    def isolines(self) -> Sequence[Isoline]:
        """Where the lines of each halving and doubling leave the plane, none close to another."""
        across, up, steps = self._fine
        right, above = float(across[-1] * self.x.lever.factor), float(up[-1] * self.y.lever.factor)
        found = []
        for place, level in _crossings(steps[:, -1]):
            if place < 1.0 - _NEAR:
                y = float(up[0] * (up[-1] / up[0]) ** place * self.y.lever.factor)
                found.append((place, Isoline(right, y, *_said(level), False)))
        kept = _apart(found)
        found = []
        for place, level in _crossings(steps[-1]):
            if place < 1.0 - _NEAR:
                x = float(across[0] * (across[-1] / across[0]) ** place * self.x.lever.factor)
                found.append((place, Isoline(x, above, *_said(level), True)))
        return [*kept, *_apart(found)]

    def samples(self) -> Iterator[tuple[float, float, float, float, float, float, float]]:
        """Every third value of each input with its ratio: the stretch it stands for, in shown units, and SI values.

        Yields
        ------
        left, right, bottom, top, x, y, ratio : the last NaN where there is none.
        """
        i, j = np.arange(1, len(self.across), 3), np.arange(1, len(self.up), 3)
        across, up = self.across[i], self.up[j]
        edges_x, edges_y = _edges(across, self.across) * self.x.lever.factor, _edges(up, self.up) * self.y.lever.factor
        for column in range(len(i)):
            for row in range(len(j)):
                yield (
                    float(edges_x[column]), float(edges_x[column + 1]), float(edges_y[row]), float(edges_y[row + 1]),
                    float(across[column]), float(up[row]), float(self.ratio[j[row], i[column]]),
                )  # fmt: skip

    def shown(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The ends of both axes in the units that they are shown in."""
        x, y = self.x.lever.factor, self.y.lever.factor
        return (
            (float(self.across[0] * x), float(self.across[-1] * x)),
            (float(self.up[0] * y), float(self.up[-1] * y)),
        )

    def line(self) -> Sequence[tuple[float, float]]:
        """Places at which the two are level, in the units that the axes are shown in."""
        x, y = self.x.lever.factor, self.y.lever.factor
        return [(a * x, b * y) for a, b in self.level]

    def point(self) -> tuple[float, float]:
        """The values in use, in the units that the axes are shown in."""
        return self.adopted[0] * self.x.lever.factor, self.adopted[1] * self.y.lever.factor

    def sides(self) -> Sequence[tuple[str, float, float]]:
        """Id of each system that is ahead where its name fits, and where, in shown units: clear of those in use."""
        steps = self._fine[2]
        (left, right), (bottom, top) = self.shown()
        use = self.point()
        here = (math.log(use[0] / left) / math.log(right / left), math.log(use[1] / bottom) / math.log(top / bottom))
        found = []
        for system_id in (self.system, self.baseline):
            more = (system_id == self.system) is (self.quantity.better == "higher")
            own = steps > 0.0 if more else steps < 0.0
            places = [
                (min(math.dist(here, (x, y)), 0.35) - 0.3 * abs(x - 0.5) - 0.3 * abs(y - 0.5), x, y)
                for x in np.linspace(0.2, 0.8, 25)
                for y in np.linspace(0.05, 0.95, 31)
                if _fits(own, x, y) and (abs(y - here[1]) > 0.12 or abs(x - here[0]) > 0.5)
            ]
            if places:
                _best, x, y = max(places)
                found.append((system_id, left * (right / left) ** x, bottom * (top / bottom) ** y))
        return found


def _fits(own: NDArray[np.bool_], x: float, y: float) -> bool:
    """Whether a name around a place, as shares of a plane, lies wholly in one part of it."""
    rows, columns = own.shape
    bottom, top = (round((y + side) * (rows - 1)) for side in (-0.045, 0.045))
    left, right = (round((x + side) * (columns - 1)) for side in (-0.12, 0.12))
    return bool(own[bottom : top + 1, left : right + 1].all())


def _said(level: int) -> tuple[float, str]:
    ratio = 2.0**level
    return ratio, figures.number(ratio, 0) + "×" if level >= 0 else f"1/{figures.number(1 / ratio, 0)}×"


def _edges(values: _Floats, whole: _Floats | None = None) -> _Floats:
    """Ends of the stretches around some values, the first and the last where the axis ends."""
    ends = values if whole is None else whole
    return np.concatenate([[ends[0]], np.sqrt(values[:-1] * values[1:]), [ends[-1]]])


def _crossings(steps: _Floats) -> Iterator[tuple[float, int]]:
    """Shares of an edge at which the ratio passes 1, a doubling or a halving, with which one."""
    half = steps / 2.0
    for i, (before, after) in enumerate(pairwise(half.tolist())):
        if not (math.isfinite(before) and math.isfinite(after)) or before == after:
            continue
        low, high = min(before, after), max(before, after)
        for level in range(math.ceil(low), math.floor(high) + 1):
            if low <= level < high and abs(level) <= -_ENDS[0] // 2:
                yield (i + (level - before) / (after - before)) / (len(steps) - 1), level


def _apart(found: Sequence[tuple[float, Isoline]]) -> list[Isoline]:
    """Those that stand clear of the one before; a level line before any other."""
    kept: list[tuple[float, Isoline]] = []
    for place, one in sorted(found, key=lambda pair: (pair[1].ratio != 1.0, abs(math.log(pair[1].ratio)))):
        if all(abs(place - other) > _NEAR for other, _ in kept):
            kept.append((place, one))
    return [one for _, one in sorted(kept, key=lambda pair: pair[0])]


def inputs(
    system: System, baseline: System, quantity: str, scenario: Scenario | None = None, keep: Sequence[str] = ()
) -> Sequence[Input]:
    """The inputs of two systems that move their ratio, those of the first first, and of each those that move it most.

    Those that are wanted although they do not move it come last.

    Parameters
    ----------
    system, baseline : the two.
    quantity : what the ratio is of.
    scenario : the assumptions.
    keep : inputs, as a scenario takes them, that are wanted whether they move it or not.

    Raises
    ------
    CalcError : where one of the two has none of the quantity.

    >>> from calc.spec.library import open_library
    >>> from calc.spec.system import compose
    >>> pair = [compose(open_library(), one) for one in ("cloudmatrix-384", "gb200-nvl72")]
    >>> [one.path for one in inputs(*pair, "power_per_flop_rate")][:2]
    ['cloudmatrix-384:power.all_in', 'cloudmatrix-384:chip.flop_rate']
    """
    moving, others = [], []
    for one in (system, baseline):
        for lever in levers(one, quantity, scenario):
            each = Input(one.id, lever)
            if lever.value and abs(lever.matters) >= _MATTERS and lever.high > lever.low:
                moving.append(each)
            elif lever.value and each.path in keep:
                others.append(each)
    return (*moving, *others)


def read_axis(text: str) -> tuple[str, tuple[float, float] | None]:
    """An axis as a link has it: an input, and the SI ends where they are said.

    Parameters
    ----------
    text : ``PATH``, or ``PATH=FROM..TO``.

    Raises
    ------
    CalcError : where the ends are no range above zero.
    UnknownNameError, UnitError : where the path is none, or an end is not in a unit of it.

    >>> read_axis("cloudmatrix-384:power.all_in=300 kW..600 kW")
    ('cloudmatrix-384:power.all_in', (300000.0, 600000.0))
    """
    from calc.units import parse

    path, said, given = text.partition("=")
    path = path.strip()
    if not said:
        return path, None
    unit = names.find(path.partition(":")[2] or path).unit
    low, high = (float(parse(end.strip(), unit)) for end in (given.partition("..")[0], given.partition("..")[2]))
    if not 0.0 < low < high < math.inf:
        raise CalcError(f"{given.strip()[:60]!r} is not a range; give FROM..TO, both above zero, the lower first")
    return path, (low, high)


def _range(one: Input, value: float) -> tuple[float, float]:
    """The ends of an axis in shown units, moved so that the value in use lies between them."""
    lever, shown = one.lever, value * one.lever.factor
    if one.ends is None:
        low, high = lever.reach(shown)
    else:
        low, high = (end * lever.factor for end in one.ends)
        low, high = min(low, shown), max(high, shown)
    if lever.quantity.whole:
        low = max(low, 1.0)
    return max(low, LEAST.get(lever.path, 0.0)), high


def _axis(one: Input, value: float) -> dict[str, object] | list[float]:
    """An axis as a study says it."""
    low, high = _range(one, value)
    if not one.lever.quantity.whole:
        return {"from": one.lever.text(low), "to": one.lever.text(high), "steps": STEPS, "scale": "log"}
    counts = np.unique(np.append(np.round(np.geomspace(low, high, STEPS)), value))
    return [float(count) for count in counts]


def plane(
    system: System, baseline: System, quantity: str, x: Input, y: Input, scenario: Scenario | None = None
) -> Plane:
    """The ratio of two systems over two inputs, in one evaluation of each.

    Parameters
    ----------
    system, baseline : the two.
    quantity : what the ratio is of.
    x, y : the inputs across and up, as `inputs` gives them.
    scenario : the assumptions, one value each.

    Raises
    ------
    CalcError : where both are the same input, or one of the two has none of the quantity.
    """
    asked, row = scenario or Scenario(), names.find(quantity)
    if x.path == y.path:
        raise CalcError(f"both axes are {x.path}; choose two inputs")
    pair = {system.id: system, baseline.id: baseline}
    found = {one: evaluate(each, asked) for one, each in pair.items()}
    adopted = []
    for one in (x, y):
        value = found[one.of].number(one.lever.path)
        adopted.append(one.lever.value if value is None else value)
    study = Study(
        (system.id,),
        {y.path: _axis(y, adopted[1]), x.path: _axis(x, adopted[0])},
        (row.name,),
        replace(asked, set=dict(asked.set)),
        baseline.id,
    )
    grid = study.numbers
    box = grid.box(tuple((0, size) for size in grid.shape))
    moved = replace(asked, set={**asked.set, **box})
    ours, theirs = (
        np.broadcast_to(evaluate(each, moved, (row.name,)).array(row.name), grid.shape).astype(float)
        for each in pair.values()
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = ours / theirs
        at = float(found[system.id].array(row.name)) / float(found[baseline.id].array(row.name))
    up, across = box[y.path].ravel(), box[x.path].ravel()
    level = _level(system, baseline, quantity, (x.path, across), (y.path, up), asked)
    return Plane(
        study, system.id, baseline.id, row, x, y, across, up, np.where(np.isfinite(ratio), ratio, np.nan),
        (adopted[0], adopted[1]), at, level,
    )  # fmt: skip


def _level(
    system: System,
    baseline: System,
    quantity: str,
    x: tuple[str, _Floats],
    y: tuple[str, _Floats],
    scenario: Scenario,
) -> list[tuple[float, float]]:
    """Where the two are level, found upwards, or across where no value up makes them so."""

    def found(moved: tuple[str, _Floats], along: tuple[str, _Floats]) -> list[tuple[float, float]]:
        low, high = float(moved[1][0]), float(moved[1][-1])
        line = break_even_line(
            system, baseline, quantity, moved[0], scenario, along=along[0], values=along[1], low=low, high=high
        )
        return [
            (float(at), float(value)) for at, value in zip(line.at, line.value, strict=True) if math.isfinite(value)
        ]

    # A count turns the order between two whole numbers, where no line runs: what is no count is searched for.
    upwards = [] if _whole(y) and not _whole(x) else found(y, x)
    sideways = [] if _whole(x) else [(value, at) for at, value in found(x, y)]
    both = sorted({*upwards, *sideways})
    turns = np.sign(np.diff([value for _, value in both]))
    if np.all(turns >= 0.0) or np.all(turns <= 0.0):
        return both
    # A steep line is drawn from the values up: from those across it would have few points.
    return upwards if len(upwards) >= len(sideways) else sorted(sideways, key=lambda pair: pair[1])


def _whole(moved: tuple[str, _Floats]) -> bool:
    return names.find(moved[0].partition(":")[2]).whole
