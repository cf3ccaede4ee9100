"""Charts, as pure functions from what the library found to what is drawn.

Grounds are transparent, grids are hairlines along the value axis, labels stand where they belong;
every axis has an explicit domain, shared by its layers, so that nothing is re-sorted or cut.
Heights are total heights, axes and legends included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

import calc
from ui.look import COLOURS, FONT, GROUND, INK, MUTED, PARTS, RULE, SHAPES
from ui.state import PageState
from ui.text import translator

__all__ = ["ROW", "dots", "finished", "pareto", "power", "spec", "waterfall"]

ROW = 25
"""Height of one row of a chart whose value axis lies flat."""

_RATIO_LABEL = "datum.value < 1 ? '1/' + format(1 / datum.value, '.3~r') + '×' : format(datum.value, '.3~r') + '×'"
_DOUBLINGS = [2.0**power for power in range(-12, 15)]


def finished(chart: Any, height: int, theme: str) -> Any:
    """A chart with the page's type, hairlines and ground."""
    return (
        chart.properties(height=height, width="container", background="transparent")
        .configure(font=FONT, padding={"left": 0, "right": 4, "top": 4, "bottom": 4})
        .configure_view(stroke=None)
        .configure_axis(
            domain=False,
            ticks=False,
            labelColor=MUTED[theme],
            labelFontSize=12,
            labelLimit=0,
            gridColor=RULE[theme],
            gridWidth=1,
            title=None,
        )
        .configure_legend(
            labelColor=MUTED[theme], labelFontSize=12, labelLimit=0, title=None, orient="bottom", symbolType="square", symbolSize=70
        )
    )


def spec(chart: Any) -> dict[str, Any]:
    """A chart as Vega-Lite, its figures inside."""
    with alt.data_transformers.enable(consolidate_datasets=False):
        return chart.to_dict()  # type: ignore[no-any-return]


def _data(rows: Sequence[Mapping[str, Any]]) -> Any:
    return alt.Chart(alt.Data(values=list(rows)))


def _names(order: Sequence[str], theme: str) -> Any:
    axis = alt.Axis(grid=False, labelColor=INK[theme], labelOverlap=False, labelFlush=False, labelBound=False, labelPadding=8)
    return alt.Y("row:N", scale=alt.Scale(domain=list(order)), axis=axis)


def _ratio_axis(low: float, high: float) -> tuple[Any, Any]:
    inside = [value for value in _DOUBLINGS if low <= value <= high]
    # Every second, or every third, where there are more than a narrow page has room for.
    every = 1 + len(inside) // 9
    kept = [value for value in inside if inside.index(value) % every == inside.index(1.0) % every]
    scale = alt.Scale(type="log", base=2, domain=[low, high], nice=False)
    return scale, alt.Axis(values=kept, labelExpr=_RATIO_LABEL, orient="top", labelOverlap=True)


def dots(drawn: Sequence[calc.pictures.Dot], state: PageState, titles: Mapping[str, str], language: str, theme: str) -> Any:
    """Ratios to the baseline on a log scale, sorted, with a pale band where the readings disagree.

    Filled is in the system's favour, outlined against it, small and grey neither. Systems share a
    row and are told apart by shape too; a value stands beside its dot where there is one system.
    """
    _ = translator(language)
    verdicts = {True: _("better"), False: _("worse"), None: _("neither better nor worse")}
    rows = [
        {
            "row": dot.label,
            "ratio": dot.ratio,
            "low": dot.low,
            "high": dot.high,
            "text": dot.text,
            _("System"): titles[dot.system],
            _("Quantity"): f"{dot.label}, {dot.convention}" if dot.convention else dot.label,
            _("Ratio"): dot.text,
            _("Readings"): f"{calc.figures.ratio(dot.low)} … {calc.figures.ratio(dot.high)}" if dot.low != dot.high else dot.text,
            _("Verdict"): verdicts[dot.favours],
            "stroke": MUTED[theme] if dot.favours is None else COLOURS[state.slot(dot.system)],
            "fill": {True: COLOURS[state.slot(dot.system)], False: GROUND[theme], None: MUTED[theme]}[dot.favours],
            "size": 30 if dot.favours is None else 75,
            "shape": SHAPES[state.slot(dot.system)],
        }
        for dot in drawn
    ]
    order = list(dict.fromkeys(dot.label for dot in drawn))
    low, high = calc.pictures.around([value for dot in drawn for value in (dot.low, dot.high)], 0.25, 4.0)
    scale, axis = _ratio_axis(low, high)
    y = _names(order, theme)
    base = _data(rows)
    rule = _data([{"one": 1.0}]).mark_rule(strokeWidth=1.5, color=INK[theme]).encode(x=alt.X("one:Q", scale=scale, axis=axis))
    band = base.mark_bar(height=5, opacity=0.3, cornerRadius=2).encode(
        x=alt.X("low:Q", scale=scale), x2="high:Q", y=y, color=alt.Color("stroke:N", scale=None)
    )
    points = base.mark_point(strokeWidth=2, opacity=1).encode(
        x=alt.X("ratio:Q", scale=scale),
        y=y,
        stroke=alt.Stroke("stroke:N", scale=None),
        fill=alt.Fill("fill:N", scale=None),
        shape=alt.Shape("shape:N", scale=None),
        size=alt.Size("size:Q", scale=None),
        tooltip=[f"{name}:N" for name in (_("System"), _("Quantity"), _("Ratio"), _("Readings"), _("Verdict"))],
    )
    layers = [rule, band, points]
    if len({dot.system for dot in drawn}) == 1:
        layers.append(
            base.mark_text(align="left", dx=11, fontSize=12, fontWeight=600, color=INK[theme]).encode(
                x=alt.X("high:Q", scale=scale), y=y, text="text:N"
            )
        )
    return finished(alt.layer(*layers), len(order) * ROW + 40, theme)


