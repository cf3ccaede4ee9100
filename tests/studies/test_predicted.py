"""Predictions as charts and sentences show them."""

from __future__ import annotations

import pytest

from calc.studies import narrate_accuracy as narrate
from calc.studies import predicted
from calc.studies.accuracy import Accuracy, LeftOut, Prediction, Summary, summary
from calc.studies.narrate import plain


def made() -> Accuracy:
    runs = [
        Prediction("r1", "gemm", "one", 1e-6, 1.1e-6, 0.9e-6, 1.2e-6),
        Prediction("r2", "gemm", "one", 2e-6, 1.0e-6, 0.9e-6, 1.1e-6),
        Prediction("r3", "gemm", "two", 3e-6, skipped="no fit"),
    ]
    return Accuracy(tuple(runs), {"gemm": summary(runs)}, {})


def test_dots_are_in_the_unit_of_their_kind() -> None:
    first, second = predicted.dots(made(), "gemm")
    assert (first.measured, first.predicted) == pytest.approx((1.0, 1.1))
    assert (first.inside, second.inside) == (True, False)
    assert predicted.dots(made(), "serving") == []


def test_errors_of_all_runs_leave_out_what_is_skipped() -> None:
    found = predicted.errors([made(), made()])
    assert found.runs == 4
    assert found.median == pytest.approx(0.3)
    assert found.inside == pytest.approx(0.5)


def test_by_source_and_together() -> None:
    found = predicted.by_source(made(), "gemm")
    assert {source: (one.rows, one.skipped) for source, one in found.items()} == {"one": (2, 0), "two": (0, 1)}
    assert len(predicted.together([made(), made()]).predictions) == 6


def test_groups_of_workloads() -> None:
    assert predicted.group_of("train", True) == "training.moe"
    assert predicted.group_of("train", False) == "training.dense"
    assert predicted.group_of("prefill", True) == "serving"


def test_the_line_under_every_prediction() -> None:
    found = Summary(97, 0, 0.054, 0.079, 0.178, 0.0, 0.88)
    assert plain(narrate.line(found, "serving")) == (
        "On 97 published serving runs the median error is 5.4 %, 90 % within 18 %."
    )
    assert (
        plain(narrate.line(found, "serving", "zh"))
        == "对 97 次已公布的推理运行，误差中位数为 5.4 %，90% 在 18 % 以内。"
    )
    none = Summary(0, 3, None, None, None, None, None)
    assert narrate.line(none, "serving") == "There is no published run to compare with."


def test_headline_and_standfirst() -> None:
    found = predicted.Errors(431, 0.041, 0.13, 0.86)
    kinds = {"gemm": summary(list(made().predictions)), "serving": Summary(0, 1, None, None, None, None, None)}
    assert plain(narrate.headline(found)) == (
        "Of 431 published measurements, half are predicted within 4.1 % and nine in ten within 13 %"
    )
    assert "半数预测的误差在 4.1 % 以内" in plain(narrate.headline(found, "zh"))
    assert plain(narrate.standfirst(found, kinds)) == (
        "The stated 80 % intervals hold 86 % of them. Hardest are matrix products, with a median error of 30 %."
    )
    assert "最难预测的是矩阵乘" in narrate.standfirst(found, kinds, "zh")
    assert narrate.dots_in_words(predicted.dots(made(), "gemm"), "gemm") == (
        "2 matrix products, predicted against measured; 1 inside the 80 % interval"
    )
    left_out = {"training.moe": LeftOut(128, 0.072, 0.305)}
    assert "specs/measurements" in narrate.sample({})
    assert narrate.sample(left_out).endswith("are 7.2 % and 30 % for training of networks with experts.")
    assert narrate.sample(left_out, "zh").endswith("训练（专家网络）7.2 % 与 30 %。")


def test_shares_in_per_cent() -> None:
    assert narrate.percent(-0.0001, signed=True) == "0.0 %"
    assert narrate.percent(0.023, signed=True) == "+2.3 %"
