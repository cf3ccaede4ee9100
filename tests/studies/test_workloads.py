"""Workloads of several systems: rates, published results, bars, and the sentences made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

import calc
from calc.studies import narrate_workloads as narrate
from calc.studies import workload_bars, workloads
from calc.studies.narrate import plain
from calc.studies.workloads import Model, Rate, Refused

A, B = "cloudmatrix-384", "gb200-nvl72"
MODEL = Model("m", "Model", True, True)


def rate(system: str = "a", per_chip: float = 100.0, chips: int = 8, power: float | None = 1e3, **more: Any) -> Rate:
    """A system with the power of a chip in watts."""
    energy = None if power is None else power / per_chip
    made = Rate(
        system, f"Alpha {system}", f"Chip {system}", "fp8", chips, per_chip, per_chip * 0.8, per_chip * 1.2,
        energy and 1 / energy, per_chip * chips, energy, False,
    )  # fmt: skip
    return replace(made, **more)


@pytest.fixture(scope="module")
def served() -> Sequence[Any]:
    return [
        calc.serve("deepseek-r1", system, calc.Scenario(form), limit=0.05) for system, form in ((A, "int8"), (B, "fp8"))
    ]


def test_each_system_has_an_8_bit_format_of_its_own() -> None:
    assert workloads.format_of(calc.load(A), "8bit") == "int8"
    assert workloads.format_of(calc.load(B), "8bit") == "fp8"
    assert workloads.format_of(calc.load(A), "bf16") == "bf16"


def test_a_rate_says_the_same_in_every_measure(served: Sequence[Any]) -> None:
    found = workloads.rate(served[1], calc.load(B))
    assert found.whole == pytest.approx(72 * found.per_chip)
    assert found.low < found.per_chip < found.high
    assert found.energy is not None
    assert found.per_kilowatt == pytest.approx(1e3 / found.energy)
    assert found.per_million == pytest.approx(found.energy * 1e3)
    assert not found.assumed
    assert workloads.rate(served[0], calc.load(A)).assumed


def test_a_curve_goes_through_the_place_that_was_chosen(served: Sequence[Any]) -> None:
    found = workloads.curve(served[1], calc.load(B))
    assert len(found.points) <= 122
    assert found.best[0] >= 20.0
    users = [user for user, *_ in found.points]
    assert users == sorted(users)
    assert all(low < point < high for _, point, low, high in found.points)
    assert any(point[0] == pytest.approx(found.best[0]) for point in found.points)


def test_published_results_are_of_the_chips_and_the_phase_asked() -> None:
    (found,) = workloads.published("deepseek-r1", "prefill", [calc.load(A), calc.load(B)])
    assert (found.system, found.rate, found.user) == (A, 6688.0, None)
    (found,) = workloads.published("deepseek-r1", "decode", [calc.load("hgx-h800")])
    assert found.user == pytest.approx(found.rate / 128)
    assert workloads.published("llama-3.1-405b", "decode", [calc.load(B)]) == []


def test_a_search_that_a_page_cannot_wait_for_is_refused() -> None:
    seen: list[tuple[int, int]] = []
    checked = workloads.bounded(lambda done, total: seen.append((done, total)))
    checked(1, 2)
    assert seen == [(1, 2)]
    with pytest.raises(calc.CalcError, match="mappings to try"):
        checked(1, workloads.MOST_MAPPINGS + 1)


def test_the_parts_of_a_step_add_up(served: Sequence[Any]) -> None:
    found = workload_bars.step_bars(served)
    assert found.unit == "ms"
    for one, bar in zip(served, found.bars, strict=True):
        own = [segment for segment in found.segments if segment.system == one.system]
        assert own[-1].end == pytest.approx(bar.end, rel=0.01)
        assert bar.end == pytest.approx(sum(one.breakdown.values()) * 1e3)
    assert bar.text == "48.4 ms"


def test_what_runs_behind_other_work_takes_no_time() -> None:
    one = calc.serve("deepseek-r1", A, calc.Scenario("int8"), phase="prefill", limit=2)
    assert one.breakdown["hidden"] < 0
    found = workload_bars.step_bars([one])
    assert "idle" not in found.groups
    assert found.segments[-1].end == pytest.approx(sum(one.breakdown.values()), rel=0.01)
    assert (found.unit, found.bars[0].text) == ("s", "1.36 s")


def test_memory_has_a_limit_and_what_is_free(served: Sequence[Any]) -> None:
    found = workload_bars.memory_bars(served)
    assert [(bar.limit_text, bar.free) for bar in found.bars] == [("64", "33"), ("198", "51")]
    assert all(bar.limit and bar.end < bar.limit for bar in found.bars)
    assert list(found.groups) == ["weights", "cache", "activations", "reserved"] or found.groups[0] == "weights"


def test_training_waits_in_the_pipeline() -> None:
    found = workload_bars.step_bars([calc.train("llama-3.1-405b", B)])
    assert found.groups[-1] == workload_bars.IDLE


@pytest.mark.parametrize(
    ("language", "doing", "said"),
    [
        ("en", "decode", "Serving Model within 50 ms a token, one Chip a decodes 41.9 tokens a second and one Chip b 6,286"),
        ("zh", "decode", "推理 Model（每 token 不超过 50 ms）：一颗 Chip a 每秒解码 41.9 个 token，一颗 Chip b 6,286 个"),
        (
            "en",
            "prefill",
            "Serving Model with the first token within 50 ms, one Chip a reads 41.9 prompt tokens a second and one Chip b 6,286",
        ),
        ("en", "train", "Training Model, one Chip a does 41.9 tokens a second and one Chip b 6,286"),
        ("zh", "train", "训练 Model：一颗 Chip a 每秒处理 41.9 个 token，一颗 Chip b 6,286 个"),
    ],
)  # fmt: skip
def test_headline(language: str, doing: str, said: str) -> None:
    rates = [rate("a", 41.878), rate("b", 6286.3)]
    assert plain(narrate.headline(rates, MODEL, doing, 0.05, language)) == said


def test_headline_of_one_of_many_and_of_none() -> None:
    assert plain(narrate.headline([rate()], MODEL, "decode", None)) == (
        "Serving Model, one Chip a decodes 100 tokens a second"
    )
    several = [rate(name, 10.0 * place) for place, name in enumerate("abcdef", 1)]
    said = plain(narrate.headline(several, MODEL, "train"))
    assert said == "Training Model, one Chip f does 60 tokens a second, one Chip e 50, one Chip d 40 and one Chip c 30"
    alike = [rate("a"), rate("b", chip="Chip a")]
    assert "one chip of Alpha a does" in narrate.headline(alike, MODEL, "train")
    assert narrate.headline([], MODEL, "train") == "None of these systems can train Model so"
    assert narrate.headline([], MODEL, "decode", language="zh") == "所选系统均无法这样推理 Model"


def test_the_standfirst_shows_that_the_order_flips() -> None:
    ours, theirs = rate("a", 50.0, 384, 1e3), rate("b", 100.0, 72, 1.2e3)
    assert plain(narrate.standfirst([ours, theirs], "b")) == (
        "Alpha a to Alpha b: per chip 0.50×, per all-in kilowatt 0.60×, but as a whole 2.67× (384 chips against 72)."
        " The order flips."
    )
    assert plain(narrate.standfirst([ours, theirs], "b", "zh")) == (
        "Alpha a 对 Alpha b：每颗芯片为 0.50 倍，每千瓦（整机）为 0.60 倍，但整套（384 颗对 72 颗）为 2.67 倍，次序颠倒。"
    )


def test_the_standfirst_without_a_flip_without_power_and_with_as_many_chips() -> None:
    ours, theirs = rate("a", 50.0, 8, None), rate("b", 100.0, 8)
    assert plain(narrate.standfirst([ours, theirs], "b")) == "Alpha a to Alpha b: per chip 0.50×."
    assert plain(narrate.standfirst([rate("a"), rate("b")], "b")) == (
        "Alpha a to Alpha b: per chip the same and per all-in kilowatt the same."
    )
    assert "相同" in narrate.standfirst([rate("a"), rate("b")], "b", "zh")
    # Where the baseline cannot, the last that can stands in for it.
    assert plain(narrate.standfirst([ours, theirs], "gone")).startswith("Alpha a to Alpha b")


def test_the_standfirst_of_one_and_of_several() -> None:
    one = rate("a", 100.0, 8, 1e3)
    assert plain(narrate.standfirst([one], "a", lone=True)) == (
        "That is 100 per all-in kilowatt, 800 on all 8 chips. Add another system to see ratios."
    )
    assert plain(narrate.standfirst([one], "a")).endswith("800 on all 8 chips.")
    three = [one, rate("b", 90.0, 72, 0.5e3), rate("c", 80.0, 4, None)]
    assert narrate.standfirst(three, "a") == (
        "Per chip Alpha a leads, per all-in kilowatt and as a whole Alpha b: the order depends on what it is divided by."
    )
    assert narrate.standfirst(three, "a", "zh") == (
        "每颗芯片以 Alpha a 领先，每千瓦（整机）、整套以 Alpha b 领先：次序因分母而变。"
    )
    alike = [rate("a", 9.0), rate("b", 8.0), rate("c", 7.0)]
    assert narrate.standfirst(alike, "a") == "Per chip and per all-in kilowatt Alpha a leads."
    assert narrate.standfirst([], "a") == ""


def test_the_basis_says_intervals_formats_and_what_is_assumed() -> None:
    rates = [rate("a", precision="int8", assumed=True), rate("b")]
    said = plain(narrate.basis(rates))
    assert said == (
        "80 % intervals per chip: Alpha a 80 … 120, Alpha b 80 … 120."
        " Each in its own format: Alpha a INT8, Alpha b FP8; dense."
        " The kernels of Alpha a are assumed, taken over from another chip: do not rank by these figures alone."
    )
    assert "不要据此排名" in narrate.basis(rates, "zh")
    assert "FP8, dense." in narrate.basis(rates[1:])
    assert narrate.basis([]) == ""


@pytest.mark.parametrize(
    ("call", "said", "chinese"),
    [
        (
            lambda: calc.serve("llama-3.1-70b", "dgx-b200", limit=1e-4),
            "Alpha: no split keeps 0.1 ms a token; the shortest is",
            "没有方案能做到每 token 0.1 ms；最短",
        ),
        (
            lambda: calc.serve("llama-3.1-70b", "dgx-b200", phase="prefill", limit=1e-4),
            "Alpha: no split gives the first token within 0.1 ms; the shortest is",
            "没有方案能在 0.1 ms 内给出首 token",
        ),
        (lambda: calc.serve("deepseek-r1", "dgx-h100"), "Alpha: nothing fits: needs 177 GB per rank, where there are", "放不下"),
        (
            lambda: calc.train("llama-3.1-405b", "dgx-h100", chips=8),
            "Alpha: nothing fits: needs 818 GB per chip, where there are 80 GB; smallest that fits: 128 chips.",
            "最少需要 128 颗芯片",
        ),
        (
            lambda: calc.serve("llama-3.1-70b", A, calc.Scenario("fp8")),
            "Alpha: there are no kernels in FP8; there are in BF16, INT8.",
            "没有 FP8 的核函数",
        ),
        (
            lambda: calc.train("llama-3.1-70b", A, calc.Scenario("fp8")),
            "Alpha: it has no dense FP8; it has BF16, FP16, INT8.",
            "没有稠密 FP8",
        ),
        (
            lambda: calc.serve("deepseek-r1", "mi300x-platform"),
            "Alpha: no kernels of dispatch have been fitted for its chip.",
            "没有 dispatch 的拟合核函数",
        ),
        (
            lambda: calc.train("gpt-oss-20b", "tpu-v5p-pod"),
            "Alpha: no mapping is possible; most often there are fewer layers",
            "没有可行的映射",
        ),
        (
            lambda: workloads.bounded()(1, 10**9),
            "Alpha: 1,000,000,000 mappings to try are too many; fill in some parts of the mapping.",
            "要试的映射有 1,000,000,000 个",
        ),
    ],
)  # fmt: skip
def test_refusals_are_sentences_in_both_languages(call: Any, said: str, chinese: str) -> None:
    with pytest.raises(calc.CalcError) as caught:
        call()
    one = Refused("a", "Alpha", str(caught.value))
    assert narrate.refusal(one).startswith(said)
    assert narrate.refusal(one, "zh").startswith("Alpha：")
    assert chinese in narrate.refusal(one, "zh")


def test_a_reason_that_is_not_known_is_said_as_it_is() -> None:
    assert narrate.refusal(Refused("a", "Alpha", "it rains")) == "Alpha: it rains."


def test_charts_in_words(served: Sequence[Any]) -> None:
    titles, words = {A: "Alpha", B: "Beta"}, {name: name for name in (*workload_bars.STEP, *workload_bars.MEMORY)}
    said = narrate.bars_in_words(workload_bars.step_bars(served), titles, words)
    assert said == "Alpha 49.7 ms, 63% of it products; Beta 48.4 ms, 47% of it attention"
    assert "GB free" in narrate.bars_in_words(workload_bars.memory_bars(served), titles, words)
    assert "其中attention占" in narrate.bars_in_words(workload_bars.step_bars(served), titles, words, "zh")
    curves = [workloads.curve(one, calc.load(one.system)) for one in served]
    assert narrate.curves_title(curves) == "At every speed, GB200 NVL72 serves more per chip"
    assert narrate.curves_title(curves[:1]) == "Faster for each user, or more for all"
    assert "tokens/s per chip at" in narrate.curves_in_words(curves)
    assert "最快每用户" in narrate.curves_in_words(curves, "zh")
    assert narrate.spans_in_words([rate()]) == "Tokens/s per chip: Alpha a 100 (80 … 120)"
