"""The home view: one sentence, one table, and charts of what the table cannot show."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

import calc
from ui import cached, look, pictures, session
from ui.state import PageState
from ui.table import comparison_table
from ui.views import panel, parity

__all__ = ["render"]

_PAIRS = (("cloudmatrix-384", "gb200-nvl72"), ("gb300-nvl72", "gb200-nvl72"), ("dgx-b200", "dgx-h100"))


def render(state: PageState) -> None:
    """Draw the view."""
    if not state.systems:
        _empty()
        return
    library, language = session.library(), session.language()
    found = cached.comparison(library, state)
    st.html(
        look.sentence(calc.narrate.headline(found, language), "headline", "h1")
        + look.sentence(calc.narrate.standfirst(found, language), "standfirst")
        + look.sentence(calc.narrate.basis(found, language), "basis")
    )
    with st.container(key="main_pair"):
        left, right = st.columns([63, 37], gap="large")
        with left, look.guarded("table"):
            _table(state, found)
        with right, st.container(key="side"):
            if state.why:
                panel.render(state, found)
            else:
                with look.guarded("ratios"):
                    _dots(state, found)
                with look.guarded("power"):
                    _power(state, found)
    with st.container(key="low_pair"):
        left, right = st.columns([63, 37], gap="large")
        with left, look.guarded("frontier"):
            _frontier(state)
        with right, look.guarded("parity"):
            parity.render(state, found)


def _empty() -> None:
    _ = session.say()
    library = session.library()
    st.html(look.sentence(_("Add a system to compare"), "headline", "h1"))
    st.html(f'<p class="pc-standfirst">{escape(_("Pick one above, or begin with a pair:"))}</p>')
    known = set(library.ids("system"))
    with st.container(horizontal=True):
        for pair in _PAIRS:
            if known.issuperset(pair):
                names = " · ".join(library.get("system", system).short for system in pair)
                st.button(names, key=f"pair_{'_'.join(pair)}", on_click=_begin, args=(pair,))


def _begin(pair: tuple[str, ...]) -> None:
    def joined(state: PageState) -> PageState:
        for system in pair:
            state = state.join(system)
        return replace(state, chosen=pair[-1])

    session.update(joined)


def _pick(quantity: str) -> None:
    session.update(lambda state: replace(state, why="" if quantity == state.why else quantity))


def _table(state: PageState, found: calc.Comparison) -> None:
    _ = session.say()
    language = session.language()
    written = cached.keep(
        ("shown", session.library().digest, state, language),
        lambda: calc.shown(
            found,
            language,
            iec=state.iec,
            only_differences=state.only_differences,
            main=not state.every_row,
            keep=state.why,
        ),
    )
    comparison_table(found, written, state, _pick)
    with st.container(horizontal=True, key="table_foot"):
        if written.more or state.every_row:
            st.button(
                _("Only the main rows") if state.every_row else _("Show {count} more rows").format(count=written.more),
                key="every_row",
                type="tertiary",
                on_click=session.change,
                kwargs={"every_row": not state.every_row},
            )
    if state.every_row and written.unknown:
        look.source_line(_("Not known for any of them: {labels}.").format(labels=", ".join(written.unknown)))


def _dots(state: PageState, found: calc.Comparison) -> None:
    _ = session.say()
    titles = pictures.titles_of(found)
    key = "".join(
        f' <span class="pc-key">{look.swatch(state.slot(system))}{escape(titles[system])}</span>'
        for system in (state.others if len(state.others) > 1 else ())
    )
    look.section(
        _("Where it wins and where it pays"),
        _(
            "Ratio to {name}, log scale. ● in its favour, ○ against it; the pale band spans the readings that disagree."
        ).format(name=titles[state.base]),
        key=key,
    )
    drawing = pictures.ratios(state, session.library(), session.language(), session.theme())
    if drawing:
        look.chart(drawing.spec, drawing.words, "chart_ratios")
    else:
        look.refusal(_("No ratio to draw: add another system that has figures in common with the baseline."))


def _power(state: PageState, found: calc.Comparison) -> None:
    _ = session.say()
    language, library, titles = session.language(), session.library(), pictures.titles_of(found)
    look.section(
        calc.captions.power_title(pictures.power_segments(state, library), titles, language),
        _("All-in power by part, kW, in the order of the key. Dashed: published total less the parts known."),
    )
    row = found.row("power.all_in")
    lacking = [
        f"{titles[system]}: {_(row.missing[system])}" for system in (*state.others, state.base) if system in row.missing
    ]
    drawing = pictures.power(state, library, language, session.theme())
    if drawing:
        look.chart(drawing.spec, drawing.words, "chart_power")
    if lacking:
        look.source_line(_("No all-in power: {names}.").format(names="; ".join(lacking)))
    if drawing:
        look.source_line(_("Source: {names}.").format(names=_publishers(found, "power.all_in")))


def _publishers(found: calc.Comparison, quantity: str) -> str:
    """Who the figures below a quantity are from, each once."""
    library = session.library()
    cited: dict[str, None] = {}
    for system in found.systems:
        result = found.results[system.id]
        for path in result.rests_on(quantity):
            if path in result.inputs and path not in result.was_set:
                source = library.known_sources.get(result.inputs[path].source, {})
                licence = f" ({source['licence']})" if source.get("licence") else ""
                cited.setdefault(f"{source.get('publisher', result.inputs[path].source)}{licence}")
    return ", ".join(cited)


def _frontier(state: PageState) -> None:
    _ = session.say()
    language, library = session.language(), session.library()
    x, y = pictures.axes_of(state)
    found = cached.comparison(library, state)
    if x == y:
        look.section(_("Frontier"))
        _axes(found, x, y)
        look.refusal(_("Both axes are the same quantity; choose two."))
        return
    points = pictures.frontier_points(state, library)
    said = {}
    for name, axis in (("x", x), ("y", y)):
        unit = calc.figures.scale(calc.names.find(axis), [getattr(point, name) for point in points]).unit
        said[name] = ", ".join(filter(None, (found.label_of(axis, language), unit)))
    look.section(
        calc.captions.frontier_title(points, state.systems, language),
        _("{y}, up, against {x}, across; both log; grey: the catalogue. The line: none does more for less.").format(
            **said
        ),
    )
    _axes(found, x, y)
    drawing = pictures.frontier(state, library, language, session.theme())
    if not drawing:
        look.refusal(_("No system of the catalogue has both quantities; choose another axis or number format."))
        return
    look.chart(drawing.spec, drawing.words, "chart_frontier")
    shown = {point.id for point in cached.frontier(library, state, x, y)}
    lacking = [system.short for system in found.systems if system.id not in shown]
    if lacking:
        look.source_line(_("Not shown, for want of a figure: {names}.").format(names=", ".join(lacking)))
    look.promised_line(state.systems)
    look.source_line(_("Source: podcalc’s catalogue, as published; what is set on this page does not move it."))


def _axes(found: calc.Comparison, x: str, y: str) -> None:
    _ = session.say()
    language = session.language()
    with st.container(horizontal=True, key="axes", gap="small"):
        for key, label, value in (("y", _("Up"), y), ("x", _("Across"), x)):
            st.session_state[f"axis_{key}"] = value
            st.selectbox(
                label,
                pictures.AXES,
                format_func=lambda name: found.label_of(name, language),
                key=f"axis_{key}",
                on_change=_set_axis,
                args=(key,),
                width=230,
            )


def _set_axis(key: str) -> None:
    value = st.session_state[f"axis_{key}"]
    session.update(lambda state: state.put(**{key: "" if value == pictures.DEFAULT_AXES[key] else value}))
