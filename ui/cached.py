"""What the library was asked already, kept by the catalogue's digest and what was asked.

Results are frozen and hold no visitor's own words but through their digest, so all sessions share
them. Streamlit's caches hash their arguments anew on every call, which is most of a rerun's time.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import calc
from ui import moved, priced
from ui.asked import Asked
from ui.state import PageState

if TYPE_CHECKING:
    from calc.studies.accuracy import Accuracy
    from calc.studies.economics import Costs
    from calc.studies.sensitivity import Sensitivity
    from calc.studies.serve import Served
    from calc.studies.train import Trained
    from calc.studies.trends import ModelTrend
    from calc.studies.trends_hardware import HardwareTrend, Paces
    from calc.studies.uncertainty import Bands

__all__ = [
    "accuracy",
    "anatomy",
    "bands",
    "bought",
    "break_evens",
    "breakdown",
    "browsed",
    "catalogue",
    "choices",
    "comparison",
    "conditions",
    "costs",
    "explanation",
    "flow",
    "frontier",
    "has_accuracy",
    "inputs",
    "keep",
    "levers",
    "parity",
    "plane",
    "roofline",
    "sensitivity",
    "spans",
    "trend",
    "trend_hardware",
    "trend_pace",
    "why",
    "with_settings",
    "worked",
]

Spans = Mapping[str, Mapping[str, tuple[float, float]]]
_T = TypeVar("_T")
_MOST = 1000
_SECONDS = 10.0
_kept: OrderedDict[Hashable, Any] = OrderedDict()
_lock = threading.Lock()
_measuring = threading.Lock()


def keep(key: Hashable, build: Callable[[], _T]) -> _T:
    """The value of a key, built where it is not kept; those longest unused go first.

    Parameters
    ----------
    key : everything that the value depends on; equal keys are one value for all visitors.
    build : makes it. Two visitors may build the same at once; the last is kept.
    """
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]  # type: ignore[no-any-return]
    value = build()
    with _lock:
        _kept[key] = value
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return value


def catalogue(texts: tuple[tuple[str, str], ...] = ()) -> calc.Library:
    """The catalogue, with a session's own files laid over it; files are looked at again every ten seconds."""
    return keep(("catalogue", texts, int(time.monotonic() / _SECONDS)), lambda: calc.library(texts=dict(texts) or None))


def _asked(state: PageState) -> Hashable:
    return (state.precision, state.sparse, state.prefer, state.settings)


def _basket(state: PageState) -> Hashable:
    return (state.systems, state.base, state.per, _asked(state))


def _for(state: PageState, *systems: str, settings: Mapping[str, str] | None = None) -> calc.Scenario:
    """The assumptions without what is set for systems that are not asked about."""
    given = dict(state.settings) if settings is None else settings
    kept = {path: text for path, text in given.items() if ":" not in path or path.partition(":")[0] in systems}
    return calc.Scenario(state.precision, state.sparse, kept, state.prefer)


def comparison(library: calc.Library, state: PageState) -> calc.Comparison:
    """The basket compared."""
    return keep(
        ("comparison", library.digest, _basket(state)),
        lambda: calc.compare(state.systems, state.base, state.scenario(), state.per, library=library),
    )


def with_settings(library: calc.Library, state: PageState, settings: Mapping[str, str]) -> calc.Comparison:
    """The basket compared with some inputs set, and no others."""
    scenario = _for(state, *state.systems, settings=settings)
    return comparison(library, replace(state, settings=tuple(scenario.set.items())))


def spans(library: calc.Library, state: PageState) -> Spans:
    """The lowest and highest ratio that the readings which disagree allow."""
    found = comparison(library, state)
    return keep(("spans", library.digest, _basket(state)), lambda: calc.readings.spans(found))


def choices(library: calc.Library, state: PageState, quantity: str, system: str) -> Sequence[calc.readings.Choice]:
    """The readings a ratio rests on and that sources disagree about."""
    found = comparison(library, state)
    key = ("choices", library.digest, _basket(state), quantity, system)
    return keep(key, lambda: calc.readings.choices(found, quantity, system))


def frontier(library: calc.Library, state: PageState, x: str, y: str, z: str | None = None) -> Sequence[calc.Point]:
    """Every system of the catalogue by two or three quantities, the announced only where they are in the basket."""
    scenario = calc.Scenario(state.precision, state.sparse)
    named = tuple(one for one in calc.announced(library) if one in state.systems)
    key = ("frontier", library.digest, state.precision, state.sparse, x, y, z, named)
    return keep(key, lambda: calc.frontier(library, x, y, scenario, z, named))


def bands(library: calc.Library, state: PageState) -> Bands:
    """The basket compared, with what the ranges of its figures come to."""
    key = ("bands", library.digest, _basket(state))
    return keep(key, lambda: calc.bands(state.systems, state.base, state.scenario(), state.per, library=library))


