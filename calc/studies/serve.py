"""What serving a network on a system would do: the best split at each batch, its step, and what binds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calc.errors import CalcError, InfeasibleError, UnknownNameError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.physics import serving, serving_offline
from calc.physics.serving_chip import Options, ServingChip, ServingMapping
from calc.physics.transformer import Architecture
from calc.spec.architecture import architecture
from calc.spec.kernels import joined, moved
from calc.spec.library import Library
from calc.spec.system import System
from calc.studies.platforms import platforms
from calc.studies.serving_runs import (
    DIES,
    LENT_UNITS,
    engine,
    engine_rules,
    matrix_fit,
    serving_chip,
)

__all__ = ["PHASES", "Served", "batches", "options_of", "serve", "served_chip", "splits"]

PHASES = ("prefill", "decode", "offline")
"""The phases of serving: reading prompts, producing tokens, and both in turn for a long list of requests."""

_LARGEST_BATCH = 4096
_LARGEST_STEP = 32_768
# A list so long that filling and draining the batch no longer count.
_REQUESTS = 100_000


@dataclass(frozen=True)
class Served:
    """The fastest ways to serve a network on a system, one row for each split of the chips.

    Attributes
    ----------
    model, system, phase, precision, input_len, output_len : what was asked.
    mappings : the splits, first the best: tensor, data and expert parallel, pipeline stages, and the ranks of a
        replica.
    batch_per_chip : sequences in flight (decode, offline) or prompt tokens of a step (prefill) on a chip.
    token_rate_per_chip, low, high : output (decode, offline) or input (prefill) tokens, and the 80 % interval [1/s].
    latency : time per output token (decode), to the first (prefill), or of a step without prompts (offline) [s].
    breakdown, memory : of the best by part [s], [B].
    memory_capacity : of what one rank runs on, a chip or a die of it [B].
    bound_by : the largest part of the best's step.
    frontier : pairs of tokens per second and user, and per second and chip, that nothing beats in both; decode only.
    evaluated, feasible : combinations of split and batch.
    engine : whose constants they are.
    confidence : how the parameters of the kernels are known.
    chips : of the system.
    energy_per_token : all-in power over the token rate [J]; None where no all-in power is known.
    cost_per_token : cost of the system over the token rate [USD]; None where its price or power is not known.
    emission_per_token : CO2 of the facility's electricity over the token rate [kg]; None where no power is known.
    """

    model: str
    system: str
    phase: str
    precision: str
    input_len: int
    output_len: int
    mappings: Sequence[Mapping[str, int]]
    batch_per_chip: Sequence[float]
    token_rate_per_chip: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    latency: Sequence[float]
    breakdown: Mapping[str, float]
    memory: Mapping[str, float]
    memory_capacity: float
    bound_by: str
    frontier: Sequence[tuple[float, float]]
    evaluated: int
    feasible: int
    engine: str
    confidence: str
    chips: int
    energy_per_token: float | None
    cost_per_token: float | None
    emission_per_token: float | None

    @property
    def token_rate(self) -> float:
        """Tokens per second of a whole system that is filled with the best split [1/s]."""
        return self.token_rate_per_chip[0] * self.chips

    @property
    def token_rate_per_power(self) -> float | None:
        """Tokens per joule of all-in energy [1/J]; None where no all-in power is known."""
        return self.energy_per_token and 1.0 / self.energy_per_token

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.serve/1``; s, 1/s, B, J, USD, kg."""
        time = {"prefill": "ttft", "decode": "tpot", "offline": "decode_step_time"}[self.phase]
        rows = [
            {"mapping": dict(mapping), "batch_per_chip": batch, "token_rate_per_chip": rate, time: latency}
            for mapping, batch, rate, latency in zip(
                self.mappings, self.batch_per_chip, self.token_rate_per_chip, self.latency, strict=True
            )
        ]
        return {
            "schema": "podcalc.serve/1",
            "model": self.model,
            "system": self.system,
            "phase": self.phase,
            "precision": self.precision,
            "input_len": self.input_len,
            "output_len": self.output_len,
            **rows[0],
            "low": self.low[0],
            "high": self.high[0],
            "memory": dict(self.memory),
            "memory_capacity": self.memory_capacity,
            "breakdown": dict(self.breakdown),
            "bound_by": self.bound_by,
            "evaluated": self.evaluated,
            "feasible": self.feasible,
            "engine": self.engine,
            "confidence": self.confidence,
            "chips": self.chips,
            "token_rate": self.token_rate,
            "energy_per_token": self.energy_per_token,
            "cost_per_token": self.cost_per_token,
            "emission_per_token": self.emission_per_token,
            "rows": rows,
            "frontier": [{"token_rate_per_user": user, "token_rate_per_chip": rate} for user, rate in self.frontier],
        }


