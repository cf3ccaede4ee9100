"""Predictions against measurements, as a chart and tables show them: by kind, in one unit each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from calc.studies.accuracy import Accuracy, Prediction, Summary

__all__ = ["GROUPS", "Dot", "Errors", "by_source", "dots", "errors", "group_of", "kind_of", "together", "unit_of"]

GROUPS = ("serving", "training.dense", "training.moe", "gemm", "collectives")
"""Kinds of prediction that are looked at apart."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One run: measured and predicted, with the 80 % interval, in the unit of its kind."""

    run: str
    source: str
    measured: float
    predicted: float
    low: float
    high: float

    @property
    def inside(self) -> bool:
        """Whether what was measured lies in the interval."""
        return self.low <= self.measured <= self.high


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors over all runs, as fractions.

    Attributes
    ----------
    runs : how many.
    median, most : half of them, and nine in ten, are off by at most so much.
    inside : share of them inside the stated 80 % interval.
    """

    runs: int
    median: float
    most: float
    inside: float


def kind_of(group: str) -> str:
    """The table of measurements that a group of `GROUPS` is predicted from.

    >>> kind_of("training.moe"), kind_of("gemm")
    ('training', 'gemm')
    """
    return group.partition(".")[0]


def group_of(doing: str, experts: bool) -> str:
    """The group that a workload's prediction belongs to.

    Parameters
    ----------
    doing : train, decode or prefill.
    experts : whether the network has experts.
    """
    if doing != "train":
        return "serving"
    return "training.moe" if experts else "training.dense"


def unit_of(group: str) -> tuple[str, float]:
    """The unit a group is shown in, and what one of the SI unit is in it."""
    return ("us", 1e6) if group in ("gemm", "collectives") else ("tokens/s", 1.0)


def dots(found: Accuracy, group: str) -> Sequence[Dot]:
    """Every predicted run of a group."""
    _, factor = unit_of(group)
    return [
        Dot(
            one.run_id,
            one.source,
            one.measured * factor,
            float(one.predicted or 0.0) * factor,
            float(one.low or 0.0) * factor,
            float(one.high or 0.0) * factor,
        )
        for one in found.predictions
        if one.kind == group and not one.skipped
    ]


def errors(found: Sequence[Accuracy]) -> Errors:
    """Errors over several kinds together; each has at least one run that is predicted."""
    known: list[Prediction] = [one for each in found for one in each.predictions if not one.skipped]
    measured = np.array([one.measured for one in known])
    predicted, low, high = (
        np.array([getattr(one, name) for one in known], dtype=float) for name in ("predicted", "low", "high")
    )
    off = np.abs(predicted / measured - 1.0)
    inside = float(np.mean((low <= measured) & (measured <= high)))
    return Errors(len(known), float(np.median(off)), float(np.quantile(off, 0.9)), inside)


def together(found: Sequence[Accuracy]) -> Accuracy:
    """Several kinds as one, for a file."""
    from calc.studies.accuracy import Accuracy

    kinds = {name: one for each in found for name, one in each.kinds.items()}
    sources = {name: one for each in found for name, one in each.sources.items()}
    return Accuracy(tuple(one for each in found for one in each.predictions), kinds, sources)


def by_source(found: Accuracy, group: str) -> Mapping[str, Summary]:
    """Errors of the runs of one group, by whose they are."""
    from calc.studies.accuracy import summary

    own = [one for one in found.predictions if one.kind == group]
    return {
        source: summary([one for one in own if one.source == source])
        for source in dict.fromkeys(one.source for one in own)
    }
