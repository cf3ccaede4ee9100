"""Trends, as tables to print."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc import figures, names
from calc.errors import UnknownNameError
from calc.tables import Table, render

if TYPE_CHECKING:
    from calc.spec.library import Library
    from calc.studies.trends import ModelTrend
    from calc.studies.trends_hardware import HardwareTrend, Paces

__all__ = ["FILES", "file", "hardware", "models", "paces"]

FILES = ("csv", "json", "md")
"""Kinds of file a trend can be kept as."""

_SAID = ("publisher", "title", "date", "url", "licence")


def models(found: ModelTrend) -> Table:
    """What may be said of the best models of two countries, each with its interval; below, why not more."""
    from calc.studies import narrate, narrate_trends
    from calc.studies.trends import Window

    plain = found.to_json()
    rows = [list(row) for row in narrate_trends.said_of(found)]
    notes = [] if isinstance(found.fit, Window) else [narrate.plain(narrate_trends.standfirst(found))]
    if len(found.leads) > 1:
        # Who leads changes only in some windows.
        notes.append(
            "Ahead: " + ", then ".join(f"{narrate_trends.called(who)} from {day}" for day, who in found.leads) + "."
        )
    return Table(
        ["What may be said", "Value", "95 % interval or day"] if rows else [], rows, plain,
        f"{narrate.plain(narrate_trends.headline(found))}.", [*notes, *found.caveats()],
        frozenset({1, 2}) if rows else frozenset(), _records(found), _LONG,
    )  # fmt: skip


_LONG = ("measure", "date", "value", "low", "high", "unit", "refused")
"""Columns of a file: a row for each measure and day; low and high are always a 95 % interval."""


def _known(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


def _records(found: ModelTrend) -> list[list[Any]]:
    """Everything that may be said of models, and why not what may not, as rows with the columns of a file."""
    from calc.studies.trends import Estimate, Lag, Refusal, Window

    def refused(measure: str, why: Refusal) -> list[Any]:
        return [measure, None, None, None, None, None, why.reason()]

    def interval(measure: str, of: Estimate, unit: str, day: str | None = None) -> list[Any]:
        return [measure, day, *map(_known, (of.value, of.low, of.high)), unit, None]

    def single(measure: str, value: float | None, unit: str, day: str | None = None) -> list[Any]:
        return [measure, day, None if value is None else round(value, 6), None, None, unit, None]

    if found.refused is not None:
        return [refused("all", found.refused)]
    days = [day.isoformat() for day in found.ends]
    rows = [single("gap", gap, "point", day) for day, gap in zip(days, found.gaps, strict=True)]
    rows += [interval("win_probability", one, "1", day) for day, one in zip(days, found.probability, strict=True)]
    rows += [single(f"gap_{word}", gap, "point", day.isoformat()) for word, (day, gap) in found.extremes.items()]
    rows += [[f"lead_from.{country}", day.isoformat(), *[None] * 5] for day, country in found.leads]
    if isinstance(fit := found.fit, Window):
        rows += [
            interval("slope.US", fit.us, "point/year"), interval("slope.CN", fit.cn, "point/year"),
            interval("slope.difference", fit.difference, "point/year"), single("china_faster", fit.positive, "1"),
        ]  # fmt: skip
        level = fit.to_json()["crossover"]
        rows += [
            [name, level[word], *[None] * 5]
            for name, word in (("level", "date"), ("level_low", "low"), ("level_high", "high"))
        ]
    elif fit is not None:
        rows += [refused(measure, fit) for measure in ("slope.US", "slope.CN", "slope.difference", "level")]
    if isinstance(found.open_fit, Estimate):
        rows.append(interval("open_weights.difference", found.open_fit, "point/year"))
    elif found.open_fit is not None:
        rows.append(refused("open_weights.difference", found.open_fit))
    if isinstance(lag := found.lag, Lag):
        rows += [
            single("lag_mean", lag.mean, "month"), single("lag_min", lag.low, "month"),
            single("lag_max", lag.high, "month"), single("lag_days", lag.days, "day"),
            single("lag_censored_days", lag.censored, "day"),
        ]  # fmt: skip
    elif lag is not None:
        rows.append(refused("lag_mean", lag))
    return rows


def hardware(found: HardwareTrend, *, frontier: bool = False) -> Table:
    """Growth and doubling time by country, through all and through records; or through records only."""
    from calc.studies import narrate_trends

    lines = [line for line in found.lines if line.frontier or not frontier]
    rows, records, refused = [], [], []
    for line in lines:
        what = "records" if line.frontier else "all"
        days = [one.day for one in line.made]
        window = [days[0].isoformat(), days[-1].isoformat()] if days else [None, None]
        years = f"{days[0].year} … {days[-1].year}" if days else "–"
        if line.refused is not None or line.growth is None:
            rows.append([line.group, what, str(len(line.made)), years, *["–"] * 5])
            records.append(
                [
                    line.group,
                    what,
                    len(line.made),
                    *window,
                    *[None] * 8,
                    line.refused.reason() if line.refused else None,
                ]
            )
            if line.refused is not None:
                refused.append(f"{line.refused.reason()[:-1]} ({what}).")
            continue
        growth, (value, ends) = line.growth, narrate_trends.doubling(line)
        moved = line.reach
        rows.append(
            [
                line.group, what, str(len(line.made)), years, f"{growth.value:+.0%}".replace("-", "−"),
                f"{growth.low:+.0%} … {growth.high:+.0%}".replace("-", "−"),
                narrate_trends.per_cents(moved) if moved else "–", value, ends,
            ]
        )  # fmt: skip
        doubled = line.to_json()["doubling_years"]
        records.append(
            [
                line.group, what, len(line.made), *window, growth.value, growth.low, growth.high,
                *(moved or (None, None)),
                *doubled.values(), None,
            ]
        )  # fmt: skip
    plain = found.to_json()
    if frontier:
        plain["lines"] = [line for line in plain["lines"] if line["through"] == "records"]
    per = {"chip": "per chip", "system": "per system", "watt": "per watt of the chip", "usd": "per dollar of the chip"}
    label = names.find(found.quantity).en.format(precision=found.precision, currency_year="")
    return Table(
        [
            "Country", "Through", "n", "Introduced", "A year", "95 % interval", "Other windows", "Doubles in, years",
            "95 % interval",
        ],
        rows, plain, f"{label} {per[found.per]}", [*refused, *found.caveats()], frozenset(range(2, 9)), records,
        [
            "country", "through", "n", "first", "last", "growth_per_year", "growth_low", "growth_high",
            "other_windows_least", "other_windows_most", "doubling_years", "doubling_low", "doubling_high", "refused",
        ],
    )  # fmt: skip


def _count(value: int | None) -> str:
    return "–" if value is None else figures.number(value, 0)


def paces(found: Paces) -> Table:
    """Two lines of systems with their announced successors, and why no date of level is given."""
    from calc.studies import narrate_trends
    from calc.studies.trends_hardware import FAMILIES

    listed = [(country, one) for country, family in FAMILIES.items() for one in family]
    unit, texts = figures.column(names.find(found.quantity), [found.values[one] for _, one in listed])
    steps = {one.after: one for one in found.paces}
    rows, records = [], []
    for (country, one), text in zip(listed, texts, strict=True):
        first, last = found.days[one]
        when = (
            first.isoformat()
            if first == last
            else str(first.year)
            if last.month != first.month
            else first.isoformat()[:7]
        )
        step = steps.get(one)
        growth = step.growth if step else None
        rows.append(
            [
                country, found.names[one], when, _count(found.chips[one]),
                f"{text} {unit}" if found.values[one] is not None else "–",
                figures.ratio(step.ratio) if step else "–",
                figures.ratio(1 + growth.value) if growth else "–",
                f"{figures.ratio(1 + growth.low)} … {figures.ratio(1 + growth.high)}" if growth else "–",
            ]
        )  # fmt: skip
        yearly = [1 + end for end in (growth.value, growth.low, growth.high)] if growth else [None] * 3
        records.append(
            [
                country, one, when, found.chips[one], found.values[one], step.ratio if step else None,
                step.chips_ratio if step else None, *yearly,
            ]
        )  # fmt: skip
    label = names.find(found.quantity).en.format(precision=found.precision.upper(), currency_year="")
    return Table(
        [
            "Country", "System", "Introduced", "Accelerators", label, "To the one before", "A year",
            "As dates may lie",
        ],
        rows, found.to_json(), "Two lines of systems and their announced successors",
        [
            narrate_trends.by_number_of_chips(), found.level.reason(), found.deployed.reason(),
        ],
        frozenset(range(3, 8)), records,
        [
            "country", "system", "introduced", "accelerators", f"{found.quantity} {found.unit}", "factor",
            "accelerators_factor", "factor_per_year", "factor_per_year_low", "factor_per_year_high",
        ],
    )  # fmt: skip


def file(found: ModelTrend, library: Library, kind: str = "csv") -> str:
    """A trend of models as a file to keep, with its source and the licence of that.

    Parameters
    ----------
    found : the trend.
    library : where the sources stand.
    kind : one of `FILES`.

    Raises
    ------
    UnknownNameError : where there is no such kind of file.
    """
    if kind not in FILES:
        raise UnknownNameError("kind of file", kind, FILES)
    table = models(found)
    source = library.known_sources.get(found.source, {})
    cited = [str(source.get(key, "")) for key in _SAID] if source else []
    if kind == "json":
        table.plain = {**table.plain, "sources": [{"id": found.source, **dict(zip(_SAID, cited, strict=False))}]}
    elif kind == "md":
        table.notes = [*table.notes, f"Source: {found.source}: {', '.join(cited)}."]
    text = render(table, kind) + "\n"
    if kind == "csv":
        text += f"\n{render(Table(['source', *_SAID], [[found.source, *cited]], {}), 'csv')}\n" if cited else ""
    return text