def power(segments: Sequence[calc.pictures.Segment], titles: Mapping[str, str], language: str, theme: str) -> Any:
    """All-in power by part in kW; what no part accounts for has a dashed outline."""
    _ = translator(language)
    groups = {
        "chips": _("Accelerators"),
        "host": _("CPUs"),
        "scale_up": _("Interconnect"),
        "cooling_and_conversion": _("Trays, fans, conversion"),
        "scale_out": _("Scale-out, storage"),
        "unexplained": _("Unexplained"),
    }
    order = [system for system in titles if any(segment.system == system for segment in segments)]
    rows = [
        {
            "row": segment.system,
            "start": segment.start,
            "end": segment.end,
            "group": groups[segment.group],
            "text": _("{power} unexplained ({share})").format(power=segment.text, share=f"{segment.share:.0%}")
            if segment.group == "unexplained"
            else segment.text,
            "dashed": segment.group == "unexplained",
            _("System"): titles[segment.system],
            _("Part"): groups[segment.group],
            "kW": segment.text,
            _("Share of all"): f"{segment.share:.0%}",
        }
        for segment in segments
    ]
    ends = [
        {"row": system, "end": max(segment.end for segment in segments if segment.system == system), "title": titles[system]}
        for system in order
    ]
    for end in ends:
        end["text"] = f"{calc.figures.number(end['end'], 0)} kW"
    top = max(end["end"] for end in ends)
    x = alt.Scale(domain=[0, top * 1.17], nice=False)
    y = alt.Y("row:N", scale=alt.Scale(domain=order), axis=None)
    shown = [group for group in groups if group != "unexplained" and any(segment.group == group for segment in segments)]
    colour = alt.Color(
        "group:N",
        scale=alt.Scale(domain=[groups[group] for group in shown], range=[PARTS[group] for group in shown]),
        legend=alt.Legend(columns=3, direction="horizontal"),
    )
    tooltip = [f"{name}:N" for name in (_("System"), _("Part"), "kW", _("Share of all"))]
    axis = alt.Axis(tickCount=4, format=",d", orient="bottom")
    position = {"x": alt.X("start:Q", scale=x, axis=axis), "x2": "end:Q", "y": y}
    bar = {"height": 20, "yOffset": 9}
    solid = _data([row for row in rows if not row["dashed"]])
    dashed = _data([row for row in rows if row["dashed"]])
    wide = _data([row for row in rows if row["end"] - row["start"] > top * (0.06 if not row["dashed"] else 0.3)])
    layers = [
        solid.mark_bar(**bar, stroke=GROUND[theme], strokeWidth=1).encode(**position, color=colour, tooltip=tooltip),
        dashed.mark_bar(**bar, fillOpacity=0, stroke=MUTED[theme], strokeDash=[4, 3], strokeWidth=1.2).encode(
            **position, tooltip=tooltip
        ),
        wide.transform_calculate(middle="(datum.start + datum.end) / 2", tone=f"datum.dashed ? '{INK[theme]}' : '#FFFFFF'")
        .mark_text(fontSize=12, yOffset=9)
        .encode(x=alt.X("middle:Q", scale=x), y=y, text="text:N", color=alt.Color("tone:N", scale=None)),
        _data(ends)
        .mark_text(align="left", dx=6, yOffset=9, fontSize=12, fontWeight=600, color=INK[theme])
        .encode(x=alt.X("end:Q", scale=x), y=y, text="text:N"),
        _data(ends).mark_text(align="left", x=0, yOffset=-9, fontSize=12.5, color=INK[theme]).encode(y=y, text="title:N"),
    ]
    return finished(alt.layer(*layers).resolve_scale(color="independent"), len(order) * 50 + 84, theme)


