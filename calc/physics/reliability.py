"""Goodput of long runs: failures, checkpoints and stragglers.

More parts fail more often: what a large system gains in peak it may lose in interruptions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.types import FloatArray

__all__ = [
    "checkpoint_interval",
    "failure_rate",
    "goodput",
    "straggler_ratio",
]


def failure_rate(
    chips: ArrayLike,
    chip_failure_interval: ArrayLike,
    optics: ArrayLike = 0.0,
    optic_failure_interval: ArrayLike = np.inf,
    other: ArrayLike = 0.0,
    other_failure_interval: ArrayLike = np.inf,
) -> FloatArray:
    """Interruptions of a run that needs all of its parts.

    Parameters
    ----------
    chips : array_like
        Accelerators in use. [1]
    chip_failure_interval : array_like
        Mean time between interruptions by one accelerator, its memory and software. [s]
    optics : array_like
        Optical modules in use, both ends counted. [1]
    optic_failure_interval : array_like
        Mean time between failures of one module. [s]
    other : array_like
        Further parts: hosts, switches. [1]
    other_failure_interval : array_like
        Mean time between failures of one of them. [s]

    Returns
    -------
    array
        Rate of interruptions. [1/s]

    References
    ----------
    .. [1] A. Kokolis et al., "Revisiting reliability in large-scale machine learning research
       clusters", HPCA 2025.
    .. [2] Llama team, "The Llama 3 herd of models", arXiv:2407.21783, 2024, table 5: 419
       interruptions in 54 days on 16,384 chips.

    Examples
    --------
    >>> day = 86400.0
    >>> round(float(failure_rate(16384, 16384 * 54 / 419 * day) * day), 2)
    7.76
    """
    parts = (
        (chips, chip_failure_interval),
        (optics, optic_failure_interval),
        (other, other_failure_interval),
    )
    return np.asarray(sum(np.asarray(n, float) / np.asarray(t, float) for n, t in parts))


def checkpoint_interval(checkpoint: ArrayLike, failure_interval: ArrayLike) -> FloatArray:
    """Work between checkpoints that loses the least time.

    Parameters
    ----------
    checkpoint : array_like
        Time that a checkpoint stops the run. [s]
    failure_interval : array_like
        Mean time between interruptions of the whole run. [s]

    Returns
    -------
    array
        Interval. [s]

    Notes
    -----
    Daly's higher-order estimate; Young's ``sqrt(2 C M)`` is its first term. Where a checkpoint
    takes more than twice the time between interruptions it is that time itself.

    References
    ----------
    .. [1] J. W. Young, "A first order approximation to the optimum checkpoint interval", Commun.
       ACM 17 (9), 1974.
    .. [2] J. T. Daly, "A higher order estimate of the optimum checkpoint interval for restart
       dumps", Future Generation Computer Systems 22 (3), 2006.

    Examples
    --------
    >>> round(float(checkpoint_interval(60.0, 10000.0)))
    1056
    """
    c, m = np.asarray(checkpoint, float), np.asarray(failure_interval, float)
    ratio = np.minimum(c / (2.0 * m), 1.0)
    daly = np.sqrt(2.0 * c * m) * (1.0 + np.sqrt(ratio) / 3.0 + ratio / 9.0) - c
    return np.asarray(np.where(c < 2.0 * m, daly, m))


def goodput(
    interval: ArrayLike,
    checkpoint: ArrayLike,
    restart: ArrayLike,
    failure_interval: ArrayLike,
) -> FloatArray:
    """Share of the wall clock that becomes progress.

    Parameters
    ----------
    interval : array_like
        Work between checkpoints. [s]
    checkpoint : array_like
        Time that a checkpoint stops the run. [s]
    restart : array_like
        Time to find a failure, replace the part and load the last checkpoint. [s]
    failure_interval : array_like
        Mean time between interruptions of the whole run. [s]

    Returns
    -------
    array
        Share. [1]

    Notes
    -----
    With failures at random (exponential) and at any moment, restarts included, a piece of work
    ``t`` takes ``M exp(R / M) (exp((t + C) / M) - 1)`` on average.

    References
    ----------
    .. [1] J. T. Daly, "A higher order estimate of the optimum checkpoint interval for restart
       dumps", Future Generation Computer Systems 22 (3), 2006, equation 20.

    Examples
    --------
    >>> round(float(goodput(1056.0, 60.0, 600.0, 10000.0)), 3)
    0.842
    """
    t, c, r, m = (np.asarray(v, float) for v in (interval, checkpoint, restart, failure_interval))
    taken = m * np.exp(np.minimum(r / m, 700.0)) * np.expm1(np.minimum((t + c) / m, 700.0))
    return np.asarray(t / np.maximum(taken, t))


def straggler_ratio(participants: ArrayLike, variation: ArrayLike) -> FloatArray:
    """Slowest of many equal parts relative to their mean.

    Parameters
    ----------
    participants : array_like
        Chips that wait for each other in every step. [1]
    variation : array_like
        Standard deviation of one chip's time over its mean, as far as it lasts. [1]

    Returns
    -------
    array
        Ratio, one or more. [1]

    Notes
    -----
    Expected maximum of ``n`` normal variables, by its usual approximation
    ``sqrt(2 ln n) - (ln ln n + ln 4 pi) / (2 sqrt(2 ln n))``, from two on.

    References
    ----------
    .. [1] H. Cramer, "Mathematical methods of statistics", 1946, section 28.6.

    Examples
    --------
    >>> float(straggler_ratio(1, 0.02)), round(float(straggler_ratio(4096, 0.02)), 3)
    (1.0, 1.07)
    """
    n = np.maximum(np.asarray(participants, float), 1.0)
    root = np.sqrt(2.0 * np.log(np.maximum(n, 2.0)))
    inner = np.log(np.maximum(np.log(np.maximum(n, 2.0)), 1e-9)) + np.log(4.0 * np.pi)
    expected = np.maximum(root - inner / (2.0 * root), 0.0)
    return np.asarray(1.0 + np.asarray(variation, float) * np.where(n > 1.0, expected, 0.0))
