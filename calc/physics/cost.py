"""Price against what it buys."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.types import Array

__all__ = ["price_per_flop_rate", "price_per_hbm_capacity"]


def price_per_flop_rate(price: ArrayLike, flop_rate: ArrayLike) -> Array:
    """Price for each unit of peak arithmetic.

    Parameters
    ----------
    price : price of the system [USD]
    flop_rate : its peak arithmetic [FLOP/s]

    Returns
    -------
    price_per_flop_rate : price over throughput [USD/(FLOP/s)]
    """
    return np.divide(price, flop_rate)


def price_per_hbm_capacity(price: ArrayLike, hbm_capacity: ArrayLike) -> Array:
    """Price for each byte of memory.

    Parameters
    ----------
    price : price of the system [USD]
    hbm_capacity : its memory [B]

    Returns
    -------
    price_per_hbm_capacity : price over capacity [USD/B]
    """
    return np.divide(price, hbm_capacity)
