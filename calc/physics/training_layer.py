"""Time of one transformer layer on one chip during training, and of the output layer.

The times depend on few inputs only (tokens of a micro-batch and the tensor, context and expert
splits), so that a search computes them once for each distinct combination and gathers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.attention import AttentionParameters
from calc.physics.dispatch import distinct_destinations
from calc.physics.gemm import GemmParameters, distinct, grouped_gemm_time
from calc.physics.transformer import Architecture, attention_matrices, layer_counts, visible_pairs
from calc.physics.types import FloatArray

__all__ = [
    "LayerTimes",
    "SoftwareStack",
    "TrainingChip",
    "TrainingConstants",
    "TrainingFabric",
    "exchange_time",
    "group_transfer_time",
    "layer_times",
]


# Bytes that unfused attention moves per score: written, scaled and masked, normalised, dropped
# out, read by the second product; the backward pass goes through the same stations twice.
SCORE_BYTES_FORWARD = 13.0
SCORE_BYTES_BACKWARD = 24.0
# A fused backward kernel recomputes the scores: five products where the forward pass has two.
FUSED_BACKWARD_RATIO = 2.5
# Loss over the vocabulary in single precision: read, maximum, exponent, sum, gradient, cast.
LOGIT_BYTES = 22.0


@dataclass(frozen=True)
class TrainingChip:
    """One accelerator as a training step sees it.

    Parameters
    ----------
    gemm : GemmParameters
        Kernels of the linear layers, at the precision of training.
    gemm_16 : GemmParameters
        Kernels that stay at 16 bits: output layer, router.
    attention : AttentionParameters
        Fused attention kernels.
    peak_flop_rate : float
        Dense peak at the precision of training, by which utilisation is measured. [FLOP/s]
    memory_capacity : float
        Usable capacity of the chip's memory. [B]
    sustained_ratio : float
        Clock under long matrix work, relative to that of the chip whose kernels were measured:
        another power limit. [1]
    """

    gemm: GemmParameters
    gemm_16: GemmParameters
    attention: AttentionParameters
    peak_flop_rate: Any
    memory_capacity: Any
    sustained_ratio: Any = 1.0

    @property
    def streaming_bandwidth(self) -> FloatArray:
        """Bandwidth that streaming reads of the memory sustain. [B/s]"""
        return np.asarray(self.gemm_16.memory_bandwidth * self.gemm_16.memory_efficiency)


@dataclass(frozen=True)
class TrainingFabric:
    """The two networks that join the chips.

    Parameters
    ----------
    scale_up_bandwidth : float
        Bandwidth of one chip inside its scale-up domain, per direction. [B/s]
    scale_up_domain : float
        Chips of a scale-up domain. [1]
    scale_out_bandwidth : float
        Bandwidth of one chip's network card, per direction. [B/s]
    scale_up_share, scale_out_share : float
        Share of either that long collectives sustain. [1]
    exchange_share : float
        Share of the scale-up bandwidth that all-to-all exchanges sustain. [1]
    scale_up_latency, scale_out_latency : float
        Fixed time of one collective, and of one hop between domains. [s]
    """

    scale_up_bandwidth: Any
    scale_up_domain: Any
    scale_out_bandwidth: Any
    scale_up_share: Any = 0.8
    scale_out_share: Any = 0.85
    exchange_share: Any = 0.6
    scale_up_latency: Any = 15e-6
    scale_out_latency: Any = 8e-6


@dataclass(frozen=True)
class SoftwareStack:
    """What the software of a run does, by its documentation or its time.

    Parameters
    ----------
    fused_attention : bool
        Attention is one kernel that skips masked tiles and keeps no scores.
    attention_age : float
        Generations by which that kernel is older than the best one for the chip. [1]
    eager : bool
        Element-wise operations run one by one instead of compiled or hand-fused.
    overlap : float
        How far communication runs beside computation where dependencies allow: 0 never, as in
        the first stacks, 1 as well as today's. [1]
    graphs : float
        How much of a layer is launched from recorded graphs, which take the host out of the way:
        0 nothing, 1 all of it. [1]
    fused_experts : bool
        Routing, casts and activation of the experts are part of their matrix kernels.
    eager_experts : bool
        The activation of the experts is run one operation at a time.
    expert_overlap : bool
        Dispatch and combine of one micro-batch hide behind the work of another.
    sequence_parallel : bool
        Norms and residuals are split over the tensor-parallel group.
    single_card_rings : bool
        Rings enter and leave a domain by one network card instead of all of its members'.
    gradient_size : float
        Size of a gradient element on the wire. [B]
    """

    fused_attention: bool = True
    attention_age: float = 0.0
    eager: bool = False
    overlap: float = 1.0
    graphs: float = 0.0
    fused_experts: bool = False
    eager_experts: bool = False
    expert_overlap: bool = False
    sequence_parallel: bool = True
    single_card_rings: bool = False
    gradient_size: float = 2.0


@dataclass(frozen=True)
class TrainingConstants:
    """Global constants: what kernels alone do not tell.

    Parameters
    ----------
    kernel_ratio : float
        Speed of matrix kernels in training relative to isolated sweeps. [1]
    attention_ratio : float
        The same for fused attention. [1]
    older_attention_ratio : float
        Further ratio for each generation by which the attention kernel is behind. [1]
    element_widths : float
        Hidden widths per token that element-wise kernels of a layer move, forward. [1]
    eager_ratio : float
        Factor on element-wise traffic without fusion. [1]
    cast_passes : float
        Times that the inputs of low-precision products are gone through to be cast. [1]
    tensor_exposed : float
        Share of tensor-parallel communication that nothing hides. [1]
    data_exposed : float
        Share of gradient and weight exchange that nothing hides. [1]
    expert_exposed : float
        Exposed time of expert dispatch and combine relative to their bytes over the links; above
        one where packing costs more than overlap hides. [1]
    routed_passes : float
        Times that the rows of routed tokens are gone through on their way to the experts and
        back, forward. [1]
    fused_expert_ratio : float
        What fused experts leave of those passes, of the casts and of the exchange. [1]
    eager_expert_passes : float
        Inner widths per routed row that an activation run one operation at a time moves. [1]
    expert_host_time : float
        Host time of one layer with experts, forward and backward, without graphs. [s]
    step_time : float
        Fixed time of a step. [s]
    """

    kernel_ratio: float = 0.94
    attention_ratio: float = 0.9
    older_attention_ratio: float = 0.68
    element_widths: float = 10.0
    eager_ratio: float = 1.8
    cast_passes: float = 1.0
    tensor_exposed: float = 0.5
    data_exposed: float = 0.33
    expert_exposed: float = 0.6
    routed_passes: float = 10.0
    fused_expert_ratio: float = 0.35
    eager_expert_passes: float = 50.0
    expert_host_time: float = 10e-3
    step_time: float = 10e-3


@dataclass(frozen=True)
class LayerTimes:
    """Times of the mean layer and of the output layer for one micro-batch, by part.

    Parameters
    ----------
    forward, backward : dict
        Time of each part of the mean layer. [s]
    head : dict
        Time of each part of the output layer, forward and backward together. [s]
    """

    forward: dict[str, FloatArray]
    backward: dict[str, FloatArray]
    head: dict[str, FloatArray]


def group_transfer_time(
    size: ArrayLike,
    ranks: ArrayLike,
    stride: ArrayLike,
    fabric: TrainingFabric,
    *,
    single_card: bool = False,
) -> FloatArray:
    """Time of an all-gather or a reduce-scatter over a group laid out on both fabrics.

    Parameters
    ----------
    size : array_like
        The gathered or the unreduced buffer. [B]
    ranks : array_like
        Chips of the group. [1]
    stride : array_like
        Distance of its neighbours in the order of placement. [1]
    fabric : TrainingFabric
        The networks.
    single_card : bool
        Each ring crosses by one card only.

    Returns
    -------
    array
        Time; zero for a group of one. [s]

    Notes
    -----
    The group has ``l`` members in each domain, and rings that cross domains leave by the cards of
    all of them, so that the crossing has ``l`` times a card's bandwidth.

    Examples
    --------
    >>> f = TrainingFabric(450e9, 8, 50e9, 1.0, 1.0, 1.0, 0.0, 0.0)
    >>> float(group_transfer_time(8e9, 8, 1, f)) == 7e9 / 450e9
    True
    >>> float(group_transfer_time(8e9, 16, 1, f)) == 7.5e9 / (8 * 50e9)
    True
    """
    f = fabric
    n = np.asarray(ranks, float)
    members = np.floor(np.maximum(f.scale_up_domain / np.asarray(stride, float), 1.0))
    local = np.clip(members, 1.0, n)
    domains = np.ceil(n / local)
    s = np.asarray(size, float)
    inside = s * (local - 1.0) / (local * f.scale_up_bandwidth * f.scale_up_share)
    cards = 1.0 if single_card else local
    between = s * (n - 1.0) / (n * cards * f.scale_out_bandwidth * f.scale_out_share)
    time = np.maximum(inside, np.where(domains > 1.0, between, 0.0))
    latency = np.where(n > 1.0, f.scale_up_latency, 0.0)
    latency = latency + f.scale_out_latency * (domains - 1.0)
    return np.asarray(time + latency)


def exchange_time(
    tokens: ArrayLike,
    width: ArrayLike,
    copies: ArrayLike,
    ranks: ArrayLike,
    fabric: TrainingFabric,
) -> FloatArray:
    """Time to send each token to the chips of its experts, or its results back.

    Parameters
    ----------
    tokens : array_like
        Tokens of one chip. [1]
    width : array_like
        Size of one token. [B]
    copies : array_like
        Experts that each token visits. [1]
    ranks : array_like
        Chips over which the experts are spread. [1]
    fabric : TrainingFabric
        The networks.

    Returns
    -------
    array
        Time; zero if every expert is on each chip. [s]

    Notes
    -----
    A token goes once to each distinct domain and, there, once to each distinct chip.

    Examples
    --------
    >>> float(exchange_time(4096, 4096.0, 8, 1, TrainingFabric(450e9, 8, 50e9)))
    0.0
    """
    f = fabric
    n, k = np.asarray(ranks, float), np.asarray(copies, float)
    local = np.clip(f.scale_up_domain, 1.0, n)
    domains = np.ceil(n / local)
    volume = np.asarray(tokens, float) * width
    visited = distinct_destinations(k, n) * (1.0 - 1.0 / n)
    crossed = distinct_destinations(k, domains) * (1.0 - 1.0 / domains)
    inside = volume * visited / (f.scale_up_bandwidth * f.exchange_share)
    between = volume * crossed / (f.scale_out_bandwidth * f.scale_out_share)
    time = np.maximum(inside, between)
    latency = np.where(n > 1.0, f.scale_up_latency, 0.0)
    latency = latency + f.scale_out_latency * np.log2(np.maximum(domains, 1.0))
    return np.asarray(time + latency)


def _sustained(parameters: GemmParameters, chip: TrainingChip) -> GemmParameters:
    share = parameters.compute_efficiency * chip.sustained_ratio
    return replace(parameters, compute_efficiency=share)


def _product_times(
    shapes: list[tuple[FloatArray, FloatArray, FloatArray]],
    parameters: GemmParameters,
    groups: ArrayLike = 1.0,
) -> tuple[FloatArray, FloatArray]:
    """Summed forward and backward times of the products ``(tokens, outputs, inputs)`` of so many groups."""
    m, n, k = (np.stack(np.broadcast_arrays(*column)) for column in zip(*shapes, strict=True))
    passes = [np.stack([*one]) for one in ((m, m, n), (n, k, k), (k, n, m))]
    rank = max(np.ndim(getattr(parameters, field.name)) for field in fields(parameters))
    if rank:
        # Chips broadcast against the layers, from the last axis on.
        spare = (1,) * max(rank - m.ndim + 1, 0)
        every = [one.reshape(3, len(shapes), *spare, *m.shape[1:]) for one in passes]
        times = grouped_gemm_time(every[0], every[1], every[2], groups, parameters)
    else:
        # Distinct shapes are far fewer than candidates.
        (rows, columns, inner, number), place = distinct(*passes, groups)
        times = grouped_gemm_time(rows, columns, inner, number, parameters)[place]
    forward, gradient, weights = times
    return forward.sum(axis=0), (gradient + weights).sum(axis=0)


def layer_times(
    architecture: Architecture,
    chip: TrainingChip,
    fabric: TrainingFabric,
    stack: SoftwareStack,
    constants: TrainingConstants,
    *,
    micro_batch: ArrayLike,
    sequence: ArrayLike,
    tp: ArrayLike = 1,
    cp: ArrayLike = 1,
    ep: ArrayLike = 1,
) -> LayerTimes:
    """Times of the mean layer and of the output layer for one micro-batch.

    Parameters
    ----------
    architecture : Architecture
        The network.
    chip : TrainingChip
        The accelerator.
    fabric : TrainingFabric
        The networks.
    stack : SoftwareStack
        What the software does.
    constants : TrainingConstants
        Global constants.
    micro_batch : array_like
        Sequences of a micro-batch. [1]
    sequence : array_like
        Tokens of a sequence. [1]
    tp, cp, ep : array_like
        Tensor, context and expert splits. [1]

    Returns
    -------
    LayerTimes
        Parts ``gemm``, ``attention``, ``element_wise``, ``cast``, ``tensor_parallel``,
        ``context_parallel``, ``expert_parallel``; communication in full, before overlap. [s]

    Notes
    -----
    Forward, input-gradient and weight-gradient products are priced apart. With experts the group
    over which they are spread takes tensor-parallel ranks in, each with its part of the tokens.
    Causal attention costs half the square of the sequence; without fusion it costs all of it and
    moves the scores through memory.

    References
    ----------
    .. [1] V. Korthikanti et al., "Reducing activation recomputation in large transformer
       models", MLSys 2023 (sequence parallelism).
    .. [2] T. Dao, "FlashAttention-2", ICLR 2024.

    Examples
    --------
    >>> h100 = GemmParameters(989e12, 3.35e12, 132, 0.81, 0.81, 2e-6, 9e-8, 2.8)
    >>> core = AttentionParameters(989e12, 3.35e12, 132, 0.55, 0.8, 5e-6, 3e-7, 3)
    >>> chip = TrainingChip(h100, h100, core, 989e12, 80e9)
    >>> llama = Architecture(32, 4096, 32, 8, 128, 14336, 128256)
    >>> t = layer_times(llama, chip, TrainingFabric(450e9, 8, 50e9), SoftwareStack(),
    ...                 TrainingConstants(), micro_batch=1, sequence=8192)
    >>> bool(4e-3 < t.forward["gemm"] < 6e-3)
    True
    """
    a, c = architecture, constants
    b, s, tp, cp, ep = np.broadcast_arrays(*(np.asarray(v, float) for v in (micro_batch, sequence, tp, cp, ep)))
    linear = _sustained(chip.gemm, chip)
    linear_16 = _sustained(chip.gemm_16, chip)
    tokens = b * s / cp
    hidden = float(a.hidden)
    one = np.ones_like(tokens)
    spread = tp if stack.sequence_parallel else one
    low_precision = np.asarray(chip.gemm.operand_size, float) < 2.0
    layers, sparse = layer_counts(a, prediction=True)
    expert_share = sparse / layers
    dense_share = 1.0 - expert_share

    attention_shapes = [
        (
            tokens,
            outer / (tp if split and outer != a.hidden else one),
            inner / (tp if split and outer == a.hidden else one),
        )
        for inner, outer, split in attention_matrices(a)
    ]
    gemm_forward, gemm_backward = _product_times(attention_shapes, linear)
    cast_elements = sum((tokens * n for _, _, n in attention_shapes), 0.0 * tokens)
    cast_back = sum((tokens * n for _, n, _ in attention_shapes), 0.0 * tokens)
    # Activations of the feed-forward layer: the gate's two inputs and its output, or one of each.
    inner_passes = 3.0 if a.gated else 2.0
    element_bytes = 2.0 * c.element_widths * tokens * hidden / spread
    gate = 2.0 if a.gated else 1.0

    if dense_share > 0.0 and a.ffn:
        width = a.ffn / tp
        shapes = [(tokens, gate * width, hidden * one), (tokens, hidden * one, width)]
        forward, backward = _product_times(shapes, linear)
        gemm_forward = gemm_forward + dense_share * forward
        gemm_backward = gemm_backward + dense_share * backward
        element_bytes = element_bytes + dense_share * 2.0 * inner_passes * tokens * width
        cast_elements = cast_elements + dense_share * tokens * (hidden + width)
        cast_back = cast_back + dense_share * tokens * (gate * width + hidden)

    exchange = 0.0 * tokens
    if a.experts:
        width = a.expert_ffn * one
        local_experts = np.maximum(a.experts / ep, 1.0)
        routed = tokens / tp * a.experts_per_token
        per_expert = np.maximum(np.rint(routed / local_experts), 1.0)
        shapes = [(per_expert, gate * width, hidden * one), (per_expert, hidden * one, width)]
        forward, backward = _product_times(shapes, linear, local_experts)
        router = [(tokens / tp, a.experts * one, hidden * one)]
        router_forward, router_backward = _product_times(router, linear_16)
        forward, backward = forward + router_forward, backward + router_backward
        if a.shared_experts:
            width = a.shared_experts * a.expert_ffn / tp
            shapes = [(tokens, gate * width, hidden * one), (tokens, hidden * one, width)]
            shared_forward, shared_backward = _product_times(shapes, linear)
            forward, backward = forward + shared_forward, backward + shared_backward
        gemm_forward = gemm_forward + expert_share * forward
        gemm_backward = gemm_backward + expert_share * backward
        inner = routed * a.expert_ffn + tokens * a.shared_experts * a.expert_ffn / tp
        left = c.fused_expert_ratio if stack.fused_experts else 1.0
        passes = c.eager_expert_passes if stack.eager_experts else inner_passes
        element_bytes = element_bytes + expert_share * left * 2.0 * (passes * inner + c.routed_passes * routed * hidden)
        cast_elements = cast_elements + expert_share * left * (routed * hidden + inner)
        cast_back = cast_back + expert_share * left * (gate * inner + routed * hidden)
        exchange = expert_share * left * 2.0 * exchange_time(tokens / tp, 2.0 * hidden, a.experts_per_token, ep, fabric)

    # Attention core.
    narrow_share = a.window_layers / layers
    pairs = (1.0 - narrow_share) * visible_pairs(s) + narrow_share * visible_pairs(s, a.window)
    pairs = b / cp * (a.heads / tp) * (pairs if stack.fused_attention else s * s)
    rate = chip.attention.peak_flop_rate * chip.attention.compute_efficiency
    rate = rate * c.attention_ratio * chip.sustained_ratio
    rate = rate * c.older_attention_ratio**stack.attention_age
    core = 2.0 * (a.key_size + a.value_size) * pairs / rate
    core_backward = (FUSED_BACKWARD_RATIO if stack.fused_attention else 2.0) * core
    streaming = chip.streaming_bandwidth
    if not stack.fused_attention:
        core = core + pairs * SCORE_BYTES_FORWARD / streaming
        core_backward = core_backward + pairs * SCORE_BYTES_BACKWARD / streaming

    element = element_bytes * (c.eager_ratio if stack.eager else 1.0) / streaming
    cast_size = 2.0 + np.asarray(chip.gemm.operand_size, float)
    cast = np.where(low_precision, c.cast_passes * cast_size * cast_elements / streaming, 0.0)
    cast_backward = np.where(low_precision, c.cast_passes * cast_size * cast_back / streaming, 0.0)

    # Gather before and scatter after each split block; an all-reduce is the two in a row.
    blocks = 1.0 + dense_share
    gather = group_transfer_time(2.0 * tokens * hidden, tp, 1, fabric)
    tensor = 2.0 * blocks * gather
    tensor_backward = (3.0 if stack.sequence_parallel else 2.0) * blocks * gather
    # Keys and values travel round the context ring; their gradients come back with them.
    width = (
        (a.heads / tp) * (a.key_size + a.value_size)
        if a.latent
        else (2.0 * np.maximum(a.kv_heads / tp, 1.0) * a.head_size)
    )
    ring = group_transfer_time(2.0 * b * s * width, cp, tp, fabric)

    forward_parts = {
        "gemm": gemm_forward / c.kernel_ratio,
        "attention": core,
        "element_wise": element,
        "cast": cast + 0.0 * tokens,
        "tensor_parallel": tensor,
        "context_parallel": ring,
        "expert_parallel": exchange,
    }
    backward_parts = {
        "gemm": gemm_backward / c.kernel_ratio,
        "attention": core_backward,
        "element_wise": 2.0 * element,
        "cast": cast_backward + 0.0 * tokens,
        "tensor_parallel": tensor_backward,
        "context_parallel": 2.0 * ring,
        "expert_parallel": exchange,
    }
    uses = 1.0 + a.prediction_layers
    head_forward, head_backward = _product_times([(tokens, a.vocabulary / tp, hidden * one)], linear_16)
    logits = LOGIT_BYTES * tokens * a.vocabulary / tp
    head_parts = {
        "gemm": uses * (head_forward + head_backward) / c.kernel_ratio,
        "element_wise": uses * logits * (c.eager_ratio if stack.eager else 1.0) / streaming,
        "tensor_parallel": uses * 3.0 * gather,
    }
    return LayerTimes(forward_parts, backward_parts, head_parts)
