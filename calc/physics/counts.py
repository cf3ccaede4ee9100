"""How many: chips, dies, racks and parts of a system."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.types import Array

__all__ = ["chips", "compute_racks", "dies", "part_total", "racks"]


def chips(nodes: ArrayLike, chips_per_node: ArrayLike) -> Array:
    """Accelerator packages of a system.

    Parameters
    ----------
    nodes : servers or compute trays [1]
    chips_per_node : packages in each [1]

    Returns
    -------
    chips : packages in all [1]

    Examples
    --------
    >>> int(chips(48, 8))
    384
    """
    return np.multiply(nodes, chips_per_node)


def dies(chips: ArrayLike, chip_dies: ArrayLike) -> Array:
    """Compute dies of a system.

    Parameters
    ----------
    chips : packages [1]
    chip_dies : compute dies in each package [1]

    Returns
    -------
    dies : dies in all [1]
    """
    return np.multiply(chips, chip_dies)


def compute_racks(nodes: ArrayLike, nodes_per_rack: ArrayLike) -> Array:
    """Racks that hold chips, the last one perhaps not full.

    Parameters
    ----------
    nodes : servers or compute trays [1]
    nodes_per_rack : nodes in a full rack [1]

    Returns
    -------
    compute_racks : racks [1]
    """
    return np.ceil(np.divide(nodes, nodes_per_rack))


def racks(compute_racks: ArrayLike, network_racks: ArrayLike = 0) -> Array:
    """Racks that a system fills.

    Parameters
    ----------
    compute_racks : racks that hold chips [1]
    network_racks : racks that hold switches only [1]

    Returns
    -------
    racks : racks in all [1]
    """
    return np.add(compute_racks, network_racks)


def part_total(part_count: ArrayLike, part_holders: ArrayLike = 1) -> Array:
    """How many of a part a system has.

    Parameters
    ----------
    part_count : parts for each holder [1]
    part_holders : chips, nodes or racks that each hold as many; one where the system does [1]

    Returns
    -------
    part_total : parts in all [1]
    """
    return np.multiply(part_count, part_holders)
