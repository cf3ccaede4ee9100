"""The charts of what moves over time, ready to be placed on the page or written to a file."""

from __future__ import annotations

from collections.abc import Callable

import calc
from ui import cached, moved, moved_charts
from ui.pictures import Drawing
from ui.state import PageState

__all__ = ["FIGURES", "frontiers", "gap", "hardware"]


def frontiers(state: PageState, library: calc.Library, language: str, theme: str) -> Drawing | None:
    """The best model of each country; None where there is none of either."""
    asked = moved.asked_of(state)

    def drawing() -> Drawing | None:
        found = cached.trend(*asked)
        if found.refused is not None:
            return None
        return Drawing(
            moved_charts.frontiers(found, language, theme), calc.narrate_trends.frontiers_in_words(found, language)
        )

    return cached.keep(("moved_frontiers", *asked, language, theme), drawing)


def gap(state: PageState, library: calc.Library, language: str, theme: str) -> Drawing | None:
    """The gap between the two; None where they cannot be compared."""
    asked = moved.asked_of(state)

    def drawing() -> Drawing | None:
        found = cached.trend(*asked)
        if found.refused is not None:
            return None
        return Drawing(moved_charts.gap(found, language, theme), calc.narrate_trends.gap_in_words(found, language))

    return cached.keep(("moved_gap", *asked, language, theme), drawing)


def hardware(state: PageState, library: calc.Library, language: str, theme: str) -> Drawing | None:
    """Chips or systems over time; None where none has the figure."""
    asked = moved.hardware_of(state)

    def drawing() -> Drawing | None:
        found = cached.trend_hardware(library, *asked)
        if not any(line.made for line in found.lines if line.group != "all"):
            return None
        words = calc.narrate.plain(calc.narrate_trends.hardware_in_words(found, language))
        return Drawing(moved_charts.hardware(found, language, theme), words)

    return cached.keep(("moved_hardware", library.digest, *asked, language, theme), drawing)


FIGURES: dict[str, Callable[[PageState, calc.Library, str, str], Drawing | None]] = {
    "frontiers": frontiers,
    "gap": gap,
    "hardware": hardware,
}
"""The charts that can be kept as files, by name."""
