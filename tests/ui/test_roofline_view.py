"""The roofline view: which roofs, of what, in which formats; and what kernels attain under them."""

from __future__ import annotations

import pytest
from viewing import html, link, text, viewed, widget

A, B = "cloudmatrix-384", "gb200-nvl72"


def test_it_opens_with_the_ridges() -> None:
    said = text(viewed("roofline"))
    assert "CloudMatrix 384 is bound by compute from 244 FLOP on each byte of HBM, GB200 NVL72 from 312" in said
    assert "Decode, batch 64, bound by memory: CloudMatrix 384 202, GB200 NVL72 504 TFLOP/s." in said
    assert "Matrix product, 8,192 square, bound by compute: CloudMatrix 384 780, GB200 NVL72 2,500 TFLOP/s." in said


def test_kernels_stand_in_a_table_with_what_binds() -> None:
    said = html(viewed("roofline"))
    assert said.count("<small>bandwidth</small>") > 0
    assert said.count("<small>compute</small>") > 0
    assert "all-reduce" in said


def test_choices_are_in_the_link() -> None:
    page = viewed("roofline")
    widget(page, "button_group", "roof_scale").set_value("system").run()
    widget(page, "button_group", "roof_kinds").set_value(["hbm", "scale_out"]).run()
    widget(page, "multiselect", "roof_formats").set_value(["fp4"]).run()
    said = link(page)
    assert (said["scale"], said["roofs"], said["formats"]) == (["system"], ["hbm,scale_out"], ["fp4"])
    assert "the whole system" in text(page)
    widget(page, "button_group", "roof_scale").set_value("chip").run()
    assert "scale" not in link(page)


def test_a_format_that_one_lacks_is_said() -> None:
    said = text(viewed("roofline", p="fp8"))
    assert "GB200 NVL72 is bound by compute from 625 FLOP on each byte of HBM" in said
    assert "Not shown: CloudMatrix 384, HBM FP8: no dense fp8: it has" in said
    said = text(viewed("roofline", p="fp8", s=A))
    assert "None of these systems has this number format" in said
    assert "There is no roof to draw: choose another number format." in said


@pytest.mark.parametrize("key", ["scale", "roofs", "formats"])
def test_garbage_in_the_link_gives_the_default(key: str) -> None:
    said = text(viewed("roofline", **{key: "<script>alert(1)</script>,9**9"}))
    assert "CloudMatrix 384 is bound by compute from 244 FLOP" in said
    assert "could not be drawn" not in said


def test_in_chinese_and_empty() -> None:
    assert "每字节 HBM 要做多少次运算才受算力限制：CloudMatrix 384 为 244，GB200 NVL72 为 312 FLOP" in text(
        viewed("roofline", lang="zh")
    )
    assert "Add a system to see its roofs" in text(viewed("roofline", s="none"))
