"""What training a network on a system would do: the best mapping, its step, and what binds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from calc.errors import CalcError, InfeasibleError, UnknownNameError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.physics import search, training
from calc.physics.training_layer import SoftwareStack, TrainingChip, TrainingFabric
from calc.physics.transformer import Architecture
from calc.spec.architecture import architecture
from calc.spec.kernels import Fit, KernelFits, joined, kernel_fits, moved
from calc.spec.library import Library
from calc.spec.system import System
from calc.studies.platforms import platforms
from calc.studies.training_runs import Fitted, fabric_of, fitted
from calc.studies.whole_run import WholeRun, whole_run

__all__ = ["FIXED", "Trained", "train", "training_chip", "training_fabric"]

FIXED = ("tp", "pp", "vp", "cp", "ep", "micro_batch", "recompute", "sharding")
"""Parts of a mapping that can be given; those that are not are searched."""

_WORDS = {"recompute": training.RECOMPUTE, "sharding": training.SHARDING}
_SEARCHED = 50_000_000


@dataclass(frozen=True)
class Trained:
    """The fastest mappings of a training run on a system.

    Attributes
    ----------
    model, system, chips, global_batch, sequence, precision : what was asked.
    mappings : the fastest, first the best, each by part.
    step_time, token_rate_per_chip, mfu, hfu : of each mapping [s], [1/s], [1], [1].
    low, high : ends of the 80 % interval of `token_rate_per_chip` [1/s].
    breakdown, memory : of the best mapping by part [s], [B].
    memory_capacity : of one chip [B].
    bound_by : the largest group of parts of the best mapping.
    evaluated, feasible, candidates : of the search.
    confidence : how the parameters of the kernels are known.
    energy_per_token : all-in power over the token rate [J]; None where no all-in power is known.
    cost_per_token : cost of the system over the token rate [USD]; None where its price or power is not known.
    emission_per_token : CO2 of the facility's electricity over the token rate [kg]; None where no power is known.
    run : the whole run of the tokens that were asked for; None where none were.
    """

    model: str
    system: str
    chips: int
    global_batch: int
    sequence: int
    precision: str
    mappings: Sequence[Mapping[str, Any]]
    step_time: Sequence[float]
    token_rate_per_chip: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    mfu: Sequence[float]
    hfu: Sequence[float]
    breakdown: Mapping[str, float]
    memory: Mapping[str, float]
    memory_capacity: float
    bound_by: str
    evaluated: int
    feasible: int
    candidates: int
    confidence: str
    energy_per_token: float | None
    cost_per_token: float | None
    emission_per_token: float | None
    run: WholeRun | None

    @property
    def token_rate(self) -> float:
        """Tokens per second of all chips with the best mapping [1/s]."""
        return self.token_rate_per_chip[0] * self.chips

    @property
    def token_rate_per_power(self) -> float | None:
        """Tokens per joule of all-in energy [1/J]; None where no all-in power is known."""
        return self.energy_per_token and 1.0 / self.energy_per_token

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.train/1``; s, 1/s, B, J, USD, kg."""
        return {
            "schema": "podcalc.train/1",
            "model": self.model,
            "system": self.system,
            "chips": self.chips,
            "global_batch": self.global_batch,
            "sequence": self.sequence,
            "precision": self.precision,
            "mapping": dict(self.mappings[0]),
            "step_time": self.step_time[0],
            "token_rate_per_chip": self.token_rate_per_chip[0],
            "low": self.low[0],
            "high": self.high[0],
            "mfu": self.mfu[0],
            "hfu": self.hfu[0],
            "memory": dict(self.memory),
            "memory_capacity": self.memory_capacity,
            "breakdown": dict(self.breakdown),
            "bound_by": self.bound_by,
            "evaluated": self.evaluated,
            "feasible": self.feasible,
            "candidates": self.candidates,
            "confidence": self.confidence,
            "token_rate": self.token_rate,
            "energy_per_token": self.energy_per_token,
            "cost_per_token": self.cost_per_token,
            "emission_per_token": self.emission_per_token,
            "run": self.run and self.run.to_json(),
            "rows": [
                {"mapping": dict(mapping), "step_time": step, "token_rate_per_chip": rate, "mfu": mfu}
                for mapping, step, rate, mfu in zip(
                    self.mappings, self.step_time, self.token_rate_per_chip, self.mfu, strict=True
                )
            ],
        }


