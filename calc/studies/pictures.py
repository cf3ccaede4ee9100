"""What the charts of a comparison draw: positions and texts, so that pages only place them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calc import figures
from calc.studies.compare import Comparison
from calc.studies.power import PowerBreakdown
from calc.studies.why import Why

__all__ = ["GROUPS", "Dot", "Segment", "Step", "dots", "segments", "steps", "unexplained_share"]

GROUPS = ("chips", "host", "scale_up", "cooling_and_conversion", "scale_out")
"""Groups of parts that a power bar shows, in order; storage counts to scale-out."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One ratio, and how far the readings that disagree move it.

    Attributes
    ----------
    quantity, label, convention : what it is the ratio of.
    system : id.
    ratio, low, high : the ratio, and its span over all readings.
    text : the ratio as tables print it.
    favours : whether it is in the system's favour; None where neither, or the same.
    """

    quantity: str
    label: str
    convention: str
    system: str
    ratio: float
    low: float
    high: float
    text: str
    favours: bool | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a power bar.

    Attributes
    ----------
    system : id.
    group : one of `GROUPS`, or ``unexplained``.
    start, end : in kW.
    text : its length in kW.
    share : of the whole bar.
    """

    system: str
    group: str
    start: float
    end: float
    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Step:
    """One factor of a ratio, where it starts and ends when the factors are laid end to end."""

    quantity: str
    label: str
    inverse: bool
    start: float
    end: float
    text: str


def dots(
    found: Comparison, spans: Mapping[str, Mapping[str, tuple[float, float]]], language: str = "en"
) -> Sequence[Dot]:
    """The ratios of every row in which more or less is better, the largest first.

    Rows of one chip stand with the totals; what is only a part of another row is left to the table.
    """
    drawn = []
    for row in found.rows:
        for system in found.systems:
            ratio = row.ratios[system.id]
            if system.id == found.baseline or not ratio or ratio < 0 or row.quantity.name not in _DRAWN:
                continue
            low, high = spans.get(row.quantity.name, {}).get(system.id, (ratio, ratio))
            said = (found.label(row, language), found.convention(row, language), system.id)
            drawn.append(Dot(row.quantity.name, *said, ratio, low, high, figures.ratio(ratio), row.favours(system.id)))
    top = {name: max(dot.ratio for dot in drawn if dot.quantity == name) for name in {dot.quantity for dot in drawn}}
    return sorted(drawn, key=lambda dot: -top[dot.quantity])


_DRAWN = frozenset(
    {
        "flop_rate", "chips", "chip.flop_rate", "hbm.capacity", "hbm.bandwidth", "scale_up.bandwidth_per_direction", "scale_up.domain",
        "scale_out.bandwidth_per_direction", "power.all_in", "power_per_flop_rate", "power_per_hbm_bandwidth", "power_per_hbm_capacity",
        "racks", "price", "price_per_flop_rate",
    }
)  # fmt: skip


def segments(breakdowns: Sequence[PowerBreakdown]) -> Sequence[Segment]:
    """All-in power by group of parts, what no part accounts for last; only systems that publish an all-in power."""
    drawn: list[Segment] = []
    for found in breakdowns:
        whole = next(scope for scope in found.scopes if scope.scope == "all_in").published
        if not whole:
            continue
        at = 0.0
        powers = dict.fromkeys(GROUPS, 0.0)
        for part in found.parts:
            powers["scale_out" if part.role == "storage" else part.role] += part.power or 0.0
        for group, power in (*powers.items(), ("unexplained", whole - sum(powers.values()))):
            if power > 0:
                start, end = at / 1e3, (at + power) / 1e3
                text = figures.number(end - start, figures.decimals([end - start]))
                drawn.append(Segment(found.system, group, start, end, text, power / whole))
                at += power
    return drawn


def unexplained_share(breakdown: PowerBreakdown) -> float | None:
    """The share of a system's all-in power that no part accounts for; None where either is not known."""
    scope = next(scope for scope in breakdown.scopes if scope.scope == "all_in")
    if not scope.published or scope.unexplained is None:
        return None
    return scope.unexplained / scope.published


def steps(found: Why, comparison: Comparison, language: str = "en") -> Sequence[Step]:
    """The factors of a ratio laid end to end from 1."""
    laid = []
    at = 1.0
    for factor in found.factors:
        label = comparison.label_of(factor.quantity.name, language)
        laid.append(Step(factor.quantity.name, label, factor.power < 0, at, at * factor.ratio, f"×{factor.ratio:.3f}"))
        at *= factor.ratio
    return laid
