"""Offline maximum of an engine: a finite list of equal requests, served as fast as it can.

The limits follow the public code of TensorRT-LLM 1.0: what its benchmark chooses for the largest
batch and the most tokens of a step, admission that reserves input and output, graphs padded to a
list of sizes, and prompts that wait for room in a step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.serving import MEMORY, PhaseResult, infeasible_reason
from calc.physics.serving_chip import RESERVED_MEMORY, EngineParameters, Options, ServingChip, ServingMapping, Work
from calc.physics.serving_memory import (
    cache_tokens,
    kv_bytes_per_token_and_chip,
    memory_needed,
    weight_bytes_per_chip,
    working_bytes,
)
from calc.physics.serving_step import step_time
from calc.physics.transformer import Architecture
from calc.physics.types import BoolArray, FloatArray

__all__ = [
    "EngineRules",
    "OfflineResult",
    "chosen_limits",
    "offline",
    "offline_maximum",
    "padded_batch",
]


# Points over the uncertainty of the cache's size, and over the filling of the first batch.
CAPACITY_POINTS = 5
FILL_POINTS = 16


@dataclass(frozen=True)
class EngineRules:
    """Limits that an engine sets by itself or is given.

    Parameters
    ----------
    kv_fraction : float
        Share of the memory left that the cache gets. [1]
    reserved_memory : float
        Memory that the runtime and communication library keep. [B]
    block : float
        Tokens of a cache block: reservations are rounded up to it. [1]
    graph_sizes : tuple of float
        Batch sizes with a captured graph; larger batches start kernel by kernel. [1]
    weight_estimate : float
        Size that the benchmark assumes for the weights over their true size: it counts packed
        4-bit weights as stored, half a byte each. [1]
    capacity_spread : float
        Half-width of the relative uncertainty of the cache's size: the result is the mean over
        it, since waves make the run's time jump with the size of the batch. [1]
    largest_batch, largest_tokens : float or None
        Sequences and tokens of a step on one group; those that the benchmark of TensorRT-LLM
        would choose unless given. [1]
    """

    kv_fraction: Any = 0.95
    reserved_memory: Any = RESERVED_MEMORY
    block: float = 32.0
    graph_sizes: tuple[float, ...] = (
        1,
        2,
        4,
        8,
        16,
        32,
        64,
        128,
        256,
        384,
        512,
        1024,
        2048,
        4096,
        8192,
    )
    weight_estimate: Any = 1.0
    capacity_spread: float = 0.04
    largest_batch: Any = None
    largest_tokens: Any = None


def chosen_limits(
    cached_requests: ArrayLike, input_len: ArrayLike, output_len: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Largest batch and most tokens of a step as TensorRT-LLM's benchmark chooses them.

    Parameters
    ----------
    cached_requests : array_like
        Requests of full length that the cache holds by the benchmark's estimate. [1]
    input_len, output_len : array_like
        Tokens of each request. [1]

    Returns
    -------
    tuple of array
        Sequences and tokens of a step. [1]

    References
    ----------
    .. [1] NVIDIA, TensorRT-LLM 1.0, ``tensorrt_llm/bench/build/tuning.py`` and
       ``tensorrt_llm/bench/benchmark/utils/general.py``, 2025.

    Examples
    --------
    >>> [float(v) for v in chosen_limits(700.0, 1000.0, 1000.0)]
    [768.0, 2048.0]
    """
    i, o = np.asarray(input_len, float), np.asarray(output_len, float)
    batch = np.minimum(np.asarray(cached_requests, float), 4096.0)
    tokens = np.minimum(batch * (1.0 + i / o), 32768.0)
    batch = np.where(
        batch < 256,
        np.maximum(64.0, 32.0 * np.ceil(batch / 32.0)),
        np.where(batch < 1024, 128.0 * np.ceil(batch / 128.0), 256.0 * np.ceil(batch / 256.0)),
    )
    step = np.where(tokens < 4096, 256.0, np.where(tokens < 8192, 512.0, 1024.0))
    tokens = np.maximum(step * np.ceil(tokens / step), 2048.0)
    # Prompts are not cut into chunks: a step must hold a whole one.
    return np.asarray(batch), np.asarray(np.maximum(tokens, i + batch))


def padded_batch(batch: ArrayLike, sizes: tuple[float, ...], largest: ArrayLike) -> tuple[FloatArray, BoolArray]:
    """Batch of the graph that a decode step runs in.

    Parameters
    ----------
    batch : array_like
        Sequences. [1]
    sizes : tuple of float
        Batch sizes with a graph, rising. [1]
    largest : array_like
        The engine's largest batch, which gets a graph too if a larger size is listed. [1]

    Returns
    -------
    tuple of array
        Padded batch [1], and whether there is a graph.

    Examples
    --------
    >>> batch, graph = padded_batch([300.0, 700.0, 900.0], (256.0, 512.0, 1024.0), 800.0)
    >>> batch.tolist(), graph.tolist()
    ([512.0, 800.0, 900.0], [True, True, False])
    """
    b = np.asarray(batch, float)
    table = np.asarray(sizes, float)
    index = np.searchsorted(table, b)
    listed = table[np.minimum(index, table.size - 1)]
    room = np.minimum(listed, np.asarray(largest, float))
    graph = (index < table.size) & (b <= room)
    return np.where(graph, room, b), graph


