"""podcalc: compare AI compute systems from sourced spec files.

>>> import calc
>>> both = calc.compare(["cloudmatrix-384", "gb200-nvl72"])
>>> f"{both.row('flop_rate').ratios['cloudmatrix-384']:.3f}"
'1.664'
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from calc import figures, names
from calc.errors import CalcError, Fault, InfeasibleError, SpecError, UnitError, UnknownNameError, nearest
from calc.model import evaluate as _evaluate
from calc.model.result import Result
from calc.model.scenario import Scenario
from calc.spec.datum import Datum
from calc.spec.library import Library, Spec, open_library, text_of
from calc.spec.system import System, compose
from calc.studies import compare as _compare
from calc.studies.compare import Comparison, Row

if TYPE_CHECKING:
    import pandas as pd

    from calc.studies import (
        anatomy,
        break_even,
        captions,
        catalogue,
        export_control,
        levers,
        narrate,
        narrate_accuracy,
        narrate_break_even,
        narrate_control,
        narrate_economics,
        narrate_ranges,
        narrate_supply,
        narrate_system,
        narrate_trends,
        narrate_what_if,
        narrate_workloads,
        pasted,
        pictures,
        plane,
        power_flow,
        predicted,
        range_pictures,
        readings,
        roofline,
        scenario_text,
        trends,
        trends_hardware,
        what_if,
        workload_bars,
        workloads,
    )
    from calc.studies.accuracy import Accuracy
    from calc.studies.claims import Claim
    from calc.studies.collective import Curve
    from calc.studies.coverage import Coverage
    from calc.studies.economics import Costs
    from calc.studies.explain import Explanation
    from calc.studies.export_control import Control
    from calc.studies.frontier import Front, Frontier, Point, announced, frontier, frontier_of, frontier_of_systems
    from calc.studies.outcomes import Outcome
    from calc.studies.parity import Parity
    from calc.studies.power import PowerBreakdown
    from calc.studies.sensitivity import Sensitivity
    from calc.studies.serve import Served
    from calc.studies.shown import Shown, shown
    from calc.studies.study import Study
    from calc.studies.supply import Supply, cut_words, outlook
    from calc.studies.sweep import Swept
    from calc.studies.train import Trained
    from calc.studies.trends import ModelTrend
    from calc.studies.trends_hardware import HardwareTrend, Paces
    from calc.studies.uncertainty import Bands, Odds
    from calc.studies.why import Why
else:
    _FRONTIER = dict.fromkeys(
        ("Front", "Frontier", "Point", "announced", "frontier", "frontier_of", "frontier_of_systems"), "frontier"
    )
    _MEMBERS = {
        **_FRONTIER,
        "cut_words": "supply",
        "outlook": "supply",
        "Shown": "shown",
        "shown": "shown",
        "Study": "study",
    }

    def __getattr__(name: str) -> Any:
        """A study on its first use: most commands need few of them, and together they are slow to load."""
        if name not in __all__:
            raise AttributeError(f"module 'calc' has no attribute {name!r}")
        module = import_module(f"calc.studies.{_MEMBERS.get(name, name)}")
        globals()[name] = found = getattr(module, name) if name in _MEMBERS else module
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__version__ = "0.1.0"

__all__ = [
    "CalcError",
    "Comparison",
    "Datum",
    "Fault",
    "Front",
    "Frontier",
    "InfeasibleError",
    "Library",
    "Point",
    "Result",
    "Row",
    "Scenario",
    "Shown",
    "Spec",
    "SpecError",
    "Study",
    "System",
    "UnitError",
    "UnknownNameError",
    "accuracy",
    "anatomy",
    "announced",
    "bands",
    "break_even",
    "captions",
    "catalogue",
    "check_claims",
    "collective",
    "compare",
    "control",
    "cost",
    "coverage",
    "cut_words",
    "evaluate",
    "explain",
    "export",
    "export_control",
    "figures",
    "frontier",
    "frontier_of",
    "frontier_of_systems",
    "levers",
    "library",
    "load",
    "names",
    "narrate",
    "narrate_accuracy",
    "narrate_break_even",
    "narrate_control",
    "narrate_economics",
    "narrate_ranges",
    "narrate_supply",
    "narrate_system",
    "narrate_trends",
    "narrate_what_if",
    "narrate_workloads",
    "nearest",
    "outlook",
    "parity",
    "pasted",
    "pictures",
    "plane",
    "power_breakdown",
    "power_flow",
    "predicted",
    "probability",
    "range_pictures",
    "read_sweep",
    "readings",
    "roofline",
    "scenario_text",
    "sensitivity",
    "serve",
    "settable",
    "shown",
    "supply",
    "sweep",
    "text_of",
    "train",
    "trend",
    "trends",
    "trends_hardware",
    "what_if",
    "why",
    "workload_bars",
    "workloads",
]

library = open_library
"""The catalogue of some folders, laid over the project's own."""


