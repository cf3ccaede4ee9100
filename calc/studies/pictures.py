"""What the charts of a comparison draw: positions and texts, so that pages only place them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from calc import figures
from calc.studies.compare import Comparison
from calc.studies.frontier import Point
from calc.studies.power import PowerBreakdown, PowerPart
from calc.studies.shown import MAIN
from calc.studies.why import Why

__all__ = [
    "GROUPS",
    "Dot",
    "Segment",
    "Step",
    "around",
    "beyond",
    "by_group",
    "crowded",
    "dots",
    "in_corner",
    "is_right",
    "log_ticks",
    "merged",
    "places",
    "segments",
    "sizes",
    "steps",
    "widened",
]

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

    @property
    def middle(self) -> float:
        """Where a text in it is centred, in kW."""
        return (self.start + self.end) / 2.0

    def is_wide(self, among: Sequence[Segment], share: float) -> bool:
        """Whether it is longer than a share of the longest bar."""
        return self.end - self.start > share * max(segment.end for segment in among)


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
    """The ratios of the main rows in which more or less is better, the largest first."""
    drawn = []
    for row in found.rows:
        wanted = row.quantity.name in MAIN and row.quantity.better is not None
        for system in found.systems:
            ratio = row.ratios[system.id]
            if system.id == found.baseline or not ratio or ratio < 0 or not wanted:
                continue
            low, high = spans.get(row.quantity.name, {}).get(system.id, (ratio, ratio))
            said = (found.label(row, language), found.convention(row, language), system.id)
            drawn.append(Dot(row.quantity.name, *said, ratio, low, high, figures.ratio(ratio), row.favours(system.id)))
    top = {name: max(dot.ratio for dot in drawn if dot.quantity == name) for name in {dot.quantity for dot in drawn}}
    return sorted(drawn, key=lambda dot: -top[dot.quantity])


def by_group(parts: Iterable[PowerPart]) -> dict[str, float]:
    """Power of some parts by the group they count to [W], every one of `GROUPS` in order."""
    powers = dict.fromkeys(GROUPS, 0.0)
    for part in parts:
        powers["scale_out" if part.role == "storage" else part.role] += part.power or 0.0
    return powers


def segments(breakdowns: Sequence[PowerBreakdown]) -> Sequence[Segment]:
    """All-in power by group of parts, what no part accounts for last; only systems that publish an all-in power."""
    drawn: list[Segment] = []
    for found in breakdowns:
        whole = next(scope for scope in found.scopes if scope.scope == "all_in").published
        if not whole:
            continue
        at = 0.0
        powers = by_group(found.parts)
        for group, power in (*powers.items(), ("unexplained", whole - sum(powers.values()))):
            if power > 0:
                start, end = at / 1e3, (at + power) / 1e3
                text = figures.number(end - start, figures.decimals([end - start]))
                drawn.append(Segment(found.system, group, start, end, text, power / whole))
                at += power
    return drawn


def steps(found: Why, comparison: Comparison, language: str = "en") -> Sequence[Step]:
    """The factors of a ratio laid end to end from 1."""
    laid = []
    at = 1.0
    for factor in found.factors:
        label = comparison.label_of(factor.quantity.name, language)
        laid.append(Step(factor.quantity.name, label, factor.power < 0, at, at * factor.ratio, f"×{factor.ratio:.3f}"))
        at *= factor.ratio
    return laid


def around(values: Sequence[float], low: float | None, high: float | None) -> tuple[float, float]:
    """The ends of a log axis that holds some values with room for their labels.

    Parameters
    ----------
    values : above zero.
    low, high : what the axis holds in any case; nothing where None.

    >>> around([2.0, 8.0], 0.25, 4.0)
    (0.25, 12.0)
    """
    least, most = min(values) / 1.3, max(values) * 1.5
    return (least if low is None else min(low, least)), (most if high is None else max(high, most))


def beyond(values: Sequence[float]) -> float:
    """The end of an axis from zero that leaves room for a text beyond the largest value."""
    return max(values) * 1.17


def log_ticks(low: float, high: float) -> list[float]:
    """Round values on a log axis: the coarsest steps that give at least four, or else the finest.

    >>> log_ticks(300.0, 1500.0), log_ticks(2.0, 30_000.0)
    ([300.0, 400.0, 500.0, 600.0, 800.0, 1000.0], [10.0, 100.0, 1000.0, 10000.0])
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks: list[float] = []
    for steps in ((1,), (1, 2, 5), (1, 2, 3, 4, 5, 6, 8)):
        ticks = [step * 10.0**decade for decade in decades for step in steps if low <= step * 10.0**decade <= high]
        if len(ticks) >= 4:
            break
    return ticks


