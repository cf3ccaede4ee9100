"""Time, memory and utilisation of one training step for arrays of mappings."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calc.physics.training_layer import (
    LayerTimes,
    SoftwareStack,
    TrainingChip,
    TrainingConstants,
    TrainingFabric,
    group_transfer_time,
    layer_times,
)
from calc.physics.training_memory import layer_parameters, training_memory
from calc.physics.transformer import (
    Architecture,
    attention_flops_per_token,
    forward_flops_per_token,
    layer_counts,
    training_flops_per_token,
)
from calc.physics.types import BoolArray, FloatArray, IntArray

__all__ = [
    "MEMORY",
    "REASONS",
    "RECOMPUTE",
    "SHARDING",
    "Mapping",
    "TrainingStep",
    "mapping_reason",
    "training_step",
]


# Bytes that one Adam update reads and writes: master weight and two moments in single precision both
# ways (24), the gradient in single precision (4), the weight in 16 bits (2).
UPDATE_BYTES = 30.0
# Zero-bubble schedules put weight-gradient work where 1F1B waits.
ZERO_BUBBLE_SHARE = 1.0 / 3.0

RECOMPUTE = {"none": 0, "selective": 1, "operations": 2, "full": 3}
SHARDING = {"none": 0, "zero1": 1, "zero2": 2, "zero3": 3, "fsdp": 3}

REASONS = (
    "feasible",
    "the splits do not multiply to the number of chips",
    "the heads do not divide by tp",
    "there are fewer layers than pp x vp stages",
    "interleaving needs pp > 1 and micro-batches that divide by pp; zero-bubble pp > 1 and vp = 1",
    "the batch does not divide by dp x micro-batch",
    "the sequence does not divide by cp",
    "the experts, or tp x cp x dp, do not divide by ep",
    "needs more memory than a chip has",
)
SPLITS, HEADS, LAYERS, SCHEDULE, BATCH, SEQUENCE, EXPERTS, MEMORY = range(1, 9)

BOUND_BY = {
    "compute": ("gemm", "attention", "head", "recompute"),
    "memory": ("element_wise", "cast", "optimiser"),
    "tensor_parallel": ("tensor_parallel",),
    "context_parallel": ("context_parallel",),
    "expert_parallel": ("expert_parallel",),
    "data_parallel": ("data_parallel", "weight_gather"),
    "pipeline": ("bubble", "uneven_stages", "stage_transfer"),
    "host": ("host", "fixed"),
}


@dataclass(frozen=True)
class Mapping:
    """How the work is split over the chips; every field may be an array.

    Parameters
    ----------
    tp, pp, vp, cp, ep, dp : array_like
        Tensor, pipeline, virtual pipeline, context, expert and data splits. [1]
    micro_batch : array_like
        Sequences of a micro-batch. [1]
    recompute : array_like
        One of the values of ``RECOMPUTE``. [1]
    sharding : array_like
        ZeRO stage, one of the values of ``SHARDING``. [1]
    zero_bubble : array_like
        1 if the schedule delays weight gradients to fill the bubble. [1]
    """

    tp: Any = 1
    pp: Any = 1
    vp: Any = 1
    cp: Any = 1
    ep: Any = 1
    dp: Any = 1
    micro_batch: Any = 1
    recompute: Any = 0
    sharding: Any = 1
    zero_bubble: Any = 0

    def arrays(self) -> dict[str, FloatArray]:
        """The fields as arrays, not broadcast."""
        return {f.name: np.asarray(getattr(self, f.name), float) for f in fields(self)}


@dataclass(frozen=True)
class TrainingStep:
    """What one step takes.

    Parameters
    ----------
    step_time : array
        Time of a step. [s]
    token_rate_per_chip : array
        Tokens trained on. [1/s]
    mfu, hfu : array
        Model and hardware utilisation of the dense peak. [1]
    breakdown : dict
        Parts of the step; they add up to it. A part has the shape of the inputs that it depends
        on and broadcasts to the shape of the step. [s]
    memory : dict
        Parts of the fullest chip's memory, likewise. [B]
    memory_total : array
        Their sum. [B]
    reason : array of int
        Index into ``REASONS``; 0 where feasible. [1]
    """

    step_time: FloatArray
    token_rate_per_chip: FloatArray
    mfu: FloatArray
    hfu: FloatArray
    breakdown: dict[str, FloatArray]
    memory: dict[str, FloatArray]
    memory_total: FloatArray
    reason: IntArray

    @property
    def feasible(self) -> BoolArray:
        """Where the mapping is possible and fits."""
        return np.asarray(self.reason == 0)

    def bound_index(self) -> IntArray:
        """Place among the names of ``BOUND_BY`` of the largest group of parts, for each mapping."""
        largest: Any = -np.inf
        place: Any = np.int64(0)
        for index, parts in enumerate(BOUND_BY.values()):
            together = sum(self.breakdown[part] for part in parts)
            place = np.where(together > largest, index, place)
            largest = np.maximum(largest, together)
        return np.asarray(place)

    def bound_by(self) -> NDArray[np.str_]:
        """Name of the largest group of parts, for each mapping."""
        return np.asarray(np.asarray(list(BOUND_BY))[self.bound_index()])


def _gather(times: LayerTimes, index: NDArray[Any] | None) -> LayerTimes:
    if index is None:
        return times

    def pick(parts: dict[str, FloatArray]) -> dict[str, FloatArray]:
        return {name: value[index] for name, value in parts.items()}

    return LayerTimes(pick(times.forward), pick(times.backward), pick(times.head))


def _exposed(share: float, stack: SoftwareStack) -> float:
    return float(1.0 - stack.overlap * (1.0 - share))


def mapping_reason(
    architecture: Architecture,
    mapping: Mapping,
    *,
    chips: ArrayLike,
    global_batch: ArrayLike,
    sequence: ArrayLike,
) -> IntArray:
    """First rule that a mapping breaks, memory left aside.

    Parameters
    ----------
    architecture : Architecture
        The network.
    mapping : Mapping
        The splits.
    chips : array_like
        Chips of the run. [1]
    global_batch : array_like
        Sequences of a step. [1]
    sequence : array_like
        Tokens of a sequence. [1]

    Returns
    -------
    array of int
        Index into ``REASONS``. [1]

    Examples
    --------
    >>> llama = Architecture(32, 4096, 32, 8, 128, 14336, 128256)
    >>> found = mapping_reason(llama, Mapping(tp=[8, 3], dp=[1, 1]), chips=[8, 3],
    ...                        global_batch=8, sequence=8192)
    >>> [REASONS[i] for i in found]
    ['feasible', 'the heads do not divide by tp']
    """
    a, m = architecture, mapping.arrays()
    tp, pp, vp, cp, ep, dp = (m[k] for k in ("tp", "pp", "vp", "cp", "ep", "dp"))
    per_step = dp * m["micro_batch"]
    count = np.asarray(global_batch, float) / np.maximum(per_step, 1e-9)
    layers = a.layers + a.prediction_layers
    ranks = tp * cp * dp
    rules = (
        (SPLITS, ranks * pp != np.asarray(chips, float)),
        (HEADS, np.mod(a.heads, tp) != 0),
        (LAYERS, layers < pp * vp),
        (SCHEDULE, (vp > 1) & ((pp < 2) | (np.mod(count, pp) != 0))),
        (SCHEDULE, (m["zero_bubble"] > 0) & ((pp < 2) | (vp > 1))),
        (BATCH, (count < 1) | (count != np.floor(count))),
        (SEQUENCE, np.mod(np.asarray(sequence, float), 2.0 * cp) != 0),
        (EXPERTS, (np.mod(max(a.experts, 1), ep) != 0) | (np.mod(ranks, ep) != 0)),
    )
    reason: Any = np.int64(0)
    for code, broken in reversed(rules):
        reason = np.where(broken, code, reason)
    return np.asarray(reason)


def training_step(
    architecture: Architecture,
    chip: TrainingChip,
    fabric: TrainingFabric,
    mapping: Mapping,
    *,
    chips: ArrayLike,
    global_batch: ArrayLike,
    sequence: ArrayLike,
    stack: SoftwareStack | None = None,
    constants: TrainingConstants | None = None,
    layer: LayerTimes | None = None,
    layer_index: NDArray[Any] | None = None,
) -> TrainingStep:
    """Time, memory and utilisation of a training step.

    Parameters
    ----------
    architecture : Architecture
        The network.
    chip : TrainingChip
        The accelerator.
    fabric : TrainingFabric
        The networks.
    mapping : Mapping
        How the work is split.
    chips : array_like
        Chips of the run. [1]
    global_batch : array_like
        Sequences of a step. [1]
    sequence : array_like
        Tokens of a sequence. [1]
    stack : SoftwareStack, optional
        What the software does; today's unless given.
    constants : TrainingConstants, optional
        Global constants.
    layer : LayerTimes, optional
        Layer times computed before, one for each distinct combination of micro-batch, sequence
        and tensor, context and expert splits; computed here unless given.
    layer_index : array of int, optional
        Where in ``layer`` each mapping finds its times. [1]

    Returns
    -------
    TrainingStep
        Times, utilisation, memory, and the reason where a mapping is impossible. Times are given
        for impossible mappings as well: published runs sometimes bend a rule.

    Notes
    -----
    With ``n`` micro-batches a step takes

    ``n x slowest stage + bubble + exposed exchange of gradients and weights + update + fixed``,

    the bubble being ``(pp - 1) / vp`` of the mean stage. Layers, embedding and output layer are
    spread as equal slots over ``pp x vp`` stages, or the output layer comes on top of the last
    stage, whichever is faster. Tensor-parallel groups are placed innermost, then context, expert
    and data groups; pipeline stages are outermost.

    References
    ----------
    .. [1] D. Narayanan et al., "Efficient large-scale language model training on GPU clusters
       using Megatron-LM", SC 2021.
    .. [2] S. Rajbhandari et al., "ZeRO", SC 2020.
    .. [3] P. Qi et al., "Zero bubble pipeline parallelism", ICLR 2024.

    Examples
    --------
    >>> from calc.physics.gemm import GemmParameters
    >>> from calc.physics.attention import AttentionParameters
    >>> h100 = GemmParameters(989e12, 3.35e12, 132, 0.81, 0.81, 2e-6, 9e-8, 2.8)
    >>> core = AttentionParameters(989e12, 3.35e12, 132, 0.55, 0.8, 5e-6, 3e-7, 3)
    >>> chip = TrainingChip(h100, h100, core, 989e12, 80e9)
    >>> llama = Architecture(32, 4096, 32, 8, 128, 14336, 128256)
    >>> step = training_step(llama, chip, TrainingFabric(450e9, 8, 50e9),
    ...                      Mapping(dp=[8, 4], tp=[1, 2], sharding=3), chips=8,
    ...                      global_batch=64, sequence=8192)
    >>> bool(np.allclose(sum(step.breakdown.values()), step.step_time))
    True
    >>> bool(np.all((0.3 < step.mfu) & (step.mfu < 0.6)))
    True
    """
    stack = stack or SoftwareStack()
    c = constants or TrainingConstants()
    a, m = architecture, mapping.arrays()
    tp, pp, vp, cp, ep, dp = (m[k] for k in ("tp", "pp", "vp", "cp", "ep", "dp"))
    level, sharding, micro_batch = m["recompute"], m["sharding"], m["micro_batch"]
    chips, batch, s = (np.asarray(v, float) for v in (chips, global_batch, sequence))
    if layer is None:
        layer = layer_times(
            a,
            chip,
            fabric,
            stack,
            c,
            micro_batch=micro_batch,
            sequence=s,
            tp=tp,
            cp=cp,
            ep=ep,
        )
    times = _gather(layer, layer_index)
    forward, backward, head = times.forward, times.backward, times.head
    count = np.maximum(np.ceil(batch / (dp * micro_batch)), 1.0)
    layers, sparse = layer_counts(a, prediction=True)

    # One layer and one micro-batch.
    exposed = {
        "tensor_parallel": _exposed(c.tensor_exposed, stack),
        "context_parallel": _exposed(c.data_exposed, stack),
        "expert_parallel": 0.0 if stack.expert_overlap else _exposed(c.expert_exposed, stack),
    }
    work_forward = forward["gemm"] + forward["attention"] + forward["element_wise"]
    work_forward = work_forward + forward["cast"]
    work_backward = backward["gemm"] + backward["attention"] + backward["element_wise"]
    work_backward = work_backward + backward["cast"]
    some = forward["element_wise"] if stack.fused_attention else forward["attention"]
    again = np.where(level > 1.5, forward["element_wise"] + 0.5 * forward["gemm"], some)
    whole = work_forward + exposed["tensor_parallel"] * forward["tensor_parallel"]
    whole = whole + exposed["expert_parallel"] * forward["expert_parallel"]
    again = np.where(level > 2.5, whole, np.where(level > 0.5, again, 0.0))
    communication = {name: part * (forward[name] + backward[name]) for name, part in exposed.items()}
    busy = work_forward + work_backward + again + sum(communication.values())
    host_time = c.expert_host_time * (sparse / layers) * (1.0 - stack.graphs)
    host = np.maximum(host_time - busy, 0.0)

    # Weights that are gathered when needed, layer by layer, beside the layer before.
    dense, routed = layer_parameters(a, tp, ep)
    replicas, expert_replicas = dp * cp, np.maximum(dp * cp * tp / ep, 1.0)
    one_card = stack.single_card_rings
    gather = group_transfer_time(2.0 * dense, replicas, tp, fabric, single_card=one_card)
    reduce = group_transfer_time(stack.gradient_size * dense, replicas, tp, fabric, single_card=one_card)
    if a.experts:
        gather = gather + group_transfer_time(2.0 * routed, expert_replicas, ep, fabric)
        reduce = reduce + group_transfer_time(stack.gradient_size * routed, expert_replicas, ep, fabric)
    data_exposed = _exposed(c.data_exposed, stack)
    regather = np.where(sharding >= 3, gather, 0.0)
    exchanged = gather + regather + reduce
    sharded = np.maximum(data_exposed * exchanged, exchanged - stack.overlap * (busy + host))
    weight_gather = np.where(sharding >= 2, sharded, 0.0)
    layer_time = busy + host + weight_gather

    # Stages.
    head_communication = exposed["tensor_parallel"] * head["tensor_parallel"]
    head_time = head["gemm"] + head["element_wise"] + head_communication
    stages = pp * vp
    mean = (layers * layer_time + head_time) / pp
    slots = vp * np.ceil((layers + 2.0) / stages)
    as_slots = np.maximum(slots * layer_time, (slots - 1.0) * layer_time + head_time)
    on_top = vp * np.ceil(layers / stages) * layer_time + head_time
    even = layers / pp * layer_time + head_time
    slowest = np.where(pp > 1, np.minimum(as_slots, np.minimum(on_top, 1.25 * even)), mean)
    slowest = np.maximum(slowest, mean)
    bubble = (pp - 1.0) / vp * mean
    bubble = bubble * np.where(m["zero_bubble"] > 0, ZERO_BUBBLE_SHARE, 1.0)

    # Stage inputs cross domains when a stage fills one.
    crossing = tp * cp * dp >= fabric.scale_up_domain
    link = np.where(
        crossing, fabric.scale_out_bandwidth * fabric.scale_out_share, fabric.scale_up_bandwidth * fabric.scale_up_share
    )
    spread = tp if stack.sequence_parallel else 1.0
    message = 2.0 * micro_batch * s / cp * a.hidden / spread / link + fabric.scale_out_latency
    messages = (pp - 1.0) + (1.0 - stack.overlap) * count * vp
    transfer = np.where(pp > 1, 2.0 * message * messages, 0.0)

    # Once per step.
    once = layers / pp * (gather + reduce)
    table = a.vocabulary * a.hidden / tp
    once = once + group_transfer_time((2.0 + stack.gradient_size) * table, replicas, tp, fabric)
    data = np.where(sharding >= 2, 0.0, data_exposed * once)
    stage_dense = layers / pp * dense + table
    split = sharding >= 1
    updated = stage_dense / np.where(split, replicas, 1.0)
    updated = updated + layers / pp * routed / np.where(split, expert_replicas, 1.0)
    update = UPDATE_BYTES * updated / chip.streaming_bandwidth

    per_step = count * layers / pp
    breakdown = {
        "gemm": per_step * (forward["gemm"] + backward["gemm"]),
        "attention": per_step * (forward["attention"] + backward["attention"]),
        "element_wise": per_step * (forward["element_wise"] + backward["element_wise"]),
        "cast": per_step * (forward["cast"] + backward["cast"]),
        "head": count / pp * head_time,
        "recompute": per_step * again,
        "tensor_parallel": per_step * communication["tensor_parallel"],
        "context_parallel": per_step * communication["context_parallel"],
        "expert_parallel": per_step * communication["expert_parallel"],
        "weight_gather": per_step * weight_gather,
        "host": per_step * host,
        "uneven_stages": count * (slowest - mean),
        "bubble": bubble,
        "stage_transfer": transfer,
        "data_parallel": data,
        "optimiser": update,
        "fixed": np.asarray(c.step_time),
    }
    step_time = np.asarray(count * slowest + (transfer + data + update + c.step_time) + bubble)
    memory = training_memory(
        a,
        micro_batch=micro_batch,
        sequence=s,
        micro_batches=count,
        tp=tp,
        pp=pp,
        vp=vp,
        cp=cp,
        ep=ep,
        dp=dp,
        recompute=level,
        sharding=sharding,
        gradient_size=stack.gradient_size,
        operand_size=np.maximum(chip.gemm.operand_size, 1.0),
        fused_attention=stack.fused_attention,
        sequence_parallel=stack.sequence_parallel,
    )
    memory_total = np.asarray(sum(memory.values()))
    reason = mapping_reason(a, mapping, chips=chips, global_batch=batch, sequence=s)
    reason = np.where((reason == 0) & (memory_total > chip.memory_capacity), MEMORY, reason)
    rate = batch * s / chips / step_time
    mfu = training_flops_per_token(a, s) / chip.peak_flop_rate * rate
    core = 0.0 if stack.fused_attention else attention_flops_per_token(a, s)
    products = forward_flops_per_token(a, s)
    extra = np.where(level > 1.5, 0.5 * (products - attention_flops_per_token(a, s)), core)
    extra = np.where(level > 2.5, products, np.where(level > 0.5, extra, 0.0))
    hfu = mfu + extra / chip.peak_flop_rate * rate
    return TrainingStep(step_time, rate, mfu, hfu, breakdown, memory, memory_total, np.asarray(reason))
