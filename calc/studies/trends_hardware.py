"""How fast chips and systems of the catalogue grow, by country, and at what pace two lines of systems do.

A line is fitted to the logarithm of a figure over the day of introduction, once through every chip or system and once
through those that set a record. Rated power and prices are a chip's own; powers of other scopes are never mixed in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from calc import names
from calc.errors import CalcError, UnknownNameError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.physics import trends as measure
from calc.spec.library import Library, Spec
from calc.spec.system import compose
from calc.studies.trends import BLOCK, DAYS, DRAWS, LEAST, Estimate, Refusal, parse_day

__all__ = [
    "FAMILIES",
    "GROUPS",
    "PER",
    "QUANTITIES",
    "Growth",
    "HardwareTrend",
    "Made",
    "Pace",
    "Paces",
    "hardware",
    "introduced",
    "pace",
]

QUANTITIES = ("flop_rate", "hbm.capacity", "hbm.bandwidth")
"""What growth is asked of."""
PER = ("chip", "system", "watt", "usd")
"""A chip's own figure, a system's total, and a chip's figure over its rated power or its price."""
GROUPS = ("US", "CN", "all")
"""Whose chips a line goes through: of one country, or all."""
SIXTEEN = "16-bit"
"""The larger of a chip's BF16 and FP16, as some list their 16-bit rate under one name and some under the other."""
FAMILIES: Mapping[str, Sequence[str]] = {
    "CN": ("cloudmatrix-384", "atlas-950-superpod", "atlas-960-superpod"),
    "US": ("gb200-nvl72", "gb300-nvl72", "vera-rubin-nvl72"),
}
"""Systems and their announced successors, by country."""
PACED = (*QUANTITIES, "scale_up.bandwidth_per_direction")
"""What paces are asked of."""

# A wafer is as much as a whole server: among packages it would be the record for good.
_WAFER = 0.01


@dataclass(frozen=True, slots=True)
class Made:
    """One chip or system.

    Attributes
    ----------
    id, name, country : as in the catalogue.
    day : of introduction; the middle of the month or year where only that is known.
    value : of the figure asked for.
    record : whether none before it, in its own line, had as much.
    """

    id: str
    name: str
    country: str
    day: date
    value: float
    record: bool = False