def training_chip(
    system: System, scenario: Scenario, specs: Iterable[str | os.PathLike[str]] = ()
) -> tuple[TrainingChip, Fit[Any]]:
    """A system's chip as a training step sees it, and the fit of its matrix products.

    Parameters
    ----------
    system : whose chip.
    scenario : its number format and what is set; arrays make the chip's parameters arrays.
    specs : further folders of spec files.

    Raises
    ------
    CalcError : where the chip lacks a rate, a memory or fitted kernels.
    """
    wanted = ("chip.flop_rate", "chip.hbm.capacity", "chip.hbm.bandwidth")
    result = evaluate(system, scenario, wanted)
    for name in wanted:
        if result.get(name) is None:
            raise CalcError(f"{system.id} has no {name}: {result.reason(name)}")
    chip_id = system.spec.words["chip"]
    fits = kernel_fits(chip_id, specs)
    own, plain = _gemm(fits, scenario.precision), fits.gemm("bf16")
    attention = fits.attention("context_attention")
    peak, bandwidth = _settled(result.get("chip.flop_rate")), _settled(result.get("chip.hbm.bandwidth"))
    # What is set in a scenario moves the kernels with it; fits keep their shares of the peaks.
    compute = peak / own.parameters.peak_flop_rate if "chip.flop_rate" in result.was_set else 1.0
    # Of a chip that no run was on it is not known whether it reaches its power limit.
    ran_on = platforms().get(chip_id)
    kernel = moved(attention.parameters, compute, bandwidth)
    chip = TrainingChip(
        gemm=moved(own.parameters, compute, bandwidth),
        gemm_16=moved(plain.parameters, compute, bandwidth),
        attention=replace(
            kernel, compute_efficiency=kernel.compute_efficiency * (ran_on.attention_ratio if ran_on else 1.0)
        ),
        peak_flop_rate=peak,
        memory_capacity=_settled(result.get("chip.hbm.capacity")),
        sustained_ratio=ran_on.sustained if ran_on else 1.0,
    )
    return chip, own


def _settled(value: Any) -> Any:
    """One number, or an array of one for each scenario."""
    return np.asarray(value, dtype=float) if np.ndim(value) else float(value)


def _gemm(fits: KernelFits, precision: str) -> Any:
    try:
        return fits.gemm(precision)
    except UnknownNameError as error:
        raise CalcError(
            f"{fits.chip} has no fitted kernels in {precision}; there are {', '.join(error.allowed)}"
        ) from None


def training_fabric(
    system: System, scenario: Scenario, shared: Fitted, specs: Iterable[str | os.PathLike[str]] = ()
) -> TrainingFabric:
    """A system's fabrics as a training step sees them.

    Raises
    ------
    CalcError : where the system lacks a bandwidth or a domain.
    """
    names = ("chip.scale_up.bandwidth_per_direction", "scale_up.domain", "chip.scale_out.bandwidth_per_direction")
    result = evaluate(system, scenario, names)
    wanted = {name: result.get(name) for name in names}
    lacking = next((name for name, value in wanted.items() if value is None), None)
    if lacking:
        raise CalcError(f"{system.id} has no {lacking}: {result.reason(lacking)}")
    up, domain, out = (_settled(value) for value in wanted.values())
    line = kernel_fits(str(system.spec.words["chip"]), specs).collectives().parameters
    return fabric_of(line, up, domain, out, shared)


