"""Serving at every point of arrays: lengths, batches, limits and scenarios that broadcast against one another."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calc.errors import CalcError, UnknownNameError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.physics import serving
from calc.physics.gemm import distinct
from calc.physics.serving_chip import Options, ServingChip, ServingMapping
from calc.physics.transformer import Architecture
from calc.spec.architecture import architecture
from calc.spec.kernels import joined
from calc.spec.library import Library
from calc.spec.system import System
from calc.studies.boxes import alike, blocks, part_of, shape_of, taken
from calc.studies.serve import batches, options_of, served_chip, splits
from calc.studies.serving_runs import DIES, Engine, engine, matrix_fit

__all__ = ["BOUNDS", "FIXED", "PHASES", "REASONS", "serve_points"]

PHASES = ("prefill", "decode")
FIXED = ("tp", "dp", "ep", "pp")
"""Parts of a split that can be given; ``pp`` is 1 and the others are searched where not."""
REASONS = (*serving.REASONS, "nothing keeps the limit", "no split has what is given")
"""Why a point has no rate; ``reason`` is a place in it, 0 where it has one."""
BOUNDS = serving.BOUNDS
"""What a step is bound by; ``bound_by`` is a place in it, -1 where there is none."""

_LIMIT, _SPLIT = len(serving.REASONS), len(serving.REASONS) + 1
_FLOATS = ("token_rate_per_chip", "latency", "memory", "batch_per_chip")
# Combinations of a batch and a point that are evaluated at a time.
_TOGETHER = 1 << 14
# Points on which splits and batches are sifted, and how far behind the best a split may be there.
_SIFTED = 128
_BEHIND = 0.03
_MOST_SEARCHES = 1000


@dataclass(frozen=True)
class _Asked:
    """What does not change from point to point."""

    network: Architecture
    phase: str
    chip_id: str
    runs: Engine
    dies: int


@dataclass(frozen=True)
class _Split:
    """One split of the chips, what joins its experts, and the first and the last of the batches to try."""

    mapping: ServingMapping
    exchange: str
    first: int = 0
    last: int | None = None


def serve_points(
    library: Library,
    model: str,
    system: System,
    scenario: Scenario | None = None,
    *,
    phase: str = "decode",
    input_len: ArrayLike = 4096,
    output_len: ArrayLike = 1024,
    kv_len: ArrayLike | None = None,
    batch_per_chip: ArrayLike | None = None,
    mapping: Mapping[str, ArrayLike] | None = None,
    limit: ArrayLike | None = None,
    acceptance: ArrayLike = 0.0,
    specs: Iterable[str | os.PathLike[str]] = (),
) -> dict[str, NDArray[Any]]:
    """A serving step at every point that the arguments and the scenario's settings broadcast to.

    Parameters
    ----------
    library : the catalogue, for the model.
    model : id of the network.
    system : the system; a replica is at most all of it.
    scenario : number format and what is set; settings may be arrays.
    phase : one of `PHASES`.
    input_len, output_len : tokens of a request.
    kv_len : tokens in the cache of a sequence on average; the input and half of the output unless said.
    batch_per_chip : sequences (decode) or prompt tokens of a step (prefill) on a chip; searched unless given.
    mapping : parts of the split, of `FIXED`; those left out are searched for each point, ``pp`` being 1.
    limit : longest time per output token (decode) or to the first (prefill) [s].
    acceptance : probability that the one token drafted each step is accepted; 0 drafts none.
    specs : further folders of spec files, for the fits.

    Returns
    -------
    dict : arrays of the shape of the points: ``token_rate_per_chip``, its 80 % interval ``low`` and ``high``,
        ``token_rate`` of the system filled with replicas [1/s], ``latency`` per output token (decode) or to the first
        (prefill) [s], ``batch_per_chip``, ``memory`` of a rank [B], ``feasible``, ``reason``, a place in `REASONS`,
        ``bound_by``, a place in `BOUNDS`, ``energy_per_token`` [J] and ``cost_per_token`` [USD], NaN where the power
        or the price is not known; and the parts of the split. A point that is not feasible is NaN and has a reason.

    Raises
    ------
    CalcError : where the system lacks what a step needs, or a number makes no sense.
    UnknownNameError : where a name is none.

    Notes
    -----
    Over many points every split and batch is tried on a sample of them; of the splits that are near the best
    somewhere, those are tried at all points, with the batches that were the best on the sample and some beside them.
    """
    asked = scenario or Scenario()
    if asked.sparse:
        raise CalcError("the kernels are dense; leave --sparse out")
    if phase not in PHASES:
        raise UnknownNameError("phase of serving in arrays:", phase, PHASES, "calc.serve asks for one offline run")
    network = architecture(library, model)
    for part in mapping or {}:
        if part not in FIXED:
            raise UnknownNameError("part of a split", part, FIXED)
    whole = {"input-len": input_len, "output-len": output_len, "kv-len": kv_len, **(mapping or {})}
    given = {name: _between(name, value, 1, 1e8) for name, value in whole.items() if value is not None}
    drafted = _between("acceptance", acceptance, 0, 1)
    if drafted.any() and not network.prediction_layers:
        raise CalcError(f"{model} has no layers that draft tokens; leave --acceptance out")
    chip_id = str(system.spec.words["chip"])
    name = "cloudmatrix-infer" if chip_id.startswith("ascend") else "tensorrt-llm"
    what = _Asked(network, phase, chip_id, engine(name, specs), DIES.get(chip_id, 1))
    result = evaluate(system, asked, ("chips", "power.all_in_per_chip", "cost_rate"))
    own = matrix_fit(chip_id, asked.precision, model, specs)
    chip = served_chip(library, chip_id, model, phase, system, asked, specs)
    chips = result.array("chips")
    cached = given.get("kv-len", given["input-len"] + given["output-len"] / 2)
    settings = {
        "input_len": given["input-len"],
        "kv_len": cached,
        "longest_len": np.maximum(given["input-len"] + given["output-len"], cached),
        "acceptance": drafted,
        "limit": np.asarray(np.inf) if limit is None else _between("the limit", limit, 0, np.inf),
    }
    if batch_per_chip is not None:
        settings["batch"] = _between("batch-per-chip", batch_per_chip, 0, 1e8)
    fixed = {part: given[part] for part in FIXED if part in given}
    found = _points(what, chip, settings, fixed, np.floor(chips))
    rate = found["token_rate_per_chip"]
    low, high = joined(what.runs.fit.interval("moe" if network.experts else "dense"), own)
    power, cost = result.array("power.all_in_per_chip"), result.array("cost_rate") / chips
    found |= {
        "token_rate": rate * chips,
        "low": rate * low,
        "high": rate * high,
        "energy_per_token": power / rate,
        "cost_per_token": cost / rate,
    }
    return alike(found)


def _between(name: str, given: ArrayLike, least: float, most: float) -> NDArray[np.float64]:
    values = np.asarray(given, float)
    good = (values >= least) & (values <= most) & ((values > 0) | (name == "acceptance"))
    if not good.all():
        said = {
            "acceptance": "a share from 0 to 1",
            "the limit": "a time above zero",
            "batch-per-chip": "a number above 0, to 100,000,000",
        }
        bad = f"{values[~good].flat[0]:g}{' s' if name == 'the limit' else ''}"
        raise CalcError(f"{name} is {bad}; give {said.get(name, 'a number from 1 to 100,000,000')}")
    return values


def _points(
    asked: _Asked,
    chip: ServingChip,
    settings: Mapping[str, NDArray[np.float64]],
    fixed: Mapping[str, NDArray[np.float64]],
    chips: NDArray[np.float64],
) -> dict[str, NDArray[Any]]:
    """The best split and batch of each point."""
    shape = shape_of(chip, *settings.values(), *fixed.values(), chips)
    drafting = (settings["acceptance"] > 0).astype(float)
    kinds, kind = distinct(*fixed.values(), chips, drafting)
    if len(kinds[0]) > _MOST_SEARCHES:
        raise CalcError(f"{len(kinds[0]):,} splits and numbers of chips to search; give at most {_MOST_SEARCHES:,}")
    found: dict[str, NDArray[Any]] = {name: np.full(shape, np.nan) for name in (*_FLOATS, *FIXED)}
    found |= {"reason": np.full(shape, _SPLIT, np.int8), "bound_by": np.full(shape, -1, np.int8)}
    for number in range(len(kinds[0])):
        values = [float(one[number]) for one in kinds]
        given = {part: int(value) for part, value in zip(fixed, values, strict=False)}
        options = [_Split(*one) for one in splits(asked.network, chip, int(values[-2]) * asked.dies, given)]
        if len(kinds[0]) == 1:
            here = _best(asked, chip, settings, options, int(values[-1]), shape)
            found |= here
        else:
            points = np.flatnonzero(np.broadcast_to(kind, shape).reshape(-1) == number)
            own = {name: taken(value, shape, points) for name, value in settings.items()}
            here = _best(asked, taken(chip, shape, points), own, options, int(values[-1]), points.shape)
            for name, one in here.items():
                found[name].reshape(-1)[points] = one
    return found | {"feasible": found["reason"] == 0}


def _best(
    asked: _Asked,
    chip: ServingChip,
    settings: Mapping[str, NDArray[np.float64]],
    options: list[_Split],
    drafts: int,
    shape: tuple[int, ...],
) -> dict[str, NDArray[Any]]:
    """The best of some splits, and its best batch, at each point of a shape."""
    if prod(shape) > 2 * _SIFTED and (len(options) > 1 or "batch" not in settings):
        options = list(_sifted(asked, chip, settings, options, drafts, shape))
    best: dict[str, NDArray[Any]] = {name: np.full(shape, np.nan) for name in (*_FLOATS, *FIXED)}
    best |= {"bound_by": np.full(shape, -1, np.int8), "reason": np.full(shape, 0 if options else _SPLIT, np.int8)}
    most = np.full(shape, -np.inf)
    for split in options:
        together = max(_TOGETHER // len(_batch(asked, split, settings, len(shape))), 1)
        for box in blocks(shape, together):
            whole: Any = (*box, ...)
            own = {name: part_of(value, box) for name, value in settings.items()}
            here = _tried(asked, part_of(chip, box), own, split, drafts, most[whole].shape)
            better = here["most"] > most[whole]
            np.maximum(best["reason"][whole], here["reason"], out=best["reason"][whole], casting="unsafe")
            most[whole][better] = here["most"][better]
            for name in (*_FLOATS, "bound_by"):
                best[name][whole][better] = here[name][better]
            for part, size in zip(FIXED, _sizes(split), strict=True):
                best[part][whole][better] = size
    best["reason"][np.isfinite(most)] = 0
    return best


def _sizes(split: _Split) -> tuple[int, int, int, int]:
    one = split.mapping
    return int(one.tensor), int(one.data), int(one.expert), int(one.pipeline)


def _batch(asked: _Asked, split: _Split, settings: Mapping[str, NDArray[np.float64]], axes: int) -> NDArray[np.float64]:
    """Batches of one rank to try, on an axis before those of the points."""
    if "batch" in settings:
        given = settings["batch"] / asked.dies
        return given.reshape(1, *(1,) * (axes - given.ndim), *given.shape)
    # Stages share the sequences in flight; each reads prompts of its own.
    sizes = batches(asked.phase, settings["input_len"], _width(asked, split))[split.first : split.last]
    return sizes.reshape(len(sizes), *(1,) * (axes - sizes.ndim + 1), *sizes.shape[1:])


def _width(asked: _Asked, split: _Split) -> int:
    return int(split.mapping.tensor) * (int(split.mapping.pipeline) if asked.phase == "decode" else 1)


def _tried(
    asked: _Asked,
    chip: ServingChip,
    settings: Mapping[str, NDArray[np.float64]],
    split: _Split,
    drafts: int,
    points: tuple[int, ...],
) -> dict[str, NDArray[Any]]:
    """One split at points of a shape, with the best of its batches."""
    per_rank = _batch(asked, split, settings, len(points))
    run = _run(asked, chip, settings, split, drafts, per_rank * _width(asked, split))
    shape = (len(per_rank), *points)
    rate, latency = (np.broadcast_to(one, shape) for one in (run.token_rate_per_chip, run.latency))
    index, most = serving.best_within(rate, latency, settings["limit"], axis=0)

    def at(values: Any) -> NDArray[Any]:
        every = np.broadcast_to(values, shape)
        return np.asarray(every[0] if len(every) == 1 else np.take_along_axis(every, index[None], axis=0)[0])

    reason = np.broadcast_to(run.reason, shape)
    nothing = np.where((reason == serving.MEMORY).any(axis=0), serving.MEMORY, reason[0])
    return {
        "most": np.nan_to_num(most, nan=-np.inf),
        "token_rate_per_chip": most * asked.dies,
        "latency": at(latency),
        "memory": at(sum(run.memory.values())),
        "batch_per_chip": at(per_rank) * asked.dies,
        "bound_by": np.argmax([at(getattr(run.step, name)) for name in BOUNDS], axis=0),
        "reason": np.where((reason == 0).any(axis=0), _LIMIT, nothing),
        "index": index,
    }


def _run(
    asked: _Asked,
    chip: ServingChip,
    settings: Mapping[str, NDArray[np.float64]],
    split: _Split,
    drafts: int,
    group: NDArray[np.float64],
) -> serving.PhaseResult:
    """A phase with every batch of a group of ranks (first axis) at every point."""
    options: Options = options_of(
        asked.phase, split.exchange, split.mapping, asked.chip_id, asked.runs.expert_imbalance, drafts
    )
    common: dict[str, Any] = {"reserved_memory": asked.runs.reserved_memory, "options": options}
    given = (asked.network, split.mapping, chip, asked.runs.parameters)
    if asked.phase == "prefill":
        return serving.prefill(*given, input_len=settings["input_len"], batch_tokens=group, **common)
    return serving.decode(
        *given, batch=group, kv_len=settings["kv_len"], longest_len=settings["longest_len"], drafts=drafts,
        acceptance=settings["acceptance"], **common,
    )  # fmt: skip


def _sifted(
    asked: _Asked,
    chip: ServingChip,
    settings: Mapping[str, NDArray[np.float64]],
    options: list[_Split],
    drafts: int,
    shape: tuple[int, ...],
) -> Iterator[_Split]:
    """The splits that are near the best somewhere on a sample, with the batches around their best."""
    spread = np.linspace(0, prod(shape) - 1, _SIFTED).astype(np.int64)
    places = np.arange(prod(shape)).reshape(shape)
    ends = [_ends(one, places) for one in _moving(chip, settings)]
    sample = np.unique(np.concatenate([spread, *ends]))
    here, own = taken(chip, shape, sample), {name: taken(value, shape, sample) for name, value in settings.items()}
    tried = [_tried(asked, here, own, split, drafts, sample.shape) for split in options]
    most = np.array([one["most"] for one in tried])
    best = most.max(axis=0, initial=-np.inf)
    for split, one, rate in zip(options, tried, most, strict=True):
        near = np.isfinite(rate) & (rate >= (1.0 - _BEHIND) * best)
        if near.any() or not np.isfinite(best).any():
            index = one["index"][np.isfinite(rate)]
            whole = "batch" in settings or not index.size
            first, last = (0, None) if whole else (max(int(index.min()) - 4, 0), int(index.max()) + 5)
            yield _Split(split.mapping, split.exchange, first, last)


def _ends(values: NDArray[np.float64], places: NDArray[Any]) -> list[int]:
    """A point with the least and one with the greatest of what differs."""
    trailing = places[(0,) * (places.ndim - values.ndim)]
    own = trailing[tuple(slice(0, size) for size in values.shape)]
    return [int(own.flat[int(one)]) for one in (np.argmin(values), np.argmax(values))]


def _moving(chip: ServingChip, settings: Mapping[str, NDArray[np.float64]]) -> Iterator[NDArray[np.float64]]:
    """What differs from point to point."""
    every = (
        chip.matrix.peak_flop_rate, chip.matrix.memory_bandwidth, chip.memory_capacity,
        chip.collectives.link_bandwidth, chip.domain, chip.scale_out_bandwidth, *settings.values(),
    )  # fmt: skip
    yield from (one for one in every if np.ndim(one))
