"""Training at every point of arrays: mappings, batches and scenarios that broadcast against one another."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calc.errors import CalcError, UnknownNameError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.physics import search, training
from calc.physics.gemm import distinct
from calc.physics.training_layer import LayerTimes, SoftwareStack, TrainingChip, TrainingFabric, layer_times
from calc.physics.transformer import Architecture
from calc.spec.architecture import architecture
from calc.spec.kernels import joined
from calc.spec.library import Library
from calc.spec.system import System
from calc.studies.boxes import alike, blocks, part_of, shape_of, taken
from calc.studies.train import FIXED, training_chip, training_fabric
from calc.studies.training_runs import Fitted, fitted
from calc.studies.whole_run import run_time

__all__ = ["BOUNDS", "FIXED", "REASONS", "train_points"]

REASONS = training.REASONS
"""Why a point has no rate; ``reason`` is a place in it, 0 where it has one."""
BOUNDS = tuple(training.BOUND_BY)
"""What a step is bound by; ``bound_by`` is a place in it, -1 where there is none."""

_MEMORY = REASONS[training.MEMORY]
_PARTS = (*FIXED, "zero_bubble")
_WORDS = {"recompute": training.RECOMPUTE, "sharding": training.SHARDING}
# Points whose distinct layers are computed together, and points whose arrays stay in the cache.
_LAYERS = 1 << 19
_STEPS = 1 << 15
# Mappings kept of each search, layers of leaner ones, the points on which they are sifted, and how far behind the best
# one may be there.
_KEPT = 256
_LAYERED = 6
_SIFTED = 256
_BEHIND = 0.01
_CORNERS = 40
_MOST_SEARCHES = 1000


@dataclass(frozen=True)
class _Asked:
    """What does not change from block to block."""

    network: Architecture
    shared: Fitted
    stack: SoftwareStack


def train_points(
    library: Library,
    model: str,
    system: System,
    scenario: Scenario | None = None,
    *,
    global_batch: ArrayLike = 1024,
    sequence: ArrayLike = 4096,
    chips: ArrayLike | None = None,
    mapping: Mapping[str, Any] | None = None,
    tokens: ArrayLike | None = None,
    specs: Iterable[str | os.PathLike[str]] = (),
) -> dict[str, NDArray[Any]]:
    """A training step at every point that the arguments and the scenario's settings broadcast to.

    Parameters
    ----------
    library : the catalogue, for the model.
    model : id of the network.
    system : the system; more chips than it has are several of it.
    scenario : number format and what is set; settings may be arrays.
    global_batch : sequences of a step.
    sequence : tokens of a sequence.
    chips : chips of the run; those of one system unless said.
    mapping : parts of the mapping, of `FIXED` and ``zero_bubble``; numbers, words, or arrays of either. Parts left
        out are searched, for each point; ``zero_bubble`` alone is 0 where the others are given.
    tokens : tokens of the whole run, for its time.
    specs : further folders of spec files, for the fits.

    Returns
    -------
    dict : arrays of the shape of the points: ``step_time`` [s], ``token_rate_per_chip``, its 80 % interval ``low`` and
        ``high``, ``token_rate`` [1/s], ``mfu``, ``hfu``, ``memory`` of a chip [B], ``feasible``, ``reason``, a place
        in `REASONS`, ``bound_by``, a place in `BOUNDS`, ``energy_per_token`` [J] and ``cost_per_token`` [USD], NaN
        where the power or the price is not known; with tokens ``run_time`` [s]; and the parts of the mapping that
        were searched, with ``dp``. A point that is not feasible is NaN and has a reason.

    Raises
    ------
    CalcError : where the system lacks what a step needs, or a number makes no sense.
    UnknownNameError : where a name is none.

    Notes
    -----
    Arrays of mappings as ``(m, 1)`` and of settings as ``(s,)`` cost least: what depends on one of them is computed
    once for all of the other.

    A search over many scenarios runs over the whole space at the least, the middle and the greatest of what moves the
    chip and its links: every corner, or each end by itself on domains of several sizes. Of each it keeps the 256
    fastest mappings and, where the memory differs from point to point, those for which every faster one needs more
    of it, six layers deep. It leaves out what is never near the best of the same memory on a sample of the points,
    and takes the fastest of the others that fits at every point.
    """
    asked = scenario or Scenario()
    if asked.sparse:
        raise CalcError("the kernels are dense; leave --sparse out")
    network, shared = architecture(library, model), fitted(specs)
    chip, own = training_chip(system, asked, specs)
    fabric = training_fabric(system, asked, shared, specs)
    result = evaluate(system, asked, ("chips", "power.all_in_per_chip", "cost_rate"))
    sizes = {
        "chips": np.floor(result.array("chips")) if chips is None else _whole("chips", chips),
        "global_batch": _whole("batch", global_batch),
        "sequence": _whole("sequence", sequence),
    }
    given = {part: _part(part, value) for part, value in (mapping or {}).items()}
    what = _Asked(network, shared, SoftwareStack())
    extra: dict[str, NDArray[Any]] = {}
    if all(part in given for part in FIXED):
        found = _steps(what, chip, fabric, given, sizes)
    else:
        found, extra = _searched(what, chip, fabric, given, sizes)
    low, high = joined(shared.fit.interval("moe" if network.experts else "dense"), own)
    rate = found["token_rate_per_chip"]
    power, cost = result.array("power.all_in_per_chip"), result.array("cost_rate") / result.array("chips")
    found |= {
        "token_rate": rate * sizes["chips"],
        "low": rate * low,
        "high": rate * high,
        "energy_per_token": power / rate,
        "cost_per_token": cost / rate,
    }
    if tokens is not None:
        found["run_time"] = run_time(network, evaluate(system, asked), sizes["chips"], tokens, rate)
    return alike(found | extra)


def _whole(name: str, given: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(given, float)
    good = (values >= 1) & (values <= 1e9) & (values == np.floor(values))
    if not good.all():
        raise CalcError(f"{name} is {values[~good].flat[0]:g}; give a whole number from 1 to 1,000,000,000")
    return values


def _part(part: str, given: Any) -> NDArray[np.float64]:
    """One part of a mapping as numbers."""
    if part not in _PARTS:
        raise UnknownNameError("part of a mapping", part, _PARTS)
    values = np.asarray(given)
    words = _WORDS.get(part)
    if words and values.dtype.kind in "US":
        own, place = np.unique(values, return_inverse=True)
        for word in own:
            if word not in words:
                raise UnknownNameError(f"{part}:", str(word), words)
        return np.array([words[str(word)] for word in own], float)[place].reshape(values.shape)
    try:
        values = values.astype(float)
    except ValueError:
        raise CalcError(f"{part} is {str(given)[:60]!r}; give a whole number from 1 up") from None
    lowest, highest = (1.0, 1e9) if part not in (*_WORDS, "zero_bubble") else (0.0, max((words or {"yes": 1}).values()))
    good = (values >= lowest) & (values <= highest) & (values == np.floor(values))
    if not good.all():
        bad = f"{part} is {values[~good].flat[0]:g}; give "
        raise CalcError(bad + ("a whole number from 1 up" if lowest else f"a whole number from 0 to {highest:g}"))
    return values


_FLOATS = ("step_time", "token_rate_per_chip", "mfu", "hfu", "memory")


def _steps(
    asked: _Asked,
    chip: TrainingChip,
    fabric: TrainingFabric,
    parts: Mapping[str, NDArray[np.float64]],
    sizes: Mapping[str, NDArray[np.float64]],
) -> dict[str, NDArray[Any]]:
    """Steps of given mappings."""
    shape = shape_of(chip, fabric, *parts.values(), *sizes.values())
    found: dict[str, NDArray[Any]] = {name: np.empty(shape) for name in _FLOATS}
    found |= {name: np.empty(shape, np.int8) for name in ("reason", "bound_by")}
    for outer in blocks(shape, _LAYERS, -1):
        chosen = [{name: part_of(value, outer) for name, value in group.items()} for group in (parts, sizes)]
        whole: Any = (*outer, ...)
        here = {name: values[whole] for name, values in found.items()}
        _fill(here, asked, part_of(chip, outer), part_of(fabric, outer), *chosen)
    feasible = found["reason"] == 0
    if not feasible.all():
        for name in _FLOATS[:-1]:
            found[name][~feasible] = np.nan
        found["memory"][~feasible & (found["reason"] != training.MEMORY)] = np.nan
        found["bound_by"][~feasible] = -1
    return found | {"feasible": feasible}


def _fill(
    found: Mapping[str, NDArray[Any]],
    asked: _Asked,
    chip: TrainingChip,
    fabric: TrainingFabric,
    parts: Mapping[str, NDArray[np.float64]],
    sizes: Mapping[str, NDArray[np.float64]],
) -> None:
    """Fill in the results of one block, each distinct layer computed once."""
    shape = found["reason"].shape
    layers = _Layers(asked, chip, fabric, parts, sizes)
    with np.errstate(over="ignore"):
        for box in blocks(shape, _STEPS):
            own = {name: part_of(value, box) for name, value in parts.items()}
            size = {name: part_of(value, box) for name, value in sizes.items()}
            data = np.maximum(np.floor(size["chips"] / (own["tp"] * own["pp"] * own["cp"])), 1.0)
            step = training.training_step(
                asked.network,
                part_of(chip, box),
                part_of(fabric, box),
                training.Mapping(dp=data, **own),
                **size,
                stack=asked.stack,
                constants=asked.shared.constants,
                layer=layers.at(box),
            )
            found["step_time"][box] = step.step_time
            found["token_rate_per_chip"][box] = step.token_rate_per_chip
            found["mfu"][box] = step.mfu
            found["hfu"][box] = step.hfu
            found["memory"][box] = step.memory_total
            found["reason"][box] = step.reason
            found["bound_by"][box] = step.bound_index()


class _Layers:
    """Layer times of a block: one for each distinct pair of a layer and a chip."""

    def __init__(
        self,
        asked: _Asked,
        chip: TrainingChip,
        fabric: TrainingFabric,
        parts: Mapping[str, NDArray[np.float64]],
        sizes: Mapping[str, NDArray[np.float64]],
    ) -> None:
        names = ("micro_batch", "sequence", "tp", "cp", "ep")
        kinds, self.kind = distinct(*(parts[name] if name in parts else sizes[name] for name in names))
        # All other parameters of the kernels and the links move with these.
        moved = (
            chip.gemm.peak_flop_rate, chip.gemm.memory_bandwidth,
            fabric.scale_up_bandwidth, fabric.scale_up_domain, fabric.scale_out_bandwidth,
        )  # fmt: skip
        chips, self.chip = distinct(*moved)
        self.chips = len(chips[0])
        where = np.empty(self.chips, np.int64)
        where[self.chip.ravel()] = np.arange(self.chip.size)
        kind, pairs = np.arange(len(kinds[0]))[:, None], np.arange(self.chips)
        self.pair: NDArray[Any] | None = None
        if kind.size * self.chips > 2 * prod(np.broadcast_shapes(self.kind.shape, self.chip.shape)):
            (both,), self.pair = distinct(self.kind * float(self.chips) + self.chip)
            kind, pairs = np.divmod(both.astype(np.int64), self.chips)
        shape = self.chip.shape
        self.times = layer_times(
            asked.network,
            taken(chip, shape, where[pairs]),
            taken(fabric, shape, where[pairs]),
            asked.stack,
            asked.shared.constants,
            **{name: values[kind] for name, values in zip(names, kinds, strict=True)},
        )

    def at(self, box: tuple[slice, ...]) -> LayerTimes:
        """Those of a box, every part in the least shape."""
        if self.pair is not None:
            pair = part_of(self.pair, box)
            return _each(self.times, lambda part: part[pair])
        kind, chip = part_of(self.kind, box), part_of(self.chip, box)
        both = kind * self.chips + chip if self.chips > 1 else kind

        def gathered(part: NDArray[np.float64]) -> NDArray[np.float64]:
            return part.reshape(-1).take(both if part.shape[1] > 1 else kind)

        return _each(self.times, gathered)


def _each(times: LayerTimes, do: Any) -> LayerTimes:
    return LayerTimes(
        *({name: do(part) for name, part in group.items()} for group in (times.forward, times.backward, times.head))
    )


def _searched(
    asked: _Asked,
    chip: TrainingChip,
    fabric: TrainingFabric,
    given: Mapping[str, NDArray[np.float64]],
    sizes: Mapping[str, NDArray[np.float64]],
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """The best mapping of each point among those that a search finds."""
    shape = shape_of(chip, fabric, *given.values(), *sizes.values())
    kinds, kind = distinct(*given.values(), *sizes.values())
    if len(kinds[0]) > _MOST_SEARCHES:
        raise CalcError(
            f"{len(kinds[0]):,} combinations of chips, batch, sequence and given parts to search; give every part of"
            f" the mapping, or at most {_MOST_SEARCHES:,} combinations"
        )
    wanted = [part for part in _PARTS if part not in given]
    found: dict[str, NDArray[Any]] = {name: np.full(shape, np.nan) for name in (*_FLOATS, *wanted, "dp")}
    found |= {"reason": np.full(shape, training.MEMORY, np.int8), "bound_by": np.full(shape, -1, np.int8)}
    flat = {name: values.reshape(-1) for name, values in found.items()}
    of_kind = np.broadcast_to(kind, shape).reshape(-1)
    for number in range(len(kinds[0])):
        own = {name: float(kinds[place][number]) for place, name in enumerate((*given, *sizes))}
        points = np.flatnonzero(of_kind == number)
        size = {name: own.pop(name) for name in sizes}
        best = _best(asked, taken(chip, shape, points), taken(fabric, shape, points), own, size, points.size)
        for name, values in best.items():
            if name in flat:
                flat[name][points] = values
    found["feasible"] = found["reason"] == 0
    return {name: found[name] for name in found if name not in (*wanted, "dp")}, {
        name: found[name] for name in (*wanted, "dp")
    }


def _best(
    asked: _Asked,
    chip: TrainingChip,
    fabric: TrainingFabric,
    given: Mapping[str, float],
    size: Mapping[str, float],
    points: int,
) -> dict[str, Any]:
    """The best mapping at each of so many points of one size."""
    ask: dict[str, Any] = {name: int(value) for name, value in size.items()}
    full = search.full_space(asked.network, ask["chips"], ask["global_batch"], ask["sequence"])
    space = replace(full, **{name: (int(value),) for name, value in given.items()})
    kept: set[tuple[int, ...]] = set()
    turned_down: dict[str, int] = {}
    capacity = np.asarray(chip.memory_capacity)
    lean = _LAYERED if np.ptp(capacity) > 0 else 0
    for corner_chip, corner_fabric in _corners(chip, fabric):
        one = search.search_mappings(
            asked.network, corner_chip, corner_fabric, space=space, top=_KEPT, stack=asked.stack,
            constants=asked.shared.constants, lean=lean, **ask,
        )  # fmt: skip
        every = [*one.mappings, *one.lean]
        kept |= {tuple(int(getattr(mapping, part)) for part in (*_PARTS, "dp")) for mapping in every}
        turned_down = one.reasons or turned_down
    if not kept:
        said = _MEMORY if _MEMORY in turned_down else max(turned_down, key=turned_down.__getitem__)
        return {"reason": REASONS.index(said)}
    table = np.array(sorted(kept), float)
    sizes = {name: np.asarray(value) for name, value in size.items()}

    def steps(chip: TrainingChip, where: NDArray[Any]) -> dict[str, NDArray[Any]]:
        parts = {part: table[:, place, None] for place, part in enumerate(_PARTS)}
        found = _steps(asked, taken(chip, (points,), where), taken(fabric, (points,), where), parts, sizes)
        return {name: np.broadcast_to(values, (len(table), where.size)) for name, values in found.items()}

    spread = np.linspace(0, points - 1, min(points, _SIFTED)).astype(np.int64)
    ends = [place for three in _ends(chip, fabric).values() for place in three]
    sample = np.unique([*spread, *ends])
    table = table[_sifted(steps(replace(chip, memory_capacity=np.inf), sample), capacity)]
    best: dict[str, Any] = {name: np.empty(points) for name in (*_FLOATS, *_PARTS, "dp", "reason", "bound_by")}
    length = max(_LAYERS // len(table), 1)
    for start in range(0, points, length):
        where = np.arange(start, min(start + length, points))
        found = steps(chip, where)
        winner = np.argmax(np.nan_to_num(found["token_rate_per_chip"]), axis=0)
        for name in (*_FLOATS, "reason", "bound_by"):
            best[name][where] = found[name][winner, np.arange(where.size)]
        for place, part in enumerate((*_PARTS, "dp")):
            best[part][where] = np.where(best["reason"][where] == 0, table[winner, place], np.nan)
    return best


def _sifted(found: Mapping[str, NDArray[Any]], capacity: NDArray[np.float64]) -> NDArray[Any]:
    """Rows of mappings that are near the best, of those that need no more memory, at some of a sample of points."""
    memory = found["memory"][:, 0]
    order = np.argsort(memory, kind="stable")
    rate = np.nan_to_num(found["token_rate_per_chip"][order])
    best = np.maximum.accumulate(rate, axis=0)
    # Where a mapping fits at every point, all that do are its rivals.
    everywhere = int(np.searchsorted(memory[order], capacity.min(), side="right"))
    best[:everywhere] = best[max(everywhere - 1, 0)]
    return np.asarray(order[(rate >= (1.0 - _BEHIND) * best).any(axis=1)])


def _corners(chip: TrainingChip, fabric: TrainingFabric) -> Iterator[tuple[TrainingChip, TrainingFabric]]:
    """Chips and links at the ends and in the middle of what varies, on domains of every size."""
    ends = _ends(chip, fabric)
    middle = dict.fromkeys(_MOVERS, 0) | {name: three[0] for name, three in ends.items()}
    sizes = _sizes(fabric) if "domain" in ends else [0]
    rates = {name: three for name, three in ends.items() if name != "domain"}
    corners = product(*(three[1:] for three in rates.values()))
    choices = [middle, *(middle | dict(zip(rates, corner, strict=True)) for corner in corners)]
    if len(choices) * len(sizes) > _CORNERS:
        choices = [middle, *(middle | {name: three[side]} for name, three in rates.items() for side in (1, 2))]
    every = [choice | {"domain": size} for choice in choices for size in sizes]
    for choice in {tuple(sorted(one.items())): one for one in every}.values():
        yield _corner(chip, fabric, choice)


def _sizes(fabric: TrainingFabric) -> list[int]:
    """Where domains of different sizes are, at most six of them."""
    _, where = np.unique(fabric.scale_up_domain, return_index=True)
    chosen = np.linspace(0, len(where) - 1, min(len(where), 6)).round().astype(np.int64)
    return [int(one) for one in where[chosen]]


_MOVERS: Mapping[str, Callable[[TrainingChip, TrainingFabric], Any]] = {
    # What moves together is taken from the same scenario.
    "rate": lambda chip, _: chip.gemm.peak_flop_rate,
    "bandwidth": lambda chip, _: chip.gemm.memory_bandwidth,
    "scale_up": lambda _, fabric: fabric.scale_up_bandwidth,
    "domain": lambda _, fabric: fabric.scale_up_domain,
    "scale_out": lambda _, fabric: fabric.scale_out_bandwidth,
}


def _ends(chip: TrainingChip, fabric: TrainingFabric) -> dict[str, tuple[int, int, int]]:
    """Of each thing that varies, where it is in the middle, the least and the greatest."""
    ends: dict[str, tuple[int, int, int]] = {}
    for name, of in _MOVERS.items():
        values = of(chip, fabric)
        if np.ndim(values) and np.ptp(values) > 0:
            order = np.argsort(values, kind="stable")
            ends[name] = (int(order[order.size // 2]), int(order[0]), int(order[-1]))
    return ends


def _corner(chip: TrainingChip, fabric: TrainingFabric, at: Mapping[str, int]) -> tuple[TrainingChip, TrainingFabric]:
    def one(values: Any, name: str) -> Any:
        return float(values[at[name]]) if np.ndim(values) else values

    def kernel(parameters: Any) -> Any:
        return replace(
            parameters,
            peak_flop_rate=one(parameters.peak_flop_rate, "rate"),
            memory_bandwidth=one(parameters.memory_bandwidth, "bandwidth"),
        )

    return (
        replace(
            chip,
            gemm=kernel(chip.gemm),
            gemm_16=kernel(chip.gemm_16),
            attention=kernel(chip.attention),
            peak_flop_rate=one(chip.peak_flop_rate, "rate"),
            memory_capacity=float(np.max(chip.memory_capacity)),
        ),
        replace(
            fabric,
            scale_up_bandwidth=one(fabric.scale_up_bandwidth, "scale_up"),
            scale_up_domain=one(fabric.scale_up_domain, "domain"),
            scale_up_share=one(fabric.scale_up_share, "domain"),
            scale_out_bandwidth=one(fabric.scale_out_bandwidth, "scale_out"),
        ),
    )
