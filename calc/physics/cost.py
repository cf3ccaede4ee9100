"""Price against what it buys."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.types import Array

__all__ = [
    "chip_cost_rate",
    "cost_per_flop",
    "cost_rate",
    "emission_rate",
    "equipment_electricity_rate",
    "level_price",
    "overhead_electricity_rate",
    "price_per_flop_rate",
    "price_per_hbm_capacity",
    "write_off_rate",
]


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


def write_off_rate(price: ArrayLike, depreciation_period: ArrayLike) -> Array:
    """What a system loses of its price for as long as it is used.

    Parameters
    ----------
    price : price of the system [USD]
    depreciation_period : time over which it is written off in equal parts [s]

    Returns
    -------
    write_off_rate : price over period [USD/s]

    >>> round(float(write_off_rate(3e6, 5 * 365.25 * 86400)) * 3600, 2)
    68.45
    """
    return np.divide(price, depreciation_period)


def equipment_electricity_rate(power_all_in: ArrayLike, electricity_price: ArrayLike) -> Array:
    """Cost of the electricity that a system itself draws.

    Parameters
    ----------
    power_all_in : power of the whole system [W]
    electricity_price : of what the facility draws [USD/J]

    Returns
    -------
    equipment_electricity_rate : electricity of the equipment [USD/s]

    >>> round(float(equipment_electricity_rate(100e3, 0.08 / 3.6e6)) * 3600, 2)
    8.0
    """
    return np.multiply(power_all_in, electricity_price)


def overhead_electricity_rate(power_all_in: ArrayLike, pue: ArrayLike, electricity_price: ArrayLike) -> Array:
    """Cost of the electricity that a facility draws beyond its equipment: cooling, conversion, light.

    Parameters
    ----------
    power_all_in : power of the whole system [W]
    pue : facility power over equipment power [1]
    electricity_price : of what the facility draws [USD/J]

    Returns
    -------
    overhead_electricity_rate : electricity of the rest [USD/s]

    >>> round(float(overhead_electricity_rate(100e3, 1.5, 0.08 / 3.6e6)) * 3600, 2)
    4.0
    """
    return np.multiply(power_all_in, np.subtract(pue, 1.0)) * electricity_price


def chip_cost_rate(cost_rate: ArrayLike, chips: ArrayLike) -> Array:
    """Cost of a system divided among its accelerators.

    Parameters
    ----------
    cost_rate : write-off and electricity of the system [USD/s]
    chips : packages [1]

    Returns
    -------
    chip_cost_rate : share of one package [USD/s]

    >>> float(chip_cost_rate(144.0, 72))
    2.0
    """
    return np.divide(cost_rate, chips)


def cost_per_flop(cost_rate: ArrayLike, flop_rate: ArrayLike) -> Array:
    """Cost of a system for each operation at its peak; of a PFLOP/s for an hour, 3.6e18 times as much.

    Parameters
    ----------
    cost_rate : write-off and electricity of the system [USD/s]
    flop_rate : its peak arithmetic [FLOP/s]

    Returns
    -------
    cost_per_flop : cost over throughput [USD/FLOP]

    >>> round(float(cost_per_flop(90 / 3600, 180e15)) * 3.6e18, 3)
    0.5
    """
    return np.divide(cost_rate, flop_rate)


def emission_rate(power_facility: ArrayLike, grid_carbon_intensity: ArrayLike) -> Array:
    """Carbon dioxide emitted for the electricity of a facility.

    Parameters
    ----------
    power_facility : what the facility draws for the system [W]
    grid_carbon_intensity : emitted for each unit of energy [kg/J]

    Returns
    -------
    emission_rate : emitted for as long as it runs [kg/s]

    >>> round(float(emission_rate(200e3, 0.4 / 3.6e6)) * 3600, 3)
    80.0
    """
    return np.multiply(power_facility, grid_carbon_intensity)


def level_price(
    cost_per_flop: ArrayLike,
    flop_rate: ArrayLike,
    power_facility: ArrayLike,
    electricity_price: ArrayLike,
    depreciation_period: ArrayLike,
) -> Array:
    """Price at which a system's arithmetic costs as much as another's.

    Parameters
    ----------
    cost_per_flop : of the other system [USD/FLOP]
    flop_rate : peak arithmetic of this one [FLOP/s]
    power_facility : what the facility draws for this one [W]
    electricity_price : of what it draws [USD/J]
    depreciation_period : time over which its price is written off [s]

    Returns
    -------
    price : below zero where its electricity alone costs more [USD]

    >>> float(level_price(2e-18, 1e18, 1.0, 0.5, 10.0))
    15.0
    """
    running = np.multiply(power_facility, electricity_price)
    return np.multiply(depreciation_period, np.multiply(cost_per_flop, flop_rate) - running)
