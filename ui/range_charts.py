"""Charts of ranges, as pure functions from what the library found to Vega-Lite; as `ui.charts`.

Over a plane of two inputs a system's colour means that it is ahead there, and the more the further
from the paper it is; the line where the two are level, names and numbers say the same without colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import calc
from ui.charts import haloed
from ui.look import COLOURS, GROUND, INK, MUTED, SHAPES
from ui.state import PageState
from ui.text import translator
from ui.vega import ROW, chart, field, layer, names_axis, ratio_axis

__all__ = ["DEPTHS", "axis_title", "depth_of", "explorer", "heat", "spreads", "swings", "tint"]

_AS_IS = {"scale": None}
DEPTHS = (0.18, 0.28, 0.38, 0.48, 0.57, 0.66, 0.74, 0.82)
"""How much of a system's colour each step has, of the root of 2, that it is ahead by."""

_HEIGHT = 400
_TALL = 46
"""Height of a row whose name stands above its bar."""


def tint(colour: str, ground: str, depth: float) -> str:
    """A colour laid over the paper.

    >>> tint("#D55E00", "#FFFFFF", 0.0), tint("#D55E00", "#FFFFFF", 1.0)
    ('#FFFFFF', '#D55E00')
    """
    pairs = ((int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(under + (over - under) * depth):02X}" for over, under in pairs)


def depth_of(step: int) -> float:
    """How much of the colour a step of the ratio has; the same for a ratio and its reciprocal."""
    return DEPTHS[step if step >= 0 else -1 - step]


def heat(
    found: calc.plane.Plane, state: PageState, titles: Mapping[str, str], language: str, theme: str
) -> dict[str, Any]:
    """The ratio over two inputs, log both: who is ahead where, the line where they are level, and the values in use."""
    _ = translator(language)
    said = (axis_title(found.x, titles, language), axis_title(found.y, titles, language), _("Ratio"))
    across, up = found.shown()
    channels = {}
    for name, ends in (("x", across), ("y", up)):
        axis = {
            "values": calc.pictures.log_ticks(*ends),
            "format": ",~r",
            "labelOverlap": True,
            "labelColor": INK[theme],
            "grid": False,
        }
        channels[name] = {"scale": {"type": "log", "domain": list(ends), "nice": False}, "axis": axis}

    def at(x: str, y: str, **more: Any) -> dict[str, Any]:
        return {"x": field(f"{x}:Q", **channels["x"]), "y": field(f"{y}:Q", **channels["y"]), **more}

    stretches = [
        {
            "l": run.left,
            "r": run.right,
            "b": run.bottom,
            "t": run.top,
            "c": tint(COLOURS[state.slot(found.favours(run.step))], GROUND[theme], depth_of(run.step)),
        }
        for run in found.runs()
    ]
    samples = [
        {
            "l": left,
            "r": right,
            "b": bottom,
            "t": top,
            said[0]: calc.figures.amount(found.x.lever.quantity, x),
            said[1]: calc.figures.amount(found.y.lever.quantity, y),
            said[2]: calc.figures.ratio(ratio),
        }
        for left, right, bottom, top, x, y, ratio in found.samples()
    ]
    box = at("l", "b", x2="r:Q", y2="t:Q")
    paint = field("c:N", **_AS_IS)
    layers = [
        # An edge in the same colour closes the seams that are drawn between neighbours.
        layer(stretches, "rect", strokeWidth=0.8, channels={**box, "fill": paint, "stroke": paint}),
        layer(samples, "rect", opacity=0, channels={**box, "tooltip": [f"{name}:N" for name in said]}),
    ]
    line = [{"x": x, "y": y, "order": i} for i, (x, y) in enumerate(found.line())]
    if line:
        order = {"order": field("order:Q")}
        layers.append(layer(line, "line", strokeWidth=5, color=GROUND[theme], channels=at("x", "y", **order)))
        layers.append(layer(line, "line", strokeWidth=2, color=INK[theme], channels=at("x", "y", **order)))
    x, y = (at("x", "y")[name] for name in "xy")
    sides = [
        {"x": right, "y": top, "text": _("{name} ahead").format(name=titles[system])}
        for system, right, top in found.sides()
    ]
    layers += haloed(sides, x, y, INK[theme], theme, fontWeight=600)
    lines = found.isolines()
    for above, mark in ((False, {"align": "left", "dx": 5}), (True, {"baseline": "bottom", "dy": -4})):
        edge = [{"x": one.x, "y": one.y, "text": one.text} for one in lines if one.above is above]
        if edge:
            layers.append(
                layer(edge, "text", fontSize=12, color=INK[theme], **mark, channels={**at("x", "y"), "text": "text:N"})
            )
    use = found.point()
    now = [
        {
            "x": use[0],
            "y": use[1],
            "text": _("in use: {ratio}").format(ratio=calc.figures.ratio(found.at)),
            said[0]: calc.figures.amount(found.x.lever.quantity, found.adopted[0]),
            said[1]: calc.figures.amount(found.y.lever.quantity, found.adopted[1]),
            said[2]: calc.figures.ratio(found.at),
        }
    ]
    point = at("x", "y", tooltip=[f"{name}:N" for name in said])
    shape = SHAPES[state.slot(found.system)]
    layers.append(
        layer(
            now, "point", filled=True, size=110, opacity=1, shape=shape, color=INK[theme], stroke=GROUND[theme],
            strokeWidth=2, channels=point,
        )
    )  # fmt: skip
    right = calc.pictures.is_right(use[0], across)
    side = {"align": "right", "dx": -11} if right else {"align": "left", "dx": 11}
    layers += haloed(now, x, y, INK[theme], theme, dy=-11, **side)
    return chart(layers, _HEIGHT, theme, padding={"left": 0, "right": 8, "top": 4, "bottom": 4})


def axis_title(one: calc.plane.Input, titles: Mapping[str, str], language: str) -> str:
    """What an axis is called: the system and its input."""
    return f"{titles[one.of]}{'：' if language == 'zh' else ': '}{one.lever.label(language)}"


def explorer(
    points: Sequence[calc.Point],
    state: PageState,
    axes: Sequence[str],
    labels: Sequence[str],
    titles: Mapping[str, str],
    language: str,
    theme: str,
) -> dict[str, Any]:
    """Systems by two or three figures, log both: filled on the frontier, outlined if dominated; the third as size."""
    _ = translator(language)
    rows_of = [calc.names.find(axis) for axis in axes]
    values = list(zip(*(point.values for point in points), strict=True))
    scales = [calc.figures.scale(row, list(column)) for row, column in zip(rows_of, values, strict=True)]
    sizes = calc.pictures.sizes(values[2]) if len(axes) == 3 else [90.0] * len(points)
    said = (_("System"), *labels, _("Frontier"))
    rows: list[dict[str, Any]] = []
    for point, size in zip(points, sizes, strict=True):
        ours = point.id in state.systems
        colour = COLOURS[state.slot(point.id)] if ours else MUTED[theme]
        amounts = [calc.figures.amount(row, value) for row, value in zip(rows_of, point.values, strict=True)]
        stands = calc.narrate_ranges.behind(point, titles, language)
        rows.append(
            {
                "x": point.x * scales[0].factor,
                "y": point.y * scales[1].factor,
                "id": point.id,
                "text": point.name,
                "edge": point.on_frontier,
                "stroke": colour,
                "fill": colour if point.on_frontier else GROUND[theme],
                "shape": SHAPES[state.slot(point.id)] if ours else "circle",
                "size": size,
                **dict(zip(said, (point.name, *amounts, stands), strict=True)),
            }
        )
    channels = {}
    for name in "xy":
        end = calc.pictures.around([row[name] for row in rows], None, None)
        axis = {"values": calc.pictures.log_ticks(*end), "format": ",~r", "labelOverlap": True}
        channels[name] = field(f"{name}:Q", scale={"type": "log", "domain": list(end), "nice": False}, axis=axis)
    marks = {
        **channels,
        "stroke": field("stroke:N", **_AS_IS),
        "fill": field("fill:N", **_AS_IS),
        "shape": field("shape:N", **_AS_IS),
        "size": field("size:Q", **_AS_IS),
        "tooltip": [f"{name}:N" for name in said],
    }
    layers = []
    if len(axes) == 2:
        step = "step-before" if rows_of[0].better == "higher" else "step-after"
        edge = [row for row in rows if row["edge"]]
        layers.append(layer(edge, "line", interpolate=step, strokeWidth=1.3, color=INK[theme], channels=channels))
    layers.append(layer(rows, "point", strokeWidth=2, opacity=1, channels=marks))
    below = calc.pictures.crowded(points, state.systems)
    for row in (row for row in rows if row["id"] in state.systems):
        right = calc.pictures.is_right(row["x"], [one["x"] for one in rows])
        side = {"align": "right", "dx": -12} if right else {"align": "left", "dx": 12}
        drop = 14 if row["id"] in below else -10
        layers += haloed([row], channels["x"], channels["y"], INK[theme], theme, dy=drop, fontWeight=600, **side)
    return chart(layers, 360, theme)


def spreads(
    drawn: Sequence[calc.range_pictures.Spread],
    state: PageState,
    titles: Mapping[str, str],
    language: str,
    theme: str,
) -> dict[str, Any]:
    """Ratios to the baseline on a log scale: the adopted one as a dot, behind it the band of its draws and a median.

    Filled is in the system's favour, outlined against it, small and grey neither, as in `ui.charts.dots`.
    """
    _ = translator(language)
    verdicts = {True: _("better"), False: _("worse"), None: _("neither better nor worse")}
    said = (_("System"), _("Quantity"), _("As adopted"), _("80 % of draws"), _("Median"), _("Verdict"))
    rows: list[dict[str, Any]] = []
    for one in drawn:
        colour = COLOURS[state.slot(one.system)]
        named = f"{one.label}, {one.convention}" if one.convention else one.label
        span = one.span if one.moves else _("exact")
        texts = (titles[one.system], named, one.text, span, one.middle, verdicts[one.favours])
        rows.append(
            {
                "row": one.label,
                "ratio": one.adopted,
                "low": one.low,
                "high": one.high,
                "median": one.median,
                "moves": one.moves,
                "right": max(one.high, one.adopted),
                "text": one.text,
                "stroke": MUTED[theme] if one.favours is None else colour,
                "fill": {True: colour, False: GROUND[theme], None: MUTED[theme]}[one.favours],
                "size": 30 if one.favours is None else 75,
                "shape": SHAPES[state.slot(one.system)],
                **dict(zip(said, texts, strict=True)),
            }
        )
    order = list(dict.fromkeys(one.label for one in drawn))
    low, high = calc.pictures.around([value for row in rows for value in (row["low"], row["right"])], 0.25, 4.0)
    scale, axis = ratio_axis(low, high)
    y = names_axis(order, theme)
    tooltip = [f"{name}:N" for name in said]
    paint = field("stroke:N", **_AS_IS)
    moving = [row for row in rows if row["moves"]]
    marks = {
        "x": field("ratio:Q", scale=scale),
        "y": y,
        "stroke": paint,
        "fill": field("fill:N", **_AS_IS),
        "shape": field("shape:N", **_AS_IS),
        "size": field("size:Q", **_AS_IS),
        "tooltip": tooltip,
    }
    band = {"x": field("low:Q", scale=scale), "x2": "high:Q", "y": y, "color": paint, "tooltip": tooltip}
    median = {"x": field("median:Q", scale=scale), "y": y, "color": paint, "tooltip": tooltip}
    level = {"x": field("one:Q", scale=scale, axis=axis)}
    layers = [
        layer([{"one": 1.0}], "rule", strokeWidth=1.5, color=INK[theme], channels=level),
        layer(moving, "bar", height=9, opacity=0.32, channels=band),
        layer(moving, "tick", thickness=2, height=13, opacity=1, channels=median),
        layer(rows, "point", strokeWidth=2, opacity=1, channels=marks),
    ]
    if len({one.system for one in drawn}) == 1:
        beside = {"x": field("right:Q", scale=scale), "y": y, "text": "text:N"}
        layers.append(
            layer(rows, "text", align="left", dx=11, fontSize=12, fontWeight=600, color=INK[theme], channels=beside)
        )
    return chart(layers, len(order) * ROW + 40, theme)


def swings(
    drawn: Sequence[calc.range_pictures.Swung], adopted: float, state: PageState, language: str, theme: str
) -> dict[str, Any]:
    """A ratio with each figure at either end of its range: filled where better for the system, outlined where worse."""
    _ = translator(language)
    said = (_("Input"), _("Set to"), _("Ratio"), _("Verdict"))
    verdicts = {True: _("better"), False: _("worse"), None: _("neither better nor worse")}
    order = list(dict.fromkeys(one.label for one in drawn))
    rows = [
        {
            "row": one.label,
            "start": one.start,
            "end": one.end,
            "text": one.text,
            "right": one.right,
            "filled": one.favours is not False,
            "colour": COLOURS[state.slot(one.systems[0])] if len(one.systems) == 1 else MUTED[theme],
            **dict(zip(said, (one.label, one.text, one.answer, verdicts[one.favours]), strict=True)),
        }
        for one in drawn
    ]
    low, high = calc.pictures.widened([adopted, *(one.end for one in drawn)], 0.34)
    scale = {"domain": [low, high], "nice": False, "zero": False}
    axis = {"tickCount": 5, "labelExpr": "format(datum.value, '.3~r') + '×'", "orient": "top", "labelOverlap": True}
    y = field("row:N", scale={"domain": order}, axis=None)
    at = field("end:Q", scale=scale, axis=axis)
    paint = field("colour:N", **_AS_IS)
    tooltip = [f"{name}:N" for name in said]
    bar = {"x": field("start:Q", scale=scale, axis=axis), "x2": "end:Q", "y": y, "tooltip": tooltip}
    here = [{"at": adopted}]
    layers = [
        layer(
            [row for row in rows if row["filled"]], "bar", height=13, yOffset=9,
            channels={**bar, "color": paint},
        ),
        layer(
            [row for row in rows if not row["filled"]], "bar", height=13, yOffset=9, fill=GROUND[theme],
            strokeWidth=1.6, channels={**bar, "stroke": paint},
        ),
        layer(
            here, "rule", strokeWidth=1.5, color=INK[theme], channels={"x": field("at:Q", scale=scale, axis=axis)}
        ),
    ]  # fmt: skip
    for right, side in ((True, {"align": "left", "dx": 6}), (False, {"align": "right", "dx": -6})):
        ends = [row for row in rows if row["right"] is right]
        beside = {"x": at, "y": y, "text": "text:N"}
        layers.append(layer(ends, "text", fontSize=12, color=INK[theme], yOffset=9, **side, channels=beside))
    names = [{"row": label} for label in order]
    words: dict[str, Any] = {"align": "left", "x": 0, "yOffset": -11, "fontSize": 12.5}
    # The line of what is adopted crosses names; an edge in the colour of the paper keeps it off them.
    edge = {"stroke": GROUND[theme], "strokeWidth": 5, "strokeJoin": "round", "color": GROUND[theme]}
    for style in (edge, {"color": INK[theme]}):
        layers.append(layer(names, "text", **words, **style, channels={"y": y, "text": "row:N"}))
    return chart(layers, len(order) * _TALL + 40, theme)
