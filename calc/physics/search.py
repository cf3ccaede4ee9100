"""Best mapping of a training run over the whole space of splits, in chunks of arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from math import prod

import numpy as np

from calc.physics.training import (
    MEMORY,
    REASONS,
    Mapping,
    TrainingStep,
    mapping_reason,
    training_step,
)
from calc.physics.training_layer import (
    LayerTimes,
    SoftwareStack,
    TrainingChip,
    TrainingConstants,
    TrainingFabric,
    layer_times,
)
from calc.physics.transformer import Architecture
from calc.physics.types import BoolArray, FloatArray, IntArray

__all__ = [
    "SearchResult",
    "SearchSpace",
    "divisors",
    "full_space",
    "infeasible_message",
    "search_mappings",
    "smallest_that_fits",
]


# Candidates evaluated at a time: their arrays stay in the cache.
CHUNK = 32768


@dataclass(frozen=True)
class SearchSpace:
    """What a search may choose from; a field with one value is given, not searched.

    Parameters
    ----------
    tp, pp, vp, cp, ep, micro_batch : sequence of int
        Values of each split. [1]
    recompute, sharding, zero_bubble : sequence of int
        Values as in ``Mapping``. [1]
    """

    tp: Sequence[int] = (1, 2, 4, 8, 16, 32, 64)
    pp: Sequence[int] = (1, 2, 4, 8, 16, 32, 64)
    vp: Sequence[int] = (1, 2, 3, 4, 6, 8)
    cp: Sequence[int] = (1, 2, 4, 8, 16)
    ep: Sequence[int] = (1, 2, 4, 8, 16, 32, 64)
    micro_batch: Sequence[int] = (1, 2, 4, 8, 16)
    recompute: Sequence[int] = (0, 1, 3)
    sharding: Sequence[int] = (1, 2, 3)
    zero_bubble: Sequence[int] = (0, 1)

    @property
    def size(self) -> int:
        """Candidates; the data split follows from the others. [1]"""
        return prod(len(getattr(self, f.name)) for f in fields(self))


@dataclass(frozen=True)
class SearchResult:
    """The best mappings and what became of the others.

    Parameters
    ----------
    mappings : list of Mapping
        The best, fastest first.
    step : TrainingStep or None
        Their times, in the same order; None if there are none.
    candidates : int
        Size of the space. [1]
    evaluated : int
        Candidates whose time and memory were computed. [1]
    feasible : int
        Those that fit in memory. [1]
    reasons : dict
        Number of candidates that each rule turned down. [1]
    least_memory : float
        Least memory per chip of any evaluated mapping; infinite if there is none. [B]
    lean : list of Mapping
        Mappings that fit for which every faster one needs more memory, and those next to them.
    """

    mappings: list[Mapping]
    step: TrainingStep | None
    candidates: int
    evaluated: int
    feasible: int
    reasons: dict[str, int] = field(default_factory=dict)
    least_memory: float = np.inf
    lean: list[Mapping] = field(default_factory=list)


def divisors(number: int) -> list[int]:
    """Divisors of a number in ascending order.

    Parameters
    ----------
    number : int
        A positive number. [1]

    Returns
    -------
    list of int
        Divisors. [1]

    Examples
    --------
    >>> divisors(12)
    [1, 2, 3, 4, 6, 12]
    """
    small = [d for d in range(1, int(number**0.5) + 1) if number % d == 0]
    return small + [number // d for d in reversed(small) if d * d != number]


def full_space(architecture: Architecture, chips: int, global_batch: int, sequence: int) -> SearchSpace:
    """Every split that divides what it splits.

    Parameters
    ----------
    architecture : Architecture
        The network.
    chips : int
        Chips of the run. [1]
    global_batch : int
        Sequences of a step. [1]
    sequence : int
        Tokens of a sequence. [1]

    Returns
    -------
    SearchSpace
        The space.

    Notes
    -----
    Context splits are only worth having for sequences that are long per split, and micro-batches
    of more than 64 sequences or more than 12 virtual stages are not in use.

    Examples
    --------
    >>> gpt = Architecture(96, 12288, 96, 96, 128, 49152, 51200, gated=False)
    >>> full_space(gpt, 4096, 1536, 2048).tp
    [1, 2, 4, 8, 16, 32]
    """
    a = architecture
    layers = a.layers + a.prediction_layers
    sizes = divisors(chips)
    context = [d for d in sizes if sequence % (2 * d) == 0 and (d == 1 or sequence >= 1024 * d)]
    return SearchSpace(
        tp=[d for d in sizes if a.heads % d == 0 and d <= 64],
        pp=[d for d in sizes if d <= layers],
        vp=[v for v in range(1, 13) if v <= layers],
        cp=context,
        ep=[d for d in divisors(a.experts) if d <= chips] if a.experts else [1],
        micro_batch=[d for d in divisors(global_batch) if d <= 64],
        recompute=(0, 1, 3),
        sharding=(1, 2, 3),
        zero_bubble=(0, 1),
    )


class _Plan:
    """Decodes positions in the space.

    The outer axes fix where each chip stands and what a layer takes. The inner axes stay axes of
    the arrays, so that what does not depend on them is computed once for all their values.
    """

    outer_names = ("tp", "cp", "ep", "micro_batch", "pp")
    inner_names = ("vp", "recompute", "sharding", "zero_bubble")

    def __init__(self, space: SearchSpace, chips: int) -> None:
        self.outer = [np.asarray(getattr(space, name), float) for name in self.outer_names]
        self.outer_shape = tuple(len(v) for v in self.outer)
        self.outer_size = prod(self.outer_shape)
        inner = [np.asarray(getattr(space, name), float) for name in self.inner_names]
        self.inner_shape = tuple(len(v) for v in inner)
        self.inner_size = prod(self.inner_shape)
        grid = np.meshgrid(*inner, indexing="ij", sparse=True)
        self.inner = dict(zip(self.inner_names, (g[None] for g in grid), strict=True))
        self.flat = {
            name: np.broadcast_to(values, (1, *self.inner_shape)).ravel() for name, values in self.inner.items()
        }
        self.chips = chips

    def outer_mapping(self, index: IntArray) -> Mapping:
        """Outer splits at positions of the outer axes, ready to broadcast over the inner ones."""
        digits = np.unravel_index(index, self.outer_shape)
        shape = (index.size, *(1 for _ in self.inner_names))
        chosen = {n: v[d].reshape(shape) for n, v, d in zip(self.outer_names, self.outer, digits, strict=True)}
        dp = self.chips / (chosen["tp"] * chosen["pp"] * chosen["cp"])
        return Mapping(dp=np.floor(dp), **chosen, **self.inner)

    def mapping(self, index: IntArray) -> Mapping:
        """Mapping at positions in the whole space, one-dimensional."""
        outer, inner = np.divmod(index, self.inner_size)
        chosen = self.outer_mapping(outer)
        arrays = {n: np.asarray(getattr(chosen, n)).ravel() for n in (*self.outer_names, "dp")}
        return Mapping(**arrays, **{n: values[inner] for n, values in self.flat.items()})

    def layer_place(self, outer: IntArray) -> IntArray:
        """Where the layer times of outer positions stand in ``layer_key``'s order."""
        return outer // self.outer_shape[-1]

    def layer_key(self) -> dict[str, FloatArray]:
        """All combinations of the splits that layer times depend on."""
        grid = np.meshgrid(*self.outer[:-1], indexing="ij")
        return dict(zip(self.outer_names[:-1], (g.ravel() for g in grid), strict=True))