def train(
    library: Library,
    model: str,
    system: System,
    *,
    global_batch: int,
    sequence: int,
    chips: int | None = None,
    tokens: float | None = None,
    scenario: Scenario | None = None,
    fixed: Mapping[str, Any] | None = None,
    top: int = 5,
    specs: Iterable[str | os.PathLike[str]] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Trained:
    """Find the fastest mapping of a training run.

    Parameters
    ----------
    library : the catalogue, for the model.
    model : id of the network.
    system : the system; more chips than it has are several of it.
    global_batch : sequences of a step.
    sequence : tokens of a sequence.
    chips : chips of the run; those of one system unless said.
    tokens : tokens of the whole run, for its time, energy and cost.
    scenario : number format and what is set.
    fixed : parts of the mapping that are given, of `FIXED`; words for recompute and sharding.
    top : how many mappings to keep.
    specs : further folders of spec files, for the fits.
    progress : called with the candidates done and their number.

    Raises
    ------
    InfeasibleError : where nothing fits, with what would.
    CalcError : where a number makes no sense.
    UnknownNameError : where a name is none.
    """
    scenario = scenario or Scenario()
    if scenario.sparse:
        raise CalcError("the kernels are dense; leave --sparse out")
    count = chips if chips is not None else int(evaluate(system, scenario).get("chips"))
    for name, value in (("chips", count), ("batch", global_batch), ("sequence", sequence)):
        if not 1 <= value <= 10**9:
            raise CalcError(f"{name} is {value}; give a whole number from 1 to 1,000,000,000")
    network = architecture(library, model)
    shared = fitted(specs)
    chip, own = training_chip(system, scenario, specs)
    fabric = training_fabric(system, scenario, shared, specs)
    space = _space(search.full_space(network, count, global_batch, sequence), fixed or {})
    if space.size > _SEARCHED * 20:
        raise CalcError(f"{space.size:,} mappings to try; give some parts, such as --tp 8")
    ask: dict[str, Any] = {
        "global_batch": global_batch,
        "sequence": sequence,
        "constants": shared.constants,
        "stack": SoftwareStack(),
    }
    found = search.search_mappings(network, chip, fabric, chips=count, space=space, top=top, progress=progress, **ask)
    if not found.mappings or found.step is None:
        raise InfeasibleError(
            f"{model} on {count:,} {system.chip.short}: {_nothing_fits(network, chip, fabric, found, count, ask)}"
        )
    low, high = joined(shared.fit.interval("moe" if network.experts else "dense"), own)
    rate = np.asarray(found.step.token_rate_per_chip, dtype=float)
    result = evaluate(system, scenario)
    energy, cost = result.get("power.all_in_per_chip"), result.get("cost_rate")
    emission = result.get("emission_rate")
    best = found.mappings[0]
    one = training.training_step(network, chip, fabric, best, chips=count, **ask)
    return Trained(
        model=model,
        system=system.id,
        chips=count,
        global_batch=global_batch,
        sequence=sequence,
        precision=scenario.precision,
        mappings=[_plain(mapping) for mapping in found.mappings],
        step_time=_floats(found.step.step_time),
        token_rate_per_chip=_floats(rate),
        low=_floats(rate * low),
        high=_floats(rate * high),
        mfu=_floats(found.step.mfu),
        hfu=_floats(found.step.hfu),
        breakdown={part: float(np.max(time)) for part, time in one.breakdown.items()},
        memory={part: float(np.max(size)) for part, size in one.memory.items()},
        memory_capacity=float(chip.memory_capacity),
        bound_by=str(np.ravel(one.bound_by())[0]),
        evaluated=found.evaluated,
        feasible=found.feasible,
        candidates=found.candidates,
        confidence=own.confidence,
        energy_per_token=None if energy is None else float(energy) / float(rate[0]),
        cost_per_token=None if cost is None else float(cost) / float(result.get("chips")) / float(rate[0]),
        emission_per_token=None if emission is None else float(emission) / float(result.get("chips")) / float(rate[0]),
        run=None
        if tokens is None
        else whole_run(network, result, count, tokens, (float(rate[0]), float(rate[0] * low), float(rate[0] * high))),
    )


def _floats(values: Any) -> list[float]:
    return [float(value) for value in np.ravel(values)]


_NAMES = {
    "recompute": {value: word for word, value in reversed(training.RECOMPUTE.items())},
    "sharding": {value: word for word, value in reversed(training.SHARDING.items())},
}


def _plain(mapping: training.Mapping) -> dict[str, Any]:
    plain = {field.name: int(getattr(mapping, field.name)) for field in fields(mapping)}
    return {part: _NAMES[part][value] if part in _NAMES else value for part, value in plain.items()}


def _space(space: search.SearchSpace, fixed: Mapping[str, Any]) -> search.SearchSpace:
    given: dict[str, tuple[int, ...]] = {}
    for part, value in fixed.items():
        if part not in FIXED:
            raise UnknownNameError("part of a mapping", part, FIXED)
        if part in _WORDS:
            if value not in _WORDS[part]:
                raise UnknownNameError(f"{part}:", str(value), _WORDS[part])
            given[part] = (_WORDS[part][value],)
        elif not isinstance(value, int) or value < 1:
            raise CalcError(f"{part} is {value}; give a whole number from 1 up")
        else:
            given[part] = (value,)
    return replace(space, **given)


def _nothing_fits(
    network: Architecture,
    chip: TrainingChip,
    fabric: TrainingFabric,
    found: search.SearchResult,
    chips: int,
    ask: Mapping[str, Any],
) -> str:
    smallest = None
    if found.evaluated:
        counts = [chips * 2**power for power in range(1, 8)]
        smallest = search.smallest_that_fits(network, chip, fabric, counts=counts, **ask)
    return search.infeasible_message(found, float(chip.memory_capacity), smallest)