@dataclass(frozen=True)
class Growth:
    """A line through the logarithm of figures.

    Attributes
    ----------
    group : one of `GROUPS`.
    frontier : whether it goes through records only.
    made : what it goes through.
    growth : a year [1/year].
    doubling : time to double; infinite for never [year].
    refused : why there is no line, or None.
    others : growth in windows a year or two shorter at either side, by their ends.
    """

    group: str
    frontier: bool
    made: tuple[Made, ...]
    growth: Estimate | None = None
    doubling: Estimate | None = None
    refused: Refusal | None = None
    others: tuple[tuple[date, date, float], ...] = ()

    @property
    def reach(self) -> tuple[float, float] | None:
        """Least and most growth over the other windows [1/year]; None where none holds enough."""
        grown = [value for _, _, value in self.others]
        return (min(grown), max(grown)) if grown else None

    def to_json(self) -> dict[str, Any]:
        """As plain values; ``never`` stands for an endless time."""
        plain: dict[str, Any] = {
            "country": self.group,
            "through": "records" if self.frontier else "all",
            "n": len(self.made),
        }
        if self.made:
            plain["window"] = {"from": self.made[0].day.isoformat(), "to": self.made[-1].day.isoformat()}
        if self.refused is not None or self.growth is None or self.doubling is None:
            return {**plain, **(self.refused.to_json() if self.refused else {})}
        return {
            **plain,
            "growth_per_year": self.growth.to_json(),
            "doubling_years": {
                word: round(value, 2) if math.isfinite(value) else "never"
                for word, value in (
                    ("value", self.doubling.value), ("low", self.doubling.low), ("high", self.doubling.high)
                )
            },
            "other_windows": [
                {"from": first.isoformat(), "to": last.isoformat(), "growth_per_year": round(value, 3)}
                for first, last, value in self.others
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class HardwareTrend:
    """How fast one figure grows.

    Attributes
    ----------
    quantity, per, precision, unit : what is asked; the unit is SI.
    lines : fits by country, through all and through records.
    left_out : ids without a date of introduction, announced ones, and wafers.
    sources : ids of the sources of the figures.
    """

    quantity: str
    per: str
    precision: str
    unit: str
    lines: tuple[Growth, ...]
    left_out: tuple[str, ...]
    sources: tuple[str, ...]

    def line(self, group: str, frontier: bool = False) -> Growth:
        """One of the lines."""
        return next(one for one in self.lines if one.group == group and one.frontier == frontier)

    def caveats(self, language: str = "en") -> list[str]:
        """What a reader has to know beside the figures."""
        from calc.studies.narrate_trends import hardware_caveats

        return hardware_caveats(self, language)

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.trend-hardware/1``."""
        every = {one.id: one for line in self.lines if not line.frontier for one in line.made}
        records = {one.id for line in self.lines if line.frontier for one in line.made}
        return {
            "schema": "podcalc.trend-hardware/1", "quantity": self.quantity, "per": self.per,
            "precision": self.precision, "unit": self.unit, "lines": [line.to_json() for line in self.lines],
            "points": [
                {"id": one.id, "country": one.country, "introduced": one.day.isoformat(), "value": one.value,
                 "record": one.id in records}
                for one in sorted(every.values(), key=lambda one: (one.day, one.id))
            ],
            "left_out": list(self.left_out), "sources": list(self.sources), "caveats": self.caveats(),
        }  # fmt: skip


def introduced(spec: Spec) -> date | None:
    """The day a spec says it was introduced; the middle of what it says where that is a month or a year.

    >>> from calc.spec.library import open_library
    >>> introduced(open_library().get("chip", "ascend-910c"))
    datetime.date(2025, 3, 15)
    """
    said = str(spec.words.get("introduced") or "")
    if not said:
        return None
    parts = [int(part) for part in said.split("-")]
    return (
        date(*parts) if len(parts) == 3 else date(parts[0], parts[1], 15) if len(parts) == 2 else date(parts[0], 7, 1)
    )


def _rates(precision: str) -> tuple[str, ...]:
    return ("bf16", "fp16") if precision == SIXTEEN else (precision,)


def _chip(spec: Spec, quantity: str, per: str, precision: str) -> tuple[float, list[str]] | None:
    """A chip's figure and the sources of it, or None where it has none."""
    if quantity == "flop_rate":
        found = [
            datum for rate in _rates(precision) if (datum := spec.figures.get(f"flop_rate.{rate}.dense")) is not None
        ]
    else:
        found = [datum for datum in [spec.figures.get(quantity)] if datum is not None]
    if not found:
        return None
    best = max(found, key=lambda datum: datum.value)
    value, sources = best.value, [best.source]
    if per in ("watt", "usd"):
        divided = spec.figures.get("power" if per == "watt" else "price")
        if divided is None or divided.value <= 0.0:
            return None
        value, sources = value / divided.value, [*sources, divided.source]
    return (value, sources) if value > 0.0 else None


def _system(library: Library, spec: Spec, quantity: str, precision: str) -> tuple[float, list[str]] | None:
    system = compose(library, spec.id)
    best: tuple[float, list[str]] | None = None
    for rate in _rates(precision) if quantity == "flop_rate" else ("bf16",):
        result = evaluate(system, Scenario(rate), [quantity])
        value = result.get(quantity)
        if value is not None and float(value) > 0.0 and (best is None or float(value) > best[0]):
            paths = [path for path in result.rests_on(quantity) if path in result.inputs]
            best = (float(value), [result.inputs[path].source for path in paths])
    return best


def _estimates(made: Sequence[Made], seed: int) -> tuple[Estimate, Estimate]:
    time = np.array([(one.day - made[0].day).days for one in made]) / DAYS
    values = np.log10([one.value for one in made])
    slope = float(measure.fitted_lines(time, values)[1])
    low, high = map(float, measure.percentile_interval(measure.line_draws(time, values, BLOCK, DRAWS, seed)[0, :, 1]))
    grown = Estimate(*(float(measure.growth(one)) for one in (slope, low, high)))
    # The faster end of the growth is the shorter end of the doubling.
    return grown, Estimate(*(float(measure.doubling_time(one)) for one in (slope, high, low)))


def _growth(group: str, frontier: bool, made: tuple[Made, ...], per: str, seed: int) -> Growth:
    if len(made) < LEAST:
        word = "prices" if per == "usd" else "few"
        return Growth(group, frontier, made, refused=Refusal(word, (str(len(made)), str(LEAST), group)))
    if made[-1].day == made[0].day:
        return Growth(group, frontier, made, refused=Refusal("few", ("1", str(LEAST), group)))
    grown, doubled = _estimates(made, seed)
    others = []
    for years in (1, 2):
        later = [one for one in made if (one.day - made[0].day).days >= years * DAYS]
        earlier = [one for one in made if (made[-1].day - one.day).days >= years * DAYS]
        for part in (later, earlier):
            if len(part) >= LEAST and part[-1].day > part[0].day:
                time = np.array([(one.day - part[0].day).days for one in part]) / DAYS
                slope = measure.fitted_lines(time, np.log10([one.value for one in part]))[1]
                others.append((part[0].day, part[-1].day, float(measure.growth(slope))))
    # Where nothing was introduced between, a cut of two years leaves the same as one of one.
    return Growth(group, frontier, made, grown, doubled, others=tuple(dict.fromkeys(others)))


def _records(made: Sequence[Made]) -> tuple[Made, ...]:
    found: list[Made] = []
    for one in made:
        if not found or one.value > found[-1].value:
            # Of two introduced on one day the larger is the record.
            if found and found[-1].day == one.day:
                found.pop()
            found.append(one)
    return tuple(found)


def hardware(
    library: Library,
    quantity: str = "flop_rate",
    per: str = "chip",
    *,
    precision: str = SIXTEEN,
    countries: Sequence[str] = GROUPS,
    start: str | None = None,
    end: str | None = None,
    announced: bool = False,
    seed: int = 0,
) -> HardwareTrend:
    """How fast one figure of chips or systems grows.

    Parameters
    ----------
    library : the catalogue.
    quantity : one of `QUANTITIES`.
    per : one of `PER`.
    precision : number format of a dense rate, or ``16-bit`` for the larger of BF16 and FP16.
    countries : of `GROUPS`, those to fit.
    start, end : days or months between which it was introduced.
    announced : count what is merely announced.
    seed : of the draws.

    Returns
    -------
    HardwareTrend : with a refusal in place of a line through fewer than eight.

    Raises
    ------
    UnknownNameError : where there is no such quantity, measure, precision or country.

    >>> from calc.spec.library import open_library
    >>> found = hardware(open_library())
    >>> found.line("US").growth.low > 0.1, found.line("CN", frontier=True).refused.why
    (True, 'few')
    """
    for what, given, allowed in (
        ("quantity of trends", quantity, QUANTITIES), ("measure of trends", per, PER),
        ("precision", precision, (SIXTEEN, *names.PRECISIONS)),
    ):  # fmt: skip
        if given not in allowed:
            raise UnknownNameError(what, given, allowed)
    for country in countries:
        if country not in GROUPS:
            raise UnknownNameError("country of trends", country, GROUPS)
    first = parse_day(start) if start else date.min
    last = parse_day(end, last=True) if end else date.max
    if last < first:
        raise CalcError(f"the window ends on {last} before it starts on {first}; give --from the earlier day")
    kind = "system" if per == "system" else "chip"
    made: list[Made] = []
    left_out, sources = [], set()
    for spec_id in library.ids(kind):
        spec = library.get(kind, spec_id)
        if "all" not in countries and spec.words.get("country") not in countries:
            continue
        area = spec.figures.get("die_area")
        if (spec.words.get("status") == "announced" and not announced) or (
            kind == "chip" and area is not None and area.value > _WAFER
        ):
            left_out.append(spec_id)
            continue
        found = (
            _system(library, spec, quantity, precision) if kind == "system" else _chip(spec, quantity, per, precision)
        )
        day = introduced(spec)
        if found is None:
            continue
        if day is None:
            left_out.append(spec_id)
        elif first <= day <= last:
            made.append(Made(spec_id, spec.short, str(spec.words.get("country", "")), day, found[0]))
            sources.update(found[1])
    made.sort(key=lambda one: (one.day, one.value, one.id))
    lines = []
    for country in countries:
        of = tuple(one for one in made if country in ("all", one.country))
        lines += [_growth(country, False, of, per, seed), _growth(country, True, _records(of), per, seed)]
    base = {"flop_rate": "FLOP/s", "hbm.capacity": "B", "hbm.bandwidth": "B/s"}[quantity]
    unit = base if per in ("chip", "system") else f"({base})/W" if per == "watt" else f"({base})/USD"
    return HardwareTrend(quantity, per, precision, unit, tuple(lines), tuple(left_out), tuple(sorted(sources)))


@dataclass(frozen=True, slots=True)
class Pace:
    """From one system to its successor.

    Attributes
    ----------
    country : of the two.
    before, after : their ids.
    ratio : of the figure.
    growth : a year, with what the dates leave open; None where these may be less than three months apart [1/year].
    chips_ratio : of the number of accelerators; None where a spec has none.
    """

    country: str
    before: str
    after: str
    ratio: float
    growth: Estimate | None
    chips_ratio: float | None = None


@dataclass(frozen=True)
class Paces:
    """Two lines of systems and their announced successors.

    Attributes
    ----------
    quantity, precision, unit : what is asked.
    values : figures by system; None where its spec has none.
    days : first and last day on which each may be introduced, by system.
    names : of the systems.
    paces : between each system and its successor.
    level : why no date of level is given.
    deployed : why no growth of what is deployed is given.
    chips : accelerators by system; None where its spec has none.
    """

    quantity: str
    precision: str
    unit: str
    values: Mapping[str, float | None]
    days: Mapping[str, tuple[date, date]]
    names: Mapping[str, str]
    paces: tuple[Pace, ...]
    level: Refusal
    deployed: Refusal
    chips: Mapping[str, int | None]

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.trend-pace/1``."""
        return {
            "schema": "podcalc.trend-pace/1", "quantity": self.quantity, "precision": self.precision, "unit": self.unit,
            "systems": {
                country: [
                    {
                        "system": one,
                        "introduced": [day.isoformat() for day in self.days[one]],
                        "accelerators": self.chips[one],
                        "value": self.values[one],
                    }
                    for one in family
                ]
                for country, family in FAMILIES.items()
            },
            "paces": [
                {"country": one.country, "from": one.before, "to": one.after, "ratio": round(one.ratio, 4),
                 "accelerators_ratio": None if one.chips_ratio is None else round(one.chips_ratio, 4),
                 "growth_per_year": one.growth.to_json() if one.growth else None}
                for one in self.paces
            ],
            "level": self.level.to_json(), "deployed": self.deployed.to_json(),
        }  # fmt: skip


def _span(said: str) -> tuple[date, date]:
    """The first and the last day that a date of a spec may mean."""
    if len(said) == 4:
        return date(int(said), 1, 1), date(int(said), 12, 31)
    return (parse_day(said), parse_day(said, last=True))


def pace(library: Library, quantity: str = "flop_rate", precision: str = "bf16") -> Paces:
    """The paces of CloudMatrix 384 and of GB200 NVL72 to their announced successors.

    Three systems are no trend: paces between neighbours are given as facts, and no date on which they would be level.

    Parameters
    ----------
    library : the catalogue.
    quantity : of a whole system, one of `PACED`.
    precision : number format of dense rates.

    Raises
    ------
    UnknownNameError : where there is no such quantity or precision.

    >>> from calc.spec.library import open_library
    >>> found = pace(open_library(), "hbm.capacity")
    >>> [round(one.ratio, 1) for one in found.paces], found.level.why
    ([24.0, 3.8, 1.5, 1.0], 'paces')
    """
    if quantity not in PACED:
        raise UnknownNameError("quantity of paces", quantity, PACED)
    values: dict[str, float | None] = {}
    chips: dict[str, int | None] = {}
    days: dict[str, tuple[date, date]] = {}
    called: dict[str, str] = {}
    for one in (one for family in FAMILIES.values() for one in family):
        spec = library.get("system", one)
        result = evaluate(compose(library, one), Scenario(precision), [quantity, "chips"])
        value, count_of = result.get(quantity), result.get("chips")
        chips[one] = None if count_of is None else round(float(count_of))
        values[one], days[one] = None if value is None else float(value), _span(str(spec.words["introduced"]))
        called[one] = spec.short
    found = []
    for country, family in FAMILIES.items():
        listed = [one for one in family if values[one] is not None]
        for before, after in pairwise(listed):
            ratio = float(values[after] or 0.0) / float(values[before] or 1.0)
            held, holds = chips[before], chips[after]
            of_chips = holds / held if held and holds else None
            found.append(Pace(country, before, after, ratio, _yearly(ratio, days[before], days[after]), of_chips))
    shown = names.find(quantity).unit
    count = min(sum(values[one] is not None for one in family) for family in FAMILIES.values())
    return Paces(
        quantity, precision, shown, values, days, called, tuple(found), Refusal("paces", (str(count), str(LEAST))),
        Refusal("deployed"), chips,
    )  # fmt: skip


def _yearly(ratio: float, before: tuple[date, date], after: tuple[date, date]) -> Estimate | None:
    shortest, longest = (after[0] - before[1]).days / DAYS, (after[1] - before[0]).days / DAYS
    # Dates known by the year alone may be a day apart: then no pace a year follows.
    if shortest < 0.25:
        return None
    middle = (shortest + longest) / 2.0
    ends = sorted(ratio ** (1.0 / years) - 1.0 for years in (shortest, longest))
    return Estimate(ratio ** (1.0 / middle) - 1.0, ends[0], ends[1])
