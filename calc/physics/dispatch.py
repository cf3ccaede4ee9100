"""Time of mixture-of-experts dispatch and combine: the all-to-all around the routed experts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.gemm import soft_maximum
from calc.physics.types import FloatArray

__all__ = [
    "DispatchParameters",
    "dispatch_time",
    "distinct_destinations",
]


@dataclass(frozen=True)
class DispatchParameters:
    """What mixture-of-experts dispatch and combine cost on one fabric.

    Parameters
    ----------
    link_bandwidth : float or array
        Bandwidth of one rank's links, per direction. [B/s]
    base_time : float or array
        Fixed time. [s]
    bandwidth_share : float or array
        Share of the links that long transfers sustain. [1]
    row_time : float or array
        Time of each row sent, whatever its width. [s]
    expert_time : float or array
        Time of each expert on a rank. [s]
    doubling_time : float or array
        Time that each doubling of the ranks beyond ``reference_ranks`` adds. [s]
    order : float or array
        Order of the soft maximum of fixed and moving time. [1]
    sm_bandwidth : float or array
        Bandwidth that each compute unit lent to communication can move; infinite if none are
        needed. [B/s]
    reference_ranks : float or array
        Ranks for which ``base_time`` was measured. [1]
    """

    link_bandwidth: Any
    base_time: Any
    bandwidth_share: Any
    row_time: Any = 0.0
    expert_time: Any = 0.0
    doubling_time: Any = 0.0
    order: Any = 1.0
    sm_bandwidth: Any = np.inf
    reference_ranks: Any = 8.0


def distinct_destinations(topk: ArrayLike, ranks: ArrayLike) -> FloatArray:
    """Mean number of ranks that a token visits when its experts are spread evenly.

    Parameters
    ----------
    topk : array_like
        Routed experts per token. [1]
    ranks : array_like
        Ranks over which the experts are spread. [1]

    Returns
    -------
    array
        Distinct ranks. [1]

    Examples
    --------
    >>> float(distinct_destinations(1, 8))
    1.0
    >>> round(float(distinct_destinations(8, 8)), 2)
    5.25
    """
    n = np.maximum(np.asarray(ranks, float), 1.0)
    return np.asarray(n * (1.0 - (1.0 - 1.0 / n) ** np.asarray(topk, float)))


def dispatch_time(
    tokens: ArrayLike,
    hidden: ArrayLike,
    topk: ArrayLike,
    ranks: ArrayLike,
    experts: ArrayLike,
    parameters: DispatchParameters,
    *,
    element_size: ArrayLike = 1.0,
    deduplicate: bool = False,
    compute_units: ArrayLike = np.inf,
) -> FloatArray:
    """Time to send tokens to their experts (dispatch) or to bring results back (combine).

    Parameters
    ----------
    tokens : array_like
        Tokens of each rank. [1]
    hidden : array_like
        Width of a token. [1]
    topk : array_like
        Routed experts per token. [1]
    ranks : array_like
        Ranks over which the experts are spread. [1]
    experts : array_like
        Experts in all. [1]
    parameters : DispatchParameters
        The fabric, for this direction and mode.
    element_size : array_like
        Size of one element on the wire, scales included. [B]
    deduplicate : bool
        A token is sent once to each rank (throughput mode), not once to each expert (low-latency
        mode).
    compute_units : array_like
        Compute units lent to communication. [1]

    Returns
    -------
    array
        Time. [s]

    Notes
    -----
    Low-latency kernels write a row per expert; throughput kernels one per distinct rank.

    References
    ----------
    .. [1] DeepSeek-AI, "DeepEP: an efficient expert-parallel communication library", 2025.
    .. [2] P. Zuo et al., "Serving large language models on Huawei CloudMatrix384",
       arXiv:2506.12708, 2025.

    Examples
    --------
    >>> p = DispatchParameters(50e9, 0.0, 0.91)
    >>> round(float(dispatch_time(128, 7168, 8, 8, 256, p, element_size=1.03)) * 1e6)
    166
    """
    p = parameters
    t, k, n = (np.asarray(v, float) for v in (tokens, topk, ranks))
    # Besides the copies for others each token is read and laid out once on its own rank.
    copies = distinct_destinations(k, n) + 1.0 if deduplicate else k
    rows = t * copies
    volume = rows * np.asarray(hidden, float) * element_size
    rate = np.minimum(
        p.link_bandwidth * np.asarray(p.bandwidth_share, float),
        np.asarray(compute_units, float) * p.sm_bandwidth,
    )
    moving = volume / rate + rows * p.row_time
    fixed = np.asarray(experts, float) / np.maximum(n, 1.0) * p.expert_time
    doublings = np.log2(np.maximum(n / p.reference_ranks, 1.0))
    return np.asarray(p.base_time + p.doubling_time * doublings + soft_maximum(fixed, moving, p.order))
