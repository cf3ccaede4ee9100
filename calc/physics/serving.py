"""Rates of a serving system: prefill and decode, and the best among many.

Rates count per chip (per die where the chip is one), times per request. All arguments broadcast
over batch, lengths and mapping.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.serving_chip import (
    RESERVED_MEMORY,
    EngineParameters,
    Options,
    ServingChip,
    ServingMapping,
    StepTime,
    Work,
)
from calc.physics.serving_memory import memory_needed
from calc.physics.serving_step import step_time
from calc.physics.transformer import Architecture
from calc.physics.types import BoolArray, FloatArray, IntArray

__all__ = [
    "BOUNDS",
    "MEMORY",
    "REASONS",
    "PhaseResult",
    "accepted_tokens",
    "best_within",
    "bound_by",
    "decode",
    "frontier",
    "infeasible_reason",
    "prefill",
]


# Why a mapping cannot run; `infeasible_reason` indexes this.
REASONS = (
    "",
    "tensor does not divide the query heads",
    "expert does not divide the routed experts",
    "expert is larger than tensor x data, or does not divide it",
    "pipeline is larger than the number of layers",
    "a batch, length or mapping size is below one",
    "weights, cache and working space exceed the memory of a chip",
)
# The place of the last of them.
MEMORY = len(REASONS) - 1
# Parts of a step that can bound it; `bound_by` indexes this.
BOUNDS = (
    "products",
    "attention",
    "experts",
    "passes",
    "head",
    "tensor_exchange",
    "expert_exchange",
    "stage_exchange",
    "host",
)


@dataclass(frozen=True)
class PhaseResult:
    """What one phase reaches.

    Parameters
    ----------
    token_rate_per_chip : array
        Input tokens (prefill) or output tokens (decode) per second and chip. [1/s]
    latency : array
        Time to first token (prefill) or time per output token (decode). [s]
    step : StepTime
        The step and its parts. [s]
    memory : dict of str to array
        Memory of one chip by its parts. [B]
    reason : array of int
        Index into ``REASONS``; 0 where it can run. [1]
    """

    token_rate_per_chip: FloatArray
    latency: FloatArray
    step: StepTime
    memory: dict[str, FloatArray]
    reason: IntArray

    @property
    def feasible(self) -> BoolArray:
        """Whether it can run."""
        return np.asarray(self.reason == 0)


def accepted_tokens(drafts: ArrayLike, acceptance: ArrayLike) -> FloatArray:
    """Mean tokens that a step of speculative decoding yields.

    Parameters
    ----------
    drafts : array_like
        Tokens drafted per step. [1]
    acceptance : array_like
        Probability that a drafted token is accepted if all before it were. [1]

    Returns
    -------
    array
        Tokens: one, and each draft up to the first that is rejected. [1]

    References
    ----------
    .. [1] Y. Leviathan, M. Kalman, Y. Matias, "Fast inference from transformers via speculative
       decoding", ICML 2023, equation 1.

    Examples
    --------
    >>> accepted_tokens([0, 1, 2], 0.7).tolist()
    [1.0, 1.7, 2.19]
    """
    k, p = np.asarray(drafts, float), np.asarray(acceptance, float)
    some = (1.0 - p ** (k + 1.0)) / np.where(p < 1.0, 1.0 - p, 1.0)
    return np.asarray(np.round(np.where(p < 1.0, some, k + 1.0), 12), dtype=np.float64)


def infeasible_reason(
    a: Architecture,
    mapping: ServingMapping,
    memory: dict[str, FloatArray],
    capacity: ArrayLike,
    *sizes: ArrayLike,
) -> IntArray:
    """Why a mapping cannot run.

    Parameters
    ----------
    a : Architecture
        The network.
    mapping : ServingMapping
        The mapping.
    memory : dict of str to array
        Memory of one chip by its parts. [B]
    capacity : array_like
        Memory of one chip. [B]
    sizes : array_like
        Batches and lengths, which must be at least one. [1]

    Returns
    -------
    array of int
        Index into ``REASONS``; 0 where it can run. [1]

    Examples
    --------
    >>> a = Architecture(80, 8192, 64, 8, 128, 28672, 128256)
    >>> infeasible_reason(a, ServingMapping(np.array([8, 7])), {}, 1.0).tolist()
    [0, 1]
    """
    tensor, expert = np.asarray(mapping.tensor, float), np.asarray(mapping.expert, float)
    pipeline, group = np.asarray(mapping.pipeline, float), mapping.group
    small = (tensor < 1) | (expert < 1) | (pipeline < 1) | (np.asarray(mapping.data) < 1)
    for size in sizes:
        small = small | (np.asarray(size, float) < 1)
    need: Any = sum(memory.values()) if memory else 0.0
    one = np.ones_like(tensor * expert * pipeline * group + small + need)
    whole_experts = np.where(a.experts > 0, (expert > group) | (group % np.maximum(expert, 1) != 0), False)
    faults = [
        (small, 5),
        (a.heads % np.maximum(tensor, 1) != 0, 1),
        ((a.experts > 0) & (a.experts % np.maximum(expert, 1) != 0), 2),
        (whole_experts, 3),
        (pipeline > a.layers, 4),
        (np.asarray(need) > np.asarray(capacity, float), MEMORY),
    ]
    return np.select([f * one > 0 for f, _ in faults], [n for _, n in faults], 0).astype(np.int64)


def bound_by(step: StepTime) -> IntArray:
    """Largest part of a step.

    Parameters
    ----------
    step : StepTime
        The step.

    Returns
    -------
    array of int
        Index into ``BOUNDS``. [1]
    """
    return np.asarray(np.argmax(np.stack([np.asarray(getattr(step, name)) for name in BOUNDS]), axis=0))


def _blank(values: FloatArray, reason: IntArray) -> FloatArray:
    """Values where the mapping can run, not-a-number elsewhere."""
    return np.where(reason == 0, values, np.nan)


def prefill(
    a: Architecture,
    mapping: ServingMapping,
    chip: ServingChip,
    engine: EngineParameters | None = None,
    *,
    input_len: ArrayLike,
    batch_tokens: ArrayLike,
    context_len: ArrayLike = 0.0,
    reserved_memory: ArrayLike = RESERVED_MEMORY,
    options: Options | None = None,
) -> PhaseResult:
    """Rate of processing prompts.

    Parameters
    ----------
    a : Architecture
        The network.
    mapping : ServingMapping
        The mapping.
    chip : ServingChip
        The chip.
    engine : EngineParameters, optional
        The engine.
    input_len : array_like
        New tokens of a prompt. [1]
    batch_tokens : array_like
        Prompt tokens of a step of each group. [1]
    context_len : array_like
        Tokens of a prompt that are in the cache already. [1]
    reserved_memory : array_like
        What the runtime keeps. [B]
    options : Options, optional
        How the step runs; started kernel by kernel unless given.

    Returns
    -------
    PhaseResult
        Input tokens per second and chip [1/s]; time to first token without a queue [s].

    Notes
    -----
    Pipeline stages work on different batches at the same time.
    """
    options = options or Options(graph=False)
    tokens, length = np.asarray(batch_tokens, float), np.asarray(input_len, float)
    prompts = tokens / np.maximum(length, 1.0)
    step = step_time(
        a,
        Work(prompts=prompts, prompt_len=length, context_len=context_len),
        mapping,
        chip,
        engine,
        options,
    )
    memory = memory_needed(
        a,
        mapping,
        chip,
        sequences=prompts,
        context_len=length + np.asarray(context_len, float),
        step_tokens=tokens,
        reserved_memory=reserved_memory,
        collective=options.exchange == "collective",
        prediction=options.prediction,
    )
    reason = infeasible_reason(a, mapping, memory, chip.memory_capacity, tokens, length)
    rate = tokens / step.total / np.asarray(mapping.tensor, float)
    return PhaseResult(_blank(rate, reason), _blank(step.total, reason), step, memory, reason)


def decode(
    a: Architecture,
    mapping: ServingMapping,
    chip: ServingChip,
    engine: EngineParameters | None = None,
    *,
    batch: ArrayLike,
    kv_len: ArrayLike,
    longest_len: ArrayLike | None = None,
    drafts: int = 0,
    acceptance: ArrayLike = 0.0,
    reserved_memory: ArrayLike = RESERVED_MEMORY,
    options: Options | None = None,
) -> PhaseResult:
    """Rate of producing tokens.

    Parameters
    ----------
    a : Architecture
        The network.
    mapping : ServingMapping
        The mapping.
    chip : ServingChip
        The chip.
    engine : EngineParameters, optional
        The engine.
    batch : array_like
        Sequences in flight on each group, all pipeline stages together. [1]
    kv_len : array_like
        Mean tokens in the cache of each. [1]
    longest_len : array_like, optional
        Tokens for which the cache has room; ``kv_len`` unless given. [1]
    drafts : int
        Tokens drafted per step. [1]
    acceptance : array_like
        Probability that a draft is accepted. [1]
    reserved_memory : array_like
        What the runtime keeps. [B]
    options : Options, optional
        How the step runs; a captured graph unless given.

    Returns
    -------
    PhaseResult
        Output tokens per second and chip [1/s]; time per output token [s].

    Notes
    -----
    Each stage of a pipeline works on its share of the batch; a sequence advances once all stages
    are passed.
    """
    options = options or Options(prediction=drafts > 0 and a.prediction_layers > 0)
    b, pipeline = np.asarray(batch, float), np.asarray(mapping.pipeline, float)
    work = Work(sequences=b / pipeline, kv_len=kv_len, query_len=1.0 + drafts)
    step = step_time(a, work, mapping, chip, engine, options)
    memory = memory_needed(
        a,
        mapping,
        chip,
        sequences=b,
        context_len=kv_len if longest_len is None else longest_len,
        step_tokens=work.tokens,
        reserved_memory=reserved_memory,
        collective=options.exchange == "collective",
        prediction=options.prediction,
    )
    reason = infeasible_reason(a, mapping, memory, chip.memory_capacity, b, kv_len)
    gained = accepted_tokens(drafts, acceptance)
    latency = step.total / gained
    rate = b / latency / (np.asarray(mapping.tensor, float) * pipeline)
    return PhaseResult(_blank(rate, reason), _blank(latency, reason), step, memory, reason)


def best_within(rate: ArrayLike, latency: ArrayLike, limit: ArrayLike, axis: int = -1) -> tuple[IntArray, FloatArray]:
    """Candidate with the highest rate among those that keep a limit.

    Parameters
    ----------
    rate : array_like
        Tokens per second and chip of each candidate; not-a-number where it cannot run. [1/s]
    latency : array_like
        Its time to first token or per output token. [s]
    limit : array_like
        Longest time allowed, broadcast against ``latency``. [s]
    axis : int
        Axis of the candidates.

    Returns
    -------
    tuple of array
        Index of the best candidate [1] and its rate, not-a-number where none keeps the limit.
        [1/s]

    Examples
    --------
    >>> index, rate = best_within([10.0, 20.0, 30.0], [0.01, 0.02, 0.05], 0.03)
    >>> int(index), float(rate)
    (1, 20.0)
    """
    r, t = np.broadcast_arrays(np.asarray(rate, float), np.asarray(latency, float))
    allowed = np.where((t <= np.asarray(limit, float)) & np.isfinite(r), r, -np.inf)
    index = np.argmax(allowed, axis=axis)
    best = np.max(allowed, axis=axis)
    return index, np.where(np.isfinite(best), best, np.nan)


def frontier(interactivity: ArrayLike, rate: ArrayLike) -> BoolArray:
    """Candidates that no other beats in both interactivity and throughput.

    Parameters
    ----------
    interactivity : array_like
        Tokens per second of one user, of each candidate. [1/s]
    rate : array_like
        Tokens per second and chip. [1/s]

    Returns
    -------
    array of bool
        Whether a candidate lies on the frontier; equal ones count once. Candidates that cannot
        run, with a value that is not a number, never do.

    Examples
    --------
    >>> frontier([10.0, 20.0, 20.0, 30.0], [100.0, 50.0, 60.0, 10.0]).tolist()
    [True, False, True, True]
    """
    x, y = np.broadcast_arrays(np.asarray(interactivity, float), np.asarray(rate, float))
    u, v = x.ravel(), y.ravel()
    u, v = np.where(np.isnan(u + v), -np.inf, u), np.where(np.isnan(u + v), -np.inf, v)
    order = np.lexsort((-v, -u))
    ranked = v[order]
    before = np.concatenate(([-np.inf], np.maximum.accumulate(ranked)[:-1]))
    on = np.zeros(u.size, bool)
    on[order] = ranked > before
    return on.reshape(x.shape)
