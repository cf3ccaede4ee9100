"""Time of fused attention kernels: prefill (context) and decode (generation).

Multi-head, grouped-query and multi-head latent attention differ only in how many key-value heads
are read and how wide they are, so one formula per phase serves them all. Latent attention [1]_
expands keys and values per head in prefill; in decode all heads read one latent vector per token.

References
----------
.. [1] DeepSeek-AI, "DeepSeek-V2", arXiv:2405.04434, 2024, section 2.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.gemm import soft_maximum
from calc.physics.types import FloatArray

__all__ = [
    "AttentionParameters",
    "decode_attention_time",
    "prefill_attention_time",
    "visible_keys",
]

# Rows of queries and of keys that one compute unit holds at a time.
QUERY_TILE = 128.0
KEY_TILE = 128.0
# Exponentials overlap with matrix products nearly perfectly.
SOFTMAX_ORDER = 4.0
# In decode the query heads that share a key-value head fill the rows of one matrix instruction.
DECODE_ROWS = 16.0
DECODE_ROWS_LIMIT = 64.0
# Tasks that one unit keeps in flight: while one waits for memory the others go on.
DECODE_RESIDENTS = 2.0
# Into how many parts a decode kernel may cut one long sequence.
DECODE_SPLITS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


@dataclass(frozen=True)
class AttentionParameters:
    """What a chip and its kernel library can do in one phase at one precision.

    Parameters
    ----------
    peak_flop_rate : float or array
        Dense peak rate of the matrix units at this precision. [FLOP/s]
    memory_bandwidth : float or array
        Peak bandwidth of the chip's memory. [B/s]
    compute_units : float or array
        Number of units that each hold one tile. [1]
    compute_efficiency : float or array
        Share of the peak rate that long sequences sustain. [1]
    memory_efficiency : float or array
        Share of the peak bandwidth that streaming the cache sustains. [1]
    launch_time : float or array
        Fixed time of the operation with no work, its helper kernels included. [s]
    step_latency : float or array
        Least time of one step over a tile of keys. [s]
    soft_maximum_order : float or array
        Order of the soft maximum of compute and memory time. [1]
    row_time : float or array
        Time for each query row and head outside the matrix units (rotary embedding, cache write,
        merging of partial results), spread over the compute units. [s]
    task_time : float or array
        Fixed time of one unit's task: in prefill a tile of queries of one head, in decode one
        key-value head of one sequence. [s]
    merge_time : float or array
        Time to merge the parts of a sequence that a decode has cut up. [s]
    softmax_rate : float or array
        Exponentials that the whole chip can take; narrow heads are bound by it. [1/s]
    """

    peak_flop_rate: Any
    memory_bandwidth: Any
    compute_units: Any
    compute_efficiency: Any
    memory_efficiency: Any
    launch_time: Any
    step_latency: Any
    soft_maximum_order: Any
    row_time: Any = 0.0
    task_time: Any = 0.0
    merge_time: Any = 0.0
    softmax_rate: Any = np.inf


def visible_keys(
    query_len: ArrayLike,
    context_len: ArrayLike = 0.0,
    window: ArrayLike = np.inf,
    causal: bool = True,
) -> FloatArray:
    """Query-key pairs of one sequence and head.

    Parameters
    ----------
    query_len : array_like
        New tokens. [1]
    context_len : array_like
        Tokens already in the cache. [1]
    window : array_like
        Longest look back, the token itself included; infinite without a sliding window. [1]
    causal : bool
        Whether a token sees only itself and those before it.

    Returns
    -------
    array
        Number of pairs. [1]

    Examples
    --------
    >>> float(visible_keys(4))
    10.0
    >>> float(visible_keys(4, window=2))
    7.0
    >>> float(visible_keys(4, causal=False))
    16.0
    """
    s, c = np.asarray(query_len, float), np.asarray(context_len, float)
    w = np.asarray(window, float)
    if not causal:
        return np.asarray(s * np.minimum(s + c, w))
    # Tokens 1..grow still see everything before them; the rest see a full window.
    grow = np.clip(w - c, 0.0, s)
    full = np.where(s > grow, (s - grow) * np.where(np.isfinite(w), w, 0.0), 0.0)
    return np.asarray(grow * c + grow * (grow + 1.0) / 2.0 + full)


def prefill_attention_time(
    batch: ArrayLike,
    query_len: ArrayLike,
    heads: ArrayLike,
    kv_heads: ArrayLike,
    head_size: ArrayLike,
    parameters: AttentionParameters,
    *,
    value_head_size: ArrayLike | None = None,
    context_len: ArrayLike = 0.0,
    window: ArrayLike = np.inf,
    causal: bool = True,
    element_size: ArrayLike = 2.0,
    kv_element_size: ArrayLike = 2.0,
) -> FloatArray:
    """Time of attention over new tokens.

    Parameters
    ----------
    batch : array_like
        Sequences. [1]
    query_len : array_like
        New tokens of each. [1]
    heads, kv_heads : array_like
        Query heads and key-value heads on this chip. [1]
    head_size : array_like
        Width of a query or key head. [1]
    parameters : AttentionParameters
        The chip, for prefill at this precision.
    value_head_size : array_like, optional
        Width of a value head; that of the keys unless given. [1]
    context_len : array_like
        Tokens already in the cache. [1]
    window : array_like
        Sliding window; infinite without one. [1]
    causal : bool
        Whether a token sees only itself and those before it.
    element_size : array_like
        Size of one element of queries and results. [B]
    kv_element_size : array_like
        Size of one element of the cache. [B]

    Returns
    -------
    array
        Time, launch included. [s]

    Notes
    -----
    Each tile of queries walks over the tiles of keys that it sees: the diagonal costs whole
    tiles. Compute (in waves of query tiles) and memory overlap as a soft maximum.

    References
    ----------
    .. [1] T. Dao, "FlashAttention-2: faster attention with better parallelism and work
       partitioning", ICLR 2024.

    Examples
    --------
    >>> h100 = AttentionParameters(989e12, 3.35e12, 132, 0.6, 0.8, 5e-6, 3e-7, 3)
    >>> long, short = prefill_attention_time(1, [16384, 8192], 64, 8, 128, h100)
    >>> bool(3.5 < long / short < 4.5)
    True
    """
    p = parameters
    b, s = np.asarray(batch, float), np.asarray(query_len, float)
    h, g, dk = np.asarray(heads, float), np.asarray(kv_heads, float), np.asarray(head_size, float)
    dv = dk if value_head_size is None else np.asarray(value_head_size, float)
    c, w = np.asarray(context_len, float), np.asarray(window, float)
    rows = np.minimum(QUERY_TILE, s)
    tiles = b * h * np.ceil(s / QUERY_TILE)
    # Half a tile of queries and half a tile of keys stick out beyond the diagonal.
    edge = (rows - 1.0) / 2.0 + (np.minimum(KEY_TILE, s + c) - 1.0) / 2.0 if causal else 0.0
    mean_keys = np.where(s > 0, visible_keys(s, c, w, causal) / np.maximum(s, 1.0), 0.0)
    mean_keys = np.minimum(mean_keys + edge, s + c)
    unit_rate = p.peak_flop_rate * p.compute_efficiency / p.compute_units
    steps = mean_keys / KEY_TILE
    tensor = 2.0 * QUERY_TILE * KEY_TILE * (dk + dv) / unit_rate
    exponentials = QUERY_TILE * KEY_TILE / (np.asarray(p.softmax_rate) / p.compute_units)
    step = np.maximum(soft_maximum(tensor, exponentials, SOFTMAX_ORDER), p.step_latency)
    waves = np.where(tiles > 0, np.maximum(tiles / p.compute_units, 1.0), 0.0)
    compute = waves * (p.task_time + steps * step)
    traffic = b * s * h * (dk + dv) * element_size
    traffic = traffic + b * (np.minimum(s + c, w + s)) * g * (dk + dv) * kv_element_size
    memory = traffic / (p.memory_efficiency * p.memory_bandwidth)
    time = soft_maximum(compute, memory, p.soft_maximum_order)
    return np.asarray(p.launch_time + time + b * s * (h + 2.0 * g) * p.row_time)


def decode_attention_time(
    batch: ArrayLike,
    kv_len: ArrayLike,
    heads: ArrayLike,
    kv_heads: ArrayLike,
    head_size: ArrayLike,
    parameters: AttentionParameters,
    *,
    value_head_size: ArrayLike | None = None,
    query_len: ArrayLike = 1.0,
    window: ArrayLike = np.inf,
    kv_element_size: ArrayLike = 2.0,
    shared_kv: bool = False,
) -> FloatArray:
    """Time of attention of one or a few new tokens over a long cache.

    Parameters
    ----------
    batch : array_like
        Sequences. [1]
    kv_len : array_like
        Tokens in the cache of each, the new ones included. [1]
    heads, kv_heads : array_like
        Query heads and key-value heads on this chip. [1]
    head_size : array_like
        Width of a query or key head. [1]
    parameters : AttentionParameters
        The chip, for decode at this precision.
    value_head_size : array_like, optional
        Width of a value head; that of the keys unless given. [1]
    query_len : array_like
        New tokens per sequence: more than one with speculative decoding. [1]
    window : array_like
        Sliding window; infinite without one. [1]
    kv_element_size : array_like
        Size of one element of the cache. [B]
    shared_kv : bool
        Values are part of the keys and are not read again (latent attention).

    Returns
    -------
    array
        Time, launch included. [s]

    Notes
    -----
    Query heads of one group share the reads of their key-value head. When sequences and heads do
    not fill the chip, the kernel cuts the sequence into parts and merges them afterwards; the
    cheapest cut counts.

    References
    ----------
    .. [1] T. Dao et al., "Flash-Decoding for long-context inference", 2023.

    Examples
    --------
    >>> h100 = AttentionParameters(989e12, 3.35e12, 132, 0.6, 0.8, 5e-6, 3e-7, 3)
    >>> a, b = decode_attention_time(64, [65536, 32768], 64, 8, 128, h100)
    >>> bool(1.9 < a / b < 2.1)
    True
    """
    p = parameters
    b, h, g = (np.asarray(v, float)[..., None] for v in (batch, heads, kv_heads))
    keys = np.minimum(np.asarray(kv_len, float), np.asarray(window, float))[..., None]
    dk = np.asarray(head_size, float)[..., None]
    dv = dk if value_head_size is None else np.asarray(value_head_size, float)[..., None]
    q = np.asarray(query_len, float)[..., None]
    size = np.asarray(kv_element_size, float)[..., None]
    rate, bandwidth, units, latency, order, task_time, merge_time = (
        np.asarray(v, float)[..., None]
        for v in (
            p.peak_flop_rate * np.asarray(p.compute_efficiency),
            p.memory_bandwidth * np.asarray(p.memory_efficiency),
            p.compute_units,
            p.step_latency,
            p.soft_maximum_order,
            p.task_time,
            p.merge_time,
        )
    )
    split = np.asarray(DECODE_SPLITS)
    group_rows = np.where(g > 0, h / np.maximum(g, 1e-9), 0.0) * q
    rows = np.ceil(group_rows / DECODE_ROWS) * DECODE_ROWS
    blocks = np.maximum(np.ceil(rows / DECODE_ROWS_LIMIT), 1.0)
    tasks = b * g * blocks * split
    waves = np.where(tasks > 0, np.maximum(tasks / units, 1.0), 0.0)
    residents = np.clip(tasks / units, 1.0, DECODE_RESIDENTS)
    steps = np.ceil(keys / split / KEY_TILE)
    tensor = 2.0 * (rows / blocks) * KEY_TILE * (dk + dv) / (rate / units)
    compute = waves * (task_time + steps * np.maximum(tensor, latency / residents))
    width = dk if shared_kv else dk + dv
    partial = np.where(split > 1, split * 2.0 * 4.0, 0.0)
    traffic = b * (keys * g * width * size + q * h * ((dk + dv) * 2.0 + dv * partial))
    memory = traffic / bandwidth
    time = soft_maximum(compute, memory, order) + np.where(split > 1, merge_time, 0.0)
    return np.asarray(np.asarray(p.launch_time) + time.min(axis=-1))
