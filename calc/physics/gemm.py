"""Time of dense and grouped matrix multiplications on one accelerator.

A kernel library picks, for every shape, the cheapest of a small menu of tiles and split-K factors.
The model does the same: each entry of the menu costs a launch plus a soft maximum of the time the
compute units need (in whole waves of tiles) and the time the memory needs.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.types import FloatArray, IntArray

__all__ = [
    "GemmParameters",
    "distinct",
    "gemm_time",
    "grouped_gemm_time",
    "quantise_activations_time",
    "soft_maximum",
]

# The menu: rows x columns of the output computed by one compute unit, and into how many parts the
# inner dimension is cut when there are too few tiles to fill the chip.
TILE_ROWS = (16, 32, 64, 128, 256)
TILE_COLUMNS = (32, 64, 128, 256)
SPLIT_FACTORS = (1, 2, 4, 8, 16)

# One step of the inner loop brings 128 bytes per row or column of the tile: a cache line.
K_STEP_SIZE = 128.0
# Steps of prologue and epilogue that nothing overlaps, in units of the k-step latency.
TILE_OVERHEAD_STEPS = 2.0
# How much of an incomplete last wave is lost: 1 for a static schedule, 0 for perfect balancing.
WAVE_LOSS = 0.45
# Partial sums of a split inner dimension, in single precision: written, read, added, written.
PARTIAL_SUM_SIZE = 16.0
# Adding the partial sums up is one more dependent phase, in units of the k-step latency.
SPLIT_OVERHEAD_STEPS = 32.0

_BLOCK = 4096


@dataclass(frozen=True)
class GemmParameters:
    """What a chip and its kernel library can do at one precision.

    Parameters
    ----------
    peak_flop_rate : float or array
        Dense peak rate of the matrix units at this precision. [FLOP/s]
    memory_bandwidth : float or array
        Peak bandwidth of the chip's memory. [B/s]
    compute_units : float or array
        Number of units (streaming multiprocessors, cores) that each hold one tile. [1]
    compute_efficiency : float or array
        Share of the peak rate that long runs of large tiles sustain. [1]
    memory_efficiency : float or array
        Share of the peak bandwidth that streaming reads sustain. [1]
    launch_time : float or array
        Fixed time of one kernel, start to end, with no work. [s]
    k_step_latency : float or array
        Least time of one step of the inner loop. [s]
    soft_maximum_order : float or array
        Order of the soft maximum of compute and memory time: large means perfect overlap. [1]
    operand_size : float or array
        Size of one element of either operand, block scales included. [B]
    output_size : float or array
        Size of one element of the result. [B]
    quantise_time : float or array
        Fixed time of the pass that quantises the activations; 0 if there is none. [s]
    quantise_efficiency : float or array
        Share of the peak bandwidth that the quantising pass sustains. [1]
    least_tile_rows : float or array
        Rows of the smallest tile that the kernels of this precision offer. [1]
    largest_split : float or array
        Largest number of parts into which they cut the inner dimension; 1 if they never do. [1]
    cache_size : float or array
        Last-level cache that keeps operands between launches; 0 if they are always cold. [B]
    cache_bandwidth : float or array
        Bandwidth at which that cache delivers. [B/s]
    """

    peak_flop_rate: Any
    memory_bandwidth: Any
    compute_units: Any
    compute_efficiency: Any
    memory_efficiency: Any
    launch_time: Any
    k_step_latency: Any
    soft_maximum_order: Any
    operand_size: Any = 2.0
    output_size: Any = 2.0
    quantise_time: Any = 0.0
    quantise_efficiency: Any = 1.0
    least_tile_rows: Any = 16.0
    largest_split: Any = 16.0
    cache_size: Any = 0.0
    cache_bandwidth: Any = np.inf


def soft_maximum(first: ArrayLike, second: ArrayLike, order: ArrayLike) -> FloatArray:
    """Smooth maximum of two times that overlap imperfectly.

    Parameters
    ----------
    first, second : array_like
        Times, zero or more. [s]
    order : array_like
        Order of the norm; 1 is the sum, infinity the maximum. [1]

    Returns
    -------
    array
        The soft maximum. [s]

    Examples
    --------
    >>> float(soft_maximum(3.0, 4.0, 2.0))
    5.0
    """
    a, b, p = np.asarray(first, float), np.asarray(second, float), np.asarray(order, float)
    large = np.maximum(a, b)
    small = np.minimum(a, b)
    # Nothing over nothing is nothing.
    ratio = small / np.maximum(large, np.finfo(float).tiny)
    return np.asarray(large * (1.0 + ratio**p) ** (1.0 / p))


def quantise_activations_time(m: ArrayLike, k: ArrayLike, parameters: GemmParameters) -> FloatArray:
    """Time of the pass that turns 16-bit activations into the operand's precision.

    Parameters
    ----------
    m, k : array_like
        Rows and columns of the activations. [1]
    parameters : GemmParameters
        The chip at this precision.

    Returns
    -------
    array
        Time; zero where ``quantise_time`` is zero. [s]

    Examples
    --------
    >>> h100 = GemmParameters(1979e12, 3.35e12, 132, 0.62, 0.9, 3e-6, 2e-7, 4, 1, 2, 8e-6, 0.5)
    >>> float(quantise_activations_time(0, 4096, h100))
    8e-06
    """
    p = parameters
    size = 2.0 * 2.0 + np.asarray(p.operand_size, float)
    traffic = np.asarray(m, float) * np.asarray(k, float) * size
    time = p.quantise_time + traffic / (np.asarray(p.quantise_efficiency, float) * p.memory_bandwidth)
    return np.where(np.asarray(p.quantise_time) > 0, time, 0.0)


@cache
def _menu() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Rows, columns and splits of every entry, one-dimensional."""
    rows, columns, splits = np.meshgrid(TILE_ROWS, TILE_COLUMNS, SPLIT_FACTORS, indexing="ij")
    return rows.ravel().astype(float), columns.ravel().astype(float), splits.ravel().astype(float)


