"""Charts of what moves over time, as pure functions from what the library found to Vega-Lite; as `ui.charts`.

Here blue is the United States and vermilion China; lines are named at their ends and shapes differ too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import calc
from ui.charts import haloed
from ui.look import COLOURS, INK, MUTED, SHAPES
from ui.text import translator
from ui.vega import chart, field, layer

if TYPE_CHECKING:
    from calc.studies.trends import ModelTrend, Point
    from calc.studies.trends_hardware import HardwareTrend

__all__ = ["PAINT", "frontiers", "gap", "hardware", "unit_of"]

PAINT: Mapping[str, int] = {"US": 1, "CN": 0}
"""The colour and shape of each country, as a slot of systems."""

_DAY = 86_400_000
_EXTENT = {"minExtent": 38, "maxExtent": 38}


def _at(day: date) -> float:
    """A day as the browser counts time."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000.0


def _time(start: date, end: date, room: float) -> dict[str, Any]:
    """Scale and axis of a window, with room at the right for what is written there."""
    first, last = _at(start), _at(end)
    months = (end.year - start.year) * 12 + end.month - start.month
    step = next((one for one in (1, 3, 6, 12, 24, 48) if months / one <= 5.5), 96)
    ticks = [
        date(year, month, 1)
        for year in range(start.year, end.year + 1)
        for month in range(1, 13)
        if (year * 12 + month - 1) % step == 0 and start.replace(day=1) <= date(year, month, 1) <= end
    ]
    # A quantitative scale with dates for labels: it takes its domain as it is given in every zone of time.
    return {
        "scale": {"domain": [first, last + room * (last - first)], "nice": False, "zero": False},
        "axis": {
            "values": [_at(tick) for tick in ticks if tick >= start],
            "labelExpr": f"utcFormat(datum.value, '{'%Y' if step >= 12 else '%Y-%m'}')",
            "grid": False,
            "labelOverlap": True,
            "labelFlush": False,
        },
    }


def _called(country: str, language: str) -> str:
    _ = translator(language)
    return {"US": _("United States"), "CN": _("China")}[country]


def frontiers(found: ModelTrend, language: str, theme: str) -> dict[str, Any]:
    """The best score of each country as a step, behind it its interval, with the models that raised it most named."""
    _ = translator(language)
    said = (_("Country"), _("Date"), _("Model"), _("Score"), _("95 % interval"))
    lines = {country: found.frontier[country] for country in PAINT if country in found.frontier}
    every = [point for points in lines.values() for point in points]
    low = min(point.score if point.low is None else point.low for point in every)
    high = max(point.score if point.high is None else point.high for point in every)
    scale = {"domain": [low - 0.1 * (high - low), high + 0.08 * (high - low)], "nice": False, "zero": False}
    axis = {"tickCount": 5, "format": ",.0f", **_EXTENT}
    time = _time(found.start, found.end, 0.17)
    x, y = field("x:Q", **time), field("y:Q", scale=scale, axis=axis)
    layers: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    for country, points in lines.items():
        colour = COLOURS[PAINT[country]]
        rows = [
            {
                "x": _at(point.day),
                "y": point.score,
                "low": point.low,
                "high": point.high,
                said[0]: _called(country, language),
                said[1]: point.day.isoformat(),
                said[2]: point.model,
                said[3]: f"{point.score:,.0f}",
                said[4]: "–" if point.low is None or point.high is None else f"{point.low:,.0f} … {point.high:,.0f}",
            }
            for point in points
        ]
        band = [row for row in rows if row["low"] is not None]
        if band:
            ends = {"x": x, "y": field("low:Q", scale=scale, axis=axis), "y2": "high:Q"}
            layers.append(layer(band, "area", interpolate="step-after", opacity=0.24, color=colour, channels=ends))
        layers.append(
            layer(rows, "line", interpolate="step-after", strokeWidth=2, color=colour, channels={"x": x, "y": y})
        )
        hover = {"x": x, "y": y, "tooltip": [f"{name}:N" for name in said]}
        layers.append(layer(rows, "point", size=90, filled=True, opacity=0, color=colour, channels=hover))
        named = calc.trends.jumps(points)
        marks = [row for row in rows if any(row["x"] == _at(one.day) for one in named)]
        shape = SHAPES[PAINT[country]]
        layers.append(layer(marks, "point", size=46, filled=True, opacity=1, shape=shape, color=colour, channels=hover))
        others = [point for other, listed in lines.items() if other != country for point in listed]
        labels += _labels(marks, others, said[2], found, x, y, theme)
        last = [{**rows[-1], "text": _called(country, language)}]
        labels += haloed(last, x, y, INK[theme], theme, align="left", dx=7, fontWeight=600)
    return chart([*layers, *labels], 330, theme)


def _labels(
    marks: Sequence[Mapping[str, Any]],
    others: Sequence[Point],
    name: str,
    found: ModelTrend,
    x: Any,
    y: Any,
    theme: str,
) -> list[dict[str, Any]]:
    """Names of models: those ahead at the time above and before their line, the others below and after it."""
    layers = []
    span = _at(found.end) - _at(found.start)
    for mark in marks:
        share = (mark["x"] - _at(found.start)) / span
        row = [{**mark, "text": mark[name]}]
        before = [point.score for point in others if _at(point.day) <= mark["x"]]
        if not before or mark["y"] >= before[-1]:
            side = {"align": "left", "dx": -4} if share < 0.25 else {"align": "right", "dx": -5}
            layers += haloed(row, x, y, INK[theme], theme, dy=-11, **side)
        else:
            side = {"align": "left", "dx": 7} if share < 0.68 else {"align": "right", "dx": 44}
            layers += haloed(row, x, y, INK[theme], theme, dy=14, **side)
    return layers


