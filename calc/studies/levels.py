"""Values at which a difference vanishes, for many rows at once: found on a grid, narrowed, followed from row to row."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["branch", "levels", "moves"]

_INNER = 17
_ROUNDS = 10
_LEVEL = 1e-6
_STILL = 1e-12
_BLOCK = 1 << 20

_Floats = NDArray[np.float64]
_Gap = Callable[[_Floats, NDArray[np.intp]], _Floats]


def moves(over: _Floats) -> bool:
    """Whether any of some differences is unlike the others of its row.

    >>> moves(np.array([0.5, np.nan, 0.5])), moves(np.array([0.5, 0.4]))
    (False, True)
    """
    highest, lowest = np.nanmax(over, axis=-1, initial=-np.inf), np.nanmin(over, axis=-1, initial=np.inf)
    return bool(np.any(highest - lowest > _STILL))


def levels(gap: _Gap, axis: _Floats, rows: int, whole: bool, adopted: float | None) -> tuple[_Floats, bool]:
    """Every value of an axis at which two are level, for each of some rows.

    Parameters
    ----------
    gap : how far apart the two are, over the larger, at a table of values and the rows that it is for; NaN where
        either has no figure.
    axis : the values to look at, ascending; two levels between neighbours go unseen.
    rows : how many rows there are.
    whole : whether values are whole numbers, so that the first past a turn is taken.
    adopted : the value in use.

    Returns
    -------
    table : a row each, ascending, NaN behind the last.
    moves : whether the gap of any row moves at all.

    >>> table, _ = levels(lambda values, rows: values - 2.0 - rows[:, None], np.linspace(0.5, 3.2, 9), 3, False, None)
    >>> np.round(table.ravel(), 9).tolist()
    [2.0, 3.0, nan]
    """
    at, value, moving = [], [], False
    for chosen in _blocks(rows, len(axis)):
        grid = np.broadcast_to(axis, (len(chosen), len(axis)))
        over = gap(grid, chosen)
        moving = moving or moves(over)
        row, column = np.nonzero(_exact(over, axis, adopted))
        at.append(chosen[row])
        value.append(axis[column])
        with np.errstate(invalid="ignore"):
            row, column = np.nonzero(over[:, :-1] * over[:, 1:] < 0.0)
        for part in _blocks(len(row), _INNER):
            held = chosen[row[part]]
            root = _narrowed(gap, held, axis[column[part]], axis[column[part] + 1], whole, adopted)
            at.append(held[np.isfinite(root)])
            value.append(root[np.isfinite(root)])
    return _table(np.concatenate(at), np.concatenate(value), rows), moving


def _blocks(count: int, width: int) -> Iterator[NDArray[np.intp]]:
    """Places in runs of so many that a table of some width stays small."""
    step = max(1, _BLOCK // width)
    for first in range(0, count, step):
        yield np.arange(first, min(count, first + step))


def _exact(over: _Floats, axis: _Floats, adopted: float | None) -> NDArray[np.bool_]:
    """Points that are level as they stand; of a stretch of them its ends, and the value adopted."""
    level = over == 0.0
    inside = np.zeros_like(level)
    inside[:, 1:-1] = level[:, :-2] & level[:, 2:]
    return np.asarray(level & (~inside | (axis == adopted)))


def _narrowed(
    gap: _Gap, rows: NDArray[np.intp], low: _Floats, high: _Floats, whole: bool, adopted: float | None
) -> _Floats:
    """The value in each bracket at which the sign turns; NaN where it jumps, or is lost between figures not had."""
    found = np.ones(len(rows), dtype=bool)
    everyone = np.arange(len(rows))
    shares = np.linspace(0.0, 1.0, _INNER)
    over_low = over_high = np.full(len(rows), np.nan)
    for _ in range(_ROUNDS):
        inner = low[:, None] + (high - low)[:, None] * shares
        inner[:, -1] = high
        if whole:
            inner = np.round(inner)
        over = gap(inner, rows)
        sign = np.sign(over)
        turned = (sign[:, :-1] != sign[:, 1:]) & np.isfinite(over[:, :-1]) & np.isfinite(over[:, 1:])
        found &= turned.any(axis=1)
        place = np.argmax(turned, axis=1)
        low, high = inner[everyone, place], inner[everyone, place + 1]
        over_low, over_high = over[everyone, place], over[everyone, place + 1]
    with np.errstate(invalid="ignore"):
        if whole:
            beyond = high > adopted if adopted is not None else np.ones(len(rows), dtype=bool)
            upper = (over_high == 0.0) | (beyond & (over_low != 0.0))
        else:
            # A jump is not a root: there the two sides stay apart however near they come.
            upper = np.abs(over_high) < np.abs(over_low)
            found &= np.minimum(np.abs(over_low), np.abs(over_high)) < _LEVEL
    return np.where(found, np.where(upper, high, low), np.nan)


def _table(at: NDArray[np.intp], value: _Floats, rows: int) -> _Floats:
    """Values by row, ascending."""
    order = np.lexsort((value, at))
    at, value = at[order], value[order]
    place = np.arange(len(at)) - np.searchsorted(at, at)
    table = np.full((rows, int(place.max(initial=0)) + 1), np.nan)
    table[at, place] = value
    return table


def branch(roots: _Floats, start: int, adopted: float | None) -> _Floats:
    """One value of each row: the nearest to the one in use at some row, from there on the nearest to its neighbour's.

    Parameters
    ----------
    roots : as `levels` gives them.
    start : the row to start from, or the nearest to it that has a value.
    adopted : the value in use; the lowest is taken where there is none.

    Returns
    -------
    value : one for each row; NaN where the row has none.

    >>> branch(np.array([[1.0, 4.0], [2.0, 8.0], [np.nan, np.nan], [3.0, 12.0]]), 0, 5.0).tolist()
    [4.0, 8.0, nan, 12.0]
    """
    value = np.full(len(roots), np.nan)
    rows = np.flatnonzero(np.isfinite(roots[:, 0]))
    if not rows.size:
        return value
    logs = np.log(roots[rows])
    first = int(np.argmin(np.abs(rows - start)))
    chosen = int(np.nanargmin(np.abs(logs[first] - np.log(adopted)))) if adopted else 0
    places = np.concatenate([_carried_on(logs[first::-1], chosen)[:0:-1], _carried_on(logs[first:], chosen)])
    value[rows] = roots[rows, places]
    return value


def _carried_on(logs: _Floats, chosen: int) -> NDArray[np.intp]:
    """The place of a branch in each row, from its place in the first: maps of neighbours, composed by doubling."""
    away = np.abs(logs[1:, None, :] - logs[:-1, :, None])
    maps = np.argmin(np.where(np.isnan(away), np.inf, away), axis=2)
    reach = 1
    while reach < len(maps):
        maps[reach:] = np.take_along_axis(maps[reach:], maps[:-reach], axis=1)
        reach *= 2
    return np.concatenate([[chosen], maps[:, chosen]]).astype(np.intp)