def _tile_work(p: GemmParameters) -> Any:
    """Operations of one step of every tile of the menu."""
    rows, columns, _ = _menu()
    return 2.0 * rows * columns * (K_STEP_SIZE / p.operand_size)


def _needs(m: FloatArray, n: FloatArray, k: FloatArray, groups: FloatArray, p: GemmParameters) -> tuple[Any, ...]:
    """What every entry of the menu asks of a chip, however fast it is; every argument has a last axis of length one.

    Waves of tiles; steps of a tile, operations of a step and time of what nothing overlaps; bytes,
    and the share of them that the cache delivers; whether the kernels have the entry.
    """
    rows, columns, splits = _menu()
    tiles = groups * np.ceil(m / rows) * np.ceil(n / columns) * splits
    waves = tiles / p.compute_units
    waves = waves + WAVE_LOSS * (np.ceil(waves) - waves)
    # A wave is never shorter than one tile.
    waves = np.where(tiles > 0, np.maximum(waves, 1.0), 0.0)
    step = K_STEP_SIZE / p.operand_size
    steps = np.ceil(k / (splits * step))
    fixed = TILE_OVERHEAD_STEPS * p.k_step_latency
    fixed = fixed + np.where(splits > 1, SPLIT_OVERHEAD_STEPS * p.k_step_latency, 0.0)
    partial = np.where(splits > 1, splits * PARTIAL_SUM_SIZE, 0.0)
    traffic = groups * ((m * k + n * k) * p.operand_size + m * n * (p.output_size + partial))
    traffic = np.where(tiles > 0, traffic, 0.0)
    # Operands that fit stay in the cache; from twice its size on nothing survives.
    resident = groups * (m * k + n * k) * p.operand_size
    cached = np.where(p.cache_size > 0, np.clip(2.0 - resident / np.maximum(p.cache_size, 1.0), 0.0, 1.0), 0.0)
    offered = (p.least_tile_rows <= rows) & (p.largest_split >= splits)
    return waves, steps, _tile_work(p), fixed, traffic, cached, offered


def _kernel_time(m: FloatArray, n: FloatArray, k: FloatArray, groups: FloatArray, p: GemmParameters) -> FloatArray:
    """Cheapest entry of the menu; every argument has a last axis of length one."""
    waves, steps, work, fixed, traffic, cached, offered = _needs(m, n, k, groups, p)
    unit_rate = p.peak_flop_rate * p.compute_efficiency / p.compute_units
    compute = waves * (steps * np.maximum(work / unit_rate, p.k_step_latency) + fixed)
    memory = traffic * ((1.0 - cached) / (p.memory_efficiency * p.memory_bandwidth) + cached / p.cache_bandwidth)
    time = soft_maximum(compute, memory, p.soft_maximum_order)
    time = np.where(offered, time, np.inf)
    return np.asarray(np.asarray(p.launch_time)[..., 0] + time.min(axis=-1))


