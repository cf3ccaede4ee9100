"""What leaves the page: the link, and the comparison as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from urllib.parse import quote, urlencode

import streamlit as st

import calc
from calc import report_cost, report_trends, tables
from ui import (
    asked,
    cached,
    cost_charts,
    moved,
    moved_pictures,
    pictures,
    results,
    session,
    supply_charts,
    workload_pictures,
)
from ui.state import PageState, to_query
from ui.text import plain_markdown

__all__ = ["export", "export_costs", "export_supply", "export_trend", "export_workload", "link", "share"]

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


def _offer(label: str, make: Callable[[], str | bytes], name: str, mime: str, key: str) -> None:
    st.download_button(label, make, file_name=name, mime=mime, key=key, on_click="ignore", type="tertiary")


def _offer_charts(
    state: PageState,
    library: calc.Library,
    figures: Mapping[str, str],
    stem: str,
    draw: Callable[[str], pictures.Drawing | None],
    about: str = "",
) -> None:
    """Charts as pictures, each made when it is asked for."""
    _ = session.say()
    st.html(f'<p class="pc-note">{escape(_("Charts"))}</p>')
    systems = about or ", ".join(library.get("system", system).short for system in state.systems)

    def made(name: str, title: str, kind: str) -> Callable[[], bytes]:
        def picture() -> bytes:
            drawing = draw(name)
            return pictures.picture(drawing, title, kind) if drawing else b""

        return picture

    for name, label in figures.items():
        with st.container(horizontal=True):
            for kind, mime in (("png", "image/png"), ("svg", "image/svg+xml")):
                make = made(name, f"{label}: {systems}", kind)
                _offer(f"{label}, {kind.upper()}", make, f"{stem}-{name}.{kind}", mime, f"export_{name}_{kind}")


def _offer_tables(note: str, stem: str, made: Callable[[str], Callable[[], str]]) -> None:
    """What the page says as tables, each made when it is asked for."""
    st.html(f'<p class="pc-note">{escape(note)}</p>')
    with st.container(horizontal=True):
        for kind, label, mime in _TABLES:
            _offer(label, made(kind), f"{stem}.{kind}", mime, f"export_{kind}")


def _offer_tables_of_each(
    state: PageState, library: calc.Library, note: str, stem: str, made: Callable[[str, str], Callable[[], str]]
) -> None:
    """The tables of each system of the basket."""
    st.html(f'<p class="pc-note">{escape(note)}</p>')
    for system in state.systems:
        with st.container(horizontal=True):
            for kind, label, mime in _TABLES:
                named = plain_markdown(f"{library.get('system', system).short}, {label}")
                _offer(named, made(system, kind), f"{stem}-{system}.{kind}", mime, f"export_{system}_{kind}")


def export_workload(state: PageState, view: str) -> None:
    """What a workload view found for each system as files, and its charts as pictures."""
    _ = session.say()
    library, language = session.library(), session.language()
    stem = f"podcalc-{view}"

    def made(system: str, kind: str) -> Callable[[], str]:
        return lambda: results.table(state, library, asked.ask(state, view, library), system, kind)

    with st.popover(_("Export"), key="strip_export"):
        _offer_tables_of_each(state, library, _("The best mappings of each system"), stem, made)
        figures = workload_pictures.figures(language)
        _offer_charts(
            state, library, figures, stem, lambda name: workload_pictures.draw(name, view, state, library, language)
        )


def export_trend(state: PageState) -> None:
    """What the view that follows models over time found as files, and its charts as pictures."""
    _ = session.say()
    library, language = session.library(), session.language()

    def made(kind: str) -> Callable[[], str]:
        return lambda: report_trends.file(cached.trend(*moved.asked_of(state)), library, kind)

    with st.popover(_("Export"), key="strip_export"):
        _offer_tables(_("The table, with sources and licences"), "podcalc-momentum", made)
        figures = {"frontiers": _("Best model of each country"), "gap": _("Gap"), "hardware": _("Hardware")}
        _offer_charts(
            state,
            library,
            figures,
            "podcalc-momentum",
            lambda name: moved_pictures.FIGURES[name](state, library, language, "light"),
            _("Momentum"),
        )


def export_costs(state: PageState) -> None:
    """What the basket's systems cost as files, and the chart as a picture."""
    _ = session.say()
    library, language = session.library(), session.language()

    def made(kind: str) -> Callable[[], str]:
        return lambda: tables.render(report_cost.costs(cached.costs(library, state)), kind) + "\n"

    def drawn(_name: str) -> pictures.Drawing | None:
        found = cached.costs(library, state)
        chart = cost_charts.parts(found, language, "light")
        words = calc.narrate.plain(calc.narrate_economics.headline(found, language))
        return pictures.Drawing(chart, words) if chart else None

    with st.popover(_("Export"), key="strip_export"):
        _offer_tables(_("By the hour"), "podcalc-economics", made)
        _offer_charts(state, library, {"parts": _("What it is made of")}, "podcalc-economics", drawn)


def export_supply(state: PageState) -> None:
    """Who makes each system as files, and the charts as pictures."""
    _ = session.say()
    library, language = session.library(), session.language()
    stem = "podcalc-supply"

    def made(system: str, kind: str) -> Callable[[], str]:
        return lambda: supply_charts.table(state, library, system, kind)

    with st.popover(_("Export"), key="strip_export"):
        _offer_tables_of_each(state, library, _("By whom and where each part is made"), stem, made)
        figures = {"country": _("By country"), "supplier": _("By supplier"), "rules": _("Export rules")}
        _offer_charts(
            state, library, figures, stem, lambda name: supply_charts.FIGURES[name](state, library, language, "light")
        )


def export(state: PageState, *, charts: bool) -> None:
    """The comparison as files, and its charts as pictures; each is made when it is asked for."""
    _ = session.say()
    library, language = session.library(), session.language()
    stem = f"podcalc-{'-'.join(state.systems[:2])}"
    with st.popover(_("Export"), key="strip_export"):
        _offer_tables(_("The table, with sources and licences"), stem, partial(_file, state, library))
        if charts:
            figures = {"ratios": _("Ratios"), "power": _("Power by part"), "frontier": _("Frontier")}
            _offer_charts(
                state, library, figures, stem, lambda name: pictures.FIGURES[name](state, library, language, "light")
            )


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
