"""The view of one system: what it is made of, by the adopted readings, in both languages."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from viewing import html, link, text, viewed, widget

import calc

A, B = "cloudmatrix-384", "gb200-nvl72"


@pytest.fixture(scope="module")
def page() -> AppTest:
    return viewed("system")


def test_the_headline_says_what_it_is_made_of(page: AppTest) -> None:
    said = text(page)
    assert "CloudMatrix 384: 384 dual-die accelerators, 16 racks, one optical scale-up domain" in said
    assert "Of its published power of 600 kW, 260 kW is not explained by any known part." in said


def test_racks_are_drawn_with_as_many_squares_as_there_are_chips(page: AppTest) -> None:
    drawn = html(page)
    assert drawn.count("pc-rack pc-slot-0") == 12
    assert drawn.count("pc-rack pc-network") == 4
    assert drawn.count("<i></i>") == 384 + 72
    assert "To scale: one square is one accelerator" in drawn


def test_tiers_claims_and_materials_say_the_numbers_of_the_model(page: AppTest) -> None:
    said = text(page)
    for words_ in (
        "336 × Huawei UB switch chip, first tier",
        "↕ 134 TB/s · on the board",
        "Sources disagree: 2 tiers of switches are drawn here, another source counts 1.",
        "Bill of materials",
        "+12.0%",
        "line rate, 14 x 28 GB/s",
    ):
        assert words_ in said


def test_another_reading_redraws_it() -> None:
    said = text(viewed("system", prefer="semianalysis-cm384-2025-04"))
    assert "Of its published power of 559 kW" in said


def test_another_system_is_in_the_link() -> None:
    page = viewed("system")
    widget(page, "button_group", "system_of").set_value(B).run()
    assert "GB200 NVL72: 72 dual-die accelerators, 1 rack, one copper scale-up domain" in text(page)
    assert link(page)["of"] == [B]


def test_in_chinese() -> None:
    said = text(viewed("system", lang="zh"))
    assert "CloudMatrix 384：384 颗双裸片加速器，16 个机柜，一个光纵向互联域" in said
    assert "物料清单" in said


def test_a_system_that_is_not_in_the_basket_gives_the_first() -> None:
    assert "CloudMatrix 384: 384" in text(viewed("system", of="nonsense<script>"))


def test_an_empty_basket_says_what_would_fill_it() -> None:
    assert "Add a system to see what it is made of" in text(viewed("system", s="none"))


@pytest.mark.parametrize("system", calc.library().ids("system"))
def test_every_system_can_be_taken_apart(system: str) -> None:
    page = viewed("system", s=system)
    assert "could not be drawn" not in text(page)
    assert "What it is made of" in text(page)
