"""The charts of the home view, ready to be placed on the page or written to a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import calc
from ui import cached, charts
from ui.look import GROUND
from ui.state import PageState

__all__ = [
    "AXES",
    "DEFAULT_AXES",
    "FIGURES",
    "Drawing",
    "axes_of",
    "frontier",
    "frontier_points",
    "picture",
    "power",
    "power_segments",
    "ratios",
    "titles_of",
]

AXES = (
    "chip.power",
    "chip.flop_rate",
    "chip.hbm.capacity",
    "chip.hbm.bandwidth",
    "chip.scale_up.bandwidth_per_direction",
    "chip.price",
    "power.all_in",
    "flop_rate",
    "hbm.capacity",
    "hbm.bandwidth",
    "scale_up.bandwidth_per_direction",
    "chips",
    "price",
)
"""Quantities that the frontier can be drawn in."""

DEFAULT_AXES = {"x": "chip.power", "y": "chip.flop_rate"}
_WIDTH = 680


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as Vega-Lite, and its headline in words."""

    spec: dict[str, Any]
    words: str


def titles_of(found: calc.Comparison) -> dict[str, str]:
    """Short names by id."""
    return {system.id: system.short for system in found.systems}


def _kept(
    name: str,
    library: calc.Library,
    state: PageState,
    language: str,
    theme: str,
    build: Callable[[], Drawing | None],
    *more: str,
) -> Drawing | None:
    """A chart built once for what it shows; which row is open, and what other views keep, is nothing to it."""
    shown = replace(state, why="", view=(), every_row=False)
    return cached.keep((name, library.digest, shown, language, theme, *more), build)


def ratios(state: PageState, library: calc.Library, language: str, theme: str) -> Drawing | None:
    """Ratios to the baseline; None where there is none."""

    def drawing() -> Drawing | None:
        found = cached.comparison(library, state)
        drawn = calc.pictures.dots(found, cached.spans(library, state), language)
        if not drawn:
            return None
        spec = charts.dots(drawn, state, titles_of(found), language, theme)
        return Drawing(spec, calc.captions.dots_in_words(drawn, found, language))

    return _kept("ratios", library, state, language, theme, drawing)


def power_segments(state: PageState, library: calc.Library) -> Sequence[calc.pictures.Segment]:
    """The stretches of the power bars, the baseline's last."""
    return calc.pictures.segments([cached.breakdown(library, state, system) for system in (*state.others, state.base)])


def power(state: PageState, library: calc.Library, language: str, theme: str) -> Drawing | None:
    """All-in power by part; None where no system publishes it."""

    def drawing() -> Drawing | None:
        titles = titles_of(cached.comparison(library, state))
        ordered = {system: titles[system] for system in (*state.others, state.base)}
        drawn = power_segments(state, library)
        if not drawn:
            return None
        spec = charts.power(drawn, ordered, language, theme)
        return Drawing(spec, calc.captions.power_in_words(drawn, ordered, language))

    return _kept("power", library, state, language, theme, drawing)


def axes_of(state: PageState) -> tuple[str, str]:
    """The quantities across and up, as chosen or by default."""
    x, y = (state.get(key) if state.get(key) in AXES else default for key, default in DEFAULT_AXES.items())
    return x, y


def frontier_points(state: PageState, library: calc.Library) -> Sequence[calc.Point]:
    """The catalogue by the two quantities chosen, equal points once."""
    return calc.pictures.merged(cached.frontier(library, state, *axes_of(state)), state.systems)


def frontier(state: PageState, library: calc.Library, language: str, theme: str) -> Drawing | None:
    """The catalogue by two quantities with its frontier; None where no system has both."""
    x, y = axes_of(state)

    def drawing() -> Drawing | None:
        points = frontier_points(state, library) if x != y else ()
        if not points:
            return None
        axes = (calc.names.find(x), calc.names.find(y))
        found = cached.comparison(library, state)
        labels = (found.label_of(x, language), found.label_of(y, language))
        spec = charts.pareto(points, state, axes, labels, language, theme)
        return Drawing(spec, calc.captions.frontier_title(points, state.systems, language))

    return _kept("frontier", library, state, language, theme, drawing, x, y)


FIGURES: dict[str, Callable[[PageState, calc.Library, str, str], Drawing | None]] = {
    "ratios": ratios,
    "power": power,
    "frontier": frontier,
}
"""The charts that can be kept as files, by name."""


def picture(drawing: Drawing, title: str, kind: str) -> bytes:
    """A chart as a file on the light ground, drawn here and not in the browser.

    Parameters
    ----------
    drawing : the chart.
    title : stands above it.
    kind : png or svg.
    """
    import vl_convert

    spec = {
        **drawing.spec,
        "width": _WIDTH,
        "background": GROUND["light"],
        "padding": 16,
        "title": {"text": title, "anchor": "start", "fontSize": 17, "offset": 14},
    }
    if kind == "svg":
        return vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]).encode()
    return vl_convert.vegalite_to_png(spec, scale=2, allowed_base_urls=[])
