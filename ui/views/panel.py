"""The panel of one quantity: why its ratio is what it is, how it is computed, and the readings that disagree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

import calc
from ui import cached, charts, cite, look, pictures, session
from ui.state import PageState
from ui.text import plain_markdown

__all__ = ["choose_system", "render"]

_OPEN_LEVELS = 3
_SIDE_BY_SIDE = 3


def choose_system(state: PageState, titles: dict[str, str], chosen: str, key: str) -> None:
    """A control for which of several systems a section is about."""
    _ = session.say()
    st.session_state[key] = chosen
    said: dict[str, Any] = {
        "format_func": titles.__getitem__,
        "key": key,
        "on_change": session.put,
        "args": ("of", key),
        "label_visibility": "collapsed",
    }
    if len(state.others) > _SIDE_BY_SIDE:
        st.selectbox(_("System"), state.others, **said)
    else:
        st.segmented_control(_("System"), state.others, required=True, **said)


def render(state: PageState, found: calc.Comparison) -> None:
    """Draw the panel of the quantity that is open."""
    _ = session.say()
    language, library = session.language(), session.library()
    titles = pictures.titles_of(found)
    row = found.row(state.why)
    others = state.others or (state.base,)
    system = state.get("of") if state.get("of") in others else others[0]
    known = None
    if state.others and row.ratios[system] is not None:
        known = cached.why(library, state, system, state.why)
    title = calc.captions.why_title(known, found, language) if known else found.label(row, language)
    with st.container(horizontal=True, key="side_head"):
        st.html(f'<div class="pc-head"><h2>{escape(title)}</h2></div>')
        st.button(f"{_('Close')} ✕", key="side_close", type="tertiary", on_click=session.change, kwargs={"why": ""})
    if len(state.others) > 1:
        choose_system(state, titles, system, "panel_of")
    with look.guarded("why"):
        _why(state, found, row, system, known, titles)
    with look.guarded("explain"):
        _explain(state, found, row, system, titles)
    with look.guarded("readings"):
        _readings(state, found, system, titles)


def _why(
    state: PageState, found: calc.Comparison, row: calc.Row, system: str, known: Any, titles: dict[str, str]
) -> None:
    _ = session.say()
    language, theme = session.language(), session.theme()
    meaning = f'<p class="pc-sub">{escape(row.quantity.meaning)}</p>' if language == "en" else ""
    if known is None:
        reasons = [f"{titles[one]}: {_(row.missing[one])}." for one in (system, state.base) if one in row.missing]
        st.html(meaning)
        if reasons:
            look.refusal(_("There is no ratio.") + " " + " ".join(dict.fromkeys(reasons)))
        return
    steps = calc.pictures.steps(known, found, language)
    if len(steps) < 2:
        st.html(meaning)
        look.refusal(_("The ratio has no factors: it is the ratio of the two figures themselves."))
        return
    st.html(f'<p class="pc-sub">{escape(calc.captions.why_subtitle(known, language))}</p>')
    key = ("waterfall", session.library().digest, state, system, language, theme)
    drawn = cached.keep(key, lambda: charts.waterfall(steps, known, state, titles, theme))
    look.chart(drawn, calc.captions.why_subtitle(known, language), "chart_why")
    if found.per != "system":
        look.source_line(_("Factors of the whole systems; the table divides by {per}.").format(per=_(found.per)))


def _explain(state: PageState, found: calc.Comparison, row: calc.Row, system: str, titles: dict[str, str]) -> None:
    _ = session.say()
    look.section(_("How it is computed"), minor=True)
    library = session.library()
    for one in dict.fromkeys((system, state.base)):
        if row.quantity.name not in found.results[one].values:
            continue
        tree = _tree(cached.explanation(library, state, one, row.quantity.name), found, library, 0)
        name = f"{look.swatch(state.slot(one))}{escape(titles[one])}"
        if one == system:
            st.html(f'<p class="pc-note">{name}</p><ul class="pc-tree">{tree}</ul>')
        else:
            st.html(f'<details class="pc-note"><summary>{name}</summary><ul class="pc-tree">{tree}</ul></details>')


def _tree(node: Any, found: calc.Comparison, library: calc.Library, level: int) -> str:
    """One quantity and what it is computed from, as nested lists."""
    _ = session.say()
    language = session.language()
    label = escape(found.label_of(node.name, language))
    value = escape(calc.figures.amount(node.quantity, node.value))
    word = _(node.confidence or "")
    said = f"{label} <b>{value}</b> {look.ring(node.confidence, word)} {escape(word)}"
    if node.was_set:
        said += f"<small>{escape(_('set on this page'))}</small>"
    elif node.datum is not None:
        said += f"<small>{cite.reading(node.datum, library)}</small>"
    elif node.formula:
        said += f"<small>= {escape(_in_words(node.formula, found, language))}</small>"
    if node.note:
        said += f"<small>{escape(node.note)}</small>"
    if not node.inputs:
        return f"<li>{said}</li>"
    below = f'<ul class="pc-tree">{"".join(_tree(child, found, library, level + 1) for child in node.inputs)}</ul>'
    if level + 1 >= _OPEN_LEVELS:
        below = f"<details><summary>{escape(_('inputs'))}</summary>{below}</details>"
    return f"<li>{said}{below}</li>"


def _in_words(formula: str, found: calc.Comparison, language: str) -> str:
    """A formula with the labels of its quantities in place of their names."""

    def label(match: re.Match[str]) -> str:
        try:
            return found.label_of(match[0], language)
        except calc.UnknownNameError:
            return match[0]

    return re.sub(r"[a-z][a-z_]*(\.[a-z0-9_-]+)*", label, formula)


def _readings(state: PageState, found: calc.Comparison, system: str, titles: dict[str, str]) -> None:
    _ = session.say()
    language, library = session.language(), session.library()
    figures: dict[tuple[str, str], list[calc.readings.Choice]] = {}
    for choice in cached.choices(library, state, state.why, system):
        figures.setdefault((choice.system, choice.path), []).append(choice)
    if not figures:
        return
    look.section(_("Readings that disagree"), _("Choose one; every figure of that source is then used."), minor=True)
    with st.container(key="readings"):
        for (owner, path), choices in figures.items():
            ordered = sorted(choices, key=lambda choice: (choice.datum.file, choice.datum.line))
            sources = list(dict.fromkeys(choice.datum.source for choice in ordered))
            labels = {
                choice.datum.source: _reading(choice, library, ratio=bool(state.others)) for choice in reversed(ordered)
            }
            key = f"reading_{owner}_{path}"
            st.session_state[key] = next((choice.datum.source for choice in ordered if choice.adopted), sources[0])
            st.radio(
                f"{titles[owner]}, {found.label_of(path, language)}",
                sources,
                format_func=labels.__getitem__,
                key=key,
                on_change=_prefer,
                args=(key, sources),
            )


def _prefer(key: str, sources: Sequence[str]) -> None:
    chosen = st.session_state[key]
    session.update(
        lambda state: replace(state, prefer=(chosen, *(source for source in state.prefer if source not in sources)))
    )


def _reading(choice: calc.readings.Choice, library: calc.Library, *, ratio: bool) -> str:
    _ = session.say()
    amount = calc.figures.amount(calc.names.find(choice.path), choice.datum.value)
    effect = f" → {calc.figures.ratio(choice.ratio)}" if ratio and choice.ratio is not None else ""
    who = cite.title(choice.datum.source, library)
    return f"**{plain_markdown(amount)}**{effect} · {_(choice.datum.confidence)} · {plain_markdown(who)}"