def serve(
    library: Library,
    model: str,
    system: System,
    *,
    phase: str = "decode",
    input_len: int = 4096,
    output_len: int = 1024,
    kv_len: int | None = None,
    batch_per_chip: float | None = None,
    fixed: Mapping[str, int] | None = None,
    limit: float | None = None,
    acceptance: float = 0.0,
    scenario: Scenario | None = None,
    top: int = 5,
    specs: Iterable[str | os.PathLike[str]] = (),
) -> Served:
    """Find the split and the batch that serve the most tokens per chip.

    Parameters
    ----------
    library : the catalogue, for the model.
    model : id of the network.
    system : the system; a replica is at most all of it.
    phase : one of `PHASES`; offline, the engine chooses its batch by itself.
    input_len, output_len : tokens of a request.
    kv_len : tokens in the cache of a sequence on average; the input and half of the output unless said.
    batch_per_chip : sequences (decode) or prompt tokens of a step (prefill) on a chip; searched unless given.
    fixed : ``tp``, ``dp``, ``ep`` or ``pp`` that are given; searched where not, ``pp`` being 1.
    limit : longest time per output token (decode) or to the first (prefill) [s]; offline keeps none.
    acceptance : probability that the one token drafted each step is accepted; 0 drafts none.
    scenario : number format and what is set.
    top : how many splits to keep.
    specs : further folders of spec files, for the fits.

    Raises
    ------
    InfeasibleError : where nothing fits or keeps the limit, with what comes nearest.
    CalcError : where a number makes no sense.
    UnknownNameError : where a name is none.
    """
    scenario = scenario or Scenario()
    if scenario.sparse:
        raise CalcError("the kernels are dense; leave --sparse out")
    if phase not in PHASES:
        raise UnknownNameError("phase of serving", phase, PHASES)
    given = {"input-len": input_len, "output-len": output_len, **(fixed or {})}
    given |= {"kv-len": kv_len} if kv_len is not None else {}
    for name, value in given.items():
        if not 1 <= value <= 10**8:
            raise CalcError(f"{name} is {value}; give a number from 1 to 100,000,000")
    if batch_per_chip is not None and not 0 < batch_per_chip <= 1e8:
        raise CalcError(f"batch-per-chip is {batch_per_chip}; give a number above 0, to 100,000,000")
    if not 0 <= acceptance <= 1:
        raise CalcError(f"acceptance is {acceptance}; give a share from 0 to 1")
    if limit is not None and not limit > 0:
        raise CalcError(f"the limit is {limit} s; give a time above zero")
    unused = {"batch-per-chip": batch_per_chip, "a limit": limit, "kv-len": kv_len, "acceptance": acceptance or None}
    named = next((name for name, value in unused.items() if value is not None), None)
    if phase == "offline" and named:
        raise CalcError(f"offline, the engine works through a list of requests by its own rules; leave {named} out")
    network = architecture(library, model)
    if acceptance and not network.prediction_layers:
        raise CalcError(f"{model} has no layers that draft tokens; leave --acceptance out")
    chip_id = str(system.spec.words["chip"])
    result = evaluate(system, scenario)
    own = matrix_fit(chip_id, scenario.precision, model, specs)
    chip = served_chip(library, chip_id, model, phase, system, scenario, specs)
    name = "cloudmatrix-infer" if chip_id.startswith("ascend") else "tensorrt-llm"
    runs = engine(name, specs)
    dies, drafts = DIES.get(chip_id, 1), 1 if acceptance else 0
    ranks = int(result.get("chips")) * dies
    cached = float(kv_len or input_len + output_len / 2)
    longest = float(max(input_len + output_len, cached))

    found: list[tuple[dict[str, int], NDArray[np.float64], serving.PhaseResult]] = []
    for mapping, exchange in splits(network, chip, min(ranks, 64) if phase == "offline" else ranks, fixed or {}):
        tensor = int(mapping.tensor)
        options = options_of(phase, exchange, mapping, chip_id, runs.expert_imbalance, drafts)
        if phase == "offline":
            group, run = serving_offline.offline(
                network, mapping, chip, runs.parameters, input_len=input_len, output_len=output_len,
                requests=_REQUESTS * int(mapping.data), rules=engine_rules(scenario.precision, runs), options=options,
            )  # fmt: skip
            per_rank = group / tensor
        else:
            # Stages share the sequences in flight; each reads prompts of its own.
            width = tensor * (int(mapping.pipeline) if phase == "decode" else 1)
            given_batch = None if batch_per_chip is None else np.array([batch_per_chip / dies])
            per_rank = batches(phase, input_len, width) if given_batch is None else given_batch
            group = per_rank * width
        if phase == "prefill":
            run = serving.prefill(
                network, mapping, chip, runs.parameters, input_len=input_len, batch_tokens=group,
                reserved_memory=runs.reserved_memory, options=options,
            )  # fmt: skip
        elif phase == "decode":
            run = serving.decode(
                network, mapping, chip, runs.parameters, batch=group, kv_len=cached, longest_len=longest,
                drafts=drafts, acceptance=acceptance, reserved_memory=runs.reserved_memory,
                options=options,
            )  # fmt: skip
        split = {
            "tp": tensor,
            "dp": int(mapping.data),
            "ep": int(mapping.expert),
            "pp": int(mapping.pipeline),
            "ranks": int(mapping.chips),
        }
        found.append((split, per_rank * dies, run))
    if not found:
        raise InfeasibleError(f"{model} on {ranks:,} ranks of {system.id}: no split has {_said(fixed or {})}")

    best = []
    for split, batch, run in found:
        index, rate = serving.best_within(run.token_rate_per_chip, run.latency, limit or np.inf)
        if np.isfinite(rate):
            best.append((float(rate) * dies, split, batch, run, int(index)))
    evaluated = sum(batch.size for _, batch, _ in found)
    feasible = sum(int(np.sum(run.feasible)) for *_, run in found)
    if not best:
        raise InfeasibleError(f"{model} on {system.id}: {_nothing(network, found, chip, limit, phase, ranks)}")
    best.sort(key=lambda one: -one[0])
    low, high = joined(runs.fit.interval("moe" if network.experts else "dense"), own)
    rates = [rate for rate, *_ in best[:top]]
    _, _, _, first, at = best[0]
    breakdown = {part: float(np.ravel(getattr(first.step, part))[at]) for part in serving.BOUNDS}
    # What two micro-batches hide is taken off, so that the parts add up to the step.
    breakdown["hidden"] = -float(np.ravel(first.step.hidden)[at])
    power, cost, count = result.get("power.all_in_per_chip"), result.get("cost_rate"), int(result.get("chips"))
    emission = result.get("emission_rate")
    return Served(
        model=model,
        system=system.id,
        phase=phase,
        precision=scenario.precision,
        input_len=input_len,
        output_len=output_len,
        mappings=[split for _, split, *_ in best[:top]],
        batch_per_chip=[float(batch[index]) for _, _, batch, _, index in best[:top]],
        token_rate_per_chip=rates,
        low=[rate * low for rate in rates],
        high=[rate * high for rate in rates],
        latency=[float(run.latency[index]) for *_, run, index in best[:top]],
        breakdown={part: time for part, time in breakdown.items() if time},
        memory={part: _at(size, first, at) for part, size in first.memory.items()},
        memory_capacity=float(chip.memory_capacity),
        bound_by=max(serving.BOUNDS, key=lambda part: breakdown[part]),
        frontier=_frontier(found, dies) if phase == "decode" else [],
        evaluated=evaluated,
        feasible=feasible,
        engine=name,
        confidence=own.confidence,
        chips=count,
        energy_per_token=None if power is None else float(power) / rates[0],
        cost_per_token=None if cost is None else float(cost) / count / rates[0],
        emission_per_token=None if emission is None else float(emission) / count / rates[0],
    )


