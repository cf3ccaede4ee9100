"""Inputs to move and what becomes of the comparison: before and after, and saved scenarios side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape

import streamlit as st

import calc
from ui import cached, charts, look, pictures, session
from ui.state import PageState, fault_of
from ui.views import parity, scenarios

__all__ = ["render"]

_GOAL = "power_per_flop_rate"
_FIRST = 5
_FAULT = "what_if_fault"


def render(state: PageState) -> None:
    """Draw the view."""
    _ = session.say()
    language, library = session.language(), session.library()
    if not state.systems:
        st.html(look.sentence(_("Add a system to change its inputs"), "headline", "h1"))
        return
    mover = _mover(state)
    system = mover if mover != state.base or not state.others else state.others[0]
    settings = dict(state.settings)
    before = cached.with_settings(library, state, {})
    after = cached.comparison(library, state)
    goal = _goal(state, before, system)
    st.html(look.sentence(calc.narrate_what_if.changed(before, after, system, goal, language), "headline", "h1"))
    levers = _levers(state, library, mover, goal)
    with look.guarded("level"):
        st.html(look.sentence(_level(state, library, system, goal, levers), "standfirst"))
    with st.container(key="what_if_pair"):
        left, right = st.columns([38, 62], gap="large")
        with left:
            with look.guarded("inputs"):
                _inputs(state, library, mover, goal, levers, settings)
            with look.guarded("scenarios"):
                scenarios.render(state)
        with right:
            with look.guarded("before and after"):
                _before_after(state, library, before, after, system, goal)
            with look.guarded("parity"):
                parity.render(state, after, system if system != state.base else "")
            with look.guarded("same"):
                scenarios.the_same(state)


def _mover(state: PageState) -> str:
    asked = state.get("of")
    return asked if asked in state.systems else (state.others or state.systems)[0]


def _goals(found: calc.Comparison, system: str) -> list[str]:
    """Quantities that a scenario can be judged by: those of which more or less is better, and that there are."""
    return [row.quantity.name for row in found.rows if row.quantity.better and row.values[system] is not None]


def _goal(state: PageState, found: calc.Comparison, system: str) -> str:
    known = _goals(found, system)
    asked = state.get("goal", _GOAL)
    return asked if asked in known else (known or ["chips"])[0]


def _levers(state: PageState, library: calc.Library, mover: str, goal: str) -> Sequence[calc.levers.Lever]:
    try:
        return cached.levers(library, state, mover, goal)
    except calc.CalcError:
        # It has none of the quantity in question; its inputs are still there, by what else they move.
        return cached.levers(library, state, mover, "chips")


def _level(state: PageState, library: calc.Library, system: str, goal: str, levers: Sequence[calc.levers.Lever]) -> str:
    _ = session.say()
    if system == state.base:
        return _("Add another system to see ratios.")
    paths = [lever.path for lever in levers if lever.matters and lever.value][:2]
    found = cached.break_evens(library, state, system, goal, paths)
    return calc.narrate_what_if.level(found, state.precision, session.language())


def _inputs(
    state: PageState,
    library: calc.Library,
    mover: str,
    goal: str,
    levers: Sequence[calc.levers.Lever],
    settings: Mapping[str, str],
) -> None:
    _ = session.say()
    titles = {one: library.get("system", one).short for one in state.systems}
    look.section(_("Change an assumption"), _("{name} · the value in use in brackets").format(name=titles[mover]))
    before = cached.with_settings(library, state, {})
    if len(state.systems) > 1:
        st.session_state["what_if_of"] = mover
        st.segmented_control(
            _("Inputs of"),
            state.systems,
            format_func=titles.__getitem__,
            required=True,
            key="what_if_of",
            on_change=session.put,
            args=("of", "what_if_of"),
        )
    goals = _goals(before, mover if mover != state.base or not state.others else state.others[0])
    if goals:
        st.session_state["what_if_goal"] = goal
        st.selectbox(
            _("To judge it by"),
            goals,
            format_func=lambda name: before.label_of(name, session.language()),
            key="what_if_goal",
            on_change=session.put,
            args=("goal", "what_if_goal"),
        )
    movable = [lever for lever in levers if lever.value]
    for lever in movable[:_FIRST]:
        _slider(lever, mover, settings)
    _more(state, mover, movable[_FIRST:])
    if state.settings:
        st.button(_("Reset all"), key="what_if_reset", on_click=_reset)


def _setting(lever: calc.levers.Lever, mover: str, settings: Mapping[str, str]) -> str | None:
    return settings.get(f"{mover}:{lever.path}", settings.get(lever.path))


def _slider(lever: calc.levers.Lever, mover: str, settings: Mapping[str, str]) -> None:
    language = session.language()
    adopted = lever.shown()
    if adopted is None:
        return
    given = _setting(lever, mover, settings)
    value = lever.read(given) if given is not None else adopted
    low, high = lever.reach(value)
    low, high = (min(low, adopted), max(high, adopted))
    key = f"lever_{mover}_{lever.path}"
    st.session_state[key] = value
    unit = f", {lever.unit}" if lever.unit else ""
    st.slider(
        f"{lever.label(language)}{unit} ({calc.figures.number(adopted, lever.places)})",
        low,
        high,
        step=lever.step,
        format=f"%.{lever.places}f",
        key=key,
        on_change=_slid,
        args=(key, mover, lever),
    )


def _slid(key: str, mover: str, lever: calc.levers.Lever) -> None:
    shown = float(st.session_state[key])
    session.update(lambda state: state.set(lever.path, "").set(f"{mover}:{lever.path}", lever.setting(shown)))


def _reset() -> None:
    st.session_state.pop(_FAULT, None)
    session.change(settings=())


def _typed(mover: str) -> None:
    """Set what is typed as ``path = value unit``; an input with an empty value is as adopted again."""
    _ = session.say()
    given = str(st.session_state["what_if_line"]).strip()
    if not given:
        return
    path, equals, value = (part.strip() for part in given.partition("="))
    path = path if ":" in path else f"{mover}:{path}"
    held = dict(session.current().settings)
    if equals and not value and path in held:
        fault = ""
    elif not equals or not value:
        said = _("‘{given}’ is not a setting; write for example ‘power.all_in = 500 kW’.")
        fault = said.format(given=given[:60])
    else:
        fault = fault_of(session.current(), path, value, session.library())
    st.session_state[_FAULT] = fault
    if not fault:
        st.session_state["what_if_line"] = ""
        session.update(lambda state: state.set(path, value))


def _more(state: PageState, mover: str, rest: Sequence[calc.levers.Lever]) -> None:
    _ = session.say()
    language = session.language()
    fault = st.session_state.get(_FAULT, "")
    with st.expander(_("{count} more inputs").format(count=len(rest)), expanded=bool(fault)):
        st.text_input(
            _("Any input, as path = value unit"),
            key="what_if_line",
            max_chars=120,
            placeholder="chip.power = 650 W",
            on_change=_typed,
            args=(mover,),
        )
        if fault:
            st.html(f'<p class="pc-refusal" role="alert">{escape(fault)}</p>')
        rows = "".join(
            f'<tr><th scope="row" class="pc-left">{escape(lever.label(language))}'
            f"<small>{escape(lever.path)}</small></th>"
            f"<td>{escape(_shown(lever))} {look.ring(lever.confidence, _(lever.confidence or ''))}</td></tr>"
            for lever in rest
        )
        st.html(
            f'<div class="pc-listed" tabindex="0" role="region" aria-label="{escape(_("Inputs"))}">'
            f'<table class="pc pc-small"><tbody>{rows}</tbody></table></div>'
        )
    if state.settings:
        said = "; ".join(escape(f"{path} = {text}") for path, text in state.settings)
        st.html(f'<p class="pc-note">{escape(_("Set:"))} {said}</p>')


def _shown(lever: calc.levers.Lever) -> str:
    shown = lever.shown()
    return "–" if shown is None else f"{calc.figures.number(shown, lever.places)} {lever.unit}".strip()


def _before_after(
    state: PageState, library: calc.Library, before: calc.Comparison, after: calc.Comparison, system: str, goal: str
) -> None:
    _ = session.say()
    language, theme = session.language(), session.theme()
    titles = pictures.titles_of(after)
    saved = {
        name: cached.with_settings(library, state, dict(one.split("=", 1) for one in settings))
        for name, *settings in state.saved
    }
    rows = calc.what_if.moved(before, after, system, goal, language, saved)
    look.section(
        _("Before and after"),
        _("{name}; ratio to {base}. ○ as adopted → ● in this scenario, log scale.").format(
            name=titles[system], base=titles[state.base]
        ),
    )
    lone = system == state.base
    ratios = [] if lone else [_("ratio"), _("ratio now")]
    heads = [_("Quantity"), _("as adopted"), _("scenario"), _("change"), *ratios, *saved]
    moved = [row for row in rows if row.changed or row.quantity == goal or not state.settings]
    body = "".join(_row(row, lone) for row in moved)
    head = look.table_head(heads)
    st.html(f'<table class="pc pc-small pc-moved">{head}<tbody>{body}</tbody></table>')
    same = [f"{row.label} {row.ratio_after}" for row in rows if row not in moved]
    if same:
        look.source_line(_("Unchanged: {names}.").format(names="; ".join(same)))
    if lone:
        return
    drawn = calc.what_if.stretches(moved, before, after, system)
    if not drawn:
        look.refusal(_("No ratio to draw: the two have no figures in common."))
        return
    key = ("dumbbells", library.digest, replace(state, saved=()), system, language, theme)
    built = cached.keep(key, lambda: charts.dumbbells(drawn, state, system, language, theme))
    alt = "; ".join(f"{one.label} {calc.figures.ratio(one.before)} → {calc.figures.ratio(one.after)}" for one in drawn)
    look.chart(built, alt, "chart_dumbbells")


def _row(row: calc.what_if.Moved, lone: bool) -> str:
    _ = session.say()
    verdict = {True: _("better"), False: _("worse"), None: ""}[row.better]
    small = f"<small>{escape(verdict)}</small>" if verdict else ""
    ratios = (
        ""
        if lone
        else f'<td class="pc-ratio-before">{row.ratio_before}</td><td class="pc-strong">{row.ratio_after}</td>'
    )
    others = "".join(f"<td>{text}</td>" for text in row.others.values())
    return (
        f'<tr class="{"pc-changed" if row.changed else "pc-same"}"><th scope="row" class="pc-left">{escape(row.label)}'
        f'<span class="pc-convention">{escape(", ".join(filter(None, (row.unit, row.convention))))}</span></th>'
        f'<td>{row.before}</td><td class="pc-strong">{row.after}</td><td>{row.change}{small}</td>{ratios}{others}</tr>'
    )