def costs(library: calc.Library, state: PageState) -> Costs:
    """What the basket costs and emits, each system where it stands, the baseline last."""
    systems = tuple(priced.placed(state, library, (*state.others, state.base)))
    key = ("costs", library.digest, systems, _asked(state))
    return keep(key, lambda: calc.cost(systems, state.scenario(), library=library))


def bought(library: calc.Library, state: PageState, system: str, spend: str) -> Costs:
    """What a budget or a power limit buys of a system where it stands; the unit says which it is."""
    placed = priced.placed(state, library, [system])
    budget, power = (spend, None) if "USD" in spend else (None, spend)
    key = ("bought", library.digest, placed[0], spend, _asked(state))
    return keep(key, lambda: calc.cost(placed, _for(state, system), library=library, budget=budget, power=power))


def sensitivity(library: calc.Library, state: PageState, system: str, goal: str) -> Sensitivity:
    """What a ratio to the baseline hangs on."""
    key = ("sensitivity", library.digest, system, state.base, goal, _asked(state))
    scenario = _for(state, system, state.base)
    return keep(key, lambda: calc.sensitivity([system, state.base], goal, scenario, library=library))


def breakdown(library: calc.Library, state: PageState, system: str) -> Any:
    """A system's power by part."""
    key = ("breakdown", library.digest, system, _asked(state))
    return keep(key, lambda: calc.power_breakdown(system, _for(state, system), library=library))


def flow(library: calc.Library, state: PageState, system: str, language: str) -> calc.power_flow.Flow | None:
    """A system's power as a flow from the facility to the parts."""
    found = breakdown(library, state, system)
    key = ("flow", library.digest, system, _asked(state), language)
    return keep(key, lambda: calc.power_flow.flow(found, language))


def anatomy(library: calc.Library, state: PageState, system: str) -> calc.anatomy.Anatomy:
    """What a system is made of."""
    key = ("anatomy", library.digest, system, _asked(state))
    return keep(key, lambda: calc.anatomy.anatomy(calc.load(system, library=library), _for(state, system)))


def why(library: calc.Library, state: PageState, system: str, quantity: str) -> Any:
    """A ratio to the baseline unfolded into factors."""
    key = ("why", library.digest, system, state.base, quantity, _asked(state))
    return keep(key, lambda: calc.why(system, state.base, quantity, _for(state, system, state.base), library=library))


def explanation(library: calc.Library, state: PageState, system: str, quantity: str) -> Any:
    """A quantity unfolded down to its sources."""
    key = ("explanation", library.digest, system, quantity, _asked(state))
    return keep(key, lambda: calc.explain(system, quantity, _for(state, system), library=library))


def parity(library: calc.Library, state: PageState, system: str) -> Any:
    """How many of a system equal the baseline."""
    key = ("parity", library.digest, system, state.base, _asked(state))
    return keep(key, lambda: calc.parity(system, state.base, _for(state, system, state.base), library=library))


def levers(library: calc.Library, state: PageState, system: str, goal: str) -> Sequence[calc.levers.Lever]:
    """The inputs of a system, those that move a quantity most first."""
    plain = calc.Scenario(state.precision, state.sparse, {}, state.prefer)
    key = ("levers", library.digest, system, goal, state.precision, state.sparse, state.prefer)
    return keep(key, lambda: calc.levers.levers(calc.load(system, library=library), goal, plain))


def break_evens(
    library: calc.Library, state: PageState, system: str, goal: str, paths: Sequence[str]
) -> Sequence[calc.break_even.BreakEven]:
    """Where each of some inputs makes a system level with the baseline."""

    def found() -> Sequence[calc.break_even.BreakEven]:
        scenario = _for(state, system, state.base)
        ours, theirs = (calc.load(one, library=library) for one in (system, state.base))
        return [calc.break_even.break_even(ours, theirs, goal, path, scenario) for path in paths]

    return keep(("level", library.digest, system, state.base, goal, tuple(paths), _asked(state)), found)


def conditions(library: calc.Library, state: PageState, system: str, goal: str) -> Sequence[calc.break_even.BreakEven]:
    """For every input of a system and of the baseline, the value that would make the two level."""
    key = ("conditions", library.digest, system, state.base, goal, _asked(state))
    scenario = _for(state, system, state.base)
    ours, theirs = (calc.load(one, library=library) for one in (system, state.base))
    return keep(key, lambda: calc.break_even.what_would_have_to_be_true(ours, theirs, goal, scenario))


def inputs(
    library: calc.Library, state: PageState, system: str, goal: str, wanted: Sequence[str]
) -> Sequence[calc.plane.Input]:
    """The inputs of a system and of the baseline that can be the axes of a plane."""
    key = ("inputs", library.digest, system, state.base, goal, tuple(wanted), _asked(state))
    scenario = _for(state, system, state.base)
    ours, theirs = (calc.load(one, library=library) for one in (system, state.base))
    return keep(key, lambda: calc.plane.inputs(ours, theirs, goal, scenario, wanted))


