"""Who makes the systems, what can still be built without some, and what the export rules say of their chips."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

import calc
from ui import look, session, supplied, supply_charts, workload
from ui.state import PageState

if TYPE_CHECKING:
    from calc.studies.export_control import Control
    from calc.studies.supply import Supply

__all__ = ["render"]


def render(state: PageState) -> None:
    """Draw the view."""
    _ = session.say()
    if not state.systems:
        st.html(look.sentence(_("Add a system to see who makes it"), "headline", "h1"))
        return
    library, language = session.library(), session.language()
    found = supply_charts.found(state, library)
    st.html(
        look.sentence(calc.narrate_supply.headline(found, language), "headline", "h1")
        + look.sentence(calc.narrate_supply.standfirst(found, language), "standfirst")
        + look.sentence(_basis(found[0].weight, language), "basis")
    )
    _controls(state, library)
    with st.container(key="main_pair"):
        left, right = st.columns(2, gap="large")
        for side, of, title in ((left, "country", _("By country")), (right, "supplier", _("By supplier"))):
            with side, look.guarded(of):
                _shares(state, of, title)
    with look.guarded("alone"):
        _alone(found)
    with look.guarded("built"):
        _built(state, found)
    with look.guarded("rules"):
        _rules(state)


def _basis(weight: str, language: str) -> str:
    gap = "" if language == "zh" else " "
    return calc.narrate_supply.BASIS[weight][language] + gap + calc.narrate_supply.DISCLAIMER[language]


def _keep_cuts() -> None:
    given = st.session_state["supply_cut"]
    session.update(lambda state: state.put(cut=",".join(given)))


def _keep_weight() -> None:
    given = st.session_state["supply_weight"]
    session.update(lambda state: state.put(weight="" if given == supplied.WEIGHTS[0] else given))


def _controls(state: PageState, library: calc.Library) -> None:
    _ = session.say()
    language = session.language()
    called = {"chips": _("accelerators"), "parts": _("all parts"), "power": _("all parts, by power")}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="supply_controls"):
        st.session_state["supply_cut"] = list(supplied.cuts(state.get("cut")))
        st.multiselect(
            _("Who no longer delivers"),
            list(calc.cut_words(library)),
            format_func=lambda word: calc.narrate_supply.cut(word, language),
            key="supply_cut",
            on_change=_keep_cuts,
            placeholder=_("nobody; choose a shock, a supplier or a country"),
            width=420,
        )
        st.session_state["supply_weight"] = state.get("weight", supplied.WEIGHTS[0])
        st.segmented_control(
            _("Shares of"),
            supplied.WEIGHTS,
            format_func=called.__getitem__,
            required=True,
            key="supply_weight",
            on_change=_keep_weight,
            wrap=False,
        )


def _shares(state: PageState, of: str, title: str) -> None:
    _ = session.say()
    language = session.language()
    look.section(title, _("Share of the steps that parts are made in, %; dashed: unknown"))
    drawing = supply_charts.FIGURES[of](state, session.library(), language, session.theme())
    if drawing:
        look.chart(drawing.spec, drawing.words, f"chart_{of}")
    gap = "" if language == "zh" else " "
    listed = [calc.narrate_supply.by_whom(one, of, language) for one in supply_charts.found(state, session.library())]
    stop = "。" if language == "zh" else "."
    look.source_line(
        gap.join(one + stop for one in listed) + gap + _("Makers who are alternatives have equal parts of a step.")
    )


def _alone(found: tuple[Supply, ...]) -> None:
    _ = session.say()
    language, library = session.language(), session.library()
    look.section(_("Suppliers without an alternative"), _("Each alone does a step of a part that the system needs"))
    rows = []
    for one in found:
        called = {step.part: step.name for step in one.steps}
        held: dict[tuple[str, str], list[str]] = {}
        for point in one.single_points:
            what = f"{called[point.part]} × {point.count:,.0f}"
            parts = held.setdefault((point.supplier, point.step), [])
            if what not in parts:
                parts.append(what)
        sources = {
            (point.supplier, point.step): str(library.source(point.source)["publisher"])
            for point in one.single_points
            if point.source
        }
        rows += [
            f'<tr><th scope="row" class="pc-left">{escape(supplier)}</th>'
            f'<td class="pc-left">{escape(calc.narrate_supply.STEPS[step][language])}</td>'
            f'<td class="pc-left">{escape(", ".join(parts))}</td><td class="pc-left">{escape(one.name)}</td>'
            f'<td class="pc-left">{escape(sources.get((supplier, step), _("the spec of the part")))}</td></tr>'
            for (supplier, step), parts in held.items()
        ]
    heads = (_("Supplier"), _("Step"), _("Parts"), _("System"), _("Source"))
    workload.table(heads, rows, range(5), _("Suppliers without an alternative"))


def _built(state: PageState, found: tuple[Supply, ...]) -> None:
    _ = session.say()
    language = session.language()
    look.section(
        _("Which can still be built"),
        _("New production at any volume; exposed: share whose makers are cut")
        if found[0].cuts
        else _("Nothing is cut"),
    )
    for one in found:
        if one.cuts or one.buildable is not True:
            st.html(look.sentence(one.sentences(language)[-2], "finding"))
    drawn = supply_charts.outlook(state, session.library())
    titles = {one.system: one.name for one in drawn.systems}
    rows = []
    for best in drawn.best:
        perhaps = f"{titles[best.perhaps]}, {_rate(best.perhaps_flop_rate)}" if best.perhaps else ""
        sure = titles[best.system] if best.system else _("none for certain")
        rows.append(
            f'<tr><th scope="row" class="pc-left">{escape(best.country)}</th>'
            f'<td class="pc-left">{escape(titles[best.before])}</td><td class="pc-left pc-strong">{escape(sure)}</td>'
            f'<td>{_rate(best.flop_rate)}</td><td class="pc-left">{escape(perhaps)}</td></tr>'
        )
    heads = (_("Country"), _("Best, nothing cut"), _("Best that remains"), "BF16", _("Perhaps"))
    workload.table(heads, rows, (0, 1, 2, 4), _("Best that remains"))
    look.source_line(
        _("By dense BF16 of the whole system, of those in the catalogue that ship; perhaps: an unknown origin decides.")
    )
    with st.expander(_("Every system of the catalogue")):
        listed = [
            f'<tr><th scope="row" class="pc-left">{escape(one.name)}</th><td class="pc-left">{escape(one.country)}</td>'
            f'<td class="pc-left">{escape(calc.narrate_supply.ANSWERS[one.buildable][language])}</td>'
            f"<td>{one.exposed * 100:.0f} %</td><td>{one.unknown_country * 100:.0f} %</td></tr>"
            for one in drawn.systems
        ]
        heads = (_("System"), _("Country"), _("Answer"), _("exposed"), _("unknown"))
        workload.table(heads, listed, (0, 1, 2), _("Every system of the catalogue"))


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{calc.figures.number(value / 1e15, 1)} PFLOP/s"


def _rules(state: PageState) -> None:
    _ = session.say()
    library, language, theme = session.library(), session.language(), session.theme()
    drawn = supply_charts.controls(state, library)
    slots = supply_charts.slots_of(state, library)
    look.section(
        _("What the export rules of the United States say of the chips"),
        _("Up: performance density. Across: total processing performance (TPP). Both log; shaded: 3A090"),
    )
    if not drawn:
        look.refusal(_("No chip here has a rate that the rules count."))
        return
    spec = supply_charts.rules(drawn, slots, language, theme)
    if spec:
        look.chart(spec, " ".join(one.reason(language) for one in drawn), "chart_rules")
    rows = [_rule(one, slots[one.chip], language) for one in drawn]
    heads = (_("Chip"), "TPP", _("performance density"), "2022", "2023", _("China, 2026"))
    workload.table(heads, rows, (0, 3, 4, 5), _("Export rules"))
    for one in drawn:
        st.html(f"<p>{escape(one.reason(language))}</p>")


def _rule(one: Control, slot: int, language: str) -> str:
    words = "".join(
        f'<td class="pc-left">{escape(calc.narrate_control.word(word, language))}</td>' for word in one.words
    )
    density = "–" if one.performance_density is None else f"{one.performance_density:,.2f}"
    return (
        f'<tr><th scope="row" class="pc-left">{look.swatch(slot)}{escape(one.name)}</th>'
        f"<td>{one.tpp:,.0f}</td><td>{density}</td>{words}</tr>"
    )
