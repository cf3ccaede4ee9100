"""Time of a mixture-of-experts layer's routed experts on one chip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.gemm import GemmParameters, grouped_gemm_time
from calc.physics.types import FloatArray

__all__ = [
    "ExpertParameters",
    "distinct_experts",
    "expert_layer_time",
]

# Hidden and inner states between kernels are in 16 bits. [B]
ACTIVATION_SIZE = 2.0
# Passes over the hidden state of each routed row outside the products (gather, quantise or copy,
# scatter with weights) and over the inner state (activation: two halves read, one written).
HIDDEN_PASSES = 4.0
INNER_PASSES = 3.0


@dataclass(frozen=True)
class ExpertParameters:
    """What the grouped kernels of one chip can do at one precision.

    Parameters
    ----------
    gemm : GemmParameters
        The grouped products; its launch time counts once for each of the two.
    fixed_time : float or array
        Time of routing, sorting and the helper kernels with no rows. [s]
    row_efficiency : float or array
        Share of the memory bandwidth that the passes over routed rows sustain. [1]
    """

    gemm: GemmParameters
    fixed_time: Any
    row_efficiency: Any


def distinct_experts(tokens: ArrayLike, topk: ArrayLike, experts: ArrayLike, local_experts: ArrayLike) -> FloatArray:
    """Mean number of a chip's experts that at least one of the tokens reaches.

    Parameters
    ----------
    tokens : array_like
        Tokens routed over all experts. [1]
    topk : array_like
        Routed experts per token. [1]
    experts : array_like
        Experts in all. [1]
    local_experts : array_like
        Experts on this chip. [1]

    Returns
    -------
    array
        Experts hit, for evenly distributed choices. [1]

    Examples
    --------
    >>> round(float(distinct_experts(32, 8, 256, 256)), 1)
    163.3
    """
    miss = 1.0 - np.minimum(np.asarray(topk, float) / np.asarray(experts, float), 1.0)
    return np.asarray(np.asarray(local_experts, float) * (1.0 - miss ** np.asarray(tokens, float)))


def expert_layer_time(
    rows: ArrayLike,
    experts_hit: ArrayLike,
    hidden: ArrayLike,
    inner: ArrayLike,
    parameters: ExpertParameters,
    *,
    gated: bool = True,
) -> FloatArray:
    """Time of the routed experts' two products and of what surrounds them.

    Parameters
    ----------
    rows : array_like
        Routed rows on this chip: tokens times experts per token, over the expert-parallel ranks.
        [1]
    experts_hit : array_like
        Experts of this chip that have any row. [1]
    hidden : array_like
        Width of a token. [1]
    inner : array_like
        Inner width of one expert on this chip. [1]
    parameters : ExpertParameters
        The chip at this precision.
    gated : bool
        Whether the first product has a gate half.

    Returns
    -------
    array
        Time; the fixed time alone without rows. [s]

    References
    ----------
    .. [1] T. Gale et al., "MegaBlocks: efficient sparse training with mixture-of-experts",
       MLSys 2023.

    Examples
    --------
    >>> gemm = GemmParameters(989e12, 3.35e12, 132, 0.7, 0.9, 2e-6, 2e-7, 3)
    >>> p = ExpertParameters(gemm, 25e-6, 0.5)
    >>> bool(1.3e-3 < expert_layer_time(128, 128, 4096, 1536, p) < 1.8e-3)
    True
    """
    r, hit = np.asarray(rows, float), np.asarray(experts_hit, float)
    h, i = np.asarray(hidden, float), np.asarray(inner, float)
    each = r / np.maximum(hit, 1e-9)
    first = grouped_gemm_time(each, (2.0 if gated else 1.0) * i, h, hit, parameters.gemm)
    second = grouped_gemm_time(each, h, i, hit, parameters.gemm)
    traffic = r * (HIDDEN_PASSES * h + INNER_PASSES * i) * ACTIVATION_SIZE
    around = traffic / (parameters.gemm.memory_bandwidth * np.asarray(parameters.row_efficiency))
    busy = first + second + around
    return np.asarray(parameters.fixed_time + np.where(r > 0, busy, 0.0))
