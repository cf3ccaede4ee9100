"""How fast something moves, how far one runner is behind another, and how sure that is.

Scores are on an interval scale: only differences of them mean something. A date is in years from any origin.

References
----------
.. [1] R. A. Bradley and M. E. Terry, "Rank Analysis of Incomplete Block Designs: I. The Method of Paired
   Comparisons", Biometrika 39 (1952), on the logistic scale of A. E. Elo, "The Rating of Chessplayers" (1978):
   400 points are odds of ten to one.
.. [2] H. R. Künsch, "The Jackknife and the Bootstrap for General Stationary Observations", Annals of Statistics 17
   (1989): blocks of neighbours are drawn, so that what is left of one month in the next stays.
.. [3] B. Efron and R. Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13: percentile intervals.
"""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.types import Array, FloatArray, IntArray

__all__ = [
    "block_draws",
    "crossing",
    "doubling_time",
    "fitted_lines",
    "gap",
    "gap_deviation",
    "gap_share",
    "growth",
    "lag",
    "line_draws",
    "percentile_interval",
    "win_probability",
]


def gap(ahead: ArrayLike, behind: ArrayLike) -> Array:
    """How far one score is above another.

    Parameters
    ----------
    ahead : a score [point].
    behind : the score it is compared with [point].

    Returns
    -------
    Array : negative where the second is above [point].

    >>> float(gap(1474.0, 1426.0))
    48.0
    """
    return np.asarray(ahead, dtype=float) - np.asarray(behind, dtype=float)


def gap_share(ahead: ArrayLike, behind: ArrayLike) -> Array:
    """A gap over the score that is compared with, as published indices state it.

    It means nothing on an interval scale, as adding a constant to every score changes it; for comparison only.

    Parameters
    ----------
    ahead : a score [point].
    behind : the score it is compared with, which is the denominator [point].

    Returns
    -------
    Array : share [1].

    >>> f"{float(gap_share(1361.0 + 23.2, 1361.0)):.2%}"
    '1.70%'
    """
    return gap(ahead, behind) / np.asarray(behind, dtype=float)


def win_probability(gap: ArrayLike) -> Array:
    """How probable it is that the first of two is preferred, ties split evenly [1]_.

    Parameters
    ----------
    gap : score of the first less score of the second [point].

    Returns
    -------
    Array : probability [1].

    >>> [round(float(win_probability(gap)), 4) for gap in (23.0, 48.0, 103.0)]
    [0.5331, 0.5686, 0.644]
    """
    return 1.0 / (1.0 + 10.0 ** (-np.asarray(gap, dtype=float) / 400.0))


def gap_deviation(first: ArrayLike, second: ArrayLike) -> Array:
    """Standard deviation of a gap whose two scores are taken to err apart from one another.

    Parameters
    ----------
    first : width of the 95 % interval of one score [point].
    second : width of the 95 % interval of the other [point].

    Returns
    -------
    Array : standard deviation [point].

    >>> round(float(gap_deviation(3.92, 3.92)), 3)
    1.414
    """
    return np.hypot(first, second) / (2.0 * 1.96)


