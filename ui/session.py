"""One visitor's session: its state kept in step with the address, its pasted specs, its language."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import streamlit as st

import calc
from ui import cached, text
from ui.state import LANGUAGES, Lost, PageState, restore, to_query, without_strays

__all__ = [
    "change",
    "current",
    "is_own",
    "join",
    "language",
    "leave",
    "library",
    "lost",
    "open_page",
    "own_specs",
    "put",
    "say",
    "start",
    "theme",
    "update",
]

_STATE, _WRITTEN, _PAGE, _BARE, _LOST, _TOUCHED, _SPECS = (
    f"podcalc_{name}" for name in ("state", "written", "page", "bare", "lost", "touched", "specs")
)


_language: ContextVar[str] = ContextVar("language", default="")
"""The language of the run, found once: each run of a script has a context of its own."""


def library() -> calc.Library:
    """The catalogue, with the visitor's own specs laid over it."""
    return cached.catalogue(tuple(sorted(own_specs().items())))


def start() -> None:
    """Begin a run: it may have the thread of the one before, and so its context."""
    _language.set("")


def own_specs() -> dict[str, str]:
    """Texts of the specs that live in this session only, by file name; change it in place."""
    own: dict[str, str] = st.session_state.setdefault(_SPECS, {})
    return own


def is_own(system: str) -> bool:
    """Whether a system's spec lives in this session only."""
    own = own_specs()
    return bool(own) and library().get("system", system).file in own


def current() -> PageState:
    """The state, as it was when the page was opened or last changed."""
    state: PageState = st.session_state.get(_STATE, PageState())
    return state


def lost() -> list[Lost]:
    """What of the link could not be restored."""
    items: list[Lost] = st.session_state.get(_LOST, [])
    return items


def update(function: Callable[[PageState], PageState]) -> None:
    """Change the state; for the callbacks of widgets."""
    st.session_state[_STATE] = without_strays(function(current()), library())
    st.session_state[_TOUCHED] = True
    st.session_state[_LOST] = []


def change(**fields: Any) -> None:
    """Change some fields of the state; for the callbacks of widgets."""
    update(lambda state: replace(state, **fields))


def put(name: str, key: str) -> None:
    """Keep what a widget says under a name of `VIEW_KEYS`; for the callbacks of widgets."""
    given = st.session_state[key]
    update(lambda state: state.put(**{name: given}))


def join(system: str) -> None:
    """Add a system to the basket; for the callbacks of widgets."""
    update(lambda state: state.join(system))


def leave(system: str) -> None:
    """Remove a system from the basket; for the callbacks of widgets."""
    update(lambda state: state.leave(system))


def language() -> str:
    """The language chosen, or the browser's where podcalc speaks it, or English."""
    known = _language.get()
    return known or _find_language()


def _find_language() -> str:
    # Before the first page is opened, its title is asked for already.
    chosen = current().language if _STATE in st.session_state else st.query_params.get("lang", "")
    return chosen if chosen in LANGUAGES else text.language_of(st.context.locale)


def say() -> Callable[[str], str]:
    """A function from an English text to the page's language."""
    return text.translator(language())


def theme() -> str:
    """light or dark, as the page is shown."""
    return "dark" if st.context.theme.type == "dark" else "light"


def _address() -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in st.query_params}


def open_page(page: str) -> PageState:
    """The state that a run shows: the address's where the visitor went there, the session's otherwise.

    The address changes without us on the first run, on a reload, and when the visitor goes back.
    A page picked in the navigation has a bare address and keeps the state; going back to that same
    bare address later gives what was shown there.
    """
    _synced(page)
    _language.set(_find_language())
    return current()


def _synced(page: str) -> None:
    kept = st.session_state
    address = _address()
    bare: dict[str, dict[str, list[str]]] = kept.setdefault(_BARE, {})
    if _STATE not in kept:
        bare[page] = {}
        _restore(address)
    elif kept.pop(_TOUCHED, False) or address == kept[_WRITTEN]:
        pass
    elif not address and page != kept[_PAGE]:
        bare[page] = to_query(current())
    else:
        _restore(address or bare.get(page, {}))
        kept[_WRITTEN] = address
        kept[_PAGE] = page
        return
    kept[_PAGE] = page
    wanted = to_query(current())
    if wanted != address and not (lost() and _WRITTEN not in kept):
        st.query_params.from_dict(wanted)
        kept[_WRITTEN] = wanted
    else:
        kept[_WRITTEN] = address


def _restore(address: dict[str, list[str]]) -> None:
    st.session_state[_STATE], st.session_state[_LOST] = restore(address, library())
