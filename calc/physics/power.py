"""Power: bottom-up from parts, beside what is published at each scope."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.types import Array

__all__ = [
    "carried_total",
    "chip_power_per_flop_rate",
    "node_power_per_flop_rate",
    "part_total_power",
    "power_all_in_per_chip",
    "power_chips",
    "power_facility",
    "power_nodes",
    "power_nodes_unexplained",
    "power_overhead",
    "power_per_flop_rate",
    "power_per_hbm_bandwidth",
    "power_per_hbm_capacity",
    "power_racks",
    "power_racks_unexplained",
    "power_unexplained",
    "scaled_total",
    "total",
]


def power_chips(chips: ArrayLike, chip_power: ArrayLike) -> Array:
    """Rated power of all accelerators.

    Parameters
    ----------
    chips : packages [1]
    chip_power : rated power of one [W]

    Returns
    -------
    power_chips : rated power of all [W]
    """
    return np.multiply(chips, chip_power)


def part_total_power(part_total: ArrayLike, part_power: ArrayLike) -> Array:
    """Power of all parts of one sort.

    Parameters
    ----------
    part_total : parts in the system [1]
    part_power : power of one [W]

    Returns
    -------
    part_total_power : power of all [W]
    """
    return np.multiply(part_total, part_power)


def total(*terms: ArrayLike) -> Array:
    """Sum of some terms of one unit.

    Parameters
    ----------
    terms : what is added up, each in the unit of the sum

    Returns
    -------
    total : the sum, in the same unit
    """
    return reduce(np.add, terms)


def power_nodes(nodes: ArrayLike, power_node: ArrayLike) -> Array:
    """Published power of the nodes.

    Parameters
    ----------
    nodes : servers or compute trays [1]
    power_node : published power of one [W]

    Returns
    -------
    power_nodes : power of all [W]
    """
    return np.multiply(nodes, power_node)


def power_racks(compute_racks: ArrayLike, power_rack: ArrayLike) -> Array:
    """Published power of the racks that hold chips.

    Parameters
    ----------
    compute_racks : racks that hold chips [1]
    power_rack : published power of one [W]

    Returns
    -------
    power_racks : power of all [W]
    """
    return np.multiply(compute_racks, power_rack)


def power_unexplained(power_all_in: ArrayLike, power_itemised: ArrayLike) -> Array:
    """What no itemised part accounts for of the all-in power.

    Parameters
    ----------
    power_all_in : published power of the whole system [W]
    power_itemised : sum of the parts known [W]

    Returns
    -------
    power_unexplained : the remainder, below zero where parts rated at their limits exceed it [W]
    """
    return np.subtract(power_all_in, power_itemised)


def power_nodes_unexplained(power_nodes: ArrayLike, power_nodes_itemised: ArrayLike) -> Array:
    """What no itemised part accounts for of the nodes' power.

    Parameters
    ----------
    power_nodes : published power of the nodes [W]
    power_nodes_itemised : sum of the parts inside them [W]

    Returns
    -------
    power_nodes_unexplained : the remainder [W]
    """
    return np.subtract(power_nodes, power_nodes_itemised)


def power_racks_unexplained(power_racks: ArrayLike, power_racks_itemised: ArrayLike) -> Array:
    """What no itemised part accounts for of the racks' power.

    Parameters
    ----------
    power_racks : published power of the racks [W]
    power_racks_itemised : sum of the parts inside them [W]

    Returns
    -------
    power_racks_unexplained : the remainder [W]
    """
    return np.subtract(power_racks, power_racks_itemised)


def carried_total(
    published: ArrayLike,
    itemised_published: ArrayLike,
    itemised: ArrayLike,
    holders_published: ArrayLike,
    holders: ArrayLike,
) -> Array:
    """A published total carried over to a changed system.

    Parts that are itemised change as they are changed; what no part accounts for stays as it is
    for each node or rack.

    Parameters
    ----------
    published : total of the system as published [W]
    itemised_published : sum of its parts as published [W]
    itemised : sum of its parts as changed [W]
    holders_published : nodes or racks as published [1]
    holders : nodes or racks as changed [1]

    Returns
    -------
    carried_total : total of the changed system [W]

    Examples
    --------
    >>> float(carried_total(145e3, 100e3, 50e3, 18, 9))
    72500.0
    """
    unexplained = np.subtract(published, itemised_published)
    return np.add(itemised, np.multiply(unexplained, np.divide(holders, holders_published)))


def scaled_total(published: ArrayLike, holders_published: ArrayLike, holders: ArrayLike) -> Array:
    """A published total in proportion to how many there are.

    Parameters
    ----------
    published : total as published [USD]
    holders_published : chips as published [1]
    holders : chips as changed [1]

    Returns
    -------
    scaled_total : total of the changed system [USD]
    """
    return np.multiply(published, np.divide(holders, holders_published))


def power_facility(power_all_in: ArrayLike, pue: ArrayLike) -> Array:
    """Power that the facility draws for the system.

    Parameters
    ----------
    power_all_in : power of the whole system [W]
    pue : facility power over equipment power [1]

    Returns
    -------
    power_facility : power at the facility's meter [W]

    References
    ----------
    .. [1] ISO/IEC 30134-2:2016, "Data centres - Key performance indicators - Part 2: Power usage
       effectiveness (PUE)".
    """
    return np.multiply(power_all_in, pue)


def power_overhead(power_all_in: ArrayLike, power_chips: ArrayLike) -> Array:
    """All-in power over that of the accelerators alone.

    Parameters
    ----------
    power_all_in : power of the whole system [W]
    power_chips : rated power of all accelerators [W]

    Returns
    -------
    power_overhead : their ratio [1]
    """
    return np.divide(power_all_in, power_chips)


def power_all_in_per_chip(power_all_in: ArrayLike, chips: ArrayLike) -> Array:
    """All-in power divided among the accelerators.

    Parameters
    ----------
    power_all_in : power of the whole system [W]
    chips : packages [1]

    Returns
    -------
    power_all_in_per_chip : share of one package [W]
    """
    return np.divide(power_all_in, chips)


def power_per_flop_rate(power_all_in: ArrayLike, flop_rate: ArrayLike) -> Array:
    """All-in power for each unit of peak arithmetic.

    Parameters
    ----------
    power_all_in : power of the whole system [W]
    flop_rate : its peak arithmetic [FLOP/s]

    Returns
    -------
    power_per_flop_rate : power over throughput [W/(FLOP/s)]
    """
    return np.divide(power_all_in, flop_rate)


def node_power_per_flop_rate(power_nodes: ArrayLike, flop_rate: ArrayLike) -> Array:
    """Published power of the nodes for each unit of peak arithmetic.

    Parameters
    ----------
    power_nodes : published power of all nodes [W]
    flop_rate : peak arithmetic of the system [FLOP/s]

    Returns
    -------
    node_power_per_flop_rate : power over throughput [W/(FLOP/s)]
    """
    return np.divide(power_nodes, flop_rate)


def chip_power_per_flop_rate(chip_power: ArrayLike, chip_flop_rate: ArrayLike) -> Array:
    """Rated power of a package for each unit of its peak arithmetic.

    Parameters
    ----------
    chip_power : rated power of one package [W]
    chip_flop_rate : its peak arithmetic [FLOP/s]

    Returns
    -------
    chip_power_per_flop_rate : power over throughput [W/(FLOP/s)]
    """
    return np.divide(chip_power, chip_flop_rate)


def power_per_hbm_bandwidth(power_all_in: ArrayLike, hbm_bandwidth: ArrayLike) -> Array:
    """All-in power for each unit of peak memory bandwidth.

    Parameters
    ----------
    power_all_in : power of the whole system [W]
    hbm_bandwidth : its peak memory bandwidth [B/s]

    Returns
    -------
    power_per_hbm_bandwidth : power over bandwidth [W/(B/s)]
    """
    return np.divide(power_all_in, hbm_bandwidth)


def power_per_hbm_capacity(power_all_in: ArrayLike, hbm_capacity: ArrayLike) -> Array:
    """All-in power for each byte of memory.

    Parameters
    ----------
    power_all_in : power of the whole system [W]
    hbm_capacity : its memory [B]

    Returns
    -------
    power_per_hbm_capacity : power over capacity [W/B]
    """
    return np.divide(power_all_in, hbm_capacity)
