"""High-bandwidth memory of a system."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.types import Array

__all__ = ["hbm_bandwidth", "hbm_capacity", "hbm_read_time"]


def hbm_capacity(chips: ArrayLike, chip_hbm_capacity: ArrayLike) -> Array:
    """High-bandwidth memory of all chips.

    Parameters
    ----------
    chips : packages [1]
    chip_hbm_capacity : memory of one package [B]

    Returns
    -------
    hbm_capacity : memory of all [B]
    """
    return np.multiply(chips, chip_hbm_capacity)


def hbm_bandwidth(chips: ArrayLike, chip_hbm_bandwidth: ArrayLike) -> Array:
    """Peak memory bandwidth of all chips.

    Parameters
    ----------
    chips : packages [1]
    chip_hbm_bandwidth : peak of one package [B/s]

    Returns
    -------
    hbm_bandwidth : peak of all [B/s]
    """
    return np.multiply(chips, chip_hbm_bandwidth)


def hbm_read_time(chip_hbm_capacity: ArrayLike, chip_hbm_bandwidth: ArrayLike) -> Array:
    """Time to read all of a chip's memory once, at peak.

    Parameters
    ----------
    chip_hbm_capacity : memory of one package [B]
    chip_hbm_bandwidth : peak of one package [B/s]

    Returns
    -------
    hbm_read_time : time of one pass [s]
    """
    return np.divide(chip_hbm_capacity, chip_hbm_bandwidth)