def plane(
    library: calc.Library, state: PageState, system: str, goal: str, x: calc.plane.Input, y: calc.plane.Input
) -> calc.plane.Plane:
    """A ratio to the baseline over two inputs."""
    key = ("plane", library.digest, system, state.base, goal, x.text, y.text, _asked(state))
    scenario = _for(state, system, state.base)
    ours, theirs = (calc.load(one, library=library) for one in (system, state.base))
    return keep(key, lambda: calc.plane.plane(ours, theirs, goal, x, y, scenario))


def roofline(
    library: calc.Library, state: PageState, per: str, kinds: Sequence[str], formats: Sequence[str]
) -> calc.roofline.Roofline:
    """Roofs of the basket."""

    def found() -> calc.roofline.Roofline:
        systems = [calc.load(system, library=library) for system in state.systems]
        return calc.roofline.roofline(systems, state.scenario(), per, kinds, formats)

    key = ("roofline", library.digest, state.systems, per, tuple(kinds), tuple(formats), _asked(state))
    return keep(key, found)


def browsed(
    library: calc.Library, state: PageState, kind: str
) -> tuple[Sequence[calc.catalogue.Entry], Sequence[calc.catalogue.Column]]:
    """Every spec of a kind with the figures it is browsed by, and the columns of them."""

    def found() -> tuple[Sequence[calc.catalogue.Entry], Sequence[calc.catalogue.Column]]:
        scenario = calc.Scenario(state.precision, state.sparse)
        entries = calc.catalogue.entries(library, kind, scenario)
        return entries, calc.catalogue.columns(kind, entries, scenario)

    return keep(("browsed", library.digest, kind, state.precision, state.sparse), found)


def covered(library: calc.Library, kind: str) -> Any:
    """Which figures of a kind of spec are known."""
    return keep(("covered", library.digest, kind), lambda: calc.coverage(kind, library=library))


def worked(
    library: calc.Library,
    state: PageState,
    system: str,
    asked: Asked,
    progress: Callable[[int, int], None] | None = None,
) -> Trained | Served | calc.workloads.Refused:
    """What a system does at a workload, or why it cannot.

    Parameters
    ----------
    library, state : the catalogue, and the assumptions.
    system : id of the system.
    asked : the workload.
    progress : of a search, called with the mappings done and their number.
    """
    loaded = calc.load(system, library=library)
    precision = calc.workloads.format_of(loaded, asked.number_format)
    scenario = replace(_for(state, system), precision=precision, sparse=False)

    def found() -> Trained | Served | calc.workloads.Refused:
        try:
            if asked.doing == "train":
                return calc.train(
                    asked.model, loaded, scenario, global_batch=asked.batch, sequence=asked.sequence,
                    chips=asked.chips, fixed=dict(asked.fixed), library=library,
                    progress=calc.workloads.bounded(progress),
                )  # fmt: skip
            return calc.serve(
                asked.model, loaded, scenario, phase=asked.doing, input_len=asked.input_len,
                output_len=asked.output_len, limit=asked.limit, acceptance=asked.acceptance, library=library,
            )  # fmt: skip
        except calc.CalcError as error:
            return calc.workloads.Refused(system, loaded.short, str(error))

    return keep(("worked", library.digest, system, asked, state.prefer, tuple(scenario.set.items())), found)


def has_accuracy(kind: str) -> bool:
    """Whether the accuracy of a kind of prediction is known already."""
    with _lock:
        return ("accuracy", kind) in _kept


def accuracy(kind: str) -> Accuracy:
    """Predictions of the published runs of a kind: seconds of work, done once for all visitors."""
    with _measuring:
        return keep(("accuracy", kind), lambda: calc.accuracy(kind))


def trend(open_weights: bool, scale: str, window: str) -> ModelTrend:
    """How the best models move in a window, written as ``2024-07..2025-07``, or all there is."""
    first, _, last = moved.exact(window).partition("..")
    ends = (first, last) if last else calc.trends.reach(scale)
    return keep(
        ("trend", open_weights, scale, ends),
        lambda: calc.trends.models(*ends, open_weights=open_weights, scale=scale),
    )


def trend_hardware(library: calc.Library, quantity: str, per: str) -> HardwareTrend:
    """How fast one figure of the catalogue's chips or systems grows."""
    return keep(
        ("trend_hardware", library.digest, quantity, per),
        lambda: calc.trends_hardware.hardware(library, quantity, per),
    )


def trend_pace(library: calc.Library, quantity: str) -> Paces:
    """The pace of two lines of systems."""
    return keep(("trend_pace", library.digest, quantity), lambda: calc.trends_hardware.pace(library, quantity))