def lag(days: ArrayLike, ahead: ArrayLike, behind: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """How long ago the leader first stood where the other stands, on each day.

    Parameters
    ----------
    days : dates, rising [day].
    ahead : highest score of the leader up to each date [point].
    behind : highest score of the other up to each date [point].

    Returns
    -------
    tuple : the lag, 0 where the other is ahead, and whether the leader had already reached it on the first date,
        so that the lag is at least this long [day].

    >>> [found.tolist() for found in lag([0.0, 10.0, 20.0], [100.0, 120.0, 140.0], [90.0, 110.0, 120.0])]
    [[0.0, 0.0, 10.0], [1.0, 0.0, 0.0]]
    """
    dates, leader, other = (np.asarray(given, dtype=float) for given in (days, ahead, behind))
    first = np.searchsorted(leader, other, side="left")
    reached = dates[np.minimum(first, len(dates) - 1)]
    behind_by = np.where(other > leader, 0.0, dates - np.minimum(reached, dates))
    return behind_by, (first == 0).astype(float)


def fitted_lines(time: ArrayLike, values: ArrayLike) -> FloatArray:
    """Straight lines of least squares through values that share their dates.

    Parameters
    ----------
    time : dates [year].
    values : one row of values a line, or one row [point].

    Returns
    -------
    FloatArray : intercept at time 0 and slope a year, in the last dimension [point, point/year].

    >>> fitted_lines([0.0, 1.0, 2.0], [[1.0, 3.0, 5.0], [4.0, 4.0, 4.0]]).round(9).tolist()
    [[1.0, 2.0], [4.0, 0.0]]
    """
    dates = np.asarray(time, dtype=float)
    basis = np.stack([np.ones_like(dates), dates], axis=1)
    fitted: FloatArray = np.asarray(values, dtype=float) @ np.linalg.pinv(basis).T
    return fitted


def block_draws(count: int, length: int, draws: int, seed: int) -> IntArray:
    """Which points to draw, in blocks of neighbours [2]_.

    The stream is that of Python's ``random.Random(seed).randrange``, drawn for all blocks at once.

    Parameters
    ----------
    count : points there are [1].
    length : of a block [1].
    draws : how many samples [1].
    seed : of the generator [1].

    Returns
    -------
    IntArray : indices by draw and place [1].

    >>> block_draws(5, 3, 2, 0).shape
    (2, 5)
    """
    size = min(length, count)
    starts = count - size + 1
    blocks = -(-count // size)
    bits = starts.bit_length()
    # A list seeds the whole state, as Python does; a number or an array of one would not.
    state = np.random.RandomState([seed])
    found = np.empty(0, dtype=np.int64)
    while len(found) < draws * blocks:
        drawn = np.frombuffer(state.bytes(8 * draws * blocks), dtype="<u4").astype(np.int64) >> (32 - bits)
        found = np.concatenate([found, drawn[drawn < starts]])
    first = found[: draws * blocks].reshape(draws, blocks, 1)
    return np.asarray((first + np.arange(size)).reshape(draws, -1)[:, :count], dtype=np.int64)


def line_draws(time: ArrayLike, values: ArrayLike, length: int, draws: int, seed: int) -> FloatArray:
    """Lines through values whose residuals are drawn anew in blocks, the same blocks for every line [2]_.

    Parameters
    ----------
    time : dates [year].
    values : one row of values a line [point].
    length : of a block [1].
    draws : how many [1].
    seed : of the generator [1].

    Returns
    -------
    FloatArray : intercept and slope by line and draw [point, point/year].

    >>> line_draws([0.0, 1.0, 2.0], [[1.0, 3.0, 5.0]], 2, 4, 0).round(9)[0, :, 1].tolist()
    [2.0, 2.0, 2.0, 2.0]
    """
    dates, rows = np.asarray(time, dtype=float), np.atleast_2d(np.asarray(values, dtype=float))
    lines = fitted_lines(dates, rows)
    expected = lines[:, :1] + lines[:, 1:] * dates
    picked = block_draws(len(dates), length, draws, seed)
    return fitted_lines(dates, expected[:, None, :] + (rows - expected)[:, picked])


def crossing(intercept_gap: ArrayLike, slope_gain: ArrayLike) -> FloatArray:
    """When a line that is behind meets the one ahead.

    Parameters
    ----------
    intercept_gap : how far it is behind at time 0 [point].
    slope_gain : how much faster it rises [point/year].

    Returns
    -------
    FloatArray : date; infinite where it does not rise faster, which is never [year].

    >>> crossing([60.0, 60.0], [6.0, -1.0]).tolist()
    [10.0, inf]
    """
    behind, faster = np.broadcast_arrays(np.asarray(intercept_gap, dtype=float), np.asarray(slope_gain, dtype=float))
    gains = faster > 0.0
    with np.errstate(over="ignore"):
        return np.where(gains, behind / np.where(gains, faster, 1.0), np.inf)


def percentile_interval(values: ArrayLike, share: float = 0.95) -> FloatArray:
    """The interval that holds the middle share of draws [3]_; no draw is interpolated, so that never stays never.

    Parameters
    ----------
    values : draws along the last dimension [1].
    share : of them that the interval holds [1].

    Returns
    -------
    FloatArray : lower and upper end in the first dimension [1].

    >>> percentile_interval([1.0, 2.0, 3.0, np.inf], 0.5).tolist()
    [2.0, inf]
    """
    ordered = np.sort(np.asarray(values, dtype=float), axis=-1)
    count = ordered.shape[-1]
    tail = (1.0 - share) / 2.0
    ends = [min(int(end * count + 1e-9), count - 1) for end in (tail, 1.0 - tail)]
    return np.stack([ordered[..., end] for end in ends])


def growth(slope: ArrayLike) -> FloatArray:
    """Growth a year of something whose logarithm rises along a line.

    Parameters
    ----------
    slope : of the logarithm to base ten [1/year].

    Returns
    -------
    FloatArray : what a year adds, as a share [1/year].

    >>> round(float(growth(0.30103)), 4)
    1.0
    """
    return np.asarray(10.0 ** np.asarray(slope, dtype=float) - 1.0)


def doubling_time(slope: ArrayLike) -> FloatArray:
    """How long something takes to double whose logarithm rises along a line.

    Parameters
    ----------
    slope : of the logarithm to base ten [1/year].

    Returns
    -------
    FloatArray : infinite where it does not rise, which is never [year].

    >>> [round(float(doubling_time(slope)), 2) for slope in (0.30103, 0.1)], float(doubling_time(-0.1))
    ([1.0, 3.01], inf)
    """
    rises = np.asarray(slope, dtype=float)
    return np.where(rises > 0.0, log(2.0) / log(10.0) / np.where(rises > 0.0, rises, 1.0), np.inf)
