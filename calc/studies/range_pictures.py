"""What the charts of ranges draw: bands and swings as positions and texts, so that pages only place them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calc import figures
from calc.studies.narrate_ranges import percent
from calc.studies.sensitivity import Sensitivity
from calc.studies.shown import MAIN
from calc.studies.uncertainty import Bands

__all__ = ["Spread", "Stake", "Swung", "spreads", "stakes", "swings"]

_SMALL = 0.005
_STILL = 1e-9


@dataclass(frozen=True, slots=True)
class Spread:
    """One ratio, and where its draws lie.

    Attributes
    ----------
    quantity, label, convention : what it is the ratio of.
    system : id.
    adopted, median, low, high : as adopted, and over the draws.
    text, span, middle : the ratio as adopted, the ends of the band, and the median, as tables print them.
    favours : whether the ratio as adopted is in the system's favour; None where neither, or the same.
    """

    quantity: str
    label: str
    convention: str
    system: str
    adopted: float
    median: float
    low: float
    high: float
    text: str
    span: str
    middle: str
    favours: bool | None

    @property
    def moves(self) -> bool:
        """Whether its draws differ at all."""
        return self.low < self.high


@dataclass(frozen=True, slots=True)
class Swung:
    """An answer with one figure moved to one end of its range.

    Attributes
    ----------
    label : whose figure it is, and what it is called.
    systems : ids of those that use it.
    start, end : the answer as adopted, and with the figure there.
    text : the figure's value there, with its unit.
    answer : the answer there as a table prints it.
    high : whether it is the high end of the figure.
    right : whether its text stands to the right of where the answer is.
    favours : whether it is better for the system in question than what was adopted; None where it is the same.
    """

    label: str
    systems: tuple[str, ...]
    start: float
    end: float
    text: str
    answer: str
    high: bool
    right: bool
    favours: bool | None


@dataclass(frozen=True, slots=True)
class Stake:
    """The part of an answer's variance that one word has.

    Attributes
    ----------
    labels : the figures that it moves together.
    systems : ids of those that use them.
    source : whose word.
    first, total : as texts, in per cent.
    """

    labels: tuple[str, ...]
    systems: tuple[str, ...]
    source: str
    first: str
    total: str


def spreads(found: Bands, language: str = "en") -> Sequence[Spread]:
    """The ratios of the main rows in which more or less is better, the largest first.

    Parameters
    ----------
    found : the comparison with its draws.
    language : en or zh.
    """
    drawn = []
    for row in found.comparison.rows:
        name = row.quantity.name
        if name not in MAIN or row.quantity.better is None:
            continue
        for system_id, band in found.ratios.get(name, {}).items():
            if min(band.adopted, band.low) <= 0.0:
                continue
            low, high, middle = (figures.ratio(one) for one in (band.low, band.high, band.median))
            drawn.append(
                Spread(
                    name, found.comparison.label(row, language), found.comparison.convention(row, language), system_id,
                    band.adopted, band.median, band.low, band.high, figures.ratio(band.adopted),
                    low if low == high else f"{low} … {high}", middle, row.favours(system_id),
                )
            )  # fmt: skip
    top = {name: max(one.adopted for one in drawn if one.quantity == name) for name in {one.quantity for one in drawn}}
    return sorted(drawn, key=lambda one: -top[one.quantity])


def swings(found: Sensitivity, language: str = "en", most: int = 10) -> Sequence[Swung]:
    """The answer with each figure at its low and its high, the figures that move it most first, two ends of each.

    Parameters
    ----------
    found : what the answer hangs on.
    language : en or zh.
    most : figures at most; those that do not move it are left out.
    """
    better, drawn = found.outcome.better, []
    for one in found.swings[:most]:
        if one.width <= _STILL * abs(found.adopted):
            continue
        label = f"{_whose(one.systems, found, language)}{'：' if language == 'zh' else ': '}{one.label(language)}"
        low, high = one.ends()
        ends = ((f"{low} {high.partition(' ')[2]}".strip(), one.at_low), (high, one.at_high))
        for number, (text, answer) in enumerate(ends):
            away, other = answer - found.adopted, ends[1 - number][1] - found.adopted
            still = abs(away) <= _STILL * abs(found.adopted)
            # Of two ends on one side, the name of the nearer stands on the other.
            right = away > 0.0 if abs(away) >= abs(other) or away * other < 0.0 else other < 0.0
            verdict = None if still or better is None else (away > 0.0) is (better == "higher")
            drawn.append(
                Swung(
                    label, one.systems, found.adopted, answer, text, figures.ratio(answer), number == 1, right, verdict
                )
            )  # fmt: skip
    return drawn


def stakes(found: Sensitivity, language: str = "en") -> Sequence[Stake]:
    """Whose word has what part of the variance, the largest first; parts below half a per cent are left out."""
    drawn = []
    for share in found.shares:
        if max(share.first, share.total) < _SMALL:
            continue
        moved = [found.swings[place] for place in share.swings]
        systems = tuple(dict.fromkeys(one for swing in moved for one in swing.systems))
        # An estimate of a share may fall a little outside of what a share can be.
        first, total = (percent(min(max(part, 0.0), 1.0), language) for part in (share.first, share.total))
        drawn.append(Stake(tuple(one.label(language) for one in moved), systems, share.source, first, total))
    return drawn


def _whose(systems: Sequence[str], found: Sensitivity, language: str) -> str:
    return ("、" if language == "zh" else " and ").join(found.titles[one] for one in systems)