def load(
    system: str | System,
    specs: Iterable[str | os.PathLike[str]] = (),
    *,
    library: Library | None = None,
    scenario: Scenario | None = None,
) -> System:
    """A system by its id, with everything it is made of.

    Parameters
    ----------
    system : id of a system, or a system, which is given back.
    specs : further folders of spec files, the first to win first.
    library : a catalogue, in place of opening one.
    scenario : whose region the system is to stand in.

    Raises
    ------
    UnknownNameError : where there is no such system.
    SpecError : where its files have faults.

    >>> load("gb200-nvl72")["chip.hbm.capacity"].text
    '192 GB'
    """
    if isinstance(system, System):
        return system
    return compose(library or open_library(specs), system, (scenario or Scenario()).region)


def evaluate(system: str | System, scenario: Scenario | None = None, *, library: Library | None = None) -> Result:
    """Every quantity of a system; see `calc.model.evaluate.evaluate`.

    >>> f"{evaluate('cloudmatrix-384')['flop_rate'].to('PFLOP/s').magnitude:.2f}"
    '299.52'
    """
    return _evaluate.evaluate(load(system, library=library, scenario=scenario), scenario)


def compare(
    systems: Sequence[str | System],
    baseline: str | None = None,
    scenario: Scenario | None = None,
    per: str = "system",
    *,
    library: Library | None = None,
) -> Comparison:
    """Systems beside one another; see `calc.studies.compare.compare`."""
    shared = library or open_library()
    loaded = [load(system, library=shared, scenario=scenario) for system in systems]
    return _compare.compare(loaded, baseline, scenario, per)


def why(
    system: str | System,
    baseline: str | System,
    quantity: str,
    scenario: Scenario | None = None,
    *,
    library: Library | None = None,
) -> Why:
    """A ratio unfolded into factors; see `calc.studies.why.why`.

    >>> [round(factor.ratio, 3) for factor in why("cloudmatrix-384", "gb200-nvl72", "flop_rate").factors]
    [5.333, 0.312]
    """
    from calc.studies import why as study

    shared = library or open_library()
    pair = [load(each, library=shared, scenario=scenario) for each in (system, baseline)]
    return study.why(pair[0], pair[1], quantity, scenario)


def explain(
    system: str | System, quantity: str, scenario: Scenario | None = None, *, library: Library | None = None
) -> Explanation:
    """A quantity unfolded down to its sources; see `calc.studies.explain.explain`."""
    from calc.studies import explain as study

    return study.explain(load(system, library=library, scenario=scenario), quantity, scenario)


def parity(
    system: str | System, match: str | System, scenario: Scenario | None = None, *, library: Library | None = None
) -> Parity:
    """How many of one system equal another; see `calc.studies.parity.parity`."""
    from calc.studies import parity as study

    shared = library or open_library()
    pair = [load(each, library=shared, scenario=scenario) for each in (system, match)]
    return study.parity(pair[0], pair[1], scenario)


def power_breakdown(
    system: str | System, scenario: Scenario | None = None, *, library: Library | None = None
) -> PowerBreakdown:
    """Where a system's power goes; see `calc.studies.power.power_breakdown`."""
    from calc.studies import power as study

    return study.power_breakdown(load(system, library=library, scenario=scenario), scenario)


def check_claims(system: str | System, *, library: Library | None = None) -> Sequence[Claim]:
    """Published totals against computed ones; see `calc.studies.claims.check_claims`."""
    from calc.studies import claims as study

    return study.check_claims(load(system, library=library))


def settable(system: str | System, *, library: Library | None = None) -> list[str]:
    """Paths of every input a scenario may set; see `calc.model.evaluate.settable`."""
    return _evaluate.settable(load(system, library=library))


def export(found: Comparison, library: Library, kind: str = "csv") -> str:
    """A comparison as a file, with its sources and licences; see `calc.files.export`."""
    from calc import files

    return files.export(found, library, kind)


