"""The view of predictions against measurements."""

from __future__ import annotations

import pytest
from viewing import html, link, text, viewed, widget

from calc.studies.predicted import GROUPS


def test_it_opens_with_the_errors_in_words() -> None:
    said = text(viewed("accuracy"))
    assert "published measurements, half are predicted within" in said
    assert "The stated 80 % intervals hold" in said
    assert "specs/measurements" in said
    assert "TensorRT-LLM v1.0 perf overview" in said


def test_a_kind_is_chosen_and_kept_in_the_link() -> None:
    page = viewed("accuracy")
    widget(page, "button_group", "accuracy_runs").set_value("gemm").run()
    assert link(page)["runs"] == ["gemm"]
    assert "LLMCompass" in text(page)
    widget(page, "button_group", "accuracy_runs").set_value(GROUPS[0]).run()
    assert "runs" not in link(page)


@pytest.mark.parametrize("query", [{"runs": "<script>"}, {"s": "none"}, {"lang": "zh"}])
def test_it_opens_whatever_the_link_says(query: dict[str, str | list[str]]) -> None:
    page = viewed("accuracy", **query)
    assert "could not be drawn" not in text(page)
    assert html(page).count("<tr>") > len(GROUPS)
