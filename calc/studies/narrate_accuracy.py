"""How far predictions are off, in words.

Sentences are built as in `calc.studies.narrate`, one set for each language, numbers between its `MARK`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from calc import figures
from calc.studies.narrate import strong
from calc.studies.predicted import Dot, Errors

if TYPE_CHECKING:
    from calc.studies.accuracy import LeftOut, Summary

__all__ = ["dots_in_words", "headline", "line", "percent", "sample", "standfirst"]

_EN = {
    "training.dense": "training runs of dense networks",
    "training.moe": "training runs of networks with experts",
    "serving": "serving runs",
    "gemm": "matrix products",
    "collectives": "collective operations",
}
_ZH = {
    "training.dense": "稠密网络的训练运行",
    "training.moe": "专家网络的训练运行",
    "serving": "推理运行",
    "gemm": "矩阵乘",
    "collectives": "集合通信",
}

_REGIME_EN = {"dense": "dense networks", "moe": "networks with experts"}
_KIND_ZH = {"training": "训练", "serving": "推理"}
_REGIME_ZH = {"dense": "稠密网络", "moe": "专家网络"}


def percent(value: float | None, *, signed: bool = False) -> str:
    """A share in per cent; an en dash where there is none.

    >>> percent(0.0379), percent(0.178), percent(-0.012, signed=True), percent(None)
    ('3.8 %', '18 %', '−1.2 %', '–')
    """
    if value is None:
        return "\u2013"
    shown = value * 100.0
    if abs(shown) < 0.05:
        return "0.0 %"
    said = figures.number(shown, 1 if abs(shown) < 9.95 else 0)
    return f"{'+' if signed and shown > 0 else ''}{said} %"


def line(found: Summary, group: str, language: str = "en") -> str:
    """How far off predictions of a kind are, in one sentence.

    Parameters
    ----------
    found : the errors of the kind.
    group : one of `calc.studies.predicted.GROUPS`.
    language : en or zh.
    """
    count, median, most = strong(f"{found.rows:,}"), strong(percent(found.median_ape)), strong(percent(found.p90_ape))
    if not found.rows:
        return "没有已公布的运行可对照。" if language == "zh" else "There is no published run to compare with."
    if language == "zh":
        return f"对 {count} 次已公布的{_ZH[group]}，误差中位数为 {median}，90% 在 {most} 以内。"
    return f"On {count} published {_EN[group]} the median error is {median}, 90 % within {most}."


def headline(found: Errors, language: str = "en") -> str:
    """The errors over all runs, without a full stop."""
    count, half, most = strong(f"{found.runs:,}"), strong(percent(found.median)), strong(percent(found.most))
    if language == "zh":
        return f"对 {count} 次已公布的测量，半数预测的误差在 {half} 以内，九成在 {most} 以内"
    return f"Of {count} published measurements, half are predicted within {half} and nine in ten within {most}"


def standfirst(found: Errors, kinds: Mapping[str, Summary], language: str = "en") -> str:
    """How honest the intervals are, and which kind is the worst."""
    inside = strong(percent(found.inside))
    known = {group: one for group, one in kinds.items() if one.median_ape is not None}
    worst = max(known, key=lambda group: known[group].median_ape or 0.0)
    median = strong(percent(known[worst].median_ape))
    if language == "zh":
        return f"所声明的 80% 区间包含其中 {inside}。最难预测的是{_ZH[worst]}，误差中位数 {median}。"
    return (
        f"The stated 80 % intervals hold {inside} of them. Hardest are {_EN[worst]}, with a median error of {median}."
    )


def sample(left_out: Mapping[str, LeftOut], language: str = "en") -> str:
    """What the measurements are, which models were fitted to such runs, and how far those are off on others.

    Parameters
    ----------
    left_out : errors on runs left out of a fit, by kind and regime, such as ``serving.moe``.
    language : en or zh.
    """
    said = []
    for name, one in left_out.items():
        kind, _, regime = name.partition(".")
        half, most = percent(one.median_ape), percent(one.p90_ape)
        if language == "zh":
            said.append(f"{_KIND_ZH[kind]}（{_REGIME_ZH[regime]}）{half} 与 {most}")
        else:
            said.append(f"{half} and {most} for {kind} of {_REGIME_EN[regime]}")
    if language == "zh":
        whole = "样本为本项目 specs/measurements 中的各表；每一行都有来源。"
        fitted = (
            "训练与推理引擎的常数由已公布的运行拟合，其中包括样本；对未参与拟合的运行，误差中位数与 90% 分位数为：{}。"
        )
        return whole + (fitted.format("；".join(said)) if said else "")
    whole = "The sample is the project’s own tables in specs/measurements; every row there has its source."
    fitted = (
        " Constants of training and of serving engines were fitted to published runs, the sample among them; on runs"
        " left out of the fit the median and the 90th percentile are {}."
    )
    return whole + (fitted.format(", ".join(said)) if said else "")


def dots_in_words(drawn: Sequence[Dot], group: str, language: str = "en") -> str:
    """The chart of a kind for readers who cannot see it."""
    inside = sum(1 for dot in drawn if dot.inside)
    if language == "zh":
        return f"{_ZH[group]}：{len(drawn):,} 次的预测值对实测值，{inside:,} 次在 80% 区间内"
    return f"{len(drawn):,} {_EN[group]}, predicted against measured; {inside:,} inside the 80 % interval"