def gap(found: ModelTrend, language: str, theme: str) -> dict[str, Any]:
    """The gap between the two on the same dates, from zero; its end, its smallest and its largest are named."""
    _ = translator(language)
    said = (_("Date"), _("Gap, points"), _("US model preferred"))
    rows = [
        {
            "x": _at(day),
            "y": value,
            "zero": 0.0,
            said[0]: day.isoformat(),
            said[1]: calc.figures.number(value, 0),
            said[2]: f"{float(calc.trends.preferred(value)):.0%}",
        }
        for day, value in found.path
    ]
    if found.path[-1][0] < found.end:
        rows.append({**rows[-1], "x": _at(found.end)})
    values = [value for _day, value in found.path]
    low, high = min(0.0, *values), max(0.0, *values)
    room = 0.24 * (high - low or 1.0)
    scale = {"domain": [low - room * (low < 0), high + room], "nice": False}
    axis = {"tickCount": 4, "format": ",.0f", **_EXTENT}
    time = _time(found.start, found.end, 0.17)
    x, y = field("x:Q", **time), field("y:Q", scale=scale, axis=axis)
    step = {"interpolate": "step-after"}
    named: list[dict[str, Any]] = []
    for word in ("min", "max", "last"):
        day, value = found.extremes[word]
        text = f"{calc.figures.number(value, 0)} ({float(calc.trends.preferred(value)):.0%})"
        at = found.end if word == "last" else day
        if not any(one["x"] == _at(at) for one in named):
            named.append({"x": _at(at), "y": value, "text": text, "word": word})
    layers = [
        layer(rows, "area", opacity=0.16, color=MUTED[theme], **step,
              channels={"x": x, "y": y, "y2": "zero:Q"}),
        layer(rows, "line", strokeWidth=1.5, color=INK[theme], **step, channels={"x": x, "y": y}),
        layer(rows, "point", size=90, filled=True, opacity=0,
              channels={"x": x, "y": y, "tooltip": [f"{name}:N" for name in said]}),
        layer(named, "point", size=46, filled=True, opacity=1, color=INK[theme], channels={"x": x, "y": y}),
    ]  # fmt: skip
    if low < 0.0:
        level = {"y": field("zero:Q", scale=scale, axis=axis)}
        layers.append(layer([{"zero": 0.0}], "rule", strokeWidth=1, color=MUTED[theme], channels=level))
    middle = _at(found.start) + 0.5 * (_at(found.end) - _at(found.start))
    for one in named:
        side: dict[str, Any] = {"align": "left" if one["word"] == "last" or float(one["x"]) < middle else "right"}
        side["dx"] = 7 if one["word"] == "last" else 0
        # A name stands on the side of its point that the area does not fill.
        below = one["word"] == "min"
        dy = 13 if below else 0 if one["word"] == "last" else -11
        layers += haloed([one], x, y, INK[theme], theme, dy=dy, fontWeight=600, **side)
    return chart(layers, 190, theme)


def unit_of(found: HardwareTrend) -> tuple[str, float]:
    """The unit that a figure of hardware is shown in, and what one of the SI unit is in it."""
    values = [one.value for line in found.lines for one in line.made]
    over = {"watt": "/W", "usd": "/USD"}.get(found.per, "")
    scaled = calc.figures.scale(calc.names.find(found.quantity), values)
    return (f"({scaled.unit}){over}" if over else scaled.unit), scaled.factor


def hardware(found: HardwareTrend, language: str, theme: str) -> dict[str, Any]:
    """Every chip or system of the two countries by its day, log; the records of each as a step."""
    _ = translator(language)
    unit, factor = unit_of(found)
    said = (_("Name"), _("Country"), _("Introduced"), _("value"))
    made = {country: found.line(country).made for country in PAINT}
    every = [one for listed in made.values() for one in listed]
    start, end = min(one.day for one in every), max(one.day for one in every)
    values = [one.value * factor for one in every]
    low, high = min(values) / 1.5, max(values) * 1.7
    ticks = calc.pictures.log_ticks(low, high)
    scale = {"type": "log", "domain": [low, high], "nice": False}
    axis = {"values": ticks, "format": ",~r", "labelOverlap": True}
    time = _time(start, end, 0.06)
    x, y = field("x:Q", **time), field("y:Q", scale=scale, axis=axis)
    layers, labels = [], []
    for country, listed in made.items():
        if not listed:
            continue
        colour, shape = COLOURS[PAINT[country]], SHAPES[PAINT[country]]
        rows = [
            {
                "x": _at(one.day),
                "y": one.value * factor,
                said[0]: one.name,
                said[1]: _called(country, language),
                said[2]: one.day.isoformat(),
                said[3]: f"{one.value * factor:,.4g} {unit}",
            }
            for one in listed
        ]
        points = {"x": x, "y": y, "tooltip": [f"{name}:N" for name in said]}
        layers.append(
            layer(rows, "point", filled=True, size=26, opacity=0.45, shape=shape, color=colour, channels=points)
        )
        records = [{"x": _at(one.day), "y": one.value * factor} for one in found.line(country, frontier=True).made]
        drawn = [*records, {"x": _at(end), "y": records[-1]["y"]}]
        layers.append(
            layer(drawn, "line", interpolate="step-after", strokeWidth=2, color=colour, channels={"x": x, "y": y})
        )
        ended = [{**drawn[-1], "text": _called(country, language)}]
        dy = -9 if country == "US" else 13
        labels += haloed(ended, x, y, INK[theme], theme, align="right", dx=6, dy=dy, fontWeight=600)
    return chart([*layers, *labels], 250, theme, padding={"left": 0, "right": 8, "top": 4, "bottom": 4})