def _at(values: Any, run: serving.PhaseResult, index: int) -> float:
    return float(np.broadcast_to(values, run.latency.shape)[index])


def served_chip(
    library: Library,
    chip_id: str,
    model: str,
    phase: str,
    system: System,
    scenario: Scenario,
    specs: Iterable[str | os.PathLike[str]],
) -> ServingChip:
    """The chip as fitted, moved by what the scenario sets; arrays where that is arrays.

    Parameters
    ----------
    library : the catalogue.
    chip_id : id of the chip.
    model : id of the network.
    phase : one of `PHASES`.
    system : the system it is in.
    scenario : number format and what is set.
    specs : further folders of spec files, for the fits.
    """
    chip = serving_chip(chip_id, scenario.precision, model, phase, library, specs)
    wanted = (
        "chip.flop_rate", "chip.hbm.bandwidth", "chip.hbm.capacity", "chip.scale_up.bandwidth_per_direction",
        "scale_up.domain", "chip.scale_out.bandwidth_per_direction",
    )  # fmt: skip
    result, plain = evaluate(system, scenario, wanted), evaluate(system, replace(scenario, set={}), wanted)

    def settled(value: Any) -> Any:
        return np.asarray(value, dtype=float) if np.ndim(value) else float(value)

    def change(name: str) -> Any:
        before, after = plain.get(name), result.get(name)
        return 1.0 if before is None or after is None else settled(after) / float(before)

    compute, bandwidth = change("chip.flop_rate"), change("chip.hbm.bandwidth")
    link = change("chip.scale_up.bandwidth_per_direction")

    def faster(parameters: Any) -> Any:
        return moved(parameters, compute, parameters.memory_bandwidth * bandwidth)

    ran_on = platforms().get(chip_id)
    memory = ran_on.reported_memory if ran_on else None
    memory = memory or float(plain.get("chip.hbm.capacity")) / DIES.get(chip_id, 1)
    scale_out, domain = result.get("chip.scale_out.bandwidth_per_direction"), result.get("scale_up.domain")
    return replace(
        chip,
        matrix=faster(chip.matrix),
        head=faster(chip.head),
        experts=replace(chip.experts, gemm=faster(chip.experts.gemm)) if chip.experts else None,
        prefill_attention=faster(chip.prefill_attention),
        decode_attention=faster(chip.decode_attention),
        collectives=replace(chip.collectives, link_bandwidth=chip.collectives.link_bandwidth * link),
        memory_capacity=memory * change("chip.hbm.capacity"),
        domain=settled(chip.domain if domain is None else domain) * DIES.get(chip_id, 1),
        topology=str(system.spec.words.get("scale_up.topology", chip.topology)),
        scale_out_bandwidth=chip.scale_out_bandwidth if scale_out is None else settled(scale_out),
    )