def _chunks(size: int, chunk: int) -> Iterator[IntArray]:
    for start in range(0, size, chunk):
        yield np.arange(start, min(start + chunk, size))


def search_mappings(
    architecture: Architecture,
    chip: TrainingChip,
    fabric: TrainingFabric,
    *,
    chips: int,
    global_batch: int,
    sequence: int,
    space: SearchSpace | None = None,
    top: int = 10,
    stack: SoftwareStack | None = None,
    constants: TrainingConstants | None = None,
    chunk: int = CHUNK,
    progress: Callable[[int, int], None] | None = None,
    lean: int = 0,
) -> SearchResult:
    """Fastest mappings of a training run.

    Parameters
    ----------
    architecture : Architecture
        The network.
    chip : TrainingChip
        The accelerator.
    fabric : TrainingFabric
        The networks.
    chips : int
        Chips of the run. [1]
    global_batch : int
        Sequences of a step. [1]
    sequence : int
        Tokens of a sequence. [1]
    space : SearchSpace, optional
        What to choose from; ``full_space`` unless given.
    top : int
        How many mappings to return. [1]
    stack : SoftwareStack, optional
        What the software does; today's unless given.
    constants : TrainingConstants, optional
        Global constants.
    chunk : int
        Candidates evaluated at a time. [1]
    progress : callable, optional
        Called after each chunk with the candidates done and their total.
    lean : int
        Layers of mappings to return of which none is both slower and larger than another of its
        layer, the first the best: on less memory the fastest is among them. [1]

    Returns
    -------
    SearchResult
        The best mappings, counts, and reasons.

    Notes
    -----
    Memory does not grow with the space: candidates are numbers in a mixed radix, decoded chunk by
    chunk. Layer times are computed once for each combination of the splits they depend on.

    Examples
    --------
    >>> from calc.physics.gemm import GemmParameters
    >>> from calc.physics.attention import AttentionParameters
    >>> a100 = GemmParameters(312e12, 2.04e12, 108, 0.85, 0.8, 5e-6, 4e-8, 1.6)
    >>> core = AttentionParameters(312e12, 2.04e12, 108, 0.47, 0.8, 5e-6, 3e-7, 3)
    >>> chip = TrainingChip(a100, a100, core, 312e12, 80e9)
    >>> llama = Architecture(32, 4096, 32, 8, 128, 14336, 128256)
    >>> found = search_mappings(llama, chip, TrainingFabric(300e9, 8, 25e9), chips=8,
    ...                         global_batch=64, sequence=8192, top=1)
    >>> found.feasible > 0, bool(found.step.mfu[0] > 0.3)
    (True, True)
    """
    stack = stack or SoftwareStack()
    c = constants or TrainingConstants()
    space = space or full_space(architecture, chips, global_batch, sequence)
    plan = _Plan(space, chips)
    # Layer times are computed only where tp, cp and ep are possible: without a pipeline, and with a
    # batch that always divides, no other rule is left to break.
    key = plan.layer_key()
    dp = np.floor(chips / (key["tp"] * key["cp"]))
    plain = Mapping(tp=key["tp"], cp=key["cp"], ep=key["ep"], dp=dp)
    possible = mapping_reason(architecture, plain, chips=chips, global_batch=dp, sequence=sequence) == 0
    place = np.cumsum(possible) - 1
    layer: LayerTimes | None = None
    if possible.any():
        layer = layer_times(
            architecture,
            chip,
            fabric,
            stack,
            c,
            sequence=float(sequence),
            **{name: value[possible] for name, value in key.items()},
        )
    counts = np.zeros(len(REASONS), np.int64)
    best_rate = np.empty(0)
    best_index = np.empty(0, np.int64)
    band = _Band(lean)
    least = np.inf
    evaluated = done = 0
    total = plan.outer_size * plan.inner_size
    for index in _chunks(plan.outer_size, max(chunk // plan.inner_size, 1)):
        full = (index.size, *plan.inner_shape)
        mapping = plan.outer_mapping(index)
        reason = mapping_reason(architecture, mapping, chips=chips, global_batch=global_batch, sequence=sequence)
        alive = np.flatnonzero((reason == 0).any(axis=tuple(range(1, reason.ndim))))
        repeat = prod(full) // reason.size
        counts += repeat * np.bincount(reason.ravel(), minlength=len(REASONS))
        if alive.size and layer is not None:
            outer = index[alive]
            at = place[plan.layer_place(outer)].reshape(-1, *(1 for _ in plan.inner_names))
            step = training_step(
                architecture,
                chip,
                fabric,
                plan.outer_mapping(outer),
                chips=chips,
                global_batch=global_batch,
                sequence=sequence,
                stack=stack,
                constants=c,
                layer=layer,
                layer_index=at,
            )
            shape = (alive.size, *plan.inner_shape)
            allowed = np.broadcast_to(step.reason, shape)
            evaluated += allowed.size
            starved = int(np.count_nonzero(allowed == MEMORY))
            counts[0] -= starved
            counts[MEMORY] += starved
            tried = (step.reason == 0) | (step.reason == MEMORY)
            needed = np.broadcast_to(step.memory_total, tried.shape)[tried]
            least = min(least, float(needed.min(initial=np.inf)))
            rate = np.where(allowed == 0, step.token_rate_per_chip, -np.inf).ravel()
            if lean:
                memory = np.broadcast_to(step.memory_total, shape).ravel()
                band.add(rate, memory, outer, plan.inner_size, allowed.ravel() == 0)
            number = min(top, rate.size)
            chosen = np.argpartition(-rate, number - 1)[:number]
            chosen = chosen[np.isfinite(rate[chosen])]
            row, inner = np.divmod(chosen, plan.inner_size)
            best_rate = np.concatenate([best_rate, rate[chosen]])
            best_index = np.concatenate([best_index, outer[row] * plan.inner_size + inner])
            best = np.argsort(-best_rate, kind="stable")[:top]
            best_rate, best_index = best_rate[best], best_index[best]
        done += prod(full)
        if progress is not None:
            progress(done, total)
    mappings: list[Mapping] = []
    step_best: TrainingStep | None = None
    if best_index.size:
        winners = plan.mapping(best_index)
        step_best = training_step(
            architecture,
            chip,
            fabric,
            winners,
            chips=chips,
            global_batch=global_batch,
            sequence=sequence,
            stack=stack,
            constants=c,
            layer=layer,
            layer_index=place[plan.layer_place(best_index // plan.inner_size)],
        )
        mappings = _each(winners, best_index.size)
    reasons = {REASONS[i]: int(n) for i, n in enumerate(counts) if i and n}
    spare = _each(plan.mapping(band.index), band.index.size) if band.index.size else []
    return SearchResult(mappings, step_best, total, evaluated, int(counts[0]), reasons, least, spare)


def _each(mappings: Mapping, number: int) -> list[Mapping]:
    """One-dimensional mappings one by one."""
    arrays = {f.name: np.asarray(getattr(mappings, f.name)) for f in fields(mappings)}
    return [Mapping(**{name: int(values[i]) for name, values in arrays.items()}) for i in range(number)]


class _Band:
    """The layers of mappings of which none is both slower and larger than another of its layer."""

    def __init__(self, layers: int) -> None:
        self.layers = layers
        self.rate = np.empty(0)
        self.memory = np.empty(0)
        self.index = np.empty(0, np.int64)
        self.floor = np.empty(0)

    def add(self, rate: FloatArray, memory: FloatArray, outer: IntArray, inner: int, fits: BoolArray) -> None:
        """Take in what may belong to it, by place among the outer and the inner axes."""
        hopeful = np.flatnonzero(fits)
        if self.floor.size and hopeful.size:
            # What one of the last layer beats has a layer beyond it.
            at = np.searchsorted(self.memory, memory[hopeful], side="right")
            hopeful = hopeful[rate[hopeful] > np.concatenate([[-np.inf], self.floor])[at]]
        row, place = np.divmod(hopeful, inner)
        rates, sizes = (np.concatenate([old, new[hopeful]]) for old, new in ((self.rate, rate), (self.memory, memory)))
        order = np.lexsort((-rates, sizes))
        self.rate, self.memory = rates[order], sizes[order]
        self.index = np.concatenate([self.index, outer[row] * inner + place])[order]
        layer = np.zeros(self.rate.size, np.int64)
        left = np.arange(self.rate.size)
        for number in range(1, self.layers + 1):
            smaller = np.maximum.accumulate(np.concatenate([[-np.inf], self.rate[left]]))[:-1]
            ahead = self.rate[left] > smaller
            layer[left[ahead]] = number
            left = left[~ahead]
        kept = layer > 0
        self.floor = np.maximum.accumulate(np.where(layer == self.layers, self.rate, -np.inf))[kept]
        self.rate, self.memory, self.index = self.rate[kept], self.memory[kept], self.index[kept]


def smallest_that_fits(
    architecture: Architecture,
    chip: TrainingChip,
    fabric: TrainingFabric,
    *,
    global_batch: int,
    sequence: int,
    counts: Sequence[int],
    space: SearchSpace | None = None,
    stack: SoftwareStack | None = None,
    constants: TrainingConstants | None = None,
) -> int | None:
    """Smallest number of chips on which some mapping fits.

    Parameters
    ----------
    architecture : Architecture
        The network.
    chip : TrainingChip
        The accelerator.
    fabric : TrainingFabric
        The networks.
    global_batch : int
        Sequences of a step. [1]
    sequence : int
        Tokens of a sequence. [1]
    counts : sequence of int
        Numbers of chips to try, ascending. [1]
    space : SearchSpace, optional
        What to choose from; the whole space of each count unless given.
    stack : SoftwareStack, optional
        What the software does.
    constants : TrainingConstants, optional
        Global constants.

    Returns
    -------
    int or None
        Chips; None if no count fits. [1]
    """
    for count in counts:
        chosen = space or full_space(architecture, count, global_batch, sequence)
        # What saves memory is enough to know whether anything fits.
        lean = replace(
            chosen,
            micro_batch=[min(chosen.micro_batch)],
            recompute=[max(chosen.recompute)],
            sharding=[max(chosen.sharding)],
            vp=[min(chosen.vp)],
            zero_bubble=[min(chosen.zero_bubble)],
        )
        found = search_mappings(
            architecture,
            chip,
            fabric,
            chips=count,
            global_batch=global_batch,
            sequence=sequence,
            space=lean,
            top=1,
            stack=stack,
            constants=constants,
        )
        if found.feasible:
            return count
    return None


def _size(value: float) -> str:
    for unit, name in ((1e12, "TB"), (1e9, "GB")):
        if value >= unit:
            return f"{value / unit:.3g} {name}"
    return f"{value / 1e6:.3g} MB"


def infeasible_message(result: SearchResult, memory_capacity: float, smallest: int | None) -> str:
    """Why nothing fits, and what would.

    Parameters
    ----------
    result : SearchResult
        A search that found nothing.
    memory_capacity : float
        Capacity of one chip. [B]
    smallest : int or None
        Chips on which some mapping fits, by ``smallest_that_fits``. [1]

    Returns
    -------
    str
        One sentence, sizes in GB or TB. [B]

    Examples
    --------
    >>> infeasible_message(SearchResult([], None, 10, 4, 0, {}, 1.3e12), 128e9, 48)
    'needs 1.3 TB per chip; 128 GB there; smallest that fits: 48 chips'
    """
    if not result.evaluated:
        rule = max(result.reasons, key=lambda name: result.reasons[name], default="no candidates")
        return f"no mapping is possible; most often {rule}"
    text = f"needs {_size(result.least_memory)} per chip; {_size(memory_capacity)} there"
    if smallest is None:
        return f"{text}; no number of chips tried fits"
    return f"{text}; smallest that fits: {smallest} chips"
