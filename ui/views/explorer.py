"""Systems of the catalogue by two or three figures: which are on the frontier, and what dominates the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

import calc
from ui import cached, look, range_charts, ranged, session
from ui.state import PageState

__all__ = ["axes_of", "render"]


def axes_of(state: PageState) -> tuple[str, ...]:
    """The two or three figures, as chosen or by default."""
    kept = {key: state.get(key, usual) for key, usual in ranged.DEFAULTS.items()}
    return tuple(axis for axis in kept.values() if axis in ranged.AXES)


def render(state: PageState, found: calc.Comparison) -> None:
    """Draw the chart and the table."""
    with look.guarded("explorer"):
        _explorer(state, found)


def _explorer(state: PageState, found: calc.Comparison) -> None:
    _ = session.say()
    library, language, theme = session.library(), session.language(), session.theme()
    axes = axes_of(state)
    if len(set(axes)) < len(axes):
        look.section(_("Frontier explorer"))
        _controls(found, axes)
        look.refusal(_("Two axes are the same quantity; choose others."))
        return
    points = cached.frontier(library, state, *axes)
    labels = [found.label_of(axis, language) for axis in axes]
    look.section(calc.captions.frontier_title(points, state.systems, language), _words(points, axes, labels))
    _controls(found, axes)
    if not points:
        look.refusal(_("No system of the catalogue has all of these quantities; choose another axis or number format."))
        return
    titles = {point.id: point.name for point in points}
    key = ("explorer", library.digest, replace(state, view=(), why="", settings=()), axes, language, theme)
    # Chips stand in several systems, and as points of one chip they are the same.
    shown = calc.pictures.merged(points, state.systems) if len(axes) == 2 else points
    built = cached.keep(key, lambda: range_charts.explorer(shown, state, axes, labels, titles, language, theme))
    with st.container(key="explorer_pair"):
        left, right = st.columns([55, 45], gap="large")
        with left:
            look.chart(built, calc.captions.frontier_title(points, state.systems, language), "chart_explorer")
        with right:
            _table(state, points, axes, labels, titles)
    lacking = [system.short for system in found.systems if system.id not in {point.id for point in points}]
    if lacking:
        look.source_line(_("Not shown, for want of a figure: {names}.").format(names=", ".join(lacking)))
    look.promised_line(state.systems)
    look.source_line(_("Source: podcalc’s catalogue, as published; what is set on this page does not move it."))


def _words(points: Sequence[calc.Point], axes: tuple[str, ...], labels: Sequence[str]) -> str:
    _ = session.say()
    said = []
    for place, (axis, label) in enumerate(zip(axes, labels, strict=True)):
        unit = calc.figures.scale(calc.names.find(axis), [point.values[place] for point in points]).unit
        said.append(f"{label}, {unit}" if unit else label)
    if len(axes) == 3:
        return _(
            "{y}, up, against {x}, across; both log. Size: {z}. Filled: on the frontier, outlined: dominated."
        ).format(x=said[0], y=said[1], z=said[2])
    return _("{y}, up, against {x}, across; both log. Filled: on the frontier, outlined: dominated.").format(
        x=said[0], y=said[1]
    )


def _controls(found: calc.Comparison, axes: tuple[str, ...]) -> None:
    _ = session.say()
    language = session.language()
    chosen = dict(zip(ranged.DEFAULTS, (*axes, ""), strict=False))
    labels = {"fy": _("Up"), "fx": _("Across"), "fz": _("Third")}
    with st.container(horizontal=True, key="explorer_axes", gap="small"):
        for name, label in labels.items():
            st.session_state[f"explorer_{name}"] = chosen[name]
            st.selectbox(
                label,
                ranged.AXES if name != "fz" else ("", *ranged.AXES),
                format_func=lambda axis: found.label_of(axis, language) if axis else _("none"),
                key=f"explorer_{name}",
                on_change=_keep,
                args=(name,),
                width=230,
            )


def _keep(name: str) -> None:
    given = st.session_state[f"explorer_{name}"]
    session.update(lambda state: state.put(**{name: "" if given == ranged.DEFAULTS[name] else given}))


def _table(
    state: PageState, points: Sequence[calc.Point], axes: tuple[str, ...], labels: Sequence[str], titles: dict[str, str]
) -> None:
    _ = session.say()
    language = session.language()
    columns = [
        calc.figures.column(calc.names.find(axis), [point.values[place] for point in points])
        for place, axis in enumerate(axes)
    ]
    texts = {point.id: [column[1][row] for column in columns] for row, point in enumerate(points)}
    body = []
    for point in sorted(points, key=lambda point: (point.id not in state.systems, not point.on_frontier)):
        ours = point.id in state.systems
        mark = look.swatch(state.slot(point.id)) if ours else ""
        cells = "".join(f"<td>{text}</td>" for text in texts[point.id])
        stands = escape(calc.narrate_ranges.behind(point, titles, language))
        body.append(
            f'<tr class="{"pc-changed" if ours else "pc-same"}"><th scope="row" class="pc-left">{mark}'
            f"{escape(point.name)}<small>{stands}</small></th>{cells}</tr>"
        )
    heads = [
        _("System"),
        *(f"{label}, {unit}" if unit else label for label, (unit, _texts) in zip(labels, columns, strict=True)),
    ]
    name = escape(_("Systems and what dominates them"))
    st.html(
        f'<div class="pc-listed pc-scroll" tabindex="0" role="region" aria-label="{name}">'
        f'<table class="pc pc-small pc-ranked">{look.table_head(heads)}<tbody>{"".join(body)}</tbody></table></div>'
    )
