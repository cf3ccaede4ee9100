"""Charts of workloads, as pure functions from what the library found to Vega-Lite; rules as in `ui.charts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import calc
from ui.charts import haloed
from ui.look import COLOURS, GROUND, INK, LINK, MUTED, SHAPES
from ui.state import PageState
from ui.text import translator
from ui.vega import chart, field, layer

__all__ = ["bars", "frontier", "scatter", "spans"]

_AS_IS = {"scale": None}
_GROUPS = {
    "products": "#4A6C8C",
    "weights": "#4A6C8C",
    "attention": "#7A6E5D",
    "cache": "#7A6E5D",
    "state": "#7A6E5D",
    "experts": "#5E7A55",
    "recompute": "#5E7A55",
    "activations": "#5E7A55",
    "exchange": "#94682A",
    "other": "#7F6590",
    "reserved": "#7F6590",
}
"""The muted colours of parts; what waits has none."""

_WIDE = 0.06
_FAR = 4.0
_BESIDE = 2


def _log(name: str, values: Sequence[float], **axis: Any) -> dict[str, Any]:
    """A channel on a log axis around some values."""
    low, high = min(values) / 1.15, max(values) * 1.25
    ticks = {"values": calc.pictures.log_ticks(low, high), "format": ",~r", "labelOverlap": True, **axis}
    return field(f"{name}:Q", scale={"type": "log", "domain": [low, high], "nice": False}, axis=ticks)


def frontier(
    curves: Sequence[calc.workloads.Curve],
    points: Sequence[calc.workloads.Published],
    limit: float | None,
    state: PageState,
    language: str,
    theme: str,
) -> dict[str, Any]:
    """Throughput against the speed of each user, log both: a line for each system in the band of its interval.

    Parameters
    ----------
    curves : of the systems.
    points : published results, of which those with a speed of each user are drawn.
    limit : longest time per output token that is allowed [s]; None for none.
    state : of the page, for colours.
    language, theme : of the page.
    """
    _ = translator(language)
    said = (_("System"), _("Tokens/s per user"), _("Tokens/s per chip"), _("80 % interval"))
    amount = calc.narrate_workloads.amount
    lines: list[dict[str, Any]] = []
    chosen: list[dict[str, Any]] = []
    for curve in curves:
        own = COLOURS[state.slot(curve.system)]
        for user, rate, low, high in curve.points:
            texts = (curve.title, amount(user), amount(rate), f"{amount(low)} … {amount(high)}")
            drawn = {"x": user, "y": rate, "low": low, "high": high, "colour": own, "line": curve.system}
            lines.append({**drawn, **dict(zip(said, texts, strict=True))})
        chosen.append(
            {
                "x": curve.best[0],
                "y": curve.best[1],
                "colour": own,
                "shape": SHAPES[state.slot(curve.system)],
                "text": f"{curve.title}: {amount(curve.best[1])}",
                said[0]: curve.title,
                said[1]: amount(curve.best[0]),
                said[2]: amount(curve.best[1]),
            }
        )
    measured: list[dict[str, Any]] = [
        {
            "x": one.user,
            "y": one.rate,
            "colour": COLOURS[state.slot(one.system)],
            _("Published"): f"{one.source}, {one.place}",
            said[1]: amount(one.user),
            said[2]: amount(one.rate),
            _("Number format"): one.precision.upper(),
        }
        for one in points
        if one.user
    ]
    users: list[float] = [row["x"] for row in (*lines, *measured)]
    slowest = [(limit, calc.workloads.speed(limit))] if limit else []
    # A limit that is far from every curve would leave them no room.
    slowest = [pair for pair in slowest if pair[1] > min(users) / _FAR]
    x = _log("x", [*users, *(speed for _limit, speed in slowest)], grid=False)
    y = _log("y", [value for row in lines for value in (row["low"], row["high"])] + [row["y"] for row in measured])
    up = {**y, "field": "low"}
    colour = field("colour:N", **_AS_IS)
    same = {"x": x, "color": colour, "detail": "line:N"}
    layers = [layer(lines, "area", opacity=0.18, channels={**same, "y": up, "y2": "high:Q"})]
    for longest, fastest in slowest:
        word = _("{limit} ms limit").format(limit=calc.narrate_workloads.milliseconds(longest))
        edge = [{"x": fastest, "y": y["scale"]["domain"][0], "text": word}]
        layers.append(layer(edge, "rule", strokeDash=[4, 3], strokeWidth=1.2, color=MUTED[theme], channels={"x": x}))
        right = calc.pictures.is_right(fastest, x["scale"]["domain"])
        side: dict[str, Any] = {"align": "right", "dx": -5} if right else {"align": "left", "dx": 5}
        layers += haloed(edge, x, y, MUTED[theme], theme, **side, dy=-8)
    layers.append(layer(lines, "line", strokeWidth=2.2, channels={**same, "y": y, "tooltip": _tips(said)}))
    shape = field("shape:N", **_AS_IS)
    best = {"x": x, "y": y, "color": colour, "shape": shape, "tooltip": _tips(said[:3])}
    layers.append(layer(chosen, "point", filled=True, size=90, opacity=1, channels=best))
    layers += _names(chosen, x, y, theme)
    if measured:
        tips = _tips((_("Published"), said[1], said[2], _("Number format")))
        marks = {"x": x, "y": y, "fill": colour, "tooltip": tips}
        edged = {"shape": "diamond", "size": 90, "opacity": 1, "stroke": INK[theme], "strokeWidth": 1}
        layers.append(layer(measured, "point", **edged, channels=marks))
    return chart(layers, 380, theme)


def _names(chosen: Sequence[Mapping[str, Any]], x: Any, y: Any, theme: str) -> list[dict[str, Any]]:
    """Names of lines: beside their marks, or, of more than two, as a key in the corner that is always empty."""
    style = {"fontWeight": 600, "baseline": "middle"}
    if len(chosen) <= _BESIDE:
        layers = []
        for row in chosen:
            right = calc.pictures.is_right(row["x"], x["scale"]["domain"])
            side: dict[str, Any] = {"align": "right", "dx": -9} if right else {"align": "left", "dx": 9}
            layers += haloed([row], x, y, INK[theme], theme, **side, **style, dy=-12)
        return layers
    ordered = sorted(chosen, key=lambda row: row["y"])
    places = calc.pictures.in_corner(x["scale"]["domain"], y["scale"]["domain"], len(ordered))
    rows = [{**row, "x": at[0], "y": at[1]} for row, at in zip(ordered, places, strict=True)]
    marks = {"x": x, "y": y, "color": field("colour:N", **_AS_IS), "shape": field("shape:N", **_AS_IS)}
    return [
        *haloed(rows, x, y, INK[theme], theme, align="left", dx=9, **style),
        layer(rows, "point", filled=True, size=70, opacity=1, channels=marks),
    ]


def _tips(names: Sequence[str]) -> list[str]:
    return [f"{name}:N" for name in names]


def spans(
    rates: Sequence[calc.workloads.Rate],
    points: Sequence[calc.workloads.Published],
    state: PageState,
    language: str,
    theme: str,
) -> dict[str, Any]:
    """Tokens per second and chip with the 80 % interval, and what is published beside it."""
    _ = translator(language)
    said = (_("System"), _("Tokens/s per chip"), _("80 % interval"))
    amount = calc.narrate_workloads.amount
    rows: list[dict[str, Any]] = [
        {
            "row": one.title,
            "x": one.per_chip,
            "low": one.low,
            "high": one.high,
            "colour": COLOURS[state.slot(one.system)],
            "shape": SHAPES[state.slot(one.system)],
            "text": amount(one.per_chip),
            **dict(
                zip(said, (one.title, amount(one.per_chip), f"{amount(one.low)} … {amount(one.high)}"), strict=True)
            ),
        }
        for one in rates
    ]
    titles = {one.system: one.title for one in rates}
    measured: list[dict[str, Any]] = [
        {
            "row": titles[one.system],
            "x": one.rate,
            "colour": COLOURS[state.slot(one.system)],
            _("Published"): f"{one.source}, {one.place}",
            said[1]: amount(one.rate),
            _("Number format"): one.precision.upper(),
        }
        for one in points
        if one.system in titles
    ]
    ends = [value for row in rows for value in (row["low"], row["high"])] + [row["x"] for row in measured]
    scale = {"domain": [0, calc.pictures.beyond(ends)], "nice": False}
    axis = {"tickCount": 4, "format": ",d", "orient": "bottom"}
    x = field("x:Q", scale=scale, axis=axis)
    y = field("row:N", scale={"domain": [row["row"] for row in rows]}, axis=None)
    colour = field("colour:N", **_AS_IS)
    band = {"x": {**x, "field": "low"}, "x2": "high:Q", "y": y, "color": colour, "tooltip": _tips(said)}
    marks = {"x": x, "y": y, "color": colour, "shape": field("shape:N", **_AS_IS), "tooltip": _tips(said)}
    name = {"align": "left", "fontSize": 12.5, "yOffset": -12, "color": INK[theme]}
    layers = [
        layer(rows, "bar", height=9, yOffset=8, opacity=0.3, channels=band),
        layer(rows, "point", filled=True, size=90, opacity=1, yOffset=8, channels=marks),
        layer(rows, "text", x=0, **name, channels={"y": y, "text": "row:N"}),
        layer(
            rows,
            "text",
            align="left",
            dx=8,
            yOffset=8,
            fontSize=12,
            fontWeight=600,
            color=INK[theme],
            channels={"x": {**x, "field": "high"}, "y": y, "text": "text:N"},
        ),
    ]
    if measured:
        tips = _tips((_("Published"), said[1], _("Number format")))
        edged = {"shape": "diamond", "size": 90, "opacity": 1, "stroke": INK[theme], "strokeWidth": 1, "yOffset": 8}
        layers.append(
            layer(measured, "point", **edged, channels={"x": x, "y": y, "fill": colour, "tooltip": tips}),
        )
    return chart(layers, len(rows) * 52 + 44, theme)


def bars(
    found: calc.workload_bars.Bars, titles: Mapping[str, str], words: Mapping[str, str], language: str, theme: str
) -> dict[str, Any]:
    """One bar for each system by group of parts, with a tick where its limit is.

    Parameters
    ----------
    found : the bars.
    titles : short names of systems by id.
    words : names of groups.
    language, theme : of the page.
    """
    _ = translator(language)
    idle = calc.workload_bars.IDLE
    said = (_("System"), _("Part"), found.unit, _("Share of all"))
    rows: list[dict[str, Any]] = []
    reach = max(max(bar.end, bar.limit or 0.0) for bar in found.bars)
    for one in found.segments:
        texts = (titles[one.system], words[one.group], one.text, f"{one.share:.0%}")
        waits = one.group == idle
        rows.append(
            {
                "row": one.system,
                "start": one.start,
                "end": one.end,
                "middle": one.middle,
                "group": words[one.group],
                "text": one.text,
                "tone": INK[theme] if waits else "#FFFFFF",
                "waits": waits,
                "wide": one.end - one.start > _WIDE * reach,
                **dict(zip(said, texts, strict=True)),
            }
        )
    order = [bar.system for bar in found.bars]
    heads = []
    for bar in found.bars:
        free = _("{free} of {limit} GB free").format(free=bar.free, limit=bar.limit_text) if bar.free else bar.text
        heads.append({"row": bar.system, "text": f"{titles[bar.system]}: {free}", "limit": bar.limit, "end": bar.end})
    limits = [{**head, "text": bar.limit_text} for head, bar in zip(heads, found.bars, strict=True) if bar.limit]
    scale = {"domain": [0, reach * (1.1 if limits else 1.02)], "nice": False}
    y = field("row:N", scale={"domain": order}, axis=None)
    axis = {"tickCount": 4, "format": ",~r", "orient": "bottom"}
    start = field("start:Q", scale=scale, axis=axis)
    shown = [group for group in found.groups if group != idle]
    colour = field(
        "group:N",
        scale={"domain": [words[group] for group in shown], "range": [_GROUPS[group] for group in shown]},
        legend={"columns": 3, "direction": "horizontal"},
    )
    stretch = {"x": start, "x2": "end:Q", "y": y, "tooltip": _tips(said)}
    bar_style = {"height": 20, "yOffset": 9}
    layers = [
        layer(
            [row for row in rows if not row["waits"]],
            "bar",
            **bar_style,
            stroke=GROUND[theme],
            strokeWidth=1,
            channels={**stretch, "color": colour},
        ),
        layer(
            [row for row in rows if row["waits"]],
            "bar",
            **bar_style,
            fillOpacity=0,
            stroke=MUTED[theme],
            strokeDash=[4, 3],
            strokeWidth=1.2,
            channels=stretch,
        ),
        layer(
            [row for row in rows if row["wide"]],
            "text",
            fontSize=12,
            yOffset=9,
            channels={
                "x": field("middle:Q", scale=scale),
                "y": y,
                "text": "text:N",
                "color": field("tone:N", **_AS_IS),
            },
        ),
        layer(
            heads,
            "text",
            align="left",
            x=0,
            yOffset=-9,
            fontSize=12.5,
            color=INK[theme],
            channels={"y": y, "text": "text:N"},
        ),
    ]
    if limits:
        at = {"x": field("limit:Q", scale=scale), "y": y}
        layers += [
            layer(limits, "tick", size=30, thickness=2.5, yOffset=9, color=INK[theme], channels=at),
            layer(
                limits,
                "text",
                align="left",
                dx=5,
                yOffset=9,
                fontSize=12,
                color=INK[theme],
                channels={**at, "text": "text:N"},
            ),
        ]
    # A layer without rows would be an empty picture to a screen reader.
    layers = [one for one in layers if one["data"]["values"]]
    rows_of_legend = -(-len(shown) // 3)
    return chart(layers, len(order) * 50 + 44 + 20 * rows_of_legend, theme)


def scatter(dots: Sequence[calc.predicted.Dot], unit: str, language: str, theme: str) -> dict[str, Any]:
    """Predicted against measured, log both: filled where what was measured lies inside the interval.

    Parameters
    ----------
    dots : the runs.
    unit : of both axes.
    language, theme : of the page.
    """
    _ = translator(language)
    amount = calc.narrate_workloads.amount
    said = (_("Run"), _("Source"), _("Measured"), _("Predicted"), _("80 % interval"))
    rows: list[dict[str, Any]] = [
        {
            "x": dot.measured,
            "y": dot.predicted,
            "low": dot.low,
            "high": dot.high,
            "fill": LINK[theme] if dot.inside else GROUND[theme],
            **dict(
                zip(
                    said,
                    (
                        dot.run,
                        dot.source,
                        f"{amount(dot.measured)} {unit}",
                        f"{amount(dot.predicted)} {unit}",
                        f"{amount(dot.low)} … {amount(dot.high)}",
                    ),
                    strict=True,
                )
            ),
        }
        for dot in dots
    ]
    ends = [value for dot in dots for value in (dot.measured, dot.low, dot.high)]
    x, y = _log("x", ends), _log("y", ends)
    low, high = x["scale"]["domain"]
    diagonal = [{"x": low, "y": low}, {"x": high, "y": high}]
    marks = {"x": x, "y": y, "fill": field("fill:N", **_AS_IS), "tooltip": _tips(said)}
    layers = [
        layer(diagonal, "line", strokeWidth=1.3, color=INK[theme], channels={"x": x, "y": y}),
        layer(
            rows,
            "rule",
            strokeWidth=1,
            opacity=0.55,
            color=MUTED[theme],
            channels={"x": x, "y": {**y, "field": "low"}, "y2": "high:Q"},
        ),
        layer(rows, "point", size=42, opacity=0.9, stroke=LINK[theme], strokeWidth=1.3, channels=marks),
    ]
    return chart(layers, 440, theme)