def _blocked(m: ArrayLike, n: ArrayLike, k: ArrayLike, groups: ArrayLike, parameters: GemmParameters) -> FloatArray:
    """Evaluate in blocks, so that the menu's axis stays in the cache."""
    names = [f.name for f in fields(parameters)]
    values = [np.asarray(v, float) for v in (m, n, k, groups)]
    values += [np.asarray(getattr(parameters, name), float) for name in names]
    shape = np.broadcast_shapes(*(v.shape for v in values))
    flat = [v.reshape(1) if v.ndim == 0 else np.broadcast_to(v, shape).ravel() for v in values]
    size = int(np.prod(shape))
    out = np.empty(size)
    for start in range(0, size, _BLOCK):
        part = [(v if v.size == 1 else v[start : start + _BLOCK])[:, None] for v in flat]
        chip = GemmParameters(**dict(zip(names, part[4:], strict=True)))
        out[start : start + _BLOCK] = _kernel_time(part[0], part[1], part[2], part[3], chip)
    return out.reshape(shape)


# Parameters that a scenario moves; of all others a kernel keeps one value over every scenario.
_MOVED = frozenset({"peak_flop_rate", "memory_bandwidth", "compute_efficiency", "memory_efficiency"})
# Shapes whose menus are thinned out at a time: each compares its entries in pairs.
_THINNED = 32


def _time(m: ArrayLike, n: ArrayLike, k: ArrayLike, groups: ArrayLike, parameters: GemmParameters) -> FloatArray:
    """Time of every product on every chip that the arguments broadcast to."""
    several = {f.name for f in fields(parameters) if np.ndim(getattr(parameters, f.name))}
    if not several or several - _MOVED:
        return _blocked(m, n, k, groups, parameters)
    p = parameters
    rate = np.asarray(p.peak_flop_rate * np.asarray(p.compute_efficiency, float), float)
    bandwidth = np.asarray(p.memory_efficiency * np.asarray(p.memory_bandwidth, float), float)
    shapes, shape_at = distinct(m, n, k, groups)
    if len(shapes[0]) == 1:
        # Finding equal chips takes as long as pricing one shape on all of them.
        whole = np.broadcast_arrays(rate, bandwidth)
        times = _over_chips(shapes, [one.reshape(-1) for one in whole], np.arange(whole[0].size), p)
        return np.broadcast_to(times.reshape(whole[0].shape), np.broadcast_shapes(whole[0].shape, shape_at.shape))
    chips, chip_at = distinct(rate, bandwidth)
    size = int(np.prod(np.broadcast_shapes(shape_at.shape, chip_at.shape)))
    count = len(chips[0])
    if len(shapes[0]) * count <= size:
        every = np.arange(len(shapes[0]) * count)
        return np.asarray(_over_chips(shapes, chips, every, p).reshape(-1, count)[shape_at, chip_at])
    pairs, place = np.unique(shape_at * count + chip_at, return_inverse=True)
    place = place.reshape(np.broadcast_shapes(shape_at.shape, chip_at.shape))
    return np.asarray(_over_chips(shapes, chips, pairs, p)[place])


# Elements from which on other ways than sorting each argument are quicker.
_SORTED = 4096


def _distinct_at_once(arrays: list[FloatArray]) -> tuple[list[FloatArray], IntArray] | None:
    """The same by sorting one weighted sum; None where combinations that differ have the same sum."""
    key: Any = 0.0
    for number, array in enumerate(arrays, 2):
        key = key + np.sqrt(number + 0.1) * array / max(np.abs(array).max(initial=0.0), 1e-300)
    own, place = _ranked(key)
    where = np.empty(len(own), np.int64)
    where[place.reshape(-1)] = np.arange(place.size)
    kept = [np.broadcast_to(array, place.shape).reshape(-1)[where] for array in arrays]
    told_apart = all((one[place] == array).all() for one, array in zip(kept, arrays, strict=True))
    return (kept, place) if told_apart else None


