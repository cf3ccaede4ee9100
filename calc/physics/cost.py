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
    "hosting_rate",
    "level_price",
    "network_write_off_rate",
    "overhead_electricity_rate",
    "price_per_flop_rate",
    "price_per_hbm_capacity",
    "spares_cost_rate",
    "write_off_rate",
]


def cost_rate(
    price: ArrayLike,
    depreciation_period: ArrayLike,
    power_facility: ArrayLike,
    electricity_price: ArrayLike,
    hosting_rate: ArrayLike = 0.0,
    spares_cost_rate: ArrayLike = 0.0,
    network_write_off_rate: ArrayLike = 0.0,
) -> Array:
    """What a system costs for as long as it is used.

    Parameters
    ----------
    price : price of the system [USD]
    depreciation_period : time over which it is written off in equal parts [s]
    power_facility : what the facility draws for it [W]
    electricity_price : of what it draws [USD/J]
    hosting_rate : rent of its place in a data centre, where that is given [USD/s]
    spares_cost_rate : spares and repairs, where they are given [USD/s]
    network_write_off_rate : of a network that its price leaves out, where that is given [USD/s]

    Returns
    -------
    cost_rate : write-off and electricity, and whatever else is given [USD/s]

    >>> round(float(cost_rate(3e6, 5 * 365.25 * 86400, 200e3, 0.08 / 3.6e6)) * 3600, 1)
    84.4
    >>> float(cost_rate(10.0, 10.0, 1.0, 1.0, 0.5, 0.25, 0.125))
    2.875
    """
    bought = np.divide(price, depreciation_period) + np.multiply(power_facility, electricity_price)
    return np.add(bought, hosting_rate) + np.add(spares_cost_rate, network_write_off_rate)


def hosting_rate(power_all_in: ArrayLike, hosting_price: ArrayLike) -> Array:
    """Rent of a system's place in a data centre, which goes by the power that its equipment may draw.

    Parameters
    ----------
    power_all_in : power of the whole system [W]
    hosting_price : rent for each watt and second, electricity left out [USD/J]

    Returns
    -------
    hosting_rate : rent [USD/s]

    >>> month = 365.25 * 86400 / 12
    >>> round(float(hosting_rate(100e3, 180 / 1e3 / month)) * month, 1)
    18000.0
    """
    return np.multiply(power_all_in, hosting_price)


def spares_cost_rate(price: ArrayLike, depreciation_period: ArrayLike, spares_share: ArrayLike) -> Array:
    """Cost of spares and repairs, as a share of the price.

    Parameters
    ----------
    price : price of the system [USD]
    depreciation_period : time over which it is written off in equal parts [s]
    spares_share : spares and repairs over that time, as a share of the price [1]

    Returns
    -------
    spares_cost_rate : spares and repairs [USD/s]

    >>> year = 365.25 * 86400
    >>> round(float(spares_cost_rate(3e6, 5 * year, 0.1)) * year, 1)
    60000.0
    """
    return np.divide(np.multiply(price, spares_share), depreciation_period)


def network_write_off_rate(network_price: ArrayLike, depreciation_period: ArrayLike) -> Array:
    """What a network loses of its price, where the price of the system leaves it out.

    Parameters
    ----------
    network_price : price of the system's share of the network between systems [USD]
    depreciation_period : time over which it is written off in equal parts [s]

    Returns
    -------
    network_write_off_rate : price over period [USD/s]
    """
    return np.divide(network_price, depreciation_period)


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


def cost_per_flop(cost_rate: ArrayLike, flop_rate: ArrayLike, share_in_use: ArrayLike = 1.0) -> Array:
    """Cost of a system for each operation at its peak; of a PFLOP/s for an hour, 3.6e18 times as much.

    Parameters
    ----------
    cost_rate : what the system costs, in use or not [USD/s]
    flop_rate : its peak arithmetic [FLOP/s]
    share_in_use : share of its hours in which it is used; all of them unless given [1]

    Returns
    -------
    cost_per_flop : cost over throughput [USD/FLOP]

    >>> round(float(cost_per_flop(90 / 3600, 180e15)) * 3.6e18, 3)
    0.5
    >>> round(float(cost_per_flop(90 / 3600, 180e15, 0.5)) * 3.6e18, 3)
    1.0
    """
    return np.divide(cost_rate, np.multiply(flop_rate, share_in_use))


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
    running_rate: ArrayLike,
    depreciation_period: ArrayLike,
    spares_share: ArrayLike = 0.0,
) -> Array:
    """Price at which a system's arithmetic costs as much as another's.

    Parameters
    ----------
    cost_per_flop : of the other system [USD/FLOP]
    flop_rate : arithmetic of this one over the hours in which it is used and not [FLOP/s]
    running_rate : cost of this one that does not go by its price, such as electricity [USD/s]
    depreciation_period : time over which its price is written off [s]
    spares_share : spares over that time, as a share of the price [1]

    Returns
    -------
    price : below zero where running it alone costs more [USD]

    >>> float(level_price(2e-18, 1e18, 0.5, 10.0))
    15.0
    """
    left = np.multiply(cost_per_flop, flop_rate) - running_rate
    return np.divide(np.multiply(left, depreciation_period), np.add(1.0, spares_share))
