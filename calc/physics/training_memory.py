"""Memory that one chip needs during training, by part."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.transformer import Architecture, attention_parameters, layer_counts
from calc.physics.types import FloatArray

__all__ = [
    "layer_activations",
    "layer_parameters",
    "training_memory",
]


WEIGHT_SIZE = 2.0
# A single-precision copy of the weights and the two moments of Adam.
OPTIMISER_SIZE = 12.0
# Buffers of communication libraries, kernels and allocator.
WORKSPACE = 4e9


def layer_parameters(architecture: Architecture, tp: ArrayLike, ep: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Weights of the mean layer on one chip: those that every chip shares and the routed experts.

    Parameters
    ----------
    architecture : Architecture
        The network.
    tp, ep : array_like
        Tensor and expert splits. [1]

    Returns
    -------
    dense, routed : array
        Parameters. [1]

    Examples
    --------
    >>> llama = Architecture(32, 4096, 32, 8, 128, 14336, 128256)
    >>> dense, routed = layer_parameters(llama, 8, 1)
    >>> float(dense) * 8 == 218103808, float(routed)
    (True, 0.0)
    """
    a = architecture
    layers, sparse = layer_counts(a, prediction=True)
    expert_share = sparse / layers
    dense = attention_parameters(a) + (1.0 - expert_share) * a.ffn_matrices * a.hidden * a.ffn
    expert = a.ffn_matrices * a.hidden * a.expert_ffn
    dense += expert_share * (a.shared_experts * expert + a.experts * a.hidden)
    routed = expert_share * a.experts * expert / np.asarray(ep, float)
    return np.asarray(dense / np.asarray(tp, float)), np.asarray(routed)


def layer_activations(
    architecture: Architecture,
    tokens: ArrayLike,
    sequence: ArrayLike,
    tp: ArrayLike,
    recompute: ArrayLike,
    *,
    operand_size: ArrayLike = 2.0,
    fused_attention: bool = True,
    sequence_parallel: bool = True,
) -> FloatArray:
    """Activations of the mean layer that one micro-batch keeps for the backward pass.

    Parameters
    ----------
    architecture : Architecture
        The network.
    tokens : array_like
        Tokens of the micro-batch on one chip. [1]
    sequence : array_like
        Tokens of a sequence. [1]
    tp : array_like
        Tensor split. [1]
    recompute : array_like
        0 none, 1 selective, 2 operations, 3 full. [1]
    operand_size : array_like
        Size of one element of what the matrix products keep. [B]
    fused_attention : bool
        Attention keeps no scores.
    sequence_parallel : bool
        Norms and residuals are split over the tensor-parallel group.

    Returns
    -------
    array
        Size. [B]

    Notes
    -----
    Selective recomputation drops the scores, norms and the feed-forward activation; recomputation
    by operations drops every other product as well; full keeps the layer's input only.

    References
    ----------
    .. [1] V. Korthikanti et al., "Reducing activation recomputation in large transformer
       models", MLSys 2023.

    Examples
    --------
    >>> gpt = Architecture(96, 12288, 96, 96, 128, 49152, 51200, gated=False)
    >>> none, full = layer_activations(gpt, 2048, 2048, 8, [0, 3])
    >>> bool(10 < none / full < 20)
    True
    """
    a = architecture
    t, s, tp = (np.asarray(v, float) for v in (tokens, sequence, tp))
    level = np.asarray(recompute, float)
    spread = tp if sequence_parallel else np.ones_like(tp)
    layers, sparse = layer_counts(a, prediction=True)
    expert_share = sparse / layers
    width = a.heads * (a.key_size + a.value_size)
    if not a.latent:
        width = (a.heads + 2 * a.kv_heads) * a.head_size
    kept_size = np.asarray(operand_size, float)
    routed = a.experts_per_token + a.shared_experts
    inner = (1.0 - expert_share) * a.ffn + expert_share * routed * a.expert_ffn
    rows = expert_share * a.experts_per_token * a.hidden * kept_size
    # Bytes per token: the residual stream before and after each norm; queries, keys, values and
    # the result of attention; the feed-forward layer before and after its activation.
    residual = 2.0 * a.hidden * (2.0 + kept_size) / spread
    attention = (2.0 * width + 2.0 * a.heads * a.value_size) / tp
    before = (2.0 if a.gated else 1.0) * 2.0 * inner / tp
    after = inner * kept_size / tp
    kept = residual + attention + before + after + rows / tp
    lean = 2.0 * a.hidden * 2.0 / spread + attention + before + rows / tp
    # Of each score the softmax and its dropout in 16 bits, and the mask, a byte.
    scores = 0.0 if fused_attention else 5.0 * a.heads * s / tp
    none = t * (kept + scores)
    full = 2.0 * t * a.hidden / spread
    lean = t * lean
    some = np.where(level > 1.5, 0.5 * (lean + full), lean)
    return np.asarray(np.where(level > 2.5, full, np.where(level > 0.5, some, none)))