def _ranked(values: Any) -> tuple[Any, IntArray]:
    """Distinct values in ascending order, and the place of each element among them."""
    if values.size > _SORTED and values.min() >= 0 and values.max() <= 2 * values.size:
        number = values.astype(np.int64)
        if (number == values).all():
            # Counting small whole numbers takes a tenth of sorting them.
            there = np.zeros(int(number.max()) + 1, bool)
            there[number] = True
            return np.flatnonzero(there).astype(values.dtype), (np.cumsum(there) - 1)[number]
    own, place = np.unique(values, return_inverse=True)
    return own, place.reshape(values.shape)


def distinct(*values: ArrayLike) -> tuple[list[FloatArray], IntArray]:
    """Distinct combinations of arrays that broadcast against one another.

    Parameters
    ----------
    values : array_like
        Numbers of any kind. [1]

    Returns
    -------
    combinations, place : tuple of list and array of int
        The values of each combination, one array for each argument; and where among the
        combinations each element of the broadcast arguments stands. [1]

    Examples
    --------
    >>> (first, second), place = distinct([[2.0], [1.0]], [5.0, 5.0])
    >>> first.tolist(), second.tolist(), place.tolist()
    ([1.0, 2.0], [5.0, 5.0], [[1, 1], [0, 0]])
    """
    arrays = [np.asarray(value, float) for value in values]
    if sum(array.size > _SORTED for array in arrays) > 1:
        at_once = _distinct_at_once(arrays)
        if at_once:
            return at_once
    kept: list[FloatArray] = []
    place: Any = np.zeros((), np.int64)
    for array in arrays:
        own, at = _ranked(array)
        codes, place = _ranked(place * len(own) + at)
        before, last = np.divmod(codes, len(own))
        kept = [one[before] for one in kept] + [own[last]]
    return kept, place


def _over_chips(shapes: list[FloatArray], chips: list[FloatArray], pairs: IntArray, p: GemmParameters) -> FloatArray:
    """Times of pairs of a shape and a chip, numbered shape by shape.

    An entry of the menu that another beats in compute time on all of the chips and in bytes is the
    cheapest on none; the few that are left are priced for every pair.
    """
    out = np.empty(pairs.size)
    rate, bandwidth = chips
    unit_rate = rate / p.compute_units
    # Compute time is a straight line of the chip's slowness between the ends and the rates at which
    # a tile begins to wait for its latency: who is ahead at all of these is ahead on every chip.
    turns = np.unique(_tile_work(p)) / p.k_step_latency if p.k_step_latency > 0 else np.empty(0)
    turns = turns[(turns > unit_rate.min(initial=np.inf)) & (turns < unit_rate.max(initial=0.0))]
    rates = np.array([unit_rate.min(initial=np.inf), *turns, unit_rate.max(initial=0.0)])
    first = pairs // rate.size
    for start in range(0, len(shapes[0]), _THINNED):
        m, n, k, groups = (one[start : start + _THINNED, None] for one in shapes)
        entries, number, cached = _entries(m, n, k, groups, rates, p)
        begin, end = np.searchsorted(first, (start, start + _THINNED))
        for low in range(begin, end, _BLOCK):
            chosen = slice(low, min(low + _BLOCK, end))
            shape, chip = np.divmod(pairs[chosen], rate.size)
            shape = shape - start
            part, least = cached[shape], np.full(shape.size, np.inf)
            per_byte = (1.0 - part) / bandwidth[chip] + part / p.cache_bandwidth
            for place in range(int(number[shape].max(initial=0))):
                waves, steps, work, fixed, traffic = (one[shape, place] for one in entries)
                compute = waves * (steps * np.maximum(work / unit_rate[chip], p.k_step_latency) + fixed)
                least = np.minimum(least, soft_maximum(compute, traffic * per_byte, p.soft_maximum_order))
            out[chosen] = least
    return np.asarray(out + p.launch_time)