@dataclass(frozen=True)
class OfflineResult:
    """What an offline run reaches and why.

    Parameters
    ----------
    token_rate_per_chip : array
        Output tokens per second and chip. [1/s]
    batch : array
        Sequences in flight on each group of tensor-parallel chips. [1]
    largest_batch, largest_tokens : array
        The engine's limits. [1]
    cached_sequences : array
        Sequences for which the cache has room. [1]
    waves : array
        How often a batch is filled. [1]
    decode_step_time, mixed_step_time : array
        A step without and with prompts. [s]
    decode_steps, mixed_steps : array
        Number of either. [1]
    total_time : array
        The run. [s]
    feasible : array of bool
        The weights and one request fit.
    """

    token_rate_per_chip: FloatArray
    batch: FloatArray
    largest_batch: FloatArray
    largest_tokens: FloatArray
    cached_sequences: FloatArray
    waves: FloatArray
    decode_step_time: FloatArray
    mixed_step_time: FloatArray
    decode_steps: FloatArray
    mixed_steps: FloatArray
    total_time: FloatArray
    feasible: BoolArray


def offline_maximum(
    a: Architecture,
    mapping: ServingMapping,
    chip: ServingChip,
    engine: EngineParameters | None = None,
    *,
    input_len: ArrayLike,
    output_len: ArrayLike,
    requests: ArrayLike,
    rules: EngineRules | None = None,
    options: Options | None = None,
) -> OfflineResult:
    """Rate at which an engine works through a list of equal requests.

    Parameters
    ----------
    a : Architecture
        The network.
    mapping : ServingMapping
        The mapping.
    chip : ServingChip
        The chip.
    engine : EngineParameters, optional
        The engine's constants; neutral unless given.
    input_len, output_len : array_like
        Tokens of each request. [1]
    requests : array_like
        Requests, spread evenly over the data-parallel groups. [1]
    rules : EngineRules, optional
        The engine's limits; those of TensorRT-LLM 1.0 unless given.
    options : Options, optional
        Exchange of the experts and imbalance.

    Returns
    -------
    OfflineResult
        The rate and its parts.

    Notes
    -----
    All requests are equal, so those admitted together end together and the next ones take their
    places: every slot of the batch serves one request after another, each ``output_len`` steps
    long. Of these steps some also carry prompts, as many as a step has room for; they are not
    captured in a graph. The last wave holds what is left over, and filling the first one and
    draining the last takes as many steps as it takes to admit a batch.

    References
    ----------
    .. [1] NVIDIA, "TensorRT-LLM 1.0 performance overview", 2025.
    """
    engine, rules = engine or EngineParameters(), rules or EngineRules()
    options = options or Options()
    i, o = np.asarray(input_len, float), np.asarray(output_len, float)
    data = np.asarray(mapping.data, float)
    each = np.asarray(requests, float) / data
    collective = options.exchange == "collective"
    weights = weight_bytes_per_chip(a, mapping, chip)
    per_token = kv_bytes_per_token_and_chip(a, mapping, chip)

    # The benchmark's own estimate: all memory less all weights, whatever the attention does.
    chips = mapping.chips
    if rules.largest_batch is None or rules.largest_tokens is None:
        plain = replace(mapping, tensor=mapping.group, data=1)
        estimate = chip.memory_capacity - rules.weight_estimate * weight_bytes_per_chip(a, plain, chip)
        heads = np.maximum(a.kv_heads, chips)
        one = 2.0 * a.layers * heads * a.head_size * chip.kv_size
        cached = np.maximum(estimate * chips * rules.kv_fraction / (one * (i + o)), 0.0)
        batch_limit, token_limit = chosen_limits(cached, i, o)
    if rules.largest_batch is not None:
        batch_limit = np.asarray(rules.largest_batch, float)
    if rules.largest_tokens is not None:
        token_limit = np.asarray(rules.largest_tokens, float)

    working = working_bytes(a, token_limit, batch_limit, mapping, collective=collective)
    room = cache_tokens(chip.memory_capacity, weights, working, rules.reserved_memory, per_token, rules.kv_fraction)
    # Unless it is told otherwise, this engine keeps what layers with a window have passed by.
    one_sequence = np.ceil((i + o) / rules.block) * rules.block
    cached_sequences = np.floor(room / one_sequence)
    feasible = cached_sequences >= 1.0
    # The last axis holds the sizes of the cache over which the result is averaged.
    spread = 1.0 + rules.capacity_spread * np.linspace(-1.0, 1.0, CAPACITY_POINTS)
    i, o, each, limit_b, limit_t = (np.asarray(v, float)[..., None] for v in (i, o, each, batch_limit, token_limit))
    wide = ServingMapping(
        *(
            np.asarray(v)[..., None]
            for v in (
                mapping.tensor,
                mapping.data,
                mapping.expert,
                mapping.pipeline,
            )
        )
    )
    room_for = np.floor((room / one_sequence)[..., None] * spread)
    slots = np.maximum(np.minimum(np.minimum(limit_b, room_for), each), 1.0)
    # Prompts per step while the batch fills up; those who end together are replaced together.
    filled = slots[..., None] * (np.arange(FILL_POINTS) + 0.5) / FILL_POINTS
    per_step = np.maximum(np.floor((limit_t[..., None] - filled) / i[..., None]), 1.0)
    prompts = np.minimum(1.0 / np.mean(1.0 / per_step, axis=-1), slots)
    batch = np.minimum(slots, prompts * o)
    waves = np.floor(each / batch)
    rest = each - waves * batch
    kv = i + 0.5 * o

    def decode(sequences: FloatArray) -> FloatArray:
        padded, graph = padded_batch(sequences, rules.graph_sizes, limit_b)
        step = replace(options, graph=graph, padded_tokens=padded)
        return step_time(a, Work(sequences, kv), wide, chip, engine, step).total

    def mixed(sequences: FloatArray) -> FloatArray:
        decoding = np.maximum(sequences - prompts, 0.0)
        work = Work(decoding, kv, prompts=prompts, prompt_len=i)
        step = replace(options, graph=False, padded_tokens=None)
        return step_time(a, work, wide, chip, engine, step).total

    full_decode, full_mixed = decode(batch), mixed(batch)
    admissions = each / prompts
    # The first batch fills an empty engine, the others take the places of those that end.
    first = np.minimum(batch / prompts, np.minimum(o, admissions))
    later = np.maximum(admissions - first, 0.0)
    in_full = np.minimum(waves * batch / each, 1.0)
    full_steps = np.where(waves >= 1.0, np.maximum(waves * o - in_full * later, 0.0), 0.0)
    last_steps = np.where(rest >= 1.0, np.maximum(o - (1.0 - in_full) * later, 0.0), 0.0)
    draining = 0.5 * np.where((rest >= 1.0) & (waves < 1.0), rest, batch)
    total = (
        first * mixed(0.5 * batch)
        + later * full_mixed
        + full_steps * full_decode
        + last_steps * decode(np.maximum(rest, 1.0))
        + first * decode(np.maximum(draining, 1.0))
    )
    steps = full_steps + last_steps + first
    total, batch, steps, admissions, full_decode, full_mixed = (
        np.mean(v * np.ones_like(total), axis=-1) for v in (total, batch, steps, admissions, full_decode, full_mixed)
    )
    each, o = each[..., 0], o[..., 0]
    rate = each * data * o / total / chips
    shape = np.ones_like(rate)
    return OfflineResult(
        np.where(feasible, rate, np.nan),
        batch * shape,
        batch_limit * shape,
        token_limit * shape,
        cached_sequences * shape,
        (each / batch) * shape,
        full_decode * shape,
        full_mixed * shape,
        steps * shape,
        admissions * shape,
        np.where(feasible, total, np.nan),
        feasible & (shape > 0),
    )


