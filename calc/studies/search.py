"""The fewest chips of each system that meet a target of training or of serving."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calc.errors import CalcError, InfeasibleError, UnknownNameError
from calc.model.evaluate import evaluate
from calc.model.result import Result
from calc.model.scenario import Scenario
from calc.physics.transformer import active_parameters
from calc.spec.architecture import architecture
from calc.spec.library import Library
from calc.spec.system import System
from calc.studies.serve import PHASES, Served, serve
from calc.studies.serving_runs import DIES
from calc.studies.train import Trained, train

__all__ = ["SERVING", "Found", "Sized", "search_serving", "search_training"]

SERVING = (*PHASES, "both")
"""Phases that can be sized; both is a pool of chips for either of prefill and decode."""

_MOST_CHIPS = 1_000_000
_MOST_TRIES = 200
# A larger run may get a little more from each chip, so the next try is put a little short.
_SHORT = 0.93
_DAY = 86400.0


@dataclass(frozen=True)
class Sized:
    """How much of one system is needed.

    Attributes
    ----------
    system, precision : its id, and the number format.
    chips, systems : how many; None where the target is out of reach.
    power, price, cost_rate : of the facility for these chips [W], their price [USD] and cost [USD/s];
        None where not known.
    found : what the chips do: one result, or for both phases of serving that of prefill and of decode.
    pools : chips of each pool, in the order of `found`.
    reason : why the target is out of reach; empty where it is not.
    """

    system: str
    precision: str
    chips: int | None
    systems: float | None
    power: float | None
    price: float | None
    cost_rate: float | None
    found: Sequence[Trained | Served]
    pools: Sequence[int]
    reason: str

    def to_json(self) -> dict[str, Any]:
        """As plain values; W, USD, USD/s."""
        return {
            "system": self.system,
            "precision": self.precision,
            "chips": self.chips,
            "systems": self.systems,
            "power": self.power,
            "price": self.price,
            "cost_rate": self.cost_rate,
            "pools": list(self.pools),
            "found": [one.to_json() for one in self.found],
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Found:
    """Every system that was asked about, in the order asked.

    Attributes
    ----------
    model, phase : what was asked; the phase of training is train.
    target : what must be reached, by name, in SI units; empty where nothing must.
    rows : the systems.
    """

    model: str
    phase: str
    target: Mapping[str, float]
    rows: Sequence[Sized]

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.search/1``."""
        return {
            "schema": "podcalc.search/1",
            "model": self.model,
            "phase": self.phase,
            "target": dict(self.target),
            "rows": [row.to_json() for row in self.rows],
        }


