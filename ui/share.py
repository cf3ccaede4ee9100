"""What leaves the page: the link, and the comparison as files."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from urllib.parse import quote, urlencode

import streamlit as st

import calc
from ui import cached, pictures, session
from ui.state import PageState, to_query

__all__ = ["export", "link", "share"]

_TABLES = (("csv", "CSV", "text/csv"), ("json", "JSON", "application/json"), ("md", "Markdown", "text/markdown"))


def link(state: PageState) -> str:
    """The address that shows the same again."""
    query = urlencode(to_query(state), doseq=True, safe=",:/", quote_via=quote)
    address = (st.context.url or "").partition("?")[0]
    # An address without a path is written with its stroke, as browsers do.
    address += "/" if address.count("/") == 2 else ""
    return f"{address}?{query}" if query else address


def _file(state: PageState, library: calc.Library, kind: str) -> Callable[[], str]:
    return lambda: calc.export(cached.comparison(library, state), library, kind)


def _picture(
    state: PageState, library: calc.Library, language: str, name: str, title: str, kind: str
) -> Callable[[], bytes]:
    def drawn() -> bytes:
        drawing = pictures.FIGURES[name](state, library, language, "light")
        return pictures.picture(drawing, title, kind) if drawing else b""

    return drawn


def export(state: PageState, *, charts: bool) -> None:
    """The comparison as files, and its charts as pictures; each is made when it is asked for."""
    _ = session.say()
    library, language = session.library(), session.language()
    stem = f"podcalc-{'-'.join(state.systems[:2])}"

    def offer(label: str, make: Callable[[], str | bytes], name: str, mime: str, key: str) -> None:
        st.download_button(label, make, file_name=name, mime=mime, key=key, on_click="ignore", type="tertiary")

    with st.popover(_("Export"), key="strip_export"):
        st.html(f'<p class="pc-note">{escape(_("The table, with sources and licences"))}</p>')
        with st.container(horizontal=True):
            for kind, label, mime in _TABLES:
                offer(label, _file(state, library, kind), f"{stem}.{kind}", mime, f"export_{kind}")
        if not charts:
            return
        figures = {"ratios": _("Ratios"), "power": _("Power by part"), "frontier": _("Frontier")}
        st.html(f'<p class="pc-note">{escape(_("Charts"))}</p>')
        for name, label in figures.items():
            title = f"{label}: {', '.join(library.get('system', system).short for system in state.systems)}"
            with st.container(horizontal=True):
                for kind, mime in (("png", "image/png"), ("svg", "image/svg+xml")):
                    make = _picture(state, library, language, name, title, kind)
                    offer(f"{label}, {kind.upper()}", make, f"{stem}-{name}.{kind}", mime, f"export_{name}_{kind}")


def share(state: PageState) -> None:
    """The button that shows the link."""
    _ = session.say()
    if st.button(_("Share"), key="strip_share"):
        st.dialog(_("Share this page"), width="medium")(_dialog)(state)


def _dialog(state: PageState) -> None:
    _ = session.say()
    st.code(link(state), language=None, wrap_lines=True)
    st.html(
        f'<p class="pc-note">{escape(_("The link holds the systems, every option and every value that was set."))}</p>'
    )
    if session.own_specs():
        names = ", ".join(sorted(session.own_specs()))
        said = _("Pasted specs live in this session only and are not in the link: {names}. Send the files too.").format(
            names=names
        )
        st.html(f'<p class="pc-refusal">{escape(said)}</p>')