def places(points: Sequence[Point], across: figures.Scale, up: figures.Scale) -> Sequence[tuple[float, float]]:
    """Points in the units that their axes are shown in."""
    return [(point.x * across.factor, point.y * up.factor) for point in points]


def is_right(value: float, values: Sequence[float]) -> bool:
    """Whether a value lies in the right half of a log axis that holds some values."""
    return value * value > min(values) * max(values)


def in_corner(across: Sequence[float], up: Sequence[float], count: int) -> Sequence[tuple[float, float]]:
    """Places for the lines of a key in the lower left corner of two log axes, the lowest first.

    Parameters
    ----------
    across, up : ends of the axes.
    count : lines of the key.
    """
    x = across[0] * (across[1] / across[0]) ** 0.02
    return [(x, up[0] * (up[1] / up[0]) ** ((line + 1.7) / 20.0)) for line in range(count)]


def crowded(points: Sequence[Point], first: Sequence[str]) -> frozenset[str]:
    """Ids of the named points whose name goes below its point, as it would stand on a neighbour's above.

    Of two that are close, the lower one's; the right one's where they are level.
    """
    named = [point for point in points if point.id in first]
    below: set[str] = set()
    for before, point in itertools.pairwise(named):
        near = max(point.x / before.x, before.x / point.x) < 1.5 and max(point.y / before.y, before.y / point.y) < 1.4
        if near and before.id not in below:
            below.add(before.id if before.y < point.y else point.id)
    return frozenset(below)


def merged(points: Sequence[Point], first: Sequence[str]) -> Sequence[Point]:
    """Points of which equal ones are drawn once, under the name of the one that comes first in `first`.

    Chips stand in several systems; as points of one chip they are the same.
    """
    kept: dict[tuple[float, float], Point] = {}
    for point in sorted(points, key=lambda point: first.index(point.id) if point.id in first else len(first)):
        held = kept.get((point.x, point.y))
        if held is None or (point.id in first and held.id in first):
            kept[point.x, point.y] = point if held is None else replace(held, name=f"{held.name}, {point.name}")
    return sorted(kept.values(), key=lambda point: point.x)


def sizes(values: Sequence[float]) -> Sequence[float]:
    """Areas of marks in square pixels for some figures above zero, on a log scale.

    >>> sizes([1.0, 10.0, 100.0]), sizes([2.0, 2.0])
    ([40.0, 170.0, 300.0], [170.0, 170.0])
    """
    low, high = math.log(min(values)), math.log(max(values))
    return [170.0 if high == low else 40.0 + 260.0 * (math.log(value) - low) / (high - low) for value in values]


def widened(values: Sequence[float], share: float) -> tuple[float, float]:
    """The ends of an even axis that holds some values, with a share of their span on either side for their labels.

    >>> widened([2.0, 3.0], 0.5), widened([2.0, 2.0], 0.5)
    ((1.5, 3.5), (1.0, 3.0))
    """
    low, high = min(values), max(values)
    room = share * (high - low) or 0.5 * abs(high) or 1.0
    return low - room, high + room
