"""Charts, as pure functions from what the library found to Vega-Lite.

Grounds are transparent, grids are hairlines along the value axis, labels stand where they belong;
every axis has an explicit domain, shared by its layers, so that nothing is re-sorted or cut.
Heights are total heights, axes and legends included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import calc
from ui.look import COLOURS, GROUND, INK, MUTED, PARTS, RULE, SHAPES
from ui.state import PageState
from ui.text import translator
from ui.vega import ROW, chart, field, layer, names_axis, ratio_axis

__all__ = ["dots", "dumbbells", "haloed", "pareto", "power", "roofs", "waterfall"]

_FACTOR = "#8A8477"
_AS_IS = {"scale": None}
_DASHES = {"hbm": [1, 0], "scale_up": [7, 3], "scale_out": [2, 3]}


def dots(
    drawn: Sequence[calc.pictures.Dot], state: PageState, titles: Mapping[str, str], language: str, theme: str
) -> dict[str, Any]:
    """Ratios to the baseline on a log scale, sorted, with a pale band where the readings disagree.

    Filled is in the system's favour, outlined against it, small and grey neither. Systems share a
    row and are told apart by shape too; a value stands beside its dot where there is one system.
    """
    _ = translator(language)
    verdicts = {True: _("better"), False: _("worse"), None: _("neither better nor worse")}
    said = (_("System"), _("Quantity"), _("Ratio"), _("Readings"), _("Verdict"))
    rows: list[dict[str, Any]] = []
    for dot in drawn:
        colour = COLOURS[state.slot(dot.system)]
        spread = f"{calc.figures.ratio(dot.low)} … {calc.figures.ratio(dot.high)}" if dot.low != dot.high else dot.text
        named = f"{dot.label}, {dot.convention}" if dot.convention else dot.label
        rows.append(
            {
                "row": dot.label,
                "ratio": dot.ratio,
                "low": dot.low,
                "high": dot.high,
                "text": dot.text,
                "stroke": MUTED[theme] if dot.favours is None else colour,
                "fill": {True: colour, False: GROUND[theme], None: MUTED[theme]}[dot.favours],
                "size": 30 if dot.favours is None else 75,
                "shape": SHAPES[state.slot(dot.system)],
                **dict(zip(said, (titles[dot.system], named, dot.text, spread, verdicts[dot.favours]), strict=True)),
            }
        )
    order = list(dict.fromkeys(dot.label for dot in drawn))
    low, high = calc.pictures.around([value for dot in drawn for value in (dot.low, dot.high)], 0.25, 4.0)
    scale, axis = ratio_axis(low, high)
    y = names_axis(order, theme)
    channels = {
        "x": field("ratio:Q", scale=scale),
        "y": y,
        "stroke": field("stroke:N", **_AS_IS),
        "fill": field("fill:N", **_AS_IS),
        "shape": field("shape:N", **_AS_IS),
        "size": field("size:Q", **_AS_IS),
        "tooltip": [f"{name}:N" for name in said],
    }
    band = {"x": field("low:Q", scale=scale), "x2": "high:Q", "y": y, "color": field("stroke:N", **_AS_IS)}
    layers = [
        layer(
            [{"one": 1.0}],
            "rule",
            strokeWidth=1.5,
            color=INK[theme],
            channels={"x": field("one:Q", scale=scale, axis=axis)},
        ),
        layer(rows, "bar", height=5, opacity=0.3, cornerRadius=2, channels=band),
        layer(rows, "point", strokeWidth=2, opacity=1, channels=channels),
    ]
    if len({dot.system for dot in drawn}) == 1:
        beside = {"x": field("high:Q", scale=scale), "y": y, "text": "text:N"}
        layers.append(
            layer(rows, "text", align="left", dx=11, fontSize=12, fontWeight=600, color=INK[theme], channels=beside)
        )
    return chart(layers, len(order) * ROW + 40, theme)


def power(
    segments: Sequence[calc.pictures.Segment], titles: Mapping[str, str], language: str, theme: str
) -> dict[str, Any]:
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
    said = (_("System"), _("Part"), "kW", _("Share of all"))
    rows: list[dict[str, Any]] = []
    for segment in segments:
        dashed = segment.group == "unexplained"
        share = f"{segment.share:.0%}"
        doubt = _("{power} unexplained ({share})").format(power=segment.text, share=share)
        rows.append(
            {
                "row": segment.system,
                "start": segment.start,
                "end": segment.end,
                "middle": segment.middle,
                "group": groups[segment.group],
                "text": doubt if dashed else segment.text,
                "tone": INK[theme] if dashed else "#FFFFFF",
                "dashed": dashed,
                "wide": segment.is_wide(segments, 0.3 if dashed else 0.06),
                **dict(zip(said, (titles[segment.system], groups[segment.group], segment.text, share), strict=True)),
            }
        )
    order = [system for system in titles if any(segment.system == system for segment in segments)]
    ends: list[dict[str, Any]] = []
    for system in order:
        end = max(segment.end for segment in segments if segment.system == system)
        ends.append({"row": system, "end": end, "title": titles[system], "text": f"{calc.figures.number(end, 0)} kW"})
    x = {"domain": [0, calc.pictures.beyond([end["end"] for end in ends])], "nice": False}
    y = field("row:N", scale={"domain": order}, axis=None)
    shown = [
        group for group in groups if group != "unexplained" and any(segment.group == group for segment in segments)
    ]
    colour = field(
        "group:N",
        scale={"domain": [groups[group] for group in shown], "range": [PARTS[group] for group in shown]},
        legend={"columns": 3, "direction": "horizontal"},
    )
    start = field("start:Q", scale=x, axis={"tickCount": 4, "format": ",d", "orient": "bottom"})
    stretch = {"x": start, "x2": "end:Q", "y": y, "tooltip": [f"{name}:N" for name in said]}
    inside = {"x": field("middle:Q", scale=x), "y": y, "text": "text:N", "color": field("tone:N", **_AS_IS)}
    bar = {"height": 20, "yOffset": 9}
    layers = [
        layer(
            [row for row in rows if not row["dashed"]],
            "bar",
            **bar,
            stroke=GROUND[theme],
            strokeWidth=1,
            channels={**stretch, "color": colour},
        ),
        layer(
            [row for row in rows if row["dashed"]],
            "bar",
            **bar,
            fillOpacity=0,
            stroke=MUTED[theme],
            strokeDash=[4, 3],
            strokeWidth=1.2,
            channels=stretch,
        ),
        layer([row for row in rows if row["wide"]], "text", fontSize=12, yOffset=9, channels=inside),
        layer(
            ends,
            "text",
            align="left",
            dx=6,
            yOffset=9,
            fontSize=12,
            fontWeight=600,
            color=INK[theme],
            channels={"x": field("end:Q", scale=x), "y": y, "text": "text:N"},
        ),
        layer(
            ends,
            "text",
            align="left",
            x=0,
            yOffset=-9,
            fontSize=12.5,
            color=INK[theme],
            channels={"y": y, "text": "title:N"},
        ),
    ]
    return chart(layers, len(order) * 50 + 84, theme, resolve={"scale": {"color": "independent"}})


def waterfall(
    steps: Sequence[calc.pictures.Step], found: Any, state: PageState, titles: Mapping[str, str], theme: str
) -> dict[str, Any]:
    """A ratio from 1 through its factors, on a log scale: equal length is equal factor."""
    rows: list[dict[str, Any]] = [
        {
            "row": f"1 ÷ {step.label}" if step.inverse else step.label,
            "start": step.start,
            "end": step.end,
            "right": max(step.start, step.end),
            "text": step.text,
            "colour": _FACTOR,
        }
        for step in steps
    ]
    rows.append(
        {
            "row": titles[found.system],
            "start": 1.0,
            "end": found.ratio,
            "right": max(1.0, found.ratio),
            "text": calc.figures.ratio(found.ratio),
            "colour": COLOURS[state.slot(found.system)],
        }
    )
    base = state.slot(found.baseline)
    first = [{"row": titles[found.baseline], "at": 1.0, "text": calc.figures.ratio(1.0)}]
    low, high = calc.pictures.around([value for row in rows for value in (row["start"], row["end"])], 0.8, 1.25)
    scale, axis = ratio_axis(low, high)
    order = [titles[found.baseline], *(str(row["row"]) for row in rows)]
    y = names_axis(order, theme)
    at = {"x": field("at:Q", scale=scale), "y": y}
    words = {"align": "left", "fontSize": 12, "fontWeight": 600, "color": INK[theme]}
    bars = {
        "x": field("start:Q", scale=scale, axis=axis),
        "x2": "end:Q",
        "y": y,
        "color": field("colour:N", **_AS_IS),
        "tooltip": "text:N",
    }
    layers = [
        layer(rows, "bar", height=13, channels=bars),
        layer(first, "point", filled=True, size=90, opacity=1, shape=SHAPES[base], color=COLOURS[base], channels=at),
        layer(rows, "text", dx=6, **words, channels={"x": field("right:Q", scale=scale), "y": y, "text": "text:N"}),
        layer(first, "text", dx=9, **words, channels={**at, "text": "text:N"}),
    ]
    return chart(layers, len(order) * ROW + 36, theme)


def pareto(
    points: Sequence[calc.Point],
    state: PageState,
    axes: tuple[calc.names.Quantity, calc.names.Quantity],
    labels: tuple[str, str],
    language: str,
    theme: str,
) -> dict[str, Any]:
    """The catalogue by two quantities, log both: grey, the basket coloured and named, the frontier as a step."""
    _ = translator(language)
    units = [
        calc.figures.scale(axis, [getattr(point, name) for point in points])
        for axis, name in zip(axes, "xy", strict=True)
    ]
    said = (_("System"), *labels)
    rows: list[dict[str, Any]] = []
    for point, place in zip(points, calc.pictures.places(points, units[0], units[1]), strict=True):
        ours = point.id in state.systems
        amounts = (calc.figures.amount(axes[0], point.x), calc.figures.amount(axes[1], point.y))
        rows.append(
            {
                "x": place[0],
                "y": place[1],
                "id": point.id,
                "name": point.name,
                "ours": ours,
                "edge": point.on_frontier,
                "colour": COLOURS[state.slot(point.id)] if ours else MUTED[theme],
                "shape": SHAPES[state.slot(point.id)] if ours else "circle",
                "size": 120 if ours else 38,
                "opacity": 1.0 if ours else 0.65,
                **dict(zip(said, (point.name, *amounts), strict=True)),
            }
        )
    channels: dict[str, Any] = {}
    for name in "xy":
        end = calc.pictures.around([row[name] for row in rows], None, None)
        axis = {"values": calc.pictures.log_ticks(*end), "format": ",~r", "labelOverlap": True}
        channels[name] = field(f"{name}:Q", scale={"type": "log", "domain": list(end), "nice": False}, axis=axis)
    step = "step-before" if axes[0].better == "higher" else "step-after"
    marks = {
        **channels,
        "color": field("colour:N", **_AS_IS),
        "shape": field("shape:N", **_AS_IS),
        "size": field("size:Q", **_AS_IS),
        "opacity": field("opacity:Q", **_AS_IS),
        "tooltip": [f"{name}:N" for name in said],
    }
    edge = [row for row in rows if row["edge"]]
    layers = [
        layer(edge, "line", interpolate=step, strokeWidth=1.3, color=INK[theme], channels=channels),
        layer(rows, "point", filled=True, channels=marks),
    ]
    below = calc.pictures.crowded(points, state.systems)
    for row in (row for row in rows if row["ours"]):
        right = calc.pictures.is_right(row["x"], [one["x"] for one in rows])
        side = {"align": "right", "dx": -10} if right else {"align": "left", "dx": 10}
        layers.append(
            layer(
                [row],
                "text",
                **side,
                dy=12 if row["id"] in below else -9,
                fontSize=12,
                fontWeight=600,
                color=INK[theme],
                channels={**channels, "text": "name:N"},
            )
        )
    return chart(layers, 330, theme)


def dumbbells(
    drawn: Sequence[calc.what_if.Stretch], state: PageState, system: str, language: str, theme: str
) -> dict[str, Any]:
    """Ratios to the baseline before and after: outlined as adopted, filled in the scenario."""
    _ = translator(language)
    colour, shape = COLOURS[state.slot(system)], SHAPES[state.slot(system)]
    rows = [
        {
            "row": one.label,
            "before": one.before,
            "after": one.after,
            _("Quantity"): one.label,
            _("As adopted"): calc.figures.ratio(one.before),
            _("In the scenario"): calc.figures.ratio(one.after),
            _("Change"): calc.figures.change(one.before, one.after),
        }
        for one in drawn
    ]
    low, high = calc.pictures.around([value for one in drawn for value in (one.before, one.after)], 0.8, 1.25)
    scale, axis = ratio_axis(low, high)
    y = names_axis([one.label for one in drawn], theme)
    tooltip = [f"{name}:N" for name in (_("Quantity"), _("As adopted"), _("In the scenario"), _("Change"))]
    mark = {"size": 80, "strokeWidth": 2, "opacity": 1, "shape": shape, "stroke": colour}
    before, after = field("before:Q", scale=scale), field("after:Q", scale=scale)
    one = {"x": field("one:Q", scale=scale, axis=axis)}
    layers = [
        layer([{"one": 1.0}], "rule", strokeWidth=1.5, color=INK[theme], channels=one),
        layer(rows, "rule", strokeWidth=1.5, color=MUTED[theme], channels={"x": before, "x2": "after:Q", "y": y}),
        layer(rows, "point", fill=GROUND[theme], **mark, channels={"x": before, "y": y, "tooltip": tooltip}),
        layer(rows, "point", fill=colour, **mark, channels={"x": after, "y": y, "tooltip": tooltip}),
    ]
    return chart(layers, len(rows) * ROW + 40, theme)


def roofs(
    found: calc.roofline.Roofline,
    kernels: Sequence[calc.roofline.Kernel],
    state: PageState,
    language: str,
    theme: str,
) -> dict[str, Any]:
    """Roofs on log scales, each labelled on its line, ridges as ticks, kernels as labelled hairlines."""
    _ = translator(language)
    row = calc.names.find("flop_rate")
    scaled = calc.figures.scale(row, [roof.peak for roof in found.roofs])
    many = len({roof.precision for roof in found.roofs}) > 1
    plan = calc.roofline.plan(found, kernels, scaled.factor)
    lines, labels, ridges = [], [], []
    for place in plan.lines:
        roof = place.roof
        title = f"{roof.label(language)} {roof.precision.upper()}" if many else roof.label(language)
        said = {
            _("Roof"): title,
            _("Peak"): calc.figures.amount(row, roof.peak),
            _("Bandwidth"): calc.figures.amount(calc.names.find("roof.bandwidth"), roof.bandwidth),
            _("Ridge"): f"{calc.figures.number(roof.ridge, calc.figures.decimals([roof.ridge]))} FLOP/B",
        }
        same = {"colour": COLOURS[state.slot(roof.system)], "kind": roof.kind, "line": title, **said}
        lines += [{"x": x, "y": y, **same} for x, y in zip(place.x, place.y, strict=True)]
        labels.append({"x": place.label[0], "y": place.label[1], "text": title})
        ridges.append(
            {
                "x": roof.ridge,
                "y": place.peak,
                "text": calc.figures.number(roof.ridge, calc.figures.decimals([roof.ridge])),
                "shape": SHAPES[state.slot(roof.system)],
                **same,
            }
        )
    x = {"type": "log", "domain": list(plan.across), "nice": False}
    y = {"type": "log", "domain": list(plan.up), "nice": False}
    ticks = {"format": ",~r", "labelOverlap": True}
    across = field("x:Q", scale=x, axis={"values": list(plan.decades_across), "grid": False, **ticks})
    up = field("y:Q", scale=y, axis={"values": list(plan.decades_up), **ticks})
    tooltip = [f"{name}:N" for name in (_("Roof"), _("Peak"), _("Bandwidth"), _("Ridge"))]
    hairs = [
        {"x": hair.kernel.intensity, "text": hair.kernel.label(language), "y": hair.foot, "left": hair.left}
        for hair in plan.kernels
    ]
    colour = field("colour:N", **_AS_IS)
    dashes = field("kind:N", scale={"domain": list(_DASHES), "range": list(_DASHES.values())}, legend=None)
    layers = [layer(hairs, "rule", strokeWidth=1, color=RULE[theme], channels={"x": across})] if hairs else []
    layers.append(
        layer(
            lines,
            "line",
            strokeWidth=2,
            channels={
                "x": across,
                "y": up,
                "detail": "line:N",
                "color": colour,
                "strokeDash": dashes,
                "tooltip": tooltip,
            },
        )
    )
    for left in (True, False):
        named = [hair for hair in hairs if hair["left"] is left]
        turned = {"angle": 270, "align": "left", "dx": 4, "dy": -6 if left else 7, "baseline": "middle"}
        layers += haloed(named, across, up, MUTED[theme], theme, **turned)
    layers += haloed(labels, across, up, INK[theme], theme, align="left", baseline="middle")
    shape = field("shape:N", **_AS_IS)
    ends = {"x": across, "y": up, "color": colour, "shape": shape, "tooltip": tooltip}
    layers.append(layer(ridges, "point", filled=True, size=70, opacity=1, channels=ends))
    layers += haloed(ridges, across, up, INK[theme], theme, dy=-13, fontWeight=600)
    return chart(layers, 520, theme)


def haloed(
    rows: Sequence[Mapping[str, Any]], x: Any, y: Any, colour: str, theme: str, **mark: Any
) -> list[dict[str, Any]]:
    """Text that lines may cross: drawn twice, first as a broad edge in the colour of the paper."""
    if not rows:
        return []
    channels = {"x": x, "y": y, "text": "text:N"}
    edge = {"stroke": GROUND[theme], "strokeWidth": 5, "strokeJoin": "round", "color": GROUND[theme]}
    return [
        layer(rows, "text", fontSize=12, **edge, **mark, channels=channels),
        layer(rows, "text", fontSize=12, color=colour, **mark, channels=channels),
    ]
