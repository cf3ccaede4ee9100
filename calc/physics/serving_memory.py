"""Memory of a serving replica: weights, working space and cache."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.experts import ACTIVATION_SIZE
from calc.physics.serving_chip import RESERVED_MEMORY, ServingChip, ServingMapping
from calc.physics.transformer import (
    Architecture,
    attention_matrices,
    held_tokens,
    kv_cache_bytes_per_token,
    layer_counts,
)
from calc.physics.types import FloatArray

__all__ = [
    "cache_tokens",
    "kv_bytes_per_token_and_chip",
    "memory_needed",
    "weight_bytes_per_chip",
    "working_bytes",
]


# Copies of the residual stream that are alive at once, and of the inner state.
LIVE_HIDDEN = 4.0
LIVE_INNER = 3.0
# Logits in 16 bits, in single precision, and the probabilities.
LOGIT_SIZE = 10.0


def weight_bytes_per_chip(
    a: Architecture, mapping: ServingMapping, chip: ServingChip, *, prediction: bool = False
) -> FloatArray:
    """Weights that one chip holds.

    Parameters
    ----------
    a : Architecture
        The network.
    mapping : ServingMapping
        The mapping.
    chip : ServingChip
        Sizes of the weights.
    prediction : bool
        Count the layers that draft further tokens.

    Returns
    -------
    array
        Size. [B]

    Notes
    -----
    Embedding and output table stay in 16 bits. Data-parallel attention holds attention, dense
    layers and shared experts on each group.

    Examples
    --------
    >>> from dataclasses import replace
    >>> llama = Architecture(80, 8192, 64, 8, 128, 28672, 128256)
    >>> one = ServingChip(*[None] * 6, weight_size=2.0)  # type: ignore[arg-type]
    >>> round(float(weight_bytes_per_chip(llama, ServingMapping(8), one)) / 1e9, 1)
    17.6
    """
    tensor = np.asarray(mapping.tensor, float)
    layers, sparse = layer_counts(a, prediction=prediction)
    attention: Any = 0.0
    for inner, outer, split in attention_matrices(a):
        attention = attention + inner * outer / np.where(split, tensor, 1.0)
    narrow = a.ffn_matrices * a.hidden
    dense = (layers - sparse) * narrow * a.ffn / tensor
    shared = sparse * narrow * a.shared_experts * a.expert_ffn / tensor
    routed = sparse * narrow * a.experts * a.expert_ffn / mapping.group
    router = sparse * a.hidden * a.experts * ACTIVATION_SIZE
    tables = (1 if a.tied_embeddings else 2) * a.vocabulary * a.hidden * ACTIVATION_SIZE / tensor
    blocks = layers * attention * chip.weight_size + (dense + shared) * chip.weight_size
    return np.asarray(
        (blocks + routed * chip.expert_weight_size + router + tables) / np.asarray(mapping.pipeline, float)
    )


def kv_bytes_per_token_and_chip(a: Architecture, mapping: ServingMapping, chip: ServingChip) -> FloatArray:
    """Cache of one token on each chip of the group that holds its sequence, where every layer keeps it.

    Parameters
    ----------
    a : Architecture
        The network.
    mapping : ServingMapping
        The mapping.
    chip : ServingChip
        Size of a cached element.

    Returns
    -------
    array
        Size. [B]

    Examples
    --------
    >>> llama = Architecture(80, 8192, 64, 8, 128, 28672, 128256)
    >>> one = ServingChip(*[None] * 6, kv_size=1.0)  # type: ignore[arg-type]
    >>> kv_bytes_per_token_and_chip(llama, ServingMapping(np.array([8, 16])), one).tolist()
    [20480.0, 20480.0]
    """
    whole = kv_cache_bytes_per_token(a, chip.kv_size, mapping.tensor)
    return np.asarray(whole / np.asarray(mapping.pipeline, float))


def working_bytes(
    a: Architecture,
    tokens: ArrayLike,
    sequences: ArrayLike,
    mapping: ServingMapping,
    *,
    collective: bool = True,
) -> FloatArray:
    """Activations and logits that one chip needs at the largest step.

    Parameters
    ----------
    a : Architecture
        The network.
    tokens : array_like
        Tokens of a step on each group of tensor-parallel chips. [1]
    sequences : array_like
        Sequences that get a token. [1]
    mapping : ServingMapping
        The mapping.
    collective : bool
        The experts' input is gathered from all groups, rather than sent to where it is needed.

    Returns
    -------
    array
        Size. [B]

    Examples
    --------
    >>> llama = Architecture(80, 8192, 64, 8, 128, 28672, 128256)
    >>> round(float(working_bytes(llama, 8192, 256, ServingMapping(1))) / 1e9, 2)
    2.27
    """
    t, tensor = np.asarray(tokens, float), np.asarray(mapping.tensor, float)
    inner = max(a.ffn, a.shared_experts * a.expert_ffn) / tensor
    size = t * (LIVE_HIDDEN * a.hidden + LIVE_INNER * inner) * ACTIVATION_SIZE
    if a.experts:
        data = np.asarray(mapping.data, float)
        everyone = t * data
        # Where tokens are gathered, buffers hold the case that every row comes to this chip.
        rows = everyone * a.experts_per_token / (1.0 if collective else mapping.expert)
        slices = mapping.group / np.asarray(mapping.expert, float)
        width = a.expert_ffn / slices
        wide = np.maximum(2.0 * width, a.hidden) * ACTIVATION_SIZE
        size = size + rows * (np.maximum(a.hidden, width) * 1.0 + wide)
        if collective:
            gathered = everyone * 2.0 * a.hidden * ACTIVATION_SIZE
            size = size + np.where(data > 1, gathered, 0.0)
    logits = np.asarray(sequences, float) * a.vocabulary / tensor * LOGIT_SIZE
    return np.asarray(size + logits)


def cache_tokens(
    capacity: ArrayLike,
    weights: ArrayLike,
    working: ArrayLike,
    reserved: ArrayLike,
    token_bytes: ArrayLike,
    fraction: ArrayLike,
) -> FloatArray:
    """Tokens that the cache of one chip holds.

    Parameters
    ----------
    capacity : array_like
        Memory of the chip. [B]
    weights, working, reserved : array_like
        Weights; activations of the largest step; what the runtime keeps. [B]
    token_bytes : array_like
        Cache of one token on one chip. [B]
    fraction : array_like
        Share of what is left that the engine gives to the cache. [1]

    Returns
    -------
    array
        Tokens; zero if the weights do not fit. [1]

    Examples
    --------
    >>> float(cache_tokens(80e9, 20e9, 5e9, 5e9, 1e5, 0.9))
    450000.0
    """
    left = np.asarray(capacity, float) - np.asarray(weights, float) - working - reserved
    return np.asarray(np.maximum(left * fraction / np.asarray(token_bytes, float), 0.0))


def memory_needed(
    a: Architecture,
    mapping: ServingMapping,
    chip: ServingChip,
    *,
    sequences: ArrayLike,
    context_len: ArrayLike,
    step_tokens: ArrayLike = 8192.0,
    reserved_memory: ArrayLike = RESERVED_MEMORY,
    collective: bool = True,
    prediction: bool = False,
) -> dict[str, FloatArray]:
    """Memory of one chip by its parts.

    Parameters
    ----------
    a : Architecture
        The network.
    mapping : ServingMapping
        The mapping.
    chip : ServingChip
        The chip.
    sequences : array_like
        Sequences of each group. [1]
    context_len : array_like
        Tokens of each. [1]
    step_tokens : array_like
        Tokens of the largest step of a group. [1]
    reserved_memory : array_like
        What the runtime and the communication library keep. [B]
    collective : bool
        See `working_bytes`.
    prediction : bool
        Count the layers that draft further tokens.

    Returns
    -------
    dict of str to array
        ``weights``, ``cache``, ``working`` and ``reserved``. [B]
    """
    cache = kv_bytes_per_token_and_chip(a, mapping, chip) * np.asarray(sequences, float)
    return {
        "weights": weight_bytes_per_chip(a, mapping, chip, prediction=prediction),
        "cache": np.asarray(cache * held_tokens(a, context_len)),
        "working": working_bytes(a, step_tokens, sequences, mapping, collective=collective),
        "reserved": np.asarray(reserved_memory, float),
    }
