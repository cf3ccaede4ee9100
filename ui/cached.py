"""What the library was asked already, kept by the catalogue's digest and what was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

import calc
from ui.state import PageState

__all__ = ["breakdown", "catalogue", "choices", "comparison", "drawn", "explanation", "frontier", "parity", "spans", "why"]

Spans = Mapping[str, Mapping[str, tuple[float, float]]]


@st.cache_resource(ttl=10, max_entries=100, show_spinner=False)
def catalogue(texts: tuple[tuple[str, str], ...] = ()) -> calc.Library:
    """The catalogue, with a session's own files laid over it; files are looked at again every ten seconds."""
    return calc.library(texts=dict(texts) or None)


def _asked(state: PageState) -> tuple[Any, ...]:
    return (state.precision, state.sparse, state.prefer, state.settings)


@st.cache_resource(max_entries=400, show_spinner=False)
def _comparison(digest: str, ids: tuple[str, ...], base: str, per: str, asked: Any, _library: calc.Library, _state: PageState) -> Any:
    return calc.compare(ids, base, _state.scenario(), per, library=_library)


def comparison(library: calc.Library, state: PageState) -> calc.Comparison:
    """The basket compared."""
    return _comparison(library.digest, state.systems, state.base, state.per, _asked(state), library, state)  # type: ignore[no-any-return]


@st.cache_resource(max_entries=400, show_spinner=False)
def _spans(digest: str, ids: tuple[str, ...], base: str, per: str, asked: Any, _found: calc.Comparison) -> Spans:
    return calc.readings.spans(_found)


def spans(library: calc.Library, state: PageState) -> Spans:
    """The lowest and highest ratio that the readings which disagree allow."""
    return _spans(library.digest, state.systems, state.base, state.per, _asked(state), comparison(library, state))


@st.cache_resource(max_entries=400, show_spinner=False)
def _choices(
    digest: str, ids: tuple[str, ...], base: str, per: str, asked: Any, quantity: str, system: str, _found: calc.Comparison
) -> Sequence[calc.readings.Choice]:
    return calc.readings.choices(_found, quantity, system)


def choices(library: calc.Library, state: PageState, quantity: str, system: str) -> Sequence[calc.readings.Choice]:
    """The readings a ratio rests on and that sources disagree about."""
    found = comparison(library, state)
    return _choices(library.digest, state.systems, state.base, state.per, _asked(state), quantity, system, found)


@st.cache_resource(max_entries=400, show_spinner=False)
def _frontier(digest: str, precision: str, sparse: bool, x: str, y: str, _library: calc.Library) -> Sequence[calc.Point]:
    return calc.frontier(_library, x, y, calc.Scenario(precision, sparse))


def frontier(library: calc.Library, state: PageState, x: str, y: str) -> Sequence[calc.Point]:
    """Every system of the catalogue by two quantities."""
    return _frontier(library.digest, state.precision, state.sparse, x, y, library)


def _for(state: PageState, *systems: str) -> calc.Scenario:
    """The assumptions without what is set for systems that are not asked about."""
    kept = {path: text for path, text in state.settings if ":" not in path or path.partition(":")[0] in systems}
    return calc.Scenario(state.precision, state.sparse, kept, state.prefer)


@st.cache_resource(max_entries=400, show_spinner=False)
def _breakdown(digest: str, system: str, asked: Any, _library: calc.Library, _state: PageState) -> Any:
    return calc.power_breakdown(system, _for(_state, system), library=_library)


def breakdown(library: calc.Library, state: PageState, system: str) -> Any:
    """A system's power by part."""
    return _breakdown(library.digest, system, _asked(state), library, state)


@st.cache_resource(max_entries=400, show_spinner=False)
def _why(digest: str, system: str, base: str, quantity: str, asked: Any, _library: calc.Library, _state: PageState) -> Any:
    return calc.why(system, base, quantity, _for(_state, system, base), library=_library)


def why(library: calc.Library, state: PageState, system: str, quantity: str) -> Any:
    """A ratio to the baseline unfolded into factors."""
    return _why(library.digest, system, state.base, quantity, _asked(state), library, state)


@st.cache_resource(max_entries=400, show_spinner=False)
def _explanation(digest: str, system: str, quantity: str, asked: Any, _library: calc.Library, _state: PageState) -> Any:
    return calc.explain(system, quantity, _for(_state, system), library=_library)


def explanation(library: calc.Library, state: PageState, system: str, quantity: str) -> Any:
    """A quantity unfolded down to its sources."""
    return _explanation(library.digest, system, quantity, _asked(state), library, state)


@st.cache_resource(max_entries=400, show_spinner=False)
def _parity(digest: str, system: str, base: str, asked: Any, _library: calc.Library, _state: PageState) -> Any:
    return calc.parity(system, base, _for(_state, system, base), library=_library)


def parity(library: calc.Library, state: PageState, system: str) -> Any:
    """How many of a system equal the baseline."""
    return _parity(library.digest, system, state.base, _asked(state), library, state)


@st.cache_resource(max_entries=400, show_spinner=False)
def drawn(name: str, key: tuple[Any, ...], _build: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A chart as Vega-Lite, built once for what it shows."""
    return _build()