def search_training(
    library: Library,
    model: str,
    systems: Sequence[tuple[System, Scenario]],
    *,
    global_batch: int,
    sequence: int,
    chips: int | None = None,
    tokens: float | None = None,
    time: float | None = None,
    specs: Iterable[str | os.PathLike[str]] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Found:
    """Train on the fewest chips that end in time, or on the chips that are given.

    Parameters
    ----------
    library : the catalogue, for the model.
    model : id of the network.
    systems : the systems to size, each with its number format and what is set.
    global_batch, sequence : sequences of a step, and tokens of each.
    chips : chips of the run where nothing must be reached; those of one system unless said.
    tokens : tokens of the run; none says nothing of the whole run.
    time : longest time for them on the wall clock [s].
    specs : further folders of spec files, for the fits.
    progress : called with the candidates of a search done and their number.

    Returns
    -------
    Found : for each system the fewest whole systems in numbers that have no prime factor above 5.

    Raises
    ------
    CalcError : where a number makes no sense, or a time comes without tokens or with a number of chips.
    UnknownNameError : where a name is none.
    """
    active = active_parameters(architecture(library, model))
    if time is not None and (tokens is None or chips is not None):
        raise CalcError("a time needs the tokens to train on, and finds the number of chips: --tokens 15.6T --days 60")
    if time is not None and not time > 0:
        raise CalcError(f"{time / _DAY:g} days; give a time above zero")

    def sized(system: System, scenario: Scenario) -> Sized:
        result = evaluate(system, scenario)

        def run(count: int | None) -> Trained:
            return train(
                library, model, system, global_batch=global_batch, sequence=sequence, chips=count, tokens=tokens,
                scenario=scenario, top=1, specs=specs, progress=progress,
            )  # fmt: skip

        found = run(chips) if time is None or tokens is None else _fewest(run, result, active, tokens, time)
        return _sized(result, system, scenario, [found], [found.chips])

    target = {} if time is None or tokens is None else {"tokens": tokens, "time": time}
    return Found(model, "train", target, [_tried(sized, *one) for one in systems])


def search_serving(
    library: Library,
    model: str,
    systems: Sequence[tuple[System, Scenario]],
    *,
    phase: str = "decode",
    rate: float | None = None,
    limits: Mapping[str, float] | None = None,
    **asked: Any,
) -> Found:
    """Serve a rate with the fewest chips, or find the best rate of a chip.

    Parameters
    ----------
    library : the catalogue, for the model.
    model : id of the network.
    systems : the systems to size, each with its number format and what is set.
    phase : one of `SERVING`.
    rate : tokens per second to serve: output tokens, or prompt tokens where the phase is prefill [1/s].
    limits : longest time to the first token and per output token, by phase [s].
    **asked : further arguments of `calc.studies.serve.serve`, for each phase.

    Raises
    ------
    CalcError : where a number makes no sense.
    UnknownNameError : where a name is none.
    """
    architecture(library, model)
    if phase not in SERVING:
        raise UnknownNameError("phase of serving", phase, SERVING)
    if rate is not None and not 0 < rate <= 1e15:
        raise CalcError(f"{rate:g} tokens/s; give a rate above zero, to 1e15")
    phases = ("prefill", "decode") if phase == "both" else (phase,)

    def wanted(one: Served) -> float | None:
        if rate is None:
            return None
        return rate * one.input_len / one.output_len if phase == "both" and one.phase == "prefill" else rate

    def sized(system: System, scenario: Scenario) -> Sized:
        dies = DIES.get(str(system.spec.words["chip"]), 1)
        found, pools = [], []
        for one in phases:
            ask = {**asked, "phase": one, "limit": (limits or {}).get(one), "scenario": scenario}
            every = serve(library, model, system, top=10**6, **ask)
            place, chips = _split_for(every, wanted(every), dies)
            split = {part: every.mappings[place][part] for part in ("tp", "dp", "ep", "pp")}
            found.append(serve(library, model, system, **ask | {"fixed": split, "top": 1}))
            pools.append(chips)
        return _sized(evaluate(system, scenario), system, scenario, found, pools)

    target = {"rate": rate} if rate is not None else {}
    target |= {f"{name}_limit": limit for name, limit in (limits or {}).items()}
    return Found(model, phase, target, [_tried(sized, *one) for one in systems])


def _tried(size: Callable[[System, Scenario], Sized], system: System, scenario: Scenario) -> Sized:
    """A system sized, or why it cannot be: one that cannot does not hide the others."""
    try:
        return size(system, scenario)
    except UnknownNameError:
        raise
    except CalcError as error:
        return Sized(system.id, scenario.precision, None, None, None, None, None, (), (), str(error))


def _sized(
    result: Result, system: System, scenario: Scenario, found: Sequence[Trained | Served], pools: Sequence[int]
) -> Sized:
    chips = sum(pools)
    share = chips / float(result.get("chips"))

    def of_all(name: str) -> float | None:
        value = result.get(name)
        return None if value is None else float(value) * share

    return Sized(
        system.id, scenario.precision, chips, share, of_all("power.facility"), of_all("price"), of_all("cost_rate"),
        found, pools, "",
    )  # fmt: skip


def _split_for(found: Served, rate: float | None, dies: int) -> tuple[int, int]:
    """Which split serves a rate with the fewest chips, in whole replicas, and how many chips these are."""

    def chips(place: int) -> int:
        ranks = found.mappings[place]["ranks"]
        replica, each = ranks / dies, found.token_rate_per_chip[place] * ranks / dies
        return math.ceil((1 if rate is None else math.ceil(rate / each)) * replica)

    best = 0 if rate is None else min(range(len(found.mappings)), key=lambda place: (chips(place), place))
    return best, chips(best)


def _smooth(most: int) -> list[int]:
    """Numbers without a prime factor above 5, which split over the axes of a mapping."""
    found = {2**a * 3**b * 5**c for a in range(21) for b in range(13) for c in range(9)}
    return sorted(number for number in found if number <= most)


def _fewest(run: Callable[[int], Trained], result: Result, active: float, tokens: float, time: float) -> Trained:
    """The smallest run that ends in time, of whole systems in smooth numbers."""
    each = int(result.get("chips"))
    counts = _smooth(max(_MOST_CHIPS // each, 1))
    tried: dict[int, Trained | str] = {}

    def at(place: int) -> Trained | str:
        if place not in tried:
            try:
                tried[place] = run(counts[place] * each)
            except InfeasibleError as error:
                tried[place] = str(error)
        return tried[place]

    def in_time(found: Trained | str) -> bool:
        return not isinstance(found, str) and found.run is not None and found.run.time <= time

    # No chip does more than its peak, so that no smaller run can end in time.
    peak = result.get("chip.flop_rate")
    lowest = 0.0 if peak is None else 6.0 * active * tokens / (float(peak) * time * each)
    least = _from(counts, lowest)
    place = least
    while place < len(counts) and len(tried) < _MOST_TRIES and not in_time(found := at(place)):
        # Where nothing fits, the next number may split better; where it is too slow, by so much more is needed.
        more = 0.0 if isinstance(found, str) or found.run is None else found.run.time / time * _SHORT
        place = max(place + 1, _from(counts, counts[place] * more))
    best = at(place) if place < len(counts) else ""
    if isinstance(best, str) or not in_time(best):
        times = [one.run.time for one in tried.values() if not isinstance(one, str) and one.run is not None]
        said = str(next(iter(tried.values()), f"at their peak it takes {float(f'{lowest * each:.2g}'):,.0f}"))
        if times:
            said = f"the shortest run takes {min(times) / _DAY:.3g} days"
        raise InfeasibleError(f"no run of up to {counts[-1] * each:,} chips ends in {time / _DAY:g} days; {said}")
    while place > least:
        place -= 1
        found = at(place)
        if not isinstance(found, str):
            if not in_time(found):
                break
            best = found
    return best


def _from(counts: Sequence[int], least: float) -> int:
    return next((place for place, count in enumerate(counts) if count >= least), len(counts))
