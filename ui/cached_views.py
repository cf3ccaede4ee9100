"""What the views of one system, of what-ifs, roofs and specs asked the library already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

import calc
from ui.state import PageState

__all__ = ["anatomy", "break_evens", "browsed", "flow", "levers", "roofline", "scenario_for", "with_settings"]


def scenario_for(state: PageState, *systems: str, settings: Mapping[str, str] | None = None) -> calc.Scenario:
    """The assumptions of a page, without what is set for systems that are not asked about."""
    given = dict(state.settings) if settings is None else settings
    kept = {path: text for path, text in given.items() if ":" not in path or path.partition(":")[0] in systems}
    return calc.Scenario(state.precision, state.sparse, kept, state.prefer)


def _asked(state: PageState) -> tuple[Any, ...]:
    return (state.precision, state.sparse, state.prefer, state.settings)


@st.cache_resource(max_entries=100, show_spinner=False)
def _browsed(digest: str, kind: str, precision: str, sparse: bool, _library: calc.Library) -> Any:
    scenario = calc.Scenario(precision, sparse)
    found = calc.catalogue.entries(_library, kind, scenario)
    return found, calc.catalogue.columns(kind, found, scenario)


def browsed(
    library: calc.Library, state: PageState, kind: str
) -> tuple[Sequence[calc.catalogue.Entry], Sequence[calc.catalogue.Column]]:
    """Every spec of a kind with the figures it is browsed by, and the columns of them."""
    return _browsed(library.digest, kind, state.precision, state.sparse, library)  # type: ignore[no-any-return]


@st.cache_resource(max_entries=400, show_spinner=False)
def _anatomy(digest: str, system: str, asked: Any, _library: calc.Library, _state: PageState) -> Any:
    return calc.anatomy.anatomy(calc.load(system, library=_library), scenario_for(_state, system))


def anatomy(library: calc.Library, state: PageState, system: str) -> calc.anatomy.Anatomy:
    """What a system is made of."""
    return _anatomy(library.digest, system, _asked(state), library, state)  # type: ignore[no-any-return]


@st.cache_resource(max_entries=400, show_spinner=False)
def _flow(digest: str, system: str, asked: Any, language: str, _library: calc.Library, _state: PageState) -> Any:
    found = calc.power_breakdown(system, scenario_for(_state, system), library=_library)
    return calc.power_flow.flow(found, language)


def flow(library: calc.Library, state: PageState, system: str, language: str) -> calc.power_flow.Flow | None:
    """A system's power as a flow from the facility to the parts."""
    return _flow(library.digest, system, _asked(state), language, library, state)  # type: ignore[no-any-return]


@st.cache_resource(max_entries=400, show_spinner=False)
def _levers(digest: str, system: str, goal: str, asked: Any, _library: calc.Library, _state: PageState) -> Any:
    plain = calc.Scenario(_state.precision, _state.sparse, {}, _state.prefer)
    return calc.levers.levers(calc.load(system, library=_library), goal, plain)


def levers(library: calc.Library, state: PageState, system: str, goal: str) -> Sequence[calc.levers.Lever]:
    """The inputs of a system, those that move a quantity most first."""
    asked = (state.precision, state.sparse, state.prefer)
    return _levers(library.digest, system, goal, asked, library, state)  # type: ignore[no-any-return]


@st.cache_resource(max_entries=400, show_spinner=False)
def _compared(
    digest: str, ids: tuple[str, ...], base: str, per: str, asked: Any, _library: calc.Library, _scenario: calc.Scenario
) -> Any:
    return calc.compare(ids, base, _scenario, per, library=_library)


def with_settings(library: calc.Library, state: PageState, settings: Mapping[str, str]) -> calc.Comparison:
    """The basket compared with some inputs set, and no others."""
    scenario = scenario_for(state, *state.systems, settings=settings)
    asked = (state.precision, state.sparse, state.prefer, tuple(scenario.set.items()))
    return _compared(library.digest, state.systems, state.base, state.per, asked, library, scenario)  # type: ignore[no-any-return]


@st.cache_resource(max_entries=400, show_spinner=False)
def _break_evens(
    digest: str,
    system: str,
    base: str,
    goal: str,
    paths: tuple[str, ...],
    asked: Any,
    _library: calc.Library,
    _state: PageState,
) -> Any:
    scenario = scenario_for(_state, system, base)
    ours, theirs = (calc.load(one, library=_library) for one in (system, base))
    return [calc.break_even.break_even(ours, theirs, goal, path, scenario) for path in paths]


def break_evens(
    library: calc.Library, state: PageState, system: str, goal: str, paths: Sequence[str]
) -> Sequence[calc.break_even.BreakEven]:
    """Where each of some inputs makes a system level with the baseline."""
    return _break_evens(library.digest, system, state.base, goal, tuple(paths), _asked(state), library, state)  # type: ignore[no-any-return]


@st.cache_resource(max_entries=200, show_spinner=False)
def _roofline(
    digest: str, ids: tuple[str, ...], per: str, kinds: tuple[str, ...], formats: tuple[str, ...], asked: Any,
    _library: calc.Library, _state: PageState,
) -> Any:  # fmt: skip
    systems = [calc.load(system, library=_library) for system in ids]
    return calc.roofline.roofline(systems, _state.scenario(), per, kinds, formats)


def roofline(
    library: calc.Library, state: PageState, per: str, kinds: Sequence[str], formats: Sequence[str]
) -> calc.roofline.Roofline:
    """Roofs of the basket."""
    return _roofline(library.digest, state.systems, per, tuple(kinds), tuple(formats), _asked(state), library, state)  # type: ignore[no-any-return]
