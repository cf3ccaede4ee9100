"""Vega-Lite, written as plain values: a chart is a list of layers, a layer is rows, a mark and channels.

A general library for this spends a tenth of a second on every chart, copying and checking; what it
would check, a test does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ui.look import FONT, INK, MUTED, RULE

__all__ = ["ROW", "chart", "field", "layer", "names_axis", "ratio_axis"]

ROW = 25
"""Height of one row of a chart whose value axis lies flat."""

_TYPES = {"Q": "quantitative", "N": "nominal", "O": "ordinal"}
_RATIO_LABEL = "datum.value < 1 ? '1/' + format(1 / datum.value, '.3~r') + '×' : format(datum.value, '.3~r') + '×'"
_DOUBLINGS = [2.0**power for power in range(-12, 15)]

Rows = Sequence[Mapping[str, Any]]


def field(name: str, **more: Any) -> dict[str, Any]:
    """A channel that shows a field, as ``name:Q`` or ``name:N``, with scale, axis or legend.

    >>> field("ratio:Q", scale=None)
    {'field': 'ratio', 'type': 'quantitative', 'scale': None}
    """
    named, _, kind = name.rpartition(":")
    # A dot or a bracket in a field's name would be read as a path.
    plain = "".join(f"\\{sign}" if sign in ".[]'\"\\" else sign for sign in named)
    return {"field": plain, "type": _TYPES[kind], **more}


def layer(rows: Rows, mark: str, *, channels: Mapping[str, Any], **style: Any) -> dict[str, Any]:
    """Rows drawn as one kind of mark.

    Parameters
    ----------
    rows : with plain values.
    mark : bar, point, rule, text, line or tick.
    channels : by name; a text such as ``name:N`` is a field, a list of such texts a tooltip.
    style : of the mark.
    """
    encoding: dict[str, Any] = {}
    for name, channel in channels.items():
        if isinstance(channel, str):
            encoding[name] = field(channel)
            if name in ("x2", "y2"):
                del encoding[name]["type"]
        elif isinstance(channel, list):
            encoding[name] = [{**field(one), "title": one.rpartition(":")[0]} for one in channel]
        else:
            encoding[name] = channel
    return {"data": {"values": [dict(row) for row in rows]}, "mark": {"type": mark, **style}, "encoding": encoding}


def chart(layers: Sequence[Mapping[str, Any]], height: int, theme: str, **more: Any) -> dict[str, Any]:
    """Layers with the page's type, hairlines and ground.

    Parameters
    ----------
    layers : the first at the back.
    height : of the whole, axes and legend included.
    theme : light or dark.
    more : further properties of the chart.
    """
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "height": height,
        "background": "transparent",
        "layer": list(layers),
        "config": {
            "font": FONT,
            "padding": {"left": 0, "right": 4, "top": 4, "bottom": 4},
            "view": {"stroke": None},
            "axis": {
                "domain": False,
                "ticks": False,
                "labelColor": MUTED[theme],
                "labelFontSize": 12,
                "labelLimit": 0,
                "gridColor": RULE[theme],
                "gridWidth": 1,
                "title": None,
            },
            "legend": {
                "labelColor": MUTED[theme],
                "labelFontSize": 12,
                "labelLimit": 0,
                "title": None,
                "orient": "bottom",
                "symbolType": "square",
                "symbolSize": 70,
            },
        },
        **more,
    }


def names_axis(order: Sequence[str], theme: str) -> dict[str, Any]:
    """An upright channel of the names in ``row``, in the order given."""
    axis = {
        "grid": False,
        "labelColor": INK[theme],
        "labelOverlap": False,
        "labelFlush": False,
        "labelBound": False,
        "labelPadding": 8,
    }
    return field("row:N", scale={"domain": list(order)}, axis=axis)


def ratio_axis(low: float, high: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Scale and axis of ratios, each tick the double of the last or of the one before."""
    inside = [value for value in _DOUBLINGS if low <= value <= high]
    # Every second, or every third, where there are more than a narrow page has room for.
    every = 1 + len(inside) // 9
    kept = [value for value in inside if inside.index(value) % every == inside.index(1.0) % every]
    scale = {"type": "log", "base": 2, "domain": [low, high], "nice": False}
    return scale, {"values": kept, "labelExpr": _RATIO_LABEL, "orient": "top", "labelOverlap": True}
