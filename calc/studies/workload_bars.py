"""Step time and memory of several systems by part, as stretches of bars that a page only places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from calc import figures
from calc.studies.pictures import Segment

if TYPE_CHECKING:
    from calc.studies.serve import Served
    from calc.studies.train import Trained

    Found = Trained | Served

__all__ = ["IDLE", "MEMORY", "STEP", "Bar", "Bars", "memory_bars", "step_bars"]

IDLE = "idle"
"""The group of a step in which a chip waits."""

STEP: Mapping[str, Sequence[str]] = {
    "products": ("gemm", "cast", "products", "head"),
    "attention": ("attention",),
    "experts": ("experts",),
    "recompute": ("recompute",),
    "exchange": (
        "tensor_parallel", "context_parallel", "expert_parallel", "weight_gather", "data_parallel", "stage_transfer",
        "tensor_exchange", "expert_exchange", "stage_exchange",
    ),
    "other": ("element_wise", "optimiser", "host", "fixed", "passes"),
    IDLE: ("bubble", "uneven_stages"),
}  # fmt: skip
"""Groups of a step's parts that a bar shows, in order."""

MEMORY: Mapping[str, Sequence[str]] = {
    "weights": ("weights",),
    "state": ("gradients", "optimiser"),
    "cache": ("cache",),
    "activations": ("activations", "logits", "working"),
    "reserved": ("workspace", "reserved"),
}
"""Groups of what memory holds, in order."""

_LEAST = 2e-3


@dataclass(frozen=True, slots=True)
class Bar:
    """One system's bar.

    Attributes
    ----------
    system : id.
    end : its length.
    text : the same as text.
    limit : what there is at most; None where nothing bounds it.
    limit_text : the same as text.
    free : what is left, as text; empty where nothing bounds it.
    """

    system: str
    end: float
    text: str
    limit: float | None = None
    limit_text: str = ""
    free: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars in one unit, with their segments."""

    unit: str
    bars: Sequence[Bar]
    segments: Sequence[Segment]

    @property
    def groups(self) -> Sequence[str]:
        """Groups that some bar has, in order."""
        there = {segment.group for segment in self.segments}
        return [group for group in (*STEP, *MEMORY) if group in there]


def _text(value: float, largest: float) -> str:
    return figures.number(value, figures.decimals([float(f"{largest:.3g}")]) if largest < 99.95 else 0)


def _segments(system: str, sizes: Mapping[str, float], largest: float) -> list[Segment]:
    drawn: list[Segment] = []
    at, whole = 0.0, sum(sizes.values())
    for group, size in sizes.items():
        if size > _LEAST * whole:
            drawn.append(Segment(system, group, at, at + size, _text(size, largest), size / whole))
            at += size
    return drawn


def _grouped(
    parts: Mapping[str, float], groups: Mapping[str, Sequence[str]], hidden: float, factor: float
) -> dict[str, float]:
    sums = {group: sum(parts.get(part, 0.0) for part in members) * factor for group, members in groups.items()}
    if hidden:
        # What runs behind other work takes no time of the step: of the exchanges only the rest is shown.
        sums["exchange"] = max(sums["exchange"] + hidden * factor, 0.0)
    return sums


def step_bars(found: Sequence[Found]) -> Bars:
    """The time of a step by group of its parts; exchanges without what runs behind other work.

    Parameters
    ----------
    found : training runs or ways to serve, one of each system.
    """
    longest = max(sum(one.breakdown.values()) for one in found)
    unit, factor = ("s", 1.0) if longest >= 1.0 else ("ms", 1e3)
    bars, segments = [], []
    for one in found:
        grouped = _grouped(one.breakdown, STEP, one.breakdown.get("hidden", 0.0), factor)
        segments += _segments(one.system, grouped, longest * factor)
        whole = sum(one.breakdown.values()) * factor
        bars.append(Bar(one.system, whole, f"{_text(whole, longest * factor)} {unit}"))
    return Bars(unit, bars, segments)


def memory_bars(found: Sequence[Found]) -> Bars:
    """What a rank's memory holds in GB, and how much there is.

    Parameters
    ----------
    found : training runs or ways to serve, one of each system.
    """
    largest = max(one.memory_capacity for one in found) / 1e9
    bars, segments = [], []
    for one in found:
        grouped = _grouped(one.memory, MEMORY, 0.0, 1e-9)
        segments += _segments(one.system, grouped, largest)
        held, limit = sum(one.memory.values()) / 1e9, one.memory_capacity / 1e9
        free = _text(limit - held, largest)
        bars.append(Bar(one.system, held, _text(held, largest), limit, _text(limit, largest), free))
    return Bars("GB", bars, segments)
