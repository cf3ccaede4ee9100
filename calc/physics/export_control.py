"""What export rules of the United States measure on a chip, and the lines they draw.

The rules count in units of their own: a rate in tera-operations a second times the bits of an operand, and
areas in square millimetres. Here a rate is in FLOP/s and an area in m^2, as everywhere; `total_processing_performance`
and `performance_density` give the rules' numbers. What is not known is NaN, and answers are three-valued.

References
----------
.. [1] Bureau of Industry and Security, "Implementation of Additional Export Controls: Certain Advanced Computing
   and Semiconductor Manufacturing Items", 87 FR 62186, 13 October 2022.
.. [2] Bureau of Industry and Security, "Implementation of Additional Export Controls: Certain Advanced Computing
   Items; Supercomputer and Semiconductor End Use; Updates and Corrections", 88 FR 73458, 25 October 2023;
   ECCN 3A090 in Supplement No. 1 to part 774, its technical notes and Note 2.
.. [3] Bureau of Industry and Security, rule on licence review of advanced computing commodities for China and
   Macau, 91 FR 1684, 15 January 2026.
.. [4] Presidential proclamation of January 2026 on tariffs for advanced computing chips, annex; its bands as
   transcribed in chip-export-controls, thresholdData.js.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calc.physics.types import Array

__all__ = [
    "BITS",
    "CASE_BY_CASE",
    "CLASSES",
    "CONTROLLED",
    "DENIAL",
    "DRAM_2026",
    "IO_2022",
    "LINES_2023",
    "NOT_APPLICABLE",
    "NOT_CONTROLLED",
    "TARIFF_BANDS",
    "TPP_2022",
    "TPP_2026",
    "UNDETERMINED",
    "area_that_reaches",
    "class_2023",
    "controlled_2022",
    "largest_share_below",
    "performance_density",
    "reaches",
    "review_2026",
    "tariff_band_2026",
    "total_processing_performance",
]

BITS = {
    "fp64": 64, "fp32": 32, "tf32": 32, "bf16": 16, "fp16": 16, "fp8": 8, "int8": 8, "fp6": 6, "fp4": 4, "int4": 4,
}  # fmt: skip
"""Bit length of each number format; of TF32 the 32 it is stored in, not the 19 that are multiplied."""

CLASSES = ("not 3A090", "3A090.b.2", "3A090.b.1", "3A090.a.2", "3A090.a.1")
"""What `class_2023` counts through, from the mildest to the strictest."""

LINES_2023 = (
    ("3A090.a.1", 4800.0, 0.0),
    ("3A090.a.2", 1600.0, 5.92),
    ("3A090.b.1", 2400.0, 1.6),
    ("3A090.b.2", 1600.0, 3.2),
)
"""Each paragraph with the total processing performance and the performance density that reach it together [2]_."""

UNDETERMINED = -1
"""What is not known decides."""
NOT_CONTROLLED, CONTROLLED = 0, 1
"""Answers of `controlled_2022`."""
NOT_APPLICABLE, CASE_BY_CASE, DENIAL = 0, 1, 2
"""Answers of `review_2026`."""

TPP_2022, IO_2022 = 4800.0, 600e9
"""What controls a chip together [1]_: bit TFLOP/s, and B/s of all inputs and outputs in both directions."""
TPP_2026, DRAM_2026 = 21000.0, 6500e9
"""What a chip has to stay below for a review case by case [3]_: bit TFLOP/s, and B/s of memory."""

TARIFF_BANDS = ((14000.0, 17500.0, 4500e9, 5000e9), (20800.0, 21100.0, 5800e9, 6200e9))
"""Bands of a tariff of 25 % [4]_: from and to in bit TFLOP/s, from and to in B/s of memory."""

# A figure that is on a line is not to fall below it in the last bit of a conversion.
_HAIR = 1.0 - 1e-12


def reaches(value: ArrayLike, line: ArrayLike) -> NDArray[np.bool_]:
    """Whether a figure is on a line or beyond it.

    Parameters
    ----------
    value : the figure, in the unit of the line [1]
    line : the line; a conversion's last bit below it still reaches it [1]

    Returns
    -------
    reached : false where the figure is not known [1]

    >>> bool(reaches(4800.0 * (1 - 1e-15), 4800.0)), bool(reaches(4799.9, 4800.0)), bool(reaches(np.nan, 4800.0))
    (True, False, False)
    """
    reached: NDArray[np.bool_] = np.greater_equal(value, np.multiply(line, _HAIR))
    return reached


def total_processing_performance(flop_rate: ArrayLike, bits: ArrayLike) -> Array:
    """Total processing performance: the largest product of rate and bit length.

    Twice the multiply-accumulates a second times the bits of an operand, summed over all processing units of the
    package [2]_; a multiply-accumulate is two operations, so that a data sheet's rate counts them already. Rates are
    those on dense matrices.

    Parameters
    ----------
    flop_rate : dense rate of each number format, along the last axis; NaN where there is none [FLOP/s]
    bits : bit length of each of them [bit]

    Returns
    -------
    tpp : NaN where no format has a rate [bit TFLOP/s]

    >>> float(total_processing_performance([300e12, 600e12], [16, 8]))
    4800.0
    """
    each = np.multiply(np.divide(flop_rate, 1e12), bits)
    known = ~np.isnan(each)
    largest = np.max(np.where(known, each, -np.inf), axis=-1)
    return np.where(known.any(axis=-1), largest, np.nan)


def performance_density(tpp: ArrayLike, die_area: ArrayLike) -> Array:
    """Performance density: total processing performance over the area that made it [2]_.

    Parameters
    ----------
    tpp : total processing performance [bit TFLOP/s]
    die_area : applicable die area: all logic dies made with non-planar transistors; NaN where not known [m^2]

    Returns
    -------
    density : NaN where the area is not known [bit TFLOP/s/mm^2]

    >>> round(float(performance_density(15832, 814e-6)), 2)
    19.45
    """
    return np.divide(tpp, np.multiply(die_area, 1e6))


def class_2023(tpp: ArrayLike, density: ArrayLike, datacentre: ArrayLike = True) -> NDArray[np.int_]:
    """Paragraph of 3A090 that a chip falls under since November 2023.

    Parameters
    ----------
    tpp : total processing performance [bit TFLOP/s]
    density : performance density; NaN where not known [bit TFLOP/s/mm^2]
    datacentre : whether it is designed or marketed for data centres; if not, only 3A090.a.1 is left, by Note 2 [1]

    Returns
    -------
    place : in `CLASSES`, or `UNDETERMINED` where the density decides and is not known [1]

    >>> CLASSES[int(class_2023(2368, 2.91))], CLASSES[int(class_2023(2832, 6.73))], int(class_2023(2832, np.nan))
    ('not 3A090', '3A090.a.2', -1)
    """
    tpp, density, datacentre = np.broadcast_arrays(tpp, density, datacentre)
    found = np.zeros(tpp.shape, dtype=int)
    for name, least, dense in reversed(LINES_2023):
        found = np.where(reaches(tpp, least) & reaches(density, dense), CLASSES.index(name), found)
    found = np.where(np.isnan(density) & reaches(tpp, 1600.0), UNDETERMINED, found)
    found = np.where(~datacentre, 0, found)
    found = np.where(reaches(tpp, 4800.0), CLASSES.index("3A090.a.1"), found)
    return np.where(np.isnan(tpp), UNDETERMINED, found)


def controlled_2022(tpp: ArrayLike, io_bandwidth: ArrayLike) -> NDArray[np.int_]:
    """Whether a chip fell under 3A090 from October 2022 to November 2023 [1]_.

    Parameters
    ----------
    tpp : total processing performance [bit TFLOP/s]
    io_bandwidth : of all inputs and outputs but those to memory, both directions; NaN where not known [B/s]

    Returns
    -------
    answer : `CONTROLLED`, `NOT_CONTROLLED`, or `UNDETERMINED` where the one known figure does not decide [1]

    >>> [int(controlled_2022(4992, io)) for io in (600e9, 400e9, np.nan)], int(controlled_2022(2368, np.nan))
    ([1, 0, -1], 0)
    """
    fast, wide = reaches(tpp, TPP_2022), reaches(io_bandwidth, IO_2022)
    slow, narrow = ~fast & ~np.isnan(tpp), ~wide & ~np.isnan(io_bandwidth)
    return np.where(fast & wide, CONTROLLED, np.where(slow | narrow, NOT_CONTROLLED, UNDETERMINED))


def review_2026(place: ArrayLike, tpp: ArrayLike, dram_bandwidth: ArrayLike) -> NDArray[np.int_]:
    """How a licence for China or Macau is reviewed since January 2026 [3]_.

    Parameters
    ----------
    place : paragraph of 3A090, in `CLASSES` or `UNDETERMINED`; the rule is for 3A090.a [1]
    tpp : total processing performance [bit TFLOP/s]
    dram_bandwidth : of all memory; NaN where not known [B/s]

    Returns
    -------
    answer : `NOT_APPLICABLE`, `CASE_BY_CASE`, `DENIAL`, or `UNDETERMINED` [1]

    >>> [int(review_2026(4, tpp, bandwidth)) for tpp, bandwidth in ((15832, 4.8e12), (15832, 6.5e12), (21000, 4e12))]
    [1, 2, 2]
    """
    place = np.asarray(place)
    strong, wide = reaches(tpp, TPP_2026), reaches(dram_bandwidth, DRAM_2026)
    unknown = np.isnan(tpp) | np.isnan(dram_bandwidth)
    within = np.where(strong | wide, DENIAL, np.where(unknown, UNDETERMINED, CASE_BY_CASE))
    applies = place >= CLASSES.index("3A090.a.2")
    return np.where(place == UNDETERMINED, UNDETERMINED, np.where(applies, within, NOT_APPLICABLE))


def tariff_band_2026(tpp: ArrayLike, dram_bandwidth: ArrayLike) -> NDArray[np.int_]:
    """Which band of the tariff of January 2026 a chip falls into [4]_.

    Parameters
    ----------
    tpp : total processing performance [bit TFLOP/s]
    dram_bandwidth : of all memory; NaN where not known [B/s]

    Returns
    -------
    band : counted from 1 in `TARIFF_BANDS`, its ends included; 0 where it is in none, or its memory is not known [1]

    >>> [int(tariff_band_2026(tpp, dram)) for tpp, dram in ((15832, 4.8e12), (20919, 6e12), (20919, 5.3e12))]
    [1, 2, 0]
    """
    found = np.zeros(np.broadcast_shapes(np.shape(tpp), np.shape(dram_bandwidth)), dtype=int)
    for band, (low, high, narrow, wide) in enumerate(TARIFF_BANDS, 1):
        within = (
            reaches(tpp, low) & reaches(high, tpp) & reaches(dram_bandwidth, narrow) & reaches(wide, dram_bandwidth)
        )
        found = np.where(within, band, found)
    return found


def area_that_reaches(tpp: ArrayLike, density: ArrayLike) -> Array:
    """The largest die area at which a chip reaches a performance density.

    Parameters
    ----------
    tpp : total processing performance [bit TFLOP/s]
    density : performance density to reach [bit TFLOP/s/mm^2]

    Returns
    -------
    die_area : this or less reaches it [m^2]

    >>> round(float(area_that_reaches(2368, 3.2)) * 1e6)
    740
    """
    return np.divide(tpp, density) * 1e-6


def largest_share_below(tpp: ArrayLike, density: ArrayLike, tpp_line: ArrayLike, density_line: ArrayLike) -> Array:
    """The share of its rate at which a chip of the same dies comes to a line; any smaller one stays below.

    A line is crossed where both figures reach it, and both go by the rate. So the larger of the two shares counts.

    Parameters
    ----------
    tpp : total processing performance at the full rate [bit TFLOP/s]
    density : performance density at the full rate; NaN where not known [bit TFLOP/s/mm^2]
    tpp_line : total processing performance of the line [bit TFLOP/s]
    density_line : performance density of the line; 0 where it has none [bit TFLOP/s/mm^2]

    Returns
    -------
    share : above 1 where the chip is below the line as it is; by `tpp_line` alone where the density is not known [1]

    >>> round(float(largest_share_below(15832, 19.45, 2400, 1.6)), 4)
    0.1516
    """
    return np.fmax(np.divide(tpp_line, tpp), np.divide(density_line, density))