def _powers(largest: int) -> list[int]:
    return [2**power for power in range(max(largest, 1).bit_length())]


def splits(
    network: Architecture, chip: ServingChip, ranks: int, fixed: Mapping[str, int]
) -> list[tuple[ServingMapping, str]]:
    """Splits to try, each with what joins its experts.

    A replica is one tensor-parallel group, its experts spread over it or cut; with experts also as
    many groups as the system has, attention data-parallel.
    """
    wide = chip.dispatch is not None
    tensors = [fixed["tp"]] if "tp" in fixed else [t for t in _powers(min(ranks, 64)) if network.heads % t == 0]
    groups = [fixed["dp"]] if "dp" in fixed else _powers(ranks) if network.experts else [1]
    stages = fixed.get("pp", 1)
    found = []
    for tensor in tensors:
        for data in groups:
            chips = tensor * data
            if chips * stages > ranks or (tensor > 1 and data > 1 and not fixed):
                continue
            whole = [e for e in range(1, chips + 1) if chips % e == 0 and network.experts % e == 0]
            experts = [fixed["ep"]] if "ep" in fixed else whole[-1:] if network.experts else [1]
            # Each rank has its own tokens and a dispatch is priced: a token goes to its experts only.
            exchange = "dispatch" if wide and data > 1 else "collective"
            if exchange == "collective" and data > 8 and "dp" not in fixed:
                continue
            found += [(ServingMapping(tensor, data, expert, stages), exchange) for expert in experts]
    return found