def waterfall(
    steps: Sequence[calc.pictures.Step], found: calc.Why, state: PageState, titles: Mapping[str, str], theme: str
) -> Any:
    """A ratio from 1 through its factors, on a log scale: equal length is equal factor."""
    rows = [
        {
            "row": f"1 ÷ {step.label}" if step.inverse else step.label,
            "start": step.start,
            "end": step.end,
            "text": step.text,
            "colour": "#8A8477",
        }
        for step in steps
    ]
    rows.append(
        {
            "row": titles[found.system],
            "start": 1.0,
            "end": found.ratio,
            "text": calc.figures.ratio(found.ratio),
            "colour": COLOURS[state.slot(found.system)],
        }
    )
    first = {"row": titles[found.baseline], "at": 1.0, "text": "1.00×", "colour": COLOURS[state.slot(found.baseline)]}
    low, high = calc.pictures.around([value for row in rows for value in (row["start"], row["end"])], 0.8, 1.25)
    scale, axis = _ratio_axis(low, high)
    order = [first["row"], *(row["row"] for row in rows)]
    y = _names(order, theme)
    base = _data(rows)
    layers = [
        base.mark_bar(height=13).encode(
            x=alt.X("start:Q", scale=scale, axis=axis), x2="end:Q", y=y, color=alt.Color("colour:N", scale=None), tooltip=["row:N", "text:N"]
        ),
        _data([first])
        .mark_point(filled=True, size=90, opacity=1, shape=SHAPES[state.slot(found.baseline)])
        .encode(x=alt.X("at:Q", scale=scale), y=y, color=alt.Color("colour:N", scale=None)),
        base.transform_calculate(right="max(datum.start, datum.end)")
        .mark_text(align="left", dx=6, fontSize=12, fontWeight=600, color=INK[theme])
        .encode(x=alt.X("right:Q", scale=scale), y=y, text="text:N"),
        _data([first])
        .mark_text(align="left", dx=9, fontSize=12, fontWeight=600, color=INK[theme])
        .encode(x=alt.X("at:Q", scale=scale), y=y, text="text:N"),
    ]
    return finished(alt.layer(*layers), len(order) * ROW + 36, theme)


def pareto(
    points: Sequence[calc.Point],
    state: PageState,
    axes: tuple[calc.names.Quantity, calc.names.Quantity],
    language: str,
    theme: str,
) -> Any:
    """The catalogue by two quantities, log both: grey, the basket coloured and named, the frontier as a step."""
    _ = translator(language)
    units = [calc.figures.scale(axis, [getattr(point, name) for point in points]) for axis, name in zip(axes, "xy", strict=True)]
    rows = [
        {
            "x": place[0],
            "y": place[1],
            "name": point.name,
            "ours": point.id in state.systems,
            "edge": point.on_frontier,
            "colour": COLOURS[state.slot(point.id)] if point.id in state.systems else MUTED[theme],
            "shape": SHAPES[state.slot(point.id)] if point.id in state.systems else "circle",
            "size": 120 if point.id in state.systems else 38,
            "opacity": 1.0 if point.id in state.systems else 0.65,
            _("System"): point.name,
            axes[0].zh if language == "zh" else axes[0].en: calc.figures.amount(axes[0], point.x),
            axes[1].zh if language == "zh" else axes[1].en: calc.figures.amount(axes[1], point.y),
        }
        for point, place in zip(points, calc.pictures.places(points, units[0], units[1]), strict=True)
    ]
    tooltip = [alt.Tooltip(f"{name.replace('.', '[.]')}:N") for name in list(rows[0])[9:]]
    ends = [calc.pictures.around([row[name] for row in rows], None, None) for name in "xy"]
    scales = [alt.Scale(type="log", domain=list(end), nice=False) for end in ends]
    lines = [alt.Axis(values=calc.pictures.log_ticks(*end), format=",~r", labelOverlap=True) for end in ends]
    x = alt.X("x:Q", scale=scales[0], axis=lines[0])
    y = alt.Y("y:Q", scale=scales[1], axis=lines[1])
    base = _data(rows)
    layers = [
        _data([row for row in rows if row["edge"]])
        .mark_line(interpolate="step-before" if axes[0].better == "higher" else "step-after", strokeWidth=1.3, color=INK[theme])
        .encode(x=x, y=y),
        base.mark_point(filled=True).encode(
            x=x,
            y=y,
            color=alt.Color("colour:N", scale=None),
            shape=alt.Shape("shape:N", scale=None),
            size=alt.Size("size:Q", scale=None),
            opacity=alt.Opacity("opacity:Q", scale=None),
            tooltip=tooltip,
        ),
    ]
    # Neighbours' names stand above and below in turn, on the side where there is room.
    for place, row in enumerate(row for row in rows if row["ours"]):
        right = calc.pictures.is_right(row["x"], [one["x"] for one in rows])
        layers.append(
            _data([row])
            .mark_text(
                align="right" if right else "left",
                dx=-10 if right else 10,
                dy=-9 if place % 2 == 0 else 11,
                fontSize=12,
                fontWeight=600,
                color=INK[theme],
            )
            .encode(x=x, y=y, text="name:N")
        )
    return finished(alt.layer(*layers), 330, theme)
