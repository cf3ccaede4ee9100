"""Price against what it buys."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.types import Array

__all__ = ["cost_rate", "price_per_flop_rate", "price_per_hbm_capacity"]


def cost_rate(
    price: ArrayLike, depreciation_period: ArrayLike, power_facility: ArrayLike, electricity_price: ArrayLike
) -> Array:
    """What a system costs for as long as it is used.

    Parameters
    ----------
    price : price of the system [USD]
    depreciation_period : time over which it is written off in equal parts [s]
    power_facility : what the facility draws for it [W]
    electricity_price : of what it draws [USD/J]

    Returns
    -------
    cost_rate : write-off and electricity [USD/s]

    >>> round(float(cost_rate(3e6, 5 * 365.25 * 86400, 200e3, 0.08 / 3.6e6)) * 3600, 1)
    84.4
    """
    return np.divide(price, depreciation_period) + np.multiply(power_facility, electricity_price)


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