def training_memory(
    architecture: Architecture,
    *,
    micro_batch: ArrayLike,
    sequence: ArrayLike,
    micro_batches: ArrayLike,
    tp: ArrayLike = 1,
    pp: ArrayLike = 1,
    vp: ArrayLike = 1,
    cp: ArrayLike = 1,
    ep: ArrayLike = 1,
    dp: ArrayLike = 1,
    recompute: ArrayLike = 0,
    sharding: ArrayLike = 1,
    gradient_size: float = 4.0,
    operand_size: ArrayLike = 2.0,
    fused_attention: bool = True,
    sequence_parallel: bool = True,
) -> dict[str, FloatArray]:
    """Memory of the fullest chip, by part.

    Parameters
    ----------
    architecture : Architecture
        The network.
    micro_batch : array_like
        Sequences of a micro-batch. [1]
    sequence : array_like
        Tokens of a sequence. [1]
    micro_batches : array_like
        Micro-batches of a step on each replica. [1]
    tp, pp, vp, cp, ep, dp : array_like
        Tensor, pipeline, virtual pipeline, context, expert and data splits. [1]
    recompute : array_like
        0 none, 1 selective, 2 operations, 3 full. [1]
    sharding : array_like
        0 none, 1 optimiser, 2 and gradients, 3 and weights (ZeRO stages). [1]
    gradient_size : float
        Size of a gradient as it is accumulated. [B]
    operand_size : array_like
        Size of one element of what the matrix products keep. [B]
    fused_attention, sequence_parallel : bool
        See ``layer_activations``.

    Returns
    -------
    dict
        ``weights``, ``gradients``, ``optimiser``, ``activations``, ``logits``, ``workspace``. [B]

    Notes
    -----
    The first stage of a pipeline keeps the activations of ``pp`` micro-batches under 1F1B, and
    ``1 + (pp - 1) / (pp vp)`` times as much when stages are interleaved.

    References
    ----------
    .. [1] S. Rajbhandari et al., "ZeRO", SC 2020.
    .. [2] D. Narayanan et al., "Efficient large-scale language model training on GPU clusters
       using Megatron-LM", SC 2021.

    Examples
    --------
    >>> llama = Architecture(32, 4096, 32, 8, 128, 14336, 128256)
    >>> parts = training_memory(llama, micro_batch=1, sequence=8192, micro_batches=1, dp=8)
    >>> round(float(parts["weights"]) / 1e9, 1)
    16.1
    """
    a = architecture
    b, s, count, tp, pp, vp, cp, ep, dp, recompute, sharding = (
        np.asarray(v, float)
        for v in (micro_batch, sequence, micro_batches, tp, pp, vp, cp, ep, dp, recompute, sharding)
    )
    layers = a.layers + a.prediction_layers
    dense, routed = layer_parameters(a, tp, ep)
    stage = np.ceil(layers / pp)
    table = a.vocabulary * a.hidden / tp
    tables = table * np.where((pp > 1) | a.tied_embeddings, 1.0, 2.0)
    replicas = dp * cp
    expert_replicas = np.maximum(dp * cp * tp / ep, 1.0)

    def held(size: float, from_stage: float) -> FloatArray:
        split = sharding >= from_stage
        shared = (stage * dense + tables) / np.where(split, replicas, 1.0)
        return np.asarray(size * (shared + stage * routed / np.where(split, expert_replicas, 1.0)))

    tokens = b * s / cp
    kept = layer_activations(
        a,
        tokens,
        s,
        tp,
        recompute,
        operand_size=operand_size,
        fused_attention=fused_attention,
        sequence_parallel=sequence_parallel,
    )
    whole = layer_activations(
        a,
        tokens,
        s,
        tp,
        0.0,
        operand_size=operand_size,
        fused_attention=fused_attention,
        sequence_parallel=sequence_parallel,
    )
    in_flight = np.where(vp > 1, pp * (1.0 + (pp - 1.0) / (pp * vp)), pp)
    in_flight = np.minimum(in_flight, count)
    # While a layer is recomputed its activations are there in full.
    working = np.where(recompute > 0, whole - kept, 0.0)
    # A gathered layer and the one prefetched behind it.
    gathered = np.where(sharding >= 3, 2.0 * WEIGHT_SIZE * (dense + routed), 0.0)
    logits = np.where(pp > 1, 0.0, tokens * a.vocabulary / tp * 6.0)
    return {
        "weights": held(WEIGHT_SIZE, 3) + gathered,
        "gradients": held(gradient_size, 2),
        "optimiser": held(OPTIMISER_SIZE, 1),
        "activations": stage * kept * in_flight + working,
        "logits": logits,
        "workspace": WORKSPACE + 0.0 * tokens,
    }
