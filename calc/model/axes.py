"""Axes of a study: what is moved, over which values, and the grid of points that they span."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calc import names
from calc.errors import CalcError, UnknownNameError

__all__ = ["Axis", "Grid", "Listed", "Range", "axis", "parse_axis", "tied"]

_KEYS = ("from", "to", "steps", "scale")
_SCALES = ("linear", "log")
_MOST_LISTED = 1_000_000


@dataclass(frozen=True)
class Range:
    """Evenly spaced values, on a linear or a log scale, made where they are needed.

    Attributes
    ----------
    low, high : the first and the last, SI.
    steps : how many.
    log : whether equal steps are equal ratios.
    whole : whether values are rounded to whole numbers.

    >>> Range(1.0, 4.0, 3, log=True).at(np.arange(3)).tolist()
    [1.0, 2.0, 4.0]
    """

    low: float
    high: float
    steps: int
    log: bool = False
    whole: bool = False

    def __len__(self) -> int:
        return self.steps

    def at(self, index: NDArray[np.int64]) -> NDArray[Any]:
        """Values at some places; the same bits for a place whatever others are asked for with it."""
        share = index / (self.steps - 1 or 1)
        if self.log:
            values = self.low * np.power(self.high / self.low, share)
        else:
            values = self.low + (self.high - self.low) * share
        values = np.where(index == self.steps - 1, self.high if self.steps > 1 else self.low, values)
        return np.round(values) if self.whole else values


@dataclass(frozen=True)
class Listed:
    """Values as they are listed: SI numbers, or words.

    >>> Listed((1.0, 8.0)).at(np.array([1, 0])).tolist()
    [8.0, 1.0]
    """

    values: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def words(self) -> bool:
        """Whether they are words rather than numbers."""
        return isinstance(self.values[0], str)

    @cached_property
    def _array(self) -> NDArray[Any]:
        return np.array(self.values)

    def at(self, index: NDArray[np.int64]) -> NDArray[Any]:
        """Values at some places."""
        return np.asarray(self._array[index])


@dataclass(frozen=True)
class Axis:
    """One axis: an input, or several that move together.

    Attributes
    ----------
    members : path and values of each; all have as many values.
    """

    members: tuple[tuple[str, Range | Listed], ...]

    def __len__(self) -> int:
        return len(self.members[0][1])

    @property
    def paths(self) -> tuple[str, ...]:
        """What is moved."""
        return tuple(path for path, _ in self.members)

    @property
    def words(self) -> bool:
        """Whether any of its values are words, of which each asks for an evaluation of its own."""
        return any(isinstance(values, Listed) and values.words for _, values in self.members)

    def at(self, index: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """Values at some places, by path."""
        return {path: values.at(index) for path, values in self.members}


@dataclass(frozen=True)
class Grid:
    """The outer product of some axes, the last one fastest.

    >>> grid = Grid((axis("pue", [1.1, 1.2]), axis("nodes", {"from": 1, "to": 3, "steps": 3})))
    >>> grid.points, grid.shape
    (6, (2, 3))
    """

    axes: tuple[Axis, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Values of each axis."""
        return tuple(map(len, self.axes))

    @property
    def points(self) -> int:
        """How many points there are; one where there is no axis."""
        return prod(self.shape)

    def box(self, ranges: Sequence[tuple[int, int]]) -> dict[str, NDArray[Any]]:
        """Values over a box of places, each shaped so that together they broadcast to the box.

        Parameters
        ----------
        ranges : the first place and the one after the last, of each axis.
        """
        found: dict[str, NDArray[Any]] = {}
        for number, (one, (start, stop)) in enumerate(zip(self.axes, ranges, strict=True)):
            shape = [1] * len(self.axes)
            shape[number] = stop - start
            found |= {path: values.reshape(shape) for path, values in one.at(np.arange(start, stop)).items()}
        return found


def axis(path: str, given: Any, unit: str | None = None, whole: bool | None = None) -> Axis:
    """An axis from what a study says of it.

    Parameters
    ----------
    path : what is moved, as a scenario takes it; ``system:path`` for one system alone.
    given : a list of values, or a mapping with ``from``, ``to``, ``steps`` and, for equal ratios,
        ``scale: log``. A value is a text with its unit, or an SI number.
    unit : the SI unit; that of the path unless said.
    whole : whether it counts whole things; as the path does unless said.

    Raises
    ------
    CalcError : where it is no axis.
    UnitError : where a value is not in a unit of the path.

    >>> len(axis("chip.hbm.bandwidth", {"from": "2 TB/s", "to": "10 TB/s", "steps": 5}))
    5
    """
    if unit is None or whole is None:
        row = names.find(path.partition(":")[2] or path)
        unit, whole = unit or row.unit, row.whole if whole is None else whole
    if isinstance(given, Range | Listed):
        return Axis(((path, given),))
    if isinstance(given, Mapping):
        return Axis(((path, _range(path, given, unit, whole)),))
    if isinstance(given, str) or not hasattr(given, "__len__"):
        raise CalcError(f"{path}: {str(given)[:60]!r} is one value; list several, or give from, to and steps")
    if not 1 <= len(given) <= _MOST_LISTED:
        raise CalcError(f"{path}: {len(given):,} values; list from 1 to {_MOST_LISTED:,}, or give from, to and steps")
    return Axis(((path, Listed(tuple(_value(path, one, unit, whole) for one in given))),))


