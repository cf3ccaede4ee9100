"""Scale-up and scale-out fabrics: bandwidth in one direction, bisection, path, energy.

References
----------
.. [1] W. J. Dally, B. Towles, "Principles and Practices of Interconnection Networks", Morgan
   Kaufmann, 2004, sections 3.3 (bisection) and 5.2 (tori).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.types import Array

__all__ = [
    "chip_scale_out_bandwidth_per_direction",
    "chip_scale_up_bandwidth_per_direction",
    "domain_within",
    "full_mesh_bisection_bandwidth",
    "full_mesh_hops",
    "scale_out_bandwidth_per_direction",
    "scale_up_bandwidth_per_direction",
    "scale_up_energy_per_bit",
    "switched_bisection_bandwidth",
    "switched_hops",
    "torus_bisection_bandwidth",
    "torus_hops",
]

_BITS_PER_BYTE = 8.0


def chip_scale_up_bandwidth_per_direction(
    chip_scale_up_links: ArrayLike, scale_up_link_bandwidth_per_direction: ArrayLike
) -> Array:
    """What one package can send into the scale-up fabric.

    Parameters
    ----------
    chip_scale_up_links : links of one package [1]
    scale_up_link_bandwidth_per_direction : one link, one way [B/s]

    Returns
    -------
    chip_scale_up_bandwidth_per_direction : one package, one way [B/s]

    Examples
    --------
    >>> float(chip_scale_up_bandwidth_per_direction(18, 50e9))
    900000000000.0
    """
    return np.multiply(chip_scale_up_links, scale_up_link_bandwidth_per_direction)


def scale_up_bandwidth_per_direction(chips: ArrayLike, chip_scale_up_bandwidth_per_direction: ArrayLike) -> Array:
    """What all packages together can send into the scale-up fabric.

    Parameters
    ----------
    chips : packages [1]
    chip_scale_up_bandwidth_per_direction : one package, one way [B/s]

    Returns
    -------
    scale_up_bandwidth_per_direction : all packages, one way [B/s]
    """
    return np.multiply(chips, chip_scale_up_bandwidth_per_direction)


def chip_scale_out_bandwidth_per_direction(
    scale_out_links_per_node: ArrayLike, scale_out_link_bandwidth_per_direction: ArrayLike, chips_per_node: ArrayLike
) -> Array:
    """A package's share of its node's links to other systems.

    Parameters
    ----------
    scale_out_links_per_node : links of one node [1]
    scale_out_link_bandwidth_per_direction : one link, one way [B/s]
    chips_per_node : packages that share them [1]

    Returns
    -------
    chip_scale_out_bandwidth_per_direction : one package's share, one way [B/s]
    """
    return np.divide(np.multiply(scale_out_links_per_node, scale_out_link_bandwidth_per_direction), chips_per_node)


def scale_out_bandwidth_per_direction(chips: ArrayLike, chip_scale_out_bandwidth_per_direction: ArrayLike) -> Array:
    """What the system can send to other systems.

    Parameters
    ----------
    chips : packages [1]
    chip_scale_out_bandwidth_per_direction : one package's share, one way [B/s]

    Returns
    -------
    scale_out_bandwidth_per_direction : all, one way [B/s]
    """
    return np.multiply(chips, chip_scale_out_bandwidth_per_direction)


def domain_within(published: ArrayLike, chips: ArrayLike) -> Array:
    """A scale-up domain of a system that was made smaller: no larger than the system.

    Parameters
    ----------
    published : chips of the domain as published [1]
    chips : packages of the system as changed [1]

    Returns
    -------
    scale_up_domain : chips of the domain [1]
    """
    return np.minimum(published, chips)


def switched_bisection_bandwidth(
    scale_up_domain: ArrayLike,
    chip_scale_up_bandwidth_per_direction: ArrayLike,
    scale_up_oversubscription: ArrayLike,
) -> Array:
    """Bisection of a switched fabric: half the chips send all they can, less the oversubscription [1]_.

    Parameters
    ----------
    scale_up_domain : chips of the domain [1]
    chip_scale_up_bandwidth_per_direction : one package, one way [B/s]
    scale_up_oversubscription : offered over carried between halves; 1 is non-blocking [1]

    Returns
    -------
    scale_up_bisection_bandwidth : half to half, one way [B/s]
    """
    half = np.multiply(np.multiply(scale_up_domain, 0.5), chip_scale_up_bandwidth_per_direction)
    return np.divide(half, scale_up_oversubscription)


def full_mesh_bisection_bandwidth(
    scale_up_domain: ArrayLike, chip_scale_up_bandwidth_per_direction: ArrayLike
) -> Array:
    """Bisection of a full mesh: each chip splits its bandwidth evenly among all others [1]_.

    Parameters
    ----------
    scale_up_domain : chips of the domain [1]
    chip_scale_up_bandwidth_per_direction : one package, one way [B/s]

    Returns
    -------
    scale_up_bisection_bandwidth : half to half, one way [B/s]

    Examples
    --------
    >>> float(full_mesh_bisection_bandwidth(8, 7 * 64e9))
    1024000000000.0
    """
    domain = np.asarray(scale_up_domain)
    pairs = np.floor(domain / 2) * np.ceil(domain / 2)
    # A chip alone has no others, and no pair to count them for.
    return pairs * np.divide(chip_scale_up_bandwidth_per_direction, np.maximum(domain - 1, 1))


def torus_bisection_bandwidth(
    scale_up_torus_x: ArrayLike,
    scale_up_torus_y: ArrayLike,
    chip_scale_up_bandwidth_per_direction: ArrayLike,
    scale_up_torus_z: ArrayLike = 1,
) -> Array:
    """Bisection of a torus: two planes of links cut across its longest side [1]_.

    A chip's bandwidth is split evenly among its neighbours, two on each side of a length over 1.

    Parameters
    ----------
    scale_up_torus_x : chips along the first side [1]
    scale_up_torus_y : chips along the second side [1]
    chip_scale_up_bandwidth_per_direction : one package, one way [B/s]
    scale_up_torus_z : chips along the third side; 1 where there is none [1]

    Returns
    -------
    scale_up_bisection_bandwidth : half to half, one way [B/s]

    Examples
    --------
    >>> float(torus_bisection_bandwidth(16, 20, 6 * 100e9, 28))
    64000000000000.0
    """
    x, y, z = np.asarray(scale_up_torus_x), np.asarray(scale_up_torus_y), np.asarray(scale_up_torus_z)
    neighbours = 2.0 * ((x > 1) * 1.0 + (y > 1) * 1.0 + (z > 1) * 1.0)
    plane = x * y * z / np.maximum(np.maximum(x, y), z)
    links = 2.0 * plane * (neighbours > 0)
    return links * np.divide(chip_scale_up_bandwidth_per_direction, np.maximum(neighbours, 1.0))


def switched_hops(scale_up_tiers: ArrayLike) -> Array:
    """Links on a path up and down through every tier of switches.

    Parameters
    ----------
    scale_up_tiers : tiers of switches [1]

    Returns
    -------
    scale_up_hops : links between the farthest two chips [1]
    """
    return np.multiply(2, scale_up_tiers)


def full_mesh_hops(scale_up_domain: ArrayLike) -> Array:
    """Links on a path of a full mesh: one, whatever its size.

    Parameters
    ----------
    scale_up_domain : chips of the domain [1]

    Returns
    -------
    scale_up_hops : links between any two chips [1]
    """
    return np.ones_like(scale_up_domain)


def torus_hops(scale_up_torus_x: ArrayLike, scale_up_torus_y: ArrayLike, scale_up_torus_z: ArrayLike = 1) -> Array:
    """Links between the farthest two chips of a torus: half of each side [1]_.

    Parameters
    ----------
    scale_up_torus_x : chips along the first side [1]
    scale_up_torus_y : chips along the second side [1]
    scale_up_torus_z : chips along the third side; 1 where there is none [1]

    Returns
    -------
    scale_up_hops : links between the farthest two chips [1]

    Examples
    --------
    >>> int(torus_hops(16, 20, 28))
    32
    """
    return (
        np.floor_divide(scale_up_torus_x, 2)
        + np.floor_divide(scale_up_torus_y, 2)
        + np.floor_divide(scale_up_torus_z, 2)
    )


def scale_up_energy_per_bit(scale_up_power: ArrayLike, scale_up_bandwidth_per_direction: ArrayLike) -> Array:
    """Energy of the scale-up network for each bit sent, at full load.

    Parameters
    ----------
    scale_up_power : switches and optics [W]
    scale_up_bandwidth_per_direction : what all packages send [B/s]

    Returns
    -------
    scale_up_energy_per_bit : energy for each bit [J/bit]
    """
    return np.divide(scale_up_power, np.multiply(_BITS_PER_BYTE, scale_up_bandwidth_per_direction))
