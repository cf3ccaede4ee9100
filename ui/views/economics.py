"""What the basket's systems cost and emit where they stand, by part, and what a budget or a power limit buys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

import calc
from ui import cached, cite, cost_charts, look, priced, session
from ui.state import PageState, fault_of

if TYPE_CHECKING:
    from calc.studies.economics import Bought, Cost, Costs, Span

__all__ = ["render"]

_FAULT = "economics_fault"


def render(state: PageState) -> None:
    """Draw the view."""
    _ = session.say()
    language, library = session.language(), session.library()
    if not state.systems:
        st.html(look.sentence(_("Add a system to see what it costs"), "headline", "h1"))
        return
    found = cached.costs(library, state)
    titles = {one.system.id: one.system.short for one in found.systems}
    st.html(look.sentence(calc.narrate_economics.headline(found, language), "headline", "h1"))
    glue = "" if language == "zh" else " "
    said = glue.join(
        sentence for pair in found.against for sentence in calc.narrate_economics.against(pair, titles, language)[1:]
    )
    emitted = calc.narrate_economics.emitted(found, language)
    if said or emitted:
        st.html(look.sentence(glue.join(filter(None, (said, emitted))), "standfirst"))
    st.html(
        look.sentence(
            _(
                "Peak {precision}, in use in every hour unless set; in small type where 80 % of {count} draws lie."
            ).format(precision=found.precision.upper(), count=f"{found.draws:,}"),
            "basis",
        )
    )
    with look.guarded("places"):
        _places(state, library)
    with st.container(key="main_pair"):
        left, right = st.columns([46, 54], gap="large")
        with left, look.guarded("parts"):
            _parts(found)
        with right, look.guarded("costs"):
            _table(found)
    with look.guarded("limit"):
        _limit(state, library)
    with look.guarded("assumptions"):
        _assumptions(state, found, library)


def _places(state: PageState, library: calc.Library) -> None:
    """Where each system stands."""
    _ = session.say()
    where = priced.regions(state, library)
    names = {region: library.get("region", region).name for region in library.ids("region")}
    ordered = ["global", *sorted((one for one in names if one != "global"), key=lambda one: names[one])]

    def moved(system: str) -> Callable[[], None]:
        def keep() -> None:
            given = st.session_state[f"region_{system}"]
            session.update(lambda state: priced.with_region(state, where, system, given))

        return keep

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="cost_controls"):
        for system in (*state.others, state.base):
            st.session_state[f"region_{system}"] = where[system]
            st.selectbox(
                _("Region of {name}").format(name=library.get("system", system).short),
                ordered,
                format_func=names.__getitem__,
                key=f"region_{system}",
                on_change=moved(system),
                width=250,
            )


def _parts(found: Costs) -> None:
    _ = session.say()
    language, theme = session.language(), session.theme()
    look.section(
        _("What it is made of"),
        _("USD for a PFLOP/s of {precision} for an hour, by part").format(precision=found.precision.upper()),
    )
    drawn = cost_charts.parts(found, language, theme)
    if drawn is None:
        look.refusal(_("No system of the basket has a price and a power."))
    else:
        look.chart(drawn, calc.narrate.plain(calc.narrate_economics.headline(found, language)), "chart_costs")
    for one in found.systems:
        if one.per_hour.value is None:
            reasons = "; ".join(dict.fromkeys(one.missing.values()))
            look.refusal(_("{name} has no cost here: {why}").format(name=one.system.short, why=reasons))
    look.source_line(calc.narrate_economics.left_out(found.systems[0], language))


def _spans(spans: Sequence[Span], places: int) -> list[str]:
    """Figures with their bands, as HTML."""
    cells = []
    for one in spans:
        if one.value is None or one.low is None or one.high is None:
            cells.append('<span class="pc-absent">–</span>')
            continue
        value, low, high = (calc.figures.number(figure, places) for figure in (one.value, one.low, one.high))
        cells.append(value if low == high else f"{value}<small>{low} – {high}</small>")
    return cells


def _rows(rows: Sequence[tuple[str, str, Sequence[str]]], heads: Sequence[str], label: str) -> None:
    _ = session.say()
    body = "".join(
        f'<tr><th scope="row" class="pc-left">{escape(title)} <span class="pc-convention">{escape(unit)}</span></th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
        for title, unit, cells in rows
    )
    st.html(
        f'<div class="pc-scroll" tabindex="0" role="region" aria-label="{escape(label)}">'
        f'<table class="pc pc-small pc-costs">{look.table_head((_("Quantity"), *heads))}'
        f"<tbody>{body}</tbody></table></div>"
    )


def _table(found: Costs) -> None:
    _ = session.say()
    every = found.systems
    title = _("By the hour")
    look.section(title, _("Price written off and electricity, and what else is given; CO2 of the electricity"))
    rows = [
        (_("Per system-hour"), "USD", _spans([one.per_hour for one in every], 1)),
        (_("Per accelerator-hour"), "USD", _spans([one.per_accelerator_hour for one in every], 2)),
        (_("Per PFLOP/s-hour"), "USD", _spans([one.per_pflop_hour for one in every], 3)),
        (_("CO2 per hour"), "kg", _spans([one.co2_per_hour for one in every], 1)),
    ]
    _rows(rows, [one.system.short for one in every], title)


def _limit(state: PageState, library: calc.Library) -> None:
    """What a budget or a power limit buys of each system."""
    _ = session.say()
    language = session.language()
    look.section(
        _("What a budget or a power limit buys"), _("Whole systems; a budget is spent on prices, power at the meter")
    )
    text = state.get("spend", "100 MW")
    st.session_state["cost_spend"] = text
    st.text_input(
        _("To spend, in USD or in watts"),
        key="cost_spend",
        max_chars=40,
        placeholder="100 MW",
        on_change=_spent,
        width=220,
    )
    listed: list[Cost] = []
    for system in (*state.others, state.base):
        try:
            found = cached.bought(library, state, system, text)
        except calc.CalcError as error:
            look.refusal(str(error))
            continue
        listed.append(found.systems[0])
        if found.limit is not None:
            st.html(look.sentence(calc.narrate_economics.bought(found.systems[0], found.limit, language), "finding"))
    buys = [one.buys for one in listed if one.buys is not None]
    if not buys:
        return

    def cells(pick: Callable[[Bought], Span], places: int, factor: float = 1.0) -> list[str]:
        return _spans([pick(one).times(factor) for one in buys], places)

    rows = [
        (_("Systems"), "", cells(lambda one: one.systems, 0)),
        (_("Accelerators"), "", cells(lambda one: one.chips, 0)),
        (_("Throughput"), "EFLOP/s", cells(lambda one: one.flop_rate, 2, 1e-18)),
        (_("Price"), "MUSD", cells(lambda one: one.price, 1, 1e-6)),
        (_("Power of the facility"), "MW", cells(lambda one: one.power, 2, 1e-6)),
        (_("Cost per year"), "MUSD", cells(lambda one: one.cost_per_year, 1, 1e-6)),
        (_("CO2 per year"), "kt", cells(lambda one: one.co2_per_year, 2, 1e-6)),
    ]
    _rows(rows, [one.system.short for one in listed], _("What a budget or a power limit buys"))


def _spent() -> None:
    given = st.session_state["cost_spend"].strip()
    session.update(lambda state: state.put(spend="" if given == "100 MW" else given))


def _assumptions(state: PageState, found: Costs, library: calc.Library) -> None:
    """Every figure that the costs rest on, with its source, and a line to set any of them."""
    _ = session.say()
    language = session.language()
    title = _("What it rests on")
    look.section(title, _("Each can be set below, for all systems or for one"), key=f" · {look.key_of_marks()}")
    rows = []
    for path in dict.fromkeys(path for one in found.systems for path in one.assumptions):
        row = calc.names.find(path)
        cells = []
        for one in found.systems:
            said = one.assumptions.get(path)
            if said is None:
                cells.append('<span class="pc-absent">–</span>')
                continue
            source = (
                cite.cited(said["source"], library, note=said["note"])
                if said["source"]
                else escape(_("set, or computed"))
            )
            place = said["region"]
            around = f" · {escape(library.get('region', place).name)}" if place and place != one.region else ""
            mark = look.ring(said["confidence"], _(said["confidence"] or ""))
            cells.append(f"{escape(calc.figures.amount(row, said['value']))} {mark}<small>{source}{around}</small>")
        rows.append((row.zh if language == "zh" else row.en, path, cells))
    _rows(rows, [one.system.short for one in found.systems], title)
    fault = st.session_state.get(_FAULT, "")
    st.text_input(
        _("Any input, as path = value unit"),
        key="economics_line",
        max_chars=120,
        placeholder="hosting_price = 184 USD/kW/month",
        on_change=_typed,
        width=420,
    )
    if fault:
        st.html(f'<p class="pc-refusal" role="alert">{escape(fault)}</p>')
    if state.settings:
        pairs = "; ".join(escape(f"{path} = {text}") for path, text in state.settings)
        st.html(f'<p class="pc-note">{escape(_("Set:"))} {pairs}</p>')
        st.button(_("Reset all"), key="economics_reset", on_click=_reset)


def _typed() -> None:
    given = st.session_state["economics_line"]
    path, _equals, text = (part.strip() for part in given.partition("="))
    st.session_state[_FAULT] = ""
    if not given.strip():
        return
    fault = fault_of(session.current(), path, text, session.library())
    if fault:
        st.session_state[_FAULT] = fault
        return
    session.update(lambda state: state.set(path, text))
    st.session_state["economics_line"] = ""


def _reset() -> None:
    st.session_state[_FAULT] = ""
    session.change(settings=())
