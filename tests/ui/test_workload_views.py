"""The views of training and serving: what they say, what they keep in the link, and what they refuse."""

from __future__ import annotations

import time
from typing import Any

import pytest
from viewing import html, link, opened, text, viewed, widget

import calc
from ui import asked, cached

A, B = "cloudmatrix-384", "gb200-nvl72"


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Predicting every published run takes seconds; one kind of them is enough here."""
    summary = calc.accuracy("gemm").kinds["gemm"]

    class Known:
        kinds = dict.fromkeys(calc.predicted.GROUPS, summary)

    monkeypatch.setattr(cached, "accuracy", lambda kind: Known())


def test_serving_opens_with_rates_and_their_price() -> None:
    said = text(viewed("serve"))
    assert "Serving DeepSeek R1 within 50 ms a token, one Ascend 910C decodes" in said
    assert "CloudMatrix 384 to GB200 NVL72: per chip 0." in said
    assert "Each in its own format: CloudMatrix 384 INT8, GB200 NVL72 FP8; dense." in said
    assert "do not rank by these figures alone" in said
    assert "of 64 GB free" not in said
    assert "the median error is" in said


def test_training_opens_with_rates_and_says_that_the_order_flips() -> None:
    said = text(viewed("train"))
    assert "Training Llama 3.1 405B, one Ascend 910C does" in said
    assert "The order flips." in said
    assert "MFU" in said
    assert "published training runs of dense networks" in said


def test_prefill_has_published_results_beside_it() -> None:
    said = text(viewed("serve", phase="prefill"))
    assert "reads" in said
    assert "Published: Serving LLMs on Huawei CloudMatrix384, Table 2 (INT8)." in said


@pytest.mark.parametrize("view", ["serve", "train"])
def test_in_chinese_and_empty(view: str) -> None:
    said = text(viewed(view, lang="zh"))
    assert "对 GB200 NVL72：每颗芯片为" in said
    assert "误差中位数为" in said
    assert "Add a system to see what it" in text(viewed(view, s="none"))


def test_choices_of_serving_are_in_the_link() -> None:
    page = viewed("serve")
    assert link(page) == {}
    widget(page, "selectbox", "workload_m").set_value("llama-3.1-70b").run()
    widget(page, "selectbox", "workload_num").set_value("bf16").run()
    widget(page, "number_input", "workload_limit").set_value(30.0).run()
    widget(page, "number_input", "workload_in").set_value(2048).run()
    said = link(page)
    assert {key: said[key] for key in ("m", "num", "limit", "in")} == {
        "m": ["llama-3.1-70b"], "num": ["bf16"], "limit": ["30"], "in": ["2048"],
    }  # fmt: skip
    assert "Serving Llama 3.1 70B within 30 ms a token" in text(page)
    again = viewed("serve", **{key: held[0] for key, held in said.items()})
    assert text(again) == text(page)
    widget(page, "button_group", "workload_phase").set_value("prefill").run()
    assert "limit" not in link(page)
    assert "with the first token within 2,000 ms" in text(page)


def test_no_limit_and_defaults_leave_the_link_bare() -> None:
    page = viewed("serve")
    widget(page, "number_input", "workload_limit").set_value(None).run()
    assert link(page)["limit"] == ["0"]
    assert "Serving DeepSeek R1, one Ascend 910C" in text(page)
    widget(page, "number_input", "workload_limit").set_value(50.0).run()
    assert "limit" not in link(page)
    widget(page, "selectbox", "workload_num").set_value("fp8").run()
    assert link(page)["num"] == ["fp8"]
    assert "CloudMatrix 384: there are no kernels in FP8; there are in BF16, INT8." in text(page)
    widget(page, "selectbox", "workload_num").set_value("8bit").run()
    assert "num" not in link(page)


def test_choices_of_training_are_in_the_link() -> None:
    page = viewed("train")
    widget(page, "number_input", "workload_chips").set_value(4096).run()
    widget(page, "number_input", "workload_fix_tp").set_value(8).run()
    widget(page, "selectbox", "workload_fix_recompute").set_value("full").run()
    said = link(page)
    assert (said["chips"], said["fix"]) == (["4096"], ["tp=8,recompute=full"])
    assert "4,096 × Ascend 910C" in text(page)
    assert ">full<" in html(page)
    widget(page, "number_input", "workload_chips").set_value(None).run()
    assert "chips" not in link(page)


def test_the_mappings_of_another_system() -> None:
    page = viewed("train")
    assert "CloudMatrix 384: 412,776 mappings" in text(page)
    widget(page, "button_group", "workload_of").set_value(B).run()
    assert "GB200 NVL72: 217,728 mappings" in text(page)
    assert link(page)["of"] == [B]


def test_a_refusal_of_one_leaves_the_others() -> None:
    page = viewed("serve", s=f"{B},dgx-h100,mi300x-platform")
    said = text(page)
    assert "one GB200 GPU decodes" in said
    assert "DGX H100: nothing fits: needs" in said
    assert "MI300X platform: no kernels of dispatch have been fitted for its chip." in said


def test_a_refusal_of_all_keeps_the_page_alive() -> None:
    page = viewed("train", s="dgx-h100", lang="en")
    assert "None of these systems can train Llama 3.1 405B so" in text(page)
    assert "smallest that fits: 128 chips" in text(page)
    widget(page, "number_input", "workload_chips").set_value(512).run()
    assert "one H100 SXM does" in text(page)


def test_a_fault_of_one_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    there = calc.serve

    def broken(model: str, system: Any, *rest: Any, **more: Any) -> Any:
        if system.id == "dgx-b200":
            raise ZeroDivisionError
        return there(model, system, *rest, **more)

    monkeypatch.setattr(calc, "serve", broken)
    said = text(viewed("serve", s=f"{B},dgx-b200", m="llama-3.1-8b"))
    assert "DGX B200: a fault of podcalc (" in said
    assert "one GB200 GPU decodes" in said


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"m": "deepseek-r2"}, "model ‘deepseek-r2’ (did you mean DeepSeek R1?)"),
        ({"chips": "9**9**9"}, "number ‘9**9**9’ (1 … 1,000,000)"),
        ({"seq": "1e9"}, "number ‘1e9’ (1 … 1,048,576)"),
        ({"limit": "-5"}, "number ‘-5’ (0 … 1,000,000)"),
        ({"accept": "2"}, "number ‘2’ (0 … 1)"),
        ({"in": "12.5"}, "number ‘12.5’"),
        ({"fix": "tp=8,<script>=1"}, "parts of a mapping ‘tp=8,<script>=1’"),
    ],
)
def test_what_a_link_has_wrong_is_said(query: dict[str, str | list[str]], said: str) -> None:
    assert f"Could not restore: {said}" in text(opened(**query))


@pytest.mark.parametrize("view", ["serve", "train"])
@pytest.mark.parametrize("key", [*asked.KEYS, "of"])
def test_garbage_in_the_link_gives_the_default(view: str, key: str) -> None:
    said = text(viewed(view, **{key: "<script>alert(1)</script>,9**9"}))
    assert "one GB200 GPU" in said
    assert "could not be drawn" not in said


def test_the_largest_numbers_do_not_hang_the_page() -> None:
    began = time.monotonic()
    said = text(viewed("train", m="glm-4.5", chips="720720", batch="720720", seq="720720"))
    assert "mappings to try are too many; fill in some parts of the mapping" in said
    said = text(viewed("serve", **{"in": "1000000", "out": "1000000"}))
    assert "Could not" not in said
    assert time.monotonic() - began < 30


def test_sparse_counts_for_nothing_here() -> None:
    assert text(viewed("serve", sparse="1")) == text(viewed("serve"))


def test_readings_and_settings_count() -> None:
    there, moved = (text(viewed("train", **more)) for more in ({}, {"set": f"{B}:chip.hbm.bandwidth=16 TB/s"}))
    assert there != moved


def test_tables_and_charts_can_be_kept() -> None:
    from ui import results, workload_pictures
    from ui.state import PageState

    state, library = PageState(), calc.library()
    wanted = asked.ask(state, "serve", library)
    assert results.table(state, library, wanted, B, "csv").startswith("tp,dp,ep,")
    refused = asked.ask(state.put(num="fp8"), "serve", library)
    assert results.table(state, library, refused, A, "csv").startswith("CloudMatrix 384: ")
    for name in workload_pictures.figures("en"):
        for view in asked.MODELS:
            drawing = workload_pictures.draw(name, view, state, library, "en")
            assert drawing
            assert drawing.words