def offline(
    a: Architecture,
    mapping: ServingMapping,
    chip: ServingChip,
    engine: EngineParameters | None = None,
    *,
    input_len: float,
    output_len: float,
    requests: float,
    rules: EngineRules | None = None,
    options: Options | None = None,
) -> tuple[FloatArray, PhaseResult]:
    """An offline run as a phase of serving.

    Parameters
    ----------
    a : Architecture
        The network.
    mapping : ServingMapping
        The mapping.
    chip : ServingChip
        The chip.
    engine : EngineParameters, optional
        The engine's constants; neutral unless given.
    input_len, output_len : float
        Tokens of each request. [1]
    requests : float
        Requests, spread evenly over the data-parallel groups. [1]
    rules : EngineRules, optional
        The engine's limits; those of TensorRT-LLM 1.0 unless given.
    options : Options, optional
        Exchange of the experts and imbalance.

    Returns
    -------
    batch : array
        Sequences in flight on each group. [1]
    run : PhaseResult
        Output tokens per second and chip [1/s]; time of a full step without prompts [s], its parts, and
        memory with room for the longest of every sequence [B].
    """
    rules = rules or EngineRules()
    options = options or Options()
    found = offline_maximum(
        a, mapping, chip, engine, input_len=input_len, output_len=output_len, requests=requests, rules=rules,
        options=options,
    )  # fmt: skip
    batch, longest = np.atleast_1d(found.batch), input_len + output_len
    step = step_time(a, Work(batch, input_len + 0.5 * output_len), mapping, chip, engine, options)
    memory = memory_needed(
        a, mapping, chip, sequences=batch, context_len=longest, step_tokens=found.largest_tokens,
        reserved_memory=rules.reserved_memory, collective=options.exchange == "collective", prediction=False,
    )  # fmt: skip
    ways = infeasible_reason(a, mapping, memory, np.inf, batch, longest)
    reason = np.where((ways == 0) & ~np.atleast_1d(found.feasible), MEMORY, ways)

    def known(values: FloatArray) -> FloatArray:
        return np.where(reason == 0, np.atleast_1d(values), np.nan)

    return batch, PhaseResult(known(found.token_rate_per_chip), known(found.decode_step_time), step, memory, reason)
