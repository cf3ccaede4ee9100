"""The chart of costs by part, as a pure function from what the library found to Vega-Lite; as `ui.charts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import calc
from ui.look import GROUND, INK
from ui.text import translator
from ui.vega import chart, field, layer

if TYPE_CHECKING:
    from calc.studies.economics import Costs

__all__ = ["COLOURS", "labels", "parts"]

COLOURS = {
    "price_written_off": "#4A6C8C",
    "electricity_equipment": "#94682A",
    "electricity_overhead": "#5E7A55",
    "hosting": "#7A6E5D",
    "spares": "#8A5A5A",
    "network": "#7F6590",
}
"""A muted colour for each part of a cost."""

_ROW = 50


def labels(language: str) -> dict[str, str]:
    """What the parts of a cost are called."""
    _ = translator(language)
    return {
        "price_written_off": _("Price written off"),
        "electricity_equipment": _("Electricity of the equipment"),
        "electricity_overhead": _("Electricity of cooling and losses"),
        "hosting": _("Hosting"),
        "spares": _("Spares and repairs"),
        "network": _("Network written off"),
    }


def parts(found: Costs, language: str, theme: str) -> dict[str, Any] | None:
    """Cost of a PFLOP/s for an hour by part, one bar for each system; None where no cost is known."""
    _ = translator(language)
    called = labels(language)
    said = (_("System"), _("Part"), "USD")
    rows: list[dict[str, Any]] = []
    ends: list[dict[str, Any]] = []
    for one in found.systems:
        whole, each = one.per_hour.value, one.per_pflop_hour.value
        if whole is None or each is None:
            continue
        start = 0.0
        for name, part in one.parts.items():
            width = (part.value or 0.0) * each / whole
            text = calc.figures.number(width, 3)
            rows.append(
                {
                    "row": one.system.id, "start": start, "end": start + width, "group": called[name],
                    **dict(zip(said, (one.system.short, called[name], text), strict=True)),
                }
            )  # fmt: skip
            start += width
        text = f"{calc.figures.number(each, 3)} USD"
        ends.append({"row": one.system.id, "end": each, "title": one.system.short, "text": text, "at": 0.0})
    if not rows:
        return None
    order = [end["row"] for end in ends]
    shown = [name for name in called if any(row["group"] == called[name] for row in rows)]
    scale = {"domain": [0, calc.pictures.beyond([end["end"] for end in ends])], "nice": False}
    y = field("row:N", scale={"domain": order}, axis=None)
    colour = field(
        "group:N",
        scale={"domain": [called[name] for name in shown], "range": [COLOURS[name] for name in shown]},
        legend={"columns": 2, "direction": "horizontal"},
    )
    across = field("start:Q", scale=scale, axis={"tickCount": 4, "orient": "bottom"})
    layers = [
        layer(
            rows, "bar", height=20, yOffset=9, stroke=GROUND[theme], strokeWidth=1,
            channels={"x": across, "x2": "end:Q", "y": y, "color": colour, "tooltip": [f"{one}:N" for one in said]},
        ),
        layer(
            ends, "text", align="left", dx=6, yOffset=9, fontSize=13, fontWeight="bold", color=INK[theme],
            channels={"x": field("end:Q", scale=scale), "y": y, "text": "text:N"},
        ),
        layer(
            ends, "text", align="left", dy=-10, fontSize=13, color=INK[theme],
            channels={"x": field("at:Q", scale=scale), "y": y, "text": "title:N"},
        ),
    ]  # fmt: skip
    return chart(layers, _ROW * len(order) + 90, theme)