def control(
    chip: str,
    settings: Mapping[str, str | float] | None = None,
    *,
    datacentre: bool = True,
    library: Library | None = None,
) -> Control:
    """Where a chip stands to export rules of the United States; see `calc.studies.export_control.control`.

    >>> dict(control("h800-sxm").rules)
    {'2022': 'not controlled', '2023': '3A090.a.1', '2026-china': 'case-by-case'}
    """
    from calc.studies import export_control as study

    return study.control(library or open_library(), chip, settings, datacentre=datacentre)


def coverage(what: str = "", *, library: Library | None = None) -> Coverage:
    """Which figures are known, by confidence; see `calc.studies.coverage.coverage`.

    >>> coverage("chips").unsourced
    ()
    """
    from calc.studies import coverage as study

    return study.coverage(library or open_library(), what)


def supply(
    system: str, cut: Sequence[str] | str = (), *, weight: str = "chips", library: Library | None = None
) -> Supply:
    """Who makes a system, and whether it can still be built without some; see `calc.studies.supply.supply`.

    >>> supply("gb200-nvl72", "tsmc").buildable
    False
    """
    from calc.studies import supply as study

    return study.supply(library or open_library(), system, [cut] if isinstance(cut, str) else cut, weight)


def collective(
    chip: str, operation: str, ranks: int, sizes: Sequence[str | float], specs: Iterable[str | os.PathLike[str]] = ()
) -> Curve:
    """Time a collective operation over a range of sizes; see `calc.studies.collective.collective_curve`."""
    from calc.studies.collective import collective_curve

    return collective_curve(chip, operation, ranks, sizes, specs)