def _entries(
    m: FloatArray, n: FloatArray, k: FloatArray, groups: FloatArray, rates: FloatArray, p: GemmParameters
) -> tuple[list[FloatArray], IntArray, FloatArray]:
    """For each shape the entries of the menu that may be the cheapest, how many, and the share from the cache."""
    waves, steps, work, fixed, traffic, cached, offered = _needs(m, n, k, groups, p)
    whole = [np.broadcast_to(one, waves.shape) for one in (waves, steps, work, fixed, traffic)]
    count = np.broadcast_to(offered, waves.shape)
    compute = [waves * (steps * np.maximum(work / rate, p.k_step_latency) + fixed) for rate in rates]
    costs = np.where(count, np.stack([*compute, whole[4]]), np.inf)
    # Entry j (last axis) leaves entry i (the one before) no chip to be the cheapest on.
    no_better = (costs[:, :, :, None] >= costs[:, :, None, :]).all(axis=0)
    better = (costs[:, :, :, None] > costs[:, :, None, :]).any(axis=0)
    earlier = np.tri(waves.shape[-1], k=-1, dtype=bool)
    kept = count & ~(no_better & (better | earlier)).any(axis=-1)
    number = kept.sum(axis=-1)
    order = np.argsort(~kept, axis=-1, kind="stable")[:, : max(int(number.max(initial=1)), 1)]
    chosen = [np.take_along_axis(one, order, axis=-1) for one in whole]
    # Where a shape has fewer entries than another, its first fills up.
    spare = np.arange(order.shape[-1]) >= number[:, None]
    return [np.where(spare, one[:, :1], one) for one in chosen], number, cached[:, 0]


def gemm_time(
    m: ArrayLike,
    n: ArrayLike,
    k: ArrayLike,
    parameters: GemmParameters,
    *,
    quantise: bool = False,
) -> FloatArray:
    """Time of one matrix multiplication ``(m, k) x (k, n)``.

    Parameters
    ----------
    m : array_like
        Rows of the activations: tokens. [1]
    n : array_like
        Columns of the result. [1]
    k : array_like
        Inner dimension. [1]
    parameters : GemmParameters
        The chip at this precision.
    quantise : bool
        Include the pass that quantises the activations, as stand-alone kernel sweeps do; models
        that fuse it into the operation before leave it out.

    Returns
    -------
    array
        Time, launch included. [s]

    Notes
    -----
    For each tile and split of the menu, with ``w`` waves of tiles over the compute units,

    ``compute = w (steps max(tensor time, k-step latency) + overhead)``,
    ``memory = traffic / (memory efficiency x bandwidth)``,
    ``time = launch + soft_maximum(compute, memory)``,

    and the cheapest entry counts. The latency of a k-step hides behind the tensor time of a large
    tile; it is what small problems cost.

    References
    ----------
    .. [1] S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance
       model for multicore architectures", Commun. ACM 52 (4), 2009.
    .. [2] NVIDIA, "Matrix multiplication background user's guide", 2023 (tile and wave
       quantisation, split-K).

    Examples
    --------
    >>> h100 = GemmParameters(989e12, 3.35e12, 132, 0.82, 0.9, 2.5e-6, 2e-7, 4)
    >>> bool(2e-4 < gemm_time(4096, 4096, 4096, h100) * 1.4 < 4e-4)
    True
    """
    time = _time(m, n, k, 1.0, parameters)
    return np.asarray(time + quantise_activations_time(m, k, parameters)) if quantise else time


def grouped_gemm_time(
    m_per_group: ArrayLike,
    n: ArrayLike,
    k: ArrayLike,
    groups: ArrayLike,
    parameters: GemmParameters,
) -> FloatArray:
    """Time of one grouped matrix multiplication: one kernel for all experts of a chip.

    Parameters
    ----------
    m_per_group : array_like
        Mean rows (tokens) of each group that has any. [1]
    n : array_like
        Columns of each result. [1]
    k : array_like
        Inner dimension. [1]
    groups : array_like
        Number of groups (experts) with at least one row. [1]
    parameters : GemmParameters
        The chip at this precision.

    Returns
    -------
    array
        Time, one launch included. [s]

    Examples
    --------
    >>> h100 = GemmParameters(989e12, 3.35e12, 132, 0.82, 0.9, 2.5e-6, 2e-7, 4)
    >>> one = gemm_time(64, 4096, 4096, h100)
    >>> bool(np.isclose(grouped_gemm_time(64, 4096, 4096, 1, h100), one))
    True
    """
    return _time(m_per_group, n, k, groups, parameters)
