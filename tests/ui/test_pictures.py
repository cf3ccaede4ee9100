"""Charts as files."""

from __future__ import annotations

import pytest

import calc
from ui import pictures
from ui.state import PageState


@pytest.mark.parametrize("name", pictures.FIGURES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_pictures_are_drawn_without_a_browser(name: str, language: str) -> None:
    drawing = pictures.FIGURES[name](PageState(), calc.library(), language, "light")
    assert drawing is not None
    assert drawing.words
    assert pictures.picture(drawing, "比值 <b>", "png").startswith(b"\x89PNG")
    svg = pictures.picture(drawing, "比值 <b>", "svg").decode()
    assert svg.startswith("<svg")
    assert "比值 &lt;b&gt;" in svg
    assert "href=" not in svg


def test_nothing_is_drawn_where_there_is_nothing() -> None:
    alone = PageState(slots=("dgx-h100",))
    library = calc.library()
    assert pictures.ratios(alone, library, "en", "light") is None
    assert pictures.power(alone, library, "en", "light") is None
    assert pictures.frontier(alone.put(x="chips", y="chips"), library, "en", "light") is None


def test_axes_are_those_chosen_or_the_default() -> None:
    assert pictures.axes_of(PageState()) == ("chip.power", "chip.flop_rate")
    assert pictures.axes_of(PageState().put(x="price", y="<script>")) == ("price", "chip.flop_rate")