def batches(phase: str, input_len: ArrayLike, width: int) -> NDArray[np.float64]:
    """Batches to try of one of so many ranks: sequences, or prompt tokens in whole prompts of them all.

    Parameters
    ----------
    phase : prefill or decode.
    input_len : tokens of a prompt; of arrays of them some batches repeat.
    width : ranks.
    """
    if phase == "decode":
        sizes = np.unique(np.round(2.0 ** np.arange(0, np.log2(_LARGEST_BATCH) + 0.25, 0.25)))
        return np.asarray(sizes / width, dtype=float)
    lengths = np.asarray(input_len, float)
    prompts = np.round(np.geomspace(1.0, np.maximum(np.floor(_LARGEST_STEP / lengths), 1.0), 24))
    return np.asarray((prompts if lengths.ndim else np.unique(prompts)) * lengths / width, dtype=float)


def options_of(
    phase: str, exchange: str, mapping: ServingMapping, chip_id: str, imbalance: float, drafts: int
) -> Options:
    """How an engine runs a step of a phase.

    Parameters
    ----------
    phase : prefill, decode or offline.
    exchange : what joins the experts.
    mapping : the split.
    chip_id : id of the chip.
    imbalance : expert rows of the busiest rank over the mean [1].
    drafts : tokens drafted each step.
    """
    wide = exchange == "dispatch"
    plain = Options(exchange=exchange, imbalance=imbalance if int(mapping.expert) > 1 else 1.0)
    if phase == "prefill":
        # Dies of a package leave communication to engines of their own.
        lent = LENT_UNITS if wide and chip_id not in DIES else 0
        return replace(plain, graph=False, overlap=wide, throughput_dispatch=wide, lent_units=lent)
    # Published rack-scale decode runs one micro-batch at a time.
    return replace(plain, overlap=wide and not chip_id.startswith("gb"), prediction=drafts > 0)


def _said(fixed: Mapping[str, int]) -> str:
    return ", ".join(f"{part}={value}" for part, value in fixed.items()) or "what was asked"


def _frontier(
    found: Sequence[tuple[Mapping[str, int], NDArray[np.float64], serving.PhaseResult]], dies: int
) -> list[tuple[float, float]]:
    users = np.concatenate([1.0 / run.latency for *_, run in found])
    rates = np.concatenate([run.token_rate_per_chip * dies for *_, run in found])
    kept = serving.frontier(users, rates)
    return sorted((float(user), float(rate)) for user, rate in zip(users[kept], rates[kept], strict=True))


def _nothing(
    network: Architecture,
    found: Sequence[tuple[Mapping[str, int], NDArray[np.float64], serving.PhaseResult]],
    chip: ServingChip,
    limit: float | None,
    phase: str,
    ranks: int,
) -> str:
    fits = [float(np.nanmin(run.latency)) for *_, run in found if run.feasible.any()]
    if fits and limit is not None:
        what = "time per output token" if phase == "decode" else "time to first token"
        return f"nothing keeps a {what} of {limit * 1e3:g} ms; the shortest is {min(fits) * 1e3:.3g} ms"
    reasons = [int(reason) for *_, run in found for reason in np.ravel(run.reason)]
    common = serving.REASONS[max(set(reasons), key=reasons.count)]
    needed = min(float(np.min(sum(run.memory.values()))) for *_, run in found)
    said = f"nothing fits: {common}; needs {needed / 1e9:.3g} GB per rank; {chip.memory_capacity / 1e9:.3g} GB there"
    enough = _enough(network, chip, ranks)
    return f"{said}; smallest that fits: {enough:,} ranks" if enough else said


def _enough(network: Architecture, chip: ServingChip, ranks: int) -> int | None:
    """The fewest ranks, twice as many at a time, that hold the weights and one short sequence."""
    for power in range(1, 11):
        more = ranks * 2**power
        for mapping, exchange in splits(network, chip, more, {}):
            one = serving.decode(network, mapping, chip, batch=1.0, kv_len=1.0, options=Options(exchange=exchange))
            if bool(np.all(one.feasible)):
                return int(mapping.chips)
    return None
