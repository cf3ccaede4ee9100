"""How concentrated shares are.

References
----------
[1] United States Department of Justice and Federal Trade Commission, Merger Guidelines, 2023, section 2.1.
"""

from __future__ import annotations

import numpy as np

from calc.physics.types import Array

__all__ = ["concentration", "concentration_highest", "concentration_lowest"]


def concentration(share: Array) -> Array:
    """Herfindahl-Hirschman index of known shares: the sum of their squares, once they are scaled to sum to one.

    It lies between one over the number of shares, where all are alike, and one. The index of [1] is in
    squared per cent: 10,000 times this one.

    Parameters
    ----------
    share : shares along the last axis, not all zero; NaN where they are [1]

    Returns
    -------
    hhi : index of the shares [1]

    >>> float(concentration([0.5, 0.25, 0.25]))
    0.375
    """
    shares = np.asarray(share, dtype=float)
    whole = shares.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(whole > 0, (shares**2).sum(axis=-1) / whole**2, np.nan)
    return scaled


def concentration_lowest(share: Array) -> Array:
    """Index where what is unknown is spread over ever so many others: the sum of the squares as they are.

    Parameters
    ----------
    share : known shares of the whole, along the last axis [1]

    Returns
    -------
    hhi : lowest index that the shares allow [1]

    >>> float(concentration_lowest([0.5, 0.25]))
    0.3125
    """
    return (np.asarray(share, dtype=float) ** 2).sum(axis=-1)


def concentration_highest(share: Array) -> Array:
    """Index where all that is unknown is the largest's too.

    Parameters
    ----------
    share : known shares of the whole, along the last axis [1]

    Returns
    -------
    hhi : highest index that the shares allow [1]

    >>> float(concentration_highest([0.5, 0.25]))
    0.625
    """
    shares = np.asarray(share, dtype=float)
    largest = shares.max(axis=-1, initial=0.0)
    left = np.maximum(0.0, 1.0 - shares.sum(axis=-1))
    return (shares**2).sum(axis=-1) - largest**2 + (largest + left) ** 2