def _value(path: str, given: Any, unit: str, whole: bool) -> float:
    from calc.errors import UnitError
    from calc.units import parse

    try:
        value = parse(given, unit) if isinstance(given, str) else float(given)
    except UnitError as error:
        raise UnitError(f"{path}: {error}") from None
    except (TypeError, ValueError):
        raise CalcError(f"{path}: {str(given)[:60]!r} is not a number; give a text with its unit") from None
    if not np.isfinite(value):
        raise CalcError(f"{path}: {str(given)[:60]!r} is not a finite number")
    if whole and value != round(value):
        raise CalcError(f"{path}: {str(given)[:60]!r} is not a whole number; this is a count")
    return value


def _range(path: str, given: Mapping[str, Any], unit: str, whole: bool) -> Range:
    stray = next((key for key in given if key not in _KEYS), None)
    if stray is not None:
        raise UnknownNameError(f"key of a range ({path}):", str(stray), _KEYS)
    lacking = [key for key in _KEYS[:3] if key not in given]
    if lacking:
        raise CalcError(f"{path}: a range without {' and '.join(lacking)}; give from, to and steps")
    low, high = (_value(path, given[key], unit, whole) for key in ("from", "to"))
    steps, scale = _steps(path, given["steps"]), str(given.get("scale", "linear"))
    if scale not in _SCALES:
        raise UnknownNameError(f"scale ({path}):", scale, _SCALES)
    if not low < high:
        raise CalcError(f"{path}: from {given['from']} to {given['to']} is not a range; give the lower end first")
    if scale == "log" and low <= 0:
        raise CalcError(f"{path}: a log scale cannot start at {given['from']}; start above zero")
    if whole and steps > high - low + 1:
        raise CalcError(
            f"{path}: {given['from']} to {given['to']} holds {high - low + 1:,.0f} whole numbers, not {steps:,}"
        )
    return Range(low, high, steps, scale == "log", whole)


def _steps(path: str, given: Any) -> int:
    try:
        steps = int(str(given).replace("_", ""))
    except ValueError:
        steps = 0
    if steps < 2:
        raise CalcError(f"{path}: {str(given)[:60]!r} steps; give a whole number from 2 up")
    return steps


def parse_axis(text: str) -> tuple[str, Any]:
    """Path and values of an axis as the command line takes it.

    Parameters
    ----------
    text : ``PATH=FROM..TO:STEPS``, with ``:log`` behind for equal ratios, or ``PATH=A,B,C``.

    Raises
    ------
    CalcError : where it is neither.

    >>> parse_axis("chip.hbm.bandwidth=2 TB/s..8 TB/s:4:log")
    ('chip.hbm.bandwidth', {'from': '2 TB/s', 'to': '8 TB/s', 'steps': '4', 'scale': 'log'})
    >>> parse_axis("precision=bf16,fp8")
    ('precision', ['bf16', 'fp8'])
    """
    path, equals, said = text.partition("=")
    path, said = path.strip(), said.strip()
    low, dots, rest = said.partition("..")
    if path and equals and dots:
        high, *more = (word.strip() for word in rest.split(":"))
        if low.strip() and high and more and more[0] and more[1:] in ([], ["log"], ["linear"]):
            return path, {"from": low.strip(), "to": high, "steps": more[0]} | (
                {"scale": more[1]} if len(more) > 1 else {}
            )
    elif path and equals and said:
        listed = [word.strip() for word in said.split(",")]
        if all(listed):
            return path, listed
    raise CalcError(
        f"'{text[:80]}' is not an axis; write PATH=FROM..TO:STEPS or PATH=A,B,C, such as 'pue=1.05..1.6:12',"
        " 'chip.hbm.bandwidth=2 TB/s..8 TB/s:5:log' or 'precision=bf16,fp8'"
    )


def tied(axes: Sequence[Axis], together: Sequence[Sequence[str]]) -> tuple[Axis, ...]:
    """Axes with some of them tied, so that they move together instead of spanning a plane.

    Parameters
    ----------
    axes : one for each path, in order.
    together : groups of their paths.

    Raises
    ------
    CalcError : where tied axes differ in length, or a path is tied twice.
    UnknownNameError : where a tied path is not moved.

    >>> both = tied([axis("pue", [1.1, 1.2]), axis("nodes", [1, 2])], [["pue", "nodes"]])
    >>> [len(one) for one in both], both[0].paths
    ([2], ('pue', 'nodes'))
    """
    by_path = {one.paths[0]: one for one in axes}
    leader: dict[str, str] = {}
    for group in together:
        if len(group) < 2:
            raise CalcError(f"tie: {', '.join(group) or 'nothing'} alone; tie two paths or more")
        for path in group:
            if path not in by_path:
                raise UnknownNameError("axis to tie:", path, by_path)
            if path in leader:
                raise CalcError(f"tie: {path} is tied twice; name each path once")
            if len(by_path[path]) != len(by_path[group[0]]):
                raise CalcError(
                    f"tie: {group[0]} has {len(by_path[group[0]]):,} values and {path} {len(by_path[path]):,};"
                    " tied axes have as many values"
                )
            leader[path] = group[0]
    found: dict[str, Axis] = {}
    for path, one in by_path.items():
        first = leader.get(path, path)
        found[first] = Axis((*found[first].members, *one.members)) if first in found else one
    return tuple(found.values())
