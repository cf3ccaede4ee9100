"""Throughput, and the balance of arithmetic against bytes.

References
----------
.. [1] S. Williams, A. Waterman, D. Patterson, "Roofline: An Insightful Visual Performance Model
   for Multicore Architectures", Communications of the ACM 52(4), 2009.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.types import Array

__all__ = ["flop_per_hbm_byte", "flop_per_scale_out_byte", "flop_per_scale_up_byte", "flop_rate"]


def flop_rate(chips: ArrayLike, chip_flop_rate: ArrayLike) -> Array:
    """Peak arithmetic of a system.

    Parameters
    ----------
    chips : packages [1]
    chip_flop_rate : peak of one package [FLOP/s]

    Returns
    -------
    flop_rate : peak of all [FLOP/s]
    """
    return np.multiply(chips, chip_flop_rate)


def flop_per_hbm_byte(chip_flop_rate: ArrayLike, chip_hbm_bandwidth: ArrayLike) -> Array:
    """Ridge point of the memory roof [1]_.

    Parameters
    ----------
    chip_flop_rate : peak of one package [FLOP/s]
    chip_hbm_bandwidth : peak memory bandwidth of one package [B/s]

    Returns
    -------
    flop_per_hbm_byte : arithmetic per byte read at which both peaks bind [FLOP/B]
    """
    return np.divide(chip_flop_rate, chip_hbm_bandwidth)


def flop_per_scale_up_byte(chip_flop_rate: ArrayLike, chip_scale_up_bandwidth_per_direction: ArrayLike) -> Array:
    """Ridge point of the scale-up roof.

    Parameters
    ----------
    chip_flop_rate : peak of one package [FLOP/s]
    chip_scale_up_bandwidth_per_direction : what one package can send [B/s]

    Returns
    -------
    flop_per_scale_up_byte : arithmetic per byte sent at which both peaks bind [FLOP/B]
    """
    return np.divide(chip_flop_rate, chip_scale_up_bandwidth_per_direction)


def flop_per_scale_out_byte(chip_flop_rate: ArrayLike, chip_scale_out_bandwidth_per_direction: ArrayLike) -> Array:
    """Ridge point of the scale-out roof.

    Parameters
    ----------
    chip_flop_rate : peak of one package [FLOP/s]
    chip_scale_out_bandwidth_per_direction : a package's share of its node's links [B/s]

    Returns
    -------
    flop_per_scale_out_byte : arithmetic per byte sent at which both peaks bind [FLOP/B]
    """
    return np.divide(chip_flop_rate, chip_scale_out_bandwidth_per_direction)