def train(
    model: str,
    system: str | System,
    scenario: Scenario | None = None,
    *,
    global_batch: int = 1024,
    sequence: int = 4096,
    chips: int | None = None,
    tokens: float | None = None,
    fixed: Mapping[str, Any] | None = None,
    top: int = 5,
    library: Library | None = None,
    specs: Iterable[str | os.PathLike[str]] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Trained:
    """The fastest mappings of a training run; see `calc.studies.train.train`."""
    from calc.studies import train as study

    shared = library or open_library(specs)
    return study.train(
        shared, model, load(system, library=shared, scenario=scenario), global_batch=global_batch, sequence=sequence,
        chips=chips, tokens=tokens, scenario=scenario, fixed=fixed, top=top, specs=specs, progress=progress,
    )  # fmt: skip


def serve(
    model: str,
    system: str | System,
    scenario: Scenario | None = None,
    *,
    phase: str = "decode",
    input_len: int = 4096,
    output_len: int = 1024,
    kv_len: int | None = None,
    batch_per_chip: float | None = None,
    fixed: Mapping[str, int] | None = None,
    limit: float | None = None,
    acceptance: float = 0.0,
    top: int = 5,
    library: Library | None = None,
    specs: Iterable[str | os.PathLike[str]] = (),
) -> Served:
    """The splits and batches that serve the most tokens per chip; see `calc.studies.serve.serve`.

    >>> found = serve("llama-3.1-70b", "dgx-h100", Scenario("fp8"), limit=0.05)
    >>> found.latency[0] <= 0.05
    True
    """
    from calc.studies import serve as study

    shared = library or open_library(specs)
    return study.serve(
        shared, model, load(system, library=shared, scenario=scenario), phase=phase, input_len=input_len,
        output_len=output_len, kv_len=kv_len, batch_per_chip=batch_per_chip, fixed=fixed, limit=limit,
        acceptance=acceptance, scenario=scenario, top=top, specs=specs,
    )  # fmt: skip


def cost(
    systems: Sequence[str] | str,
    scenario: Scenario | None = None,
    *,
    budget: float | str | None = None,
    power: float | str | None = None,
    draws: int = 4096,
    seed: int = 0,
    library: Library | None = None,
    specs: Iterable[str | os.PathLike[str]] = (),
) -> Costs:
    """What systems cost and emit, and what a limit buys; see `calc.studies.economics.costs`.

    >>> found = cost("gb200-nvl72@us-virginia", power="100 MW")
    >>> found.systems[0].per_hour.low < found.systems[0].per_hour.value < found.systems[0].per_hour.high
    True
    """
    from calc.studies import economics

    asked = [systems] if isinstance(systems, str) else list(systems)
    return economics.costs(
        library or open_library(specs), asked, scenario, budget=budget, power=power, count=draws, seed=seed
    )


def accuracy(
    kind: str | None = None,
    runs: str | os.PathLike[str] | None = None,
    specs: Iterable[str | os.PathLike[str]] = (),
) -> Accuracy:
    """Predictions against published measurements; see `calc.studies.accuracy.accuracy`."""
    from calc.studies import accuracy as study

    return study.accuracy(kind, runs, specs)


def sweep(
    study: Study | None,
    out: str | os.PathLike[str],
    *,
    workers: int = 1,
    dask: str | None = None,
    resume: bool = False,
    library: Library | None = None,
    specs: Iterable[str | os.PathLike[str]] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Swept:
    """Every point of a study as a Parquet dataset; see `calc.studies.sweep.sweep`.

    More than one worker needs a script with ``if __name__ == "__main__":``, as its workers import it.
    """
    from calc.studies import sweep as study_of

    shared = library or open_library(specs)
    return study_of.sweep(study, out, shared, specs=specs, workers=workers, dask=dask, resume=resume, progress=progress)


def read_sweep(folder: str | os.PathLike[str]) -> pd.DataFrame:
    """The rows of a sweep as a pandas frame; see `calc.studies.dataset.read_dataset`."""
    from calc.studies import dataset

    return dataset.read_dataset(folder)


def bands(
    systems: Sequence[str | System],
    baseline: str | None = None,
    scenario: Scenario | None = None,
    per: str = "system",
    *,
    draws: int = 4096,
    seed: int = 0,
    interval: float = 0.8,
    outcomes: Sequence[Outcome] = (),
    library: Library | None = None,
) -> Bands:
    """A comparison with what the ranges of its figures come to; see `calc.studies.uncertainty.bands`.

    >>> found = bands(["cloudmatrix-384", "gb200-nvl72"])
    >>> band = found.ratios["power_per_flop_rate"]["cloudmatrix-384"]
    >>> f"{band.median:.1f}, {band.low:.1f} to {band.high:.1f}"
    '2.4, 2.1 to 2.7'
    """
    from calc.studies import uncertainty

    shared = library or open_library()
    loaded = [load(system, library=shared, scenario=scenario) for system in systems]
    return uncertainty.bands(
        loaded, baseline, scenario, per, count=draws, seed=seed, interval=interval, outcomes=outcomes
    )


def probability(found: Bands, statement: str) -> Odds:
    """In how many of the draws a statement holds; see `calc.studies.uncertainty.probability`.

    >>> probability(bands(["cloudmatrix-384", "gb200-nvl72"]), "power_per_flop_rate > 2x").probability > 0.9
    True
    """
    from calc.studies import uncertainty

    return uncertainty.probability(found, statement)


def sensitivity(
    systems: Sequence[str | System],
    quantity: str | Outcome,
    scenario: Scenario | None = None,
    *,
    draws: int = 1 << 14,
    seed: int = 0,
    library: Library | None = None,
) -> Sensitivity:
    """What a ratio between two systems, or a figure of one, hangs on; see `calc.studies.sensitivity.sensitivity`."""
    from calc.studies import sensitivity as study

    shared = library or open_library()
    loaded = [load(system, library=shared, scenario=scenario) for system in systems]
    return study.sensitivity(loaded, quantity, scenario, count=draws, seed=seed)


def trend(
    subject: str = "models", *, library: Library | None = None, **asked: Any
) -> ModelTrend | HardwareTrend | Paces:
    """How models or hardware move over time, with intervals, and refusals where the data cannot carry an answer.

    Parameters
    ----------
    subject : ``models``, ``hardware`` or ``pace``.
    library : the catalogue; models do not need it.
    asked : as `calc.studies.trends.models`, `calc.studies.trends_hardware.hardware` or
        `calc.studies.trends_hardware.pace` take it.

    Raises
    ------
    CalcError : where the user can put something right.

    >>> trend("models").to_json()["difference"]
    {'value': 6.203, 'low': -23.78, 'high': 37.214, 'p_positive': 0.6627}
    """
    from calc.studies import trends, trends_hardware

    if subject == "models":
        return trends.models(**asked)
    if subject not in ("hardware", "pace"):
        raise UnknownNameError("subject of trends", subject, ("models", "hardware", "pace"))
    shared = library or open_library()
    return (trends_hardware.hardware if subject == "hardware" else trends_hardware.pace)(shared, **asked)
