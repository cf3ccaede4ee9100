"""Goodput of long runs: failures and checkpoints.

More parts fail more often: what a large system gains in peak it may lose in interruptions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.types import Array, FloatArray

__all__ = [
    "checkpoint_interval",
    "goodput",
    "interruption_interval",
]


def interruption_interval(
    chips: ArrayLike,
    chip_interruption_interval: ArrayLike,
    scale_up_transceivers: ArrayLike = 0.0,
    transceiver_interruption_interval: ArrayLike = np.inf,
) -> Array:
    """Mean time between interruptions of a job that needs every part of a system.

    Parameters
    ----------
    chips : accelerators [1]
    chip_interruption_interval : mean time between interruptions by one of them [s]
    scale_up_transceivers : optical modules of the scale-up fabric, none unless given [1]
    transceiver_interruption_interval : mean time between interruptions by one module [s]

    Returns
    -------
    interruption_interval : mean time between interruptions [s]

    References
    ----------
    .. [1] A. Kokolis et al., "Revisiting reliability in large-scale machine learning research
       clusters", HPCA 2025: parts that fail alone, at constant rates.

    >>> hour = 3600.0
    >>> round(float(interruption_interval(16384, 55_300 * hour)) / hour, 2)
    3.38
    """
    chip_rate = np.divide(chips, chip_interruption_interval)
    return np.divide(1.0, chip_rate + np.divide(scale_up_transceivers, transceiver_interruption_interval))


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
