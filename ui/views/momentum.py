"""How the best models of two countries move, what may honestly be said of it, and hardware beside it."""

from __future__ import annotations

from html import escape

import streamlit as st

import calc
from calc import names
from ui import cached, look, moved, moved_charts, moved_pictures, session
from ui.state import PageState

__all__ = ["render"]


def render(state: PageState) -> None:
    """Draw the view."""
    _ = session.say()
    language = session.language()
    found = cached.trend(*moved.asked_of(state))
    words = calc.narrate_trends
    st.html(
        look.sentence(words.headline(found, language), "headline", "h1")
        + look.sentence(words.standfirst(found, language), "standfirst")
        + (look.sentence(basis, "basis") if (basis := words.basis(found, language)) else "")
    )
    with st.container(key="main_pair"):
        left, right = st.columns([63, 37], gap="large")
        with left:
            with look.guarded("frontiers"):
                _frontiers(state)
            with look.guarded("gap"):
                _gap(state)
        with right:
            with look.guarded("said"):
                _said(state)
            with look.guarded("hardware"):
                _hardware(state)


def _scale(state: PageState) -> str:
    _ = session.say()
    return {"raw": _("raw scale"), "style": _("scale with style control")}[moved.asked_of(state)[1]]


def _source(state: PageState, *more: str) -> None:
    """Whose word the scores are, and what to know of them first."""
    _ = session.say()
    source = session.library().source(cached.trend(*moved.asked_of(state)).source)
    said = _("Source: {title}, {publisher} ({licence}).").format(
        title=source["title"], publisher=source["publisher"], licence=source.get("licence", "")
    )
    look.source_line(("" if session.language() == "zh" else " ").join([said, *more]))


def _notes(title: str, said: list[str]) -> None:
    listed = "".join(f"<p>{escape(one)}</p>" for one in said)
    st.html(f'<details class="pc-note"><summary>{escape(title)}</summary>{listed}</details>')


def _frontiers(state: PageState) -> None:
    _ = session.say()
    language = session.language()
    opened = moved.asked_of(state)[0]
    title = _("Best open-weight model of each country") if opened else _("Best model of each country")
    look.section(
        title,
        _("Score on a public leaderboard, points, {scale}, not from zero; band: 95 % interval").format(
            scale=_scale(state)
        ),
    )
    drawing = moved_pictures.frontiers(state, session.library(), language, session.theme())
    found = cached.trend(*moved.asked_of(state))
    if drawing is None or found.refused is not None:
        look.refusal(_("Nothing can be drawn over this window; choose one on a single scale."))
        return
    look.chart(drawing.spec, drawing.words, "chart_frontiers")
    _source(state, found.caveats(language)[0])


def _gap(state: PageState) -> None:
    _ = session.say()
    language = session.language()
    found = cached.trend(*moved.asked_of(state))
    look.section(
        _("Gap"),
        _("United States less China, points, {scale}; in brackets how often the US model is preferred").format(
            scale=_scale(state)
        ),
    )
    drawing = moved_pictures.gap(state, session.library(), language, session.theme())
    if drawing is None or found.refused is not None:
        look.refusal(_("Nothing can be drawn over this window; choose one on a single scale."))
        return
    look.chart(drawing.spec, drawing.words, "chart_gap")
    _source(state)
    _notes(_("What to know of these scores"), found.caveats(language))


def _said(state: PageState) -> None:
    _ = session.say()
    language = session.language()
    found = cached.trend(*moved.asked_of(state))
    look.section(
        _("What may be said"),
        _("Window {start} to {end}; slopes in points a year at ends of months").format(
            start=found.start.isoformat(), end=found.end.isoformat()
        ),
    )
    rows = calc.narrate_trends.said_of(found, language)
    if rows:
        body = "".join(
            f'<tr><th scope="row" class="pc-left">{escape(label)}</th><td class="pc-strong">{escape(value)}</td>'
            f'<td class="pc-nowrap">{escape(ends)}</td></tr>'
            for label, value, ends in rows
        )
        heads = (_("Measure"), _("value"), _("95 % interval, or day"))
        st.html(f'<table class="pc pc-small">{look.table_head(heads)}<tbody>{body}</tbody></table>')
    why = found.refused or (found.fit if isinstance(found.fit, calc.trends.Refusal) else None)
    if why is not None:
        look.refusal(why.reason(language))
    look.source_line(
        _(
            "No date stands without its interval; a window with fewer than eight ends of months, or over two scales,"
            " is refused."
        )
    )


def _keep(key: str, name: str, usual: str) -> None:
    given = st.session_state[key]
    session.update(lambda state: state.put(**{name: "" if given == usual else given}))


def _quantity(name: str) -> str:
    _ = session.say()
    return {"flop_rate": _("16-bit throughput"), "hbm.capacity": _("memory"), "hbm.bandwidth": _("memory bandwidth")}[
        name
    ]


def _hardware(state: PageState) -> None:
    _ = session.say()
    language, library = session.language(), session.library()
    quantity, per = moved.hardware_of(state)
    found = cached.trend_hardware(library, quantity, per)
    over = {
        "chip": _("per chip"),
        "system": _("per system"),
        "watt": _("per watt of the chip"),
        "usd": _("per dollar of the chip"),
    }
    unit, _factor = moved_charts.unit_of(found)
    look.section(
        _("Hardware beside it"),
        _("{quantity} {over}, {unit}, log; lines: records").format(
            quantity=_quantity(quantity), over=over[per], unit=unit
        ),
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="grow_controls"):
        for key, name, label, options, shown in (
            ("grow_quantity", "grows", _("Figure"), calc.trends_hardware.QUANTITIES, quantity),
            ("grow_per", "by", _("Over"), calc.trends_hardware.PER, per),
        ):
            st.session_state[key] = shown
            called = {one: _quantity(one) for one in options} if name == "grows" else over
            st.selectbox(
                label,
                options,
                format_func=called.__getitem__,
                key=key,
                on_change=_keep,
                args=(key, name, options[0]),
                width=200,
            )
    drawing = moved_pictures.hardware(state, library, language, session.theme())
    if drawing is None:
        look.refusal(_("No chip of the catalogue has this figure."))
    else:
        look.chart(drawing.spec, drawing.words, "chart_hardware")
    st.html(look.sentence(calc.narrate_trends.hardware_in_words(found, language), "finding"))
    refused = [
        f"{_('Records')}{'：' if language == 'zh' else ': '}{line.refused.reason(language)}"
        for line in found.lines
        if line.refused is not None and line.frontier and line.group != "all"
    ]
    for one in refused:
        look.refusal(one)
    look.source_line(
        _("Source: {count} sources of the catalogue's figures; the page Specs has each.").format(
            count=len(found.sources)
        )
    )
    _notes(_("What to know of this growth"), found.caveats(language))
    if quantity in names.QUANTITIES:
        paces = cached.trend_pace(library, quantity)
        _notes(
            _("When would CloudMatrix 384 and GB200 NVL72 be level, by their successors?"),
            [calc.narrate.plain(one) for one in calc.narrate_trends.paces_in_words(paces, language)],
        )
