"""How the best models of two countries move over time, and what may honestly be said of it.

One source on one scale at a time. The frontier of a country is its best score on the snapshot in force, carried forward
until the next; slopes are fitted to its values at the ends of months, with intervals from residuals drawn in blocks.
What a window cannot carry is a `Refusal`, never a number.
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calc.errors import CalcError, Fault, SpecError, UnknownNameError
from calc.physics import trends as measure
from calc.spec.library import built_in

__all__ = [
    "COUNTRIES",
    "SCALES",
    "Estimate",
    "Lag",
    "ModelTrend",
    "Point",
    "Refusal",
    "Row",
    "Window",
    "jumps",
    "models",
    "month",
    "own_sources",
    "parse_day",
    "preferred",
    "reach",
    "read_boards",
    "releases",
]

COUNTRIES = ("US", "CN", "rest")
"""Whose frontiers are followed: the United States, China, and the rest of the world together."""
SCALES = ("raw", "style")
"""Scales of the project's own table: as first published, and with the style of answers controlled for."""

LEAST = 8
DRAWS, BLOCK = 4000, 3
DAYS = 365.25
MONTH = DAYS / 12
_APART = 21
_DEFAULT_END = date(2025, 7, 28)
_LARGEST = 16 << 20
_NEEDED = ("date", "country", "weights", "model", "score", "scale", "source")
_MORE = ("organization", "low", "high", "excluded")
_WEIGHTS = ("open", "closed", "unknown")
# What archives call the same.
_ALIASES = {"org": "organization", "elo": "score", "ci_lo": "low", "ci_hi": "high", "open_weights": "weights"}
_OPEN = {"1": "open", "0": "closed", "": "unknown"}
_LARGEST_SCORE = 100_000.0
_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the data cannot carry an answer.

    Attributes
    ----------
    why : ``short``, ``scales``, ``missing``, ``few``, ``prices``, ``scopes``, ``deployed`` or ``paces``.
    values : what the sentence names, in order.
    """

    why: str
    values: tuple[str, ...] = ()

    def reason(self, language: str = "en") -> str:
        """In words; see `calc.studies.narrate_trends.refusal`."""
        from calc.studies.narrate_trends import refusal

        return refusal(self, language)

    def to_json(self) -> dict[str, str]:
        """As it stands in place of an answer."""
        return {"refused": self.reason()}


@dataclass(frozen=True, slots=True)
class Row:
    """One model on one snapshot of a leaderboard; ``low`` and ``high`` are None where no interval is given."""

    day: date
    country: str
    weights: str
    model: str
    organization: str
    score: float
    low: float | None
    high: float | None
    scale: str
    source: str
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """The best model of a country from a day on.

    Attributes
    ----------
    day : of the snapshot.
    score, low, high : its rating and the 95 % interval, None where not given [point].
    model, organization : which it is.
    """

    day: date
    score: float
    low: float | None
    high: float | None
    model: str
    organization: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def distinct(self) -> bool:
        """Whether the interval leaves out zero."""
        return not self.low <= 0.0 <= self.high

    def to_json(self) -> dict[str, float]:
        """As plain values, to a thousandth."""
        return {"value": round(self.value, 3), "low": round(self.low, 3), "high": round(self.high, 3)}


@dataclass(frozen=True, slots=True)
class Lag:
    """How long one country is behind the other [month].

    Attributes
    ----------
    mean, low, high : over the days on which it is known; None where it is on none.
    last : on the last day.
    days, censored : how many days there are, and on how many it is only known to be longer than the window so far.
    at_release : mean over the days on which the frontier behind rose, None where all are censored.
    matched : for each model ahead that was reached, how long that took.
    unmatched : how many were not reached in the window.
    """

    mean: float | None
    low: float | None
    high: float | None
    last: float | None
    days: int
    censored: int
    at_release: float | None
    matched: tuple[tuple[str, float], ...]
    unmatched: int


@dataclass(frozen=True, slots=True)
class Window:
    """Lines fitted to the ends of the months of a window.

    Attributes
    ----------
    start, end : its days.
    us, cn : slopes [point/year].
    difference : slope of China less slope of the United States [point/year].
    positive : share of the draws in which China's is the larger.
    crossover : date on which the lines meet, with the interval of the draws [year since ``start``'s month end];
        infinite for never.
    origin : the day that it counts from.
    """

    start: date
    end: date
    us: Estimate
    cn: Estimate
    difference: Estimate
    positive: float
    crossover: Estimate
    origin: date

    def to_json(self) -> dict[str, Any]:
        """As plain values; ``never`` stands for a date."""
        return {
            "slopes": {"US": self.us.to_json(), "CN": self.cn.to_json()},
            "difference": {**self.difference.to_json(), "p_positive": round(self.positive, 4)},
            "crossover": {
                "date": month(self.origin, self.crossover.value),
                "low": month(self.origin, self.crossover.low),
                "high": month(self.origin, self.crossover.high),
            },
        }


@dataclass(frozen=True)
class ModelTrend:
    """How the best models of the United States and of China moved in a window.

    Attributes
    ----------
    start, end : first and last day.
    scale, source : of the scores; empty where the window mixes several.
    open_weights : whether only models with open weights count.
    frontier : best models by country, a point where the best or its rating changed.
    refused : why nothing can be said of the two together, or None.
    ends : the ends of months, the last at the window's end.
    gaps : the United States less China on those days [point].
    share : the gap over China's score.
    probability : that the model of the United States is preferred, with its interval; NaN where ratings have none.
    extremes : days and gaps of the first, smallest, largest and last gap.
    lag : how far China is behind.
    fit : lines, or why there are none.
    linked : slopes after the mean shift of models that did not change is taken out, or None where it is not known.
    others : the same lines from other windows.
    open_gap : best model of all less best model with open weights, on ``ends``; empty where not known.
    open_fit : slope of the second less slope of the first, or why not.
    leads : days on which another country took the lead, with the country.
    excluded : rows of the window that do not count, with the reason.
    path : the gap on each snapshot [point].
    """

    start: date
    end: date
    scale: str
    source: str
    open_weights: bool
    frontier: Mapping[str, tuple[Point, ...]]
    refused: Refusal | None = None
    ends: tuple[date, ...] = ()
    gaps: tuple[float, ...] = ()
    share: tuple[float, ...] = ()
    probability: tuple[Estimate, ...] = ()
    extremes: Mapping[str, tuple[date, float]] = field(default_factory=dict)
    lag: Lag | Refusal | None = None
    fit: Window | Refusal | None = None
    linked: tuple[float, float] | None = None
    others: tuple[Window, ...] = ()
    open_gap: tuple[float, ...] = ()
    open_fit: Estimate | Refusal | None = None
    leads: tuple[tuple[date, str], ...] = ()
    excluded: tuple[Row, ...] = ()
    path: tuple[tuple[date, float], ...] = ()

    def caveats(self, language: str = "en") -> list[str]:
        """What a reader has to know beside the figures; see `calc.studies.narrate_trends.caveats`."""
        from calc.studies.narrate_trends import caveats

        return caveats(self, language)

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.trend/1``; scores in points, slopes in points a year."""
        plain: dict[str, Any] = {
            "schema": "podcalc.trend/1",
            "window": {"from": self.start.isoformat(), "to": self.end.isoformat()},
            "scale": self.scale, "source": self.source, "weights": "open" if self.open_weights else "all",
            "units": {"score": "point", "gap": "point", "lag": "month", "slope": "point/year"},
            "frontier": {
                country: [[point.day.isoformat(), point.score, point.model] for point in points]
                for country, points in self.frontier.items()
            },
        }  # fmt: skip
        if self.refused is not None:
            said = self.refused.to_json()
            parts = ["gap", "win_probability", "lag_months", "slopes", "difference", "crossover"]
            # One country's frontier stands without the other's, but not joined over scales.
            parts += ["frontier", "scale", "source"] if self.refused.why == "scales" else []
            return {**plain, **said, **{part: dict(said) for part in parts}, "caveats": self.caveats()}
        dated = [end.isoformat() for end in self.ends]
        plain |= {
            "gap": [[day, round(gap, 2)] for day, gap in zip(dated, self.gaps, strict=True)],
            "gap_percent": [[day, round(100 * share, 2)] for day, share in zip(dated, self.share, strict=True)],
            "gap_extremes": {
                word: [day.isoformat(), round(gap, 2)] for word, (day, gap) in self.extremes.items()
            },
            "win_probability": [[day, round(p.value, 4)] for day, p in zip(dated, self.probability, strict=True)],
            "win_probability_interval": [
                [day, round(p.low, 4), round(p.high, 4)] if math.isfinite(p.low) else [day, None, None]
                for day, p in zip(dated, self.probability, strict=True)
            ],
            "lag_months": _lag_json(self.lag),
        }  # fmt: skip
        if isinstance(self.fit, Window):
            plain |= self.fit.to_json()
            plain["distinguishable"] = self.fit.difference.distinct
        elif self.fit is not None:
            plain |= {part: self.fit.to_json() for part in ("slopes", "difference", "crossover")}
        if self.linked is not None:
            plain["slopes_without_rescaling"] = {"US": round(self.linked[0], 2), "CN": round(self.linked[1], 2)}
        plain["other_windows"] = [
            {"from": one.start.isoformat(), "to": one.end.isoformat(), **one.to_json()} for one in self.others
        ]
        if self.open_fit is not None:
            plain["open_weights"] = {
                "gap_to_best": [[day, round(gap, 2)] for day, gap in zip(dated, self.open_gap, strict=False)],
                "difference": self.open_fit.to_json(),
            }
        plain["leads"] = [[day.isoformat(), country] for day, country in self.leads]
        return {**plain, "caveats": self.caveats()}


def _lag_json(lag: Lag | Refusal | None) -> dict[str, Any]:
    if not isinstance(lag, Lag):
        return lag.to_json() if lag else {}

    def shown(value: float | None) -> float | None:
        return None if value is None else round(value, 2)

    return {
        "mean": shown(lag.mean), "min": shown(lag.low), "max": shown(lag.high), "last": shown(lag.last),
        "days": lag.days, "censored_days": lag.censored, "at_release_mean": shown(lag.at_release),
        "catch_up": {
            "mean": shown(sum(months for _, months in lag.matched) / len(lag.matched)) if lag.matched else None,
            "matched": [[model, round(months, 2)] for model, months in lag.matched], "unmatched": lag.unmatched,
        },
    }  # fmt: skip


def preferred(gap: float) -> float:
    """How probable it is that the model of the United States is preferred; see `calc.physics.trends.win_probability`.

    >>> round(preferred(48.0), 4)
    0.5686
    """
    return float(measure.win_probability(gap))


def month(origin: date, years: float) -> str:
    """A month some years after a day, as ``2034-11``; ``never`` where that is endless or beyond the calendar.

    >>> month(date(2024, 7, 31), 1.0), month(date(2024, 7, 31), math.inf)
    ('2025-07', 'never')
    """
    if not math.isfinite(years) or not 1.0 < origin.year + years < 9998.0:
        return "never"
    return (origin + timedelta(days=years * DAYS)).isoformat()[:7]


def parse_day(text: str, *, last: bool = False) -> date:
    """A day as ``2024-07-07``, or a month as ``2024-07`` for its first day, or its last.

    Raises
    ------
    CalcError : where it is neither.

    >>> parse_day("2024-07"), parse_day("2025-02", last=True)
    (datetime.date(2024, 7, 1), datetime.date(2025, 2, 28))
    """
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?", text.strip())
    try:
        if found:
            year, of = int(found[1]), int(found[2])
            return date(year, of, int(found[3]) if found[3] else monthrange(year, of)[1] if last else 1)
    except (ValueError, IndexError):
        pass
    raise CalcError(f"{text!r} is no date; write 2024-07-07, or 2024-07 for the month")


def _number(text: str) -> float:
    value = float(text)
    if not abs(value) <= _LARGEST_SCORE:
        raise ValueError
    return value


def read_boards(path: str | os.PathLike[str]) -> tuple[Row, ...]:
    """Snapshots of a leaderboard from a table with the columns that ``specs/trends/README.md`` describes.

    Parameters
    ----------
    path : of a CSV file.

    Returns
    -------
    tuple : its rows, by date.

    Raises
    ------
    SpecError : with every row that is wrong, as file:line:column.
    """
    shown = str(path)
    try:
        content = Path(path).read_bytes()
        if len(content) > _LARGEST:
            raise SpecError(
                [Fault(shown, 1, 1, "", f"is {len(content):,} bytes; a leaderboard is at most {_LARGEST:,}")]
            )
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise SpecError([Fault(shown, 1, 1, "", f"cannot be read: {error.strerror or error}")]) from None
    except UnicodeDecodeError:
        raise SpecError([Fault(shown, 1, 1, "", "is not UTF-8 text; save the table as CSV in UTF-8")]) from None
    return _rows(text, shown)


def _rows(text: str, shown: str) -> tuple[Row, ...]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows: list[Row] = []
    faults: list[Fault] = []
    seen: dict[tuple[date, str, str, str], tuple[int, Row]] = {}
    try:
        columns = [_ALIASES.get(name.strip(), name.strip()) for name in reader.fieldnames or [] if name]
        missing = [name for name in _NEEDED if name not in columns]
        if missing:
            said = f"has no column {', '.join(map(repr, missing))}; a leaderboard has {', '.join(_NEEDED)}"
            raise SpecError([Fault(shown, 1, 1, "", said)])
        reader.fieldnames = columns
        for values in reader:
            line = reader.line_num
            texts = {key: value.strip() for key, value in values.items() if isinstance(value, str)}
            found = _row({name: texts.get(name, "") for name in (*_NEEDED, *_MORE)})
            if isinstance(found, Row):
                key = (found.day, found.model, found.scale, found.source)
                line_before, before = seen.setdefault(key, (line, found))
                if line_before == line:
                    rows.append(found)
                elif before != found:
                    # Archives list some models twice alike, which does no harm.
                    said = (
                        f"{found.model!r} stands on line {line_before} otherwise for the same day; keep one of the two"
                    )
                    found = ("model", said)
            if isinstance(found, tuple):
                faults.append(Fault(shown, line, 1, *found))
    except csv.Error as error:
        raise SpecError([Fault(shown, reader.line_num, 1, "", f"is no CSV: {error}")]) from None
    if not rows and not faults:
        faults.append(Fault(shown, 1, 1, "", "has no rows; give at least one model of each country on each snapshot"))
    if len(faults) > _MOST_FAULTS:
        more = f"and {len(faults) - _MOST_FAULTS:,} more rows are wrong"
        faults = [*faults[:_MOST_FAULTS], Fault(shown, faults[_MOST_FAULTS].line, 1, "", more)]
    if faults:
        raise SpecError(faults)
    return tuple(sorted(rows, key=lambda row: row.day))


def _row(values: Mapping[str, str]) -> Row | tuple[str, str]:
    """A row, or the column that is wrong and what is."""
    try:
        day = date.fromisoformat(values["date"])
    except ValueError:
        return "date", f"{values['date'][:60]!r} is no day; write 2025-07-28"
    if not 2000 <= day.year <= 2100:
        return "date", f"{values['date'][:60]!r} is not in this century; write 2025-07-28"
    numbers: dict[str, float | None] = {}
    for name in ("score", "low", "high"):
        said = values[name]
        try:
            numbers[name] = _number(said) if said or name == "score" else None
        except ValueError:
            nothing = ", or nothing" if name != "score" else ""
            return name, f"{said[:60]!r} is no rating; write a number such as 1426{nothing}"
    score, low, high = numbers["score"] or 0.0, numbers["low"], numbers["high"]
    if (low is None) != (high is None):
        return "low", "an interval has both ends; give low and high, or neither"
    if low is not None and high is not None and not low <= score <= high:
        return "low", f"the interval {low:g} to {high:g} does not hold the score {score:g}"
    weights = _OPEN.get(values["weights"], values["weights"])
    if weights not in _WEIGHTS:
        return "weights", f"{weights[:60]!r} is none of {', '.join(_WEIGHTS)}"
    for name in ("country", "model", "scale", "source"):
        if not values[name]:
            return name, "is empty"
    if not re.fullmatch("[A-Z]{2}|rest", values["country"]):
        return "country", f"{values['country'][:60]!r} is no country; write two capitals such as US or CN, or rest"
    return Row(
        day, values["country"], weights, values["model"], values["organization"], score, low, high, values["scale"],
        values["source"], values["excluded"],
    )  # fmt: skip


@lru_cache(maxsize=4)
def _own(name: str) -> tuple[Row, ...]:
    return read_boards(built_in() / "trends" / name)


def releases() -> tuple[Row, ...]:
    """Models that readers look for, on the first snapshot that has them, whether they led then or not."""
    return _own("chat-arena-models.csv")


def own_sources() -> set[str]:
    """Ids of the sources that the project's own tables rest on."""
    return {row.source for row in (*_own("chat-arena.csv"), *releases())} | {source for source, _ in _shifts()}


@lru_cache(maxsize=1)
def _shifts() -> Mapping[tuple[str, str], tuple[tuple[date, float], ...]]:
    """Mean shift of models that did not change, since the first snapshot, by source and scale."""
    found: dict[tuple[str, str], list[tuple[date, float]]] = {}
    with (built_in() / "trends" / "chat-arena-shifts.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            found.setdefault((row["source"], row["scale"]), []).append(
                (date.fromisoformat(row["date"]), float(row["shift"]))
            )
    return {key: tuple(rows) for key, rows in found.items()}


def reach(scale: str = "raw") -> tuple[str, str]:
    """The first and the last snapshot of the project's own table on a scale.

    >>> reach()
    ('2024-07-07', '2026-07-21')
    """
    days = [row.day for row in _own("chat-arena.csv") if row.scale == scale]
    return days[0].isoformat(), days[-1].isoformat()


def _frontiers(rows: Sequence[Row], open_weights: bool) -> dict[str, tuple[Point, ...]]:
    """Best models by country, a point for each snapshot on which the best or its rating changed."""
    best: dict[tuple[str, date], Row] = {}
    for row in rows:
        if row.excluded or (open_weights and row.weights != "open"):
            continue
        key = (row.country if row.country in COUNTRIES else "rest", row.day)
        if key not in best or row.score > best[key].score:
            best[key] = row
    found: dict[str, list[Point]] = {country: [] for country in COUNTRIES}
    for (country, day), row in sorted(best.items(), key=lambda item: item[0][1]):
        point = Point(day, row.score, row.low, row.high, row.model, row.organization)
        found[country].append(point)
    return {country: tuple(points) for country, points in found.items() if points}


def _in_force(points: Sequence[Point], day: date) -> Point | None:
    place = bisect_right(points, day, key=lambda point: point.day)
    return points[place - 1] if place else None


def jumps(points: Sequence[Point], most: int = 4, least: float = 10.0) -> tuple[Point, ...]:
    """The points at which another model raised a frontier the most, three weeks apart, in order of time.

    Parameters
    ----------
    points : of one frontier.
    most : how many at most.
    least : rise over all before it [point].

    >>> [point.model for point in jumps(models().frontier["CN"])]
    ['Yi-Lightning', 'DeepSeek-V3', 'DeepSeek-R1', 'DeepSeek-R1-0528']
    >>> [point.model for point in jumps(models().frontier["US"])][:2]
    ['ChatGPT-4o-latest (2024-08-08)', 'o1-preview']
    """
    highest, model = points[0].score, points[0].model
    found: list[tuple[float, Point]] = []
    for point in points[1:]:
        rise = point.score - highest
        if point.model != model and rise > 0.0:
            # One that follows within weeks takes the rise of the one before with it: both names would not fit.
            near = bool(found) and (point.day - found[-1][1].day).days < _APART
            found = [*found[:-1], (found[-1][0] + rise, point)] if near else [*found, (rise, point)]
        highest, model = max(highest, point.score), point.model
    kept = sorted((one for one in found if one[0] >= least), key=lambda one: -one[0])[:most]
    return tuple(sorted((point for _, point in kept), key=lambda point: point.day))


def _month_ends(start: date, end: date) -> list[date]:
    """The last day of each month that a window reaches, the last cut at the window's end."""
    found, year, of = [], start.year, start.month
    while (year, of) <= (end.year, end.month):
        found.append(min(date(year, of, monthrange(year, of)[1]), end))
        year, of = (year + 1, 1) if of == 12 else (year, of + 1)
    return found


def _values(points: Sequence[Point], days: Sequence[date]) -> NDArray[np.float64]:
    """Scores in force on some days; NaN before the first."""
    scores = np.array([math.nan, *(point.score for point in points)])
    known = np.array([point.day.toordinal() for point in points])
    held: NDArray[np.float64] = scores[np.searchsorted(known, [day.toordinal() for day in days], side="right")]
    return held


def _fit(frontier: Mapping[str, Sequence[Point]], start: date, end: date, seed: int) -> Window | Refusal:
    days = _month_ends(start, end)
    if len(days) < LEAST:
        return Refusal("short", (str(len(days)), str(LEAST)))
    scores = np.stack([_values(frontier[country], days) for country in ("US", "CN")])
    if not np.isfinite(scores).all():
        return Refusal("short", (str(int(np.isfinite(scores).all(axis=0).sum())), str(LEAST)))
    return _lines(days, scores, start, end, seed)


def _lines(days: Sequence[date], scores: NDArray[np.float64], start: date, end: date, seed: int) -> Window:
    time = np.array([(day - days[0]).days for day in days]) / DAYS
    lines = measure.fitted_lines(time, scores)
    drawn = measure.line_draws(time, scores, BLOCK, DRAWS, seed)
    ends = measure.percentile_interval(drawn[..., 1])
    gains = drawn[1, :, 1] - drawn[0, :, 1]
    gain = float(lines[1, 1] - lines[0, 1])
    level = measure.crossing(lines[0, 0] - lines[1, 0], gain)
    levels = measure.percentile_interval(measure.crossing(drawn[0, :, 0] - drawn[1, :, 0], gains))
    low, high = measure.percentile_interval(gains)
    us, cn = (Estimate(float(lines[i, 1]), float(ends[0, i]), float(ends[1, i])) for i in (0, 1))
    return Window(
        start, end, us, cn, Estimate(gain, float(low), float(high)), float((gains > 0.0).mean()),
        Estimate(float(level), float(levels[0]), float(levels[1])), days[0],
    )  # fmt: skip


def _lag(frontier: Mapping[str, Sequence[Point]], start: date, end: date) -> Lag | Refusal:
    first = max(frontier["US"][0].day, frontier["CN"][0].day, start)
    days = [first + timedelta(days=i) for i in range((end - first).days + 1)]
    us, cn = (np.maximum.accumulate(_values(frontier[country], days)) for country in ("US", "CN"))
    numbers = np.arange(len(days), dtype=float)
    behind, censored = measure.lag(numbers, us, cn)
    # Where China leads, nothing is censored: the lag is 0 whatever came before the window.
    unknown = (censored > 0.0) & (cn <= us)
    known = behind[~unknown] / MONTH
    rises = np.flatnonzero(np.diff(cn, prepend=-math.inf) > 0.0)[1:]
    released = [float(behind[i]) / MONTH for i in rises if not unknown[i]]
    matched, unmatched = [], 0
    for i in np.flatnonzero(np.diff(us, prepend=-math.inf) > 0.0):
        reached = np.flatnonzero(cn[i:] >= us[i])
        point = _in_force(frontier["US"], days[i])
        if len(reached) and point:
            matched.append((point.model, float(reached[0]) / MONTH))
        unmatched += not len(reached)
    return Lag(
        float(known.mean()) if len(known) else None, float(known.min()) if len(known) else None,
        float(known.max()) if len(known) else None, None if unknown[-1] else float(behind[-1]) / MONTH,
        len(days), int(unknown.sum()), sum(released) / len(released) if released else None, tuple(matched), unmatched,
    )  # fmt: skip


def _probability(us: Point, cn: Point) -> Estimate:
    gap = us.score - cn.score
    low = high = math.nan
    if us.low is not None and us.high is not None and cn.low is not None and cn.high is not None:
        deviation = float(measure.gap_deviation(us.high - us.low, cn.high - cn.low))
        low, high = (float(measure.win_probability(gap + side * 1.96 * deviation)) for side in (-1, 1))
    return Estimate(float(measure.win_probability(gap)), low, high)


def _open(
    rows: Sequence[Row],
    frontier: Mapping[str, Sequence[Point]],
    days: Sequence[date],
    start: date,
    end: date,
    seed: int,
) -> tuple[tuple[float, ...], Estimate | Refusal]:
    """Best model of all less best with open weights, and how much faster the second rises."""
    openly = _frontiers(rows, True)
    if not openly or not {"US", "CN"} <= set(openly):
        return (), Refusal("missing", ("US" if "US" not in openly else "CN", "open"))
    with np.errstate(invalid="ignore"):
        best, best_open = (
            np.fmax.reduce([_values(points, days) for points in of.values()]) for of in (frontier, openly)
        )
    gaps = tuple(map(float, best - best_open))
    if len(days) < LEAST:
        return gaps, Refusal("short", (str(len(days)), str(LEAST)))
    return gaps, _lines(days, np.stack([best, best_open]), start, end, seed).difference


def _others(frontier: Mapping[str, Sequence[Point]], start: date, end: date, seed: int) -> tuple[Window, ...]:
    """The same lines from windows up to three months shorter at either side."""
    days = _month_ends(start, end)
    found = []
    for cut in (1, 2, 3):
        if len(days) - cut >= LEAST:
            found += [_fit(frontier, days[cut].replace(day=1), end, seed), _fit(frontier, start, days[-1 - cut], seed)]
    return tuple(one for one in found if isinstance(one, Window))


def _chosen(
    rows: Sequence[Row], start: str | None, end: str | None, scale: str | None, own: bool
) -> tuple[list[Row], date, date]:
    """The rows of a scale and of a window, and the window."""
    scales = sorted({row.scale for row in rows})
    if scale is not None and scale not in scales:
        raise UnknownNameError("scale", scale, scales)
    if own and scale is None:
        scale = "raw"
    listed = [row for row in rows if scale is None or row.scale == scale]
    first = parse_day(start) if start else listed[0].day
    if end:
        last = parse_day(end, last=True)
    elif own:
        following = [row for row in listed if row.day >= first]
        source = following[0].source if following else ""
        last = max((row.day for row in following if row.source == source), default=listed[-1].day)
        last = _DEFAULT_END if first < _DEFAULT_END <= last else last
    else:
        last = listed[-1].day
    if last < first:
        raise CalcError(f"the window ends on {last} before it starts on {first}; give --from the earlier day")
    held = [row for row in listed if first <= row.day <= last]
    if not held:
        raise CalcError(f"no snapshot from {first} to {last}; there are some from {listed[0].day} to {listed[-1].day}")
    return held, held[0].day, min(last, held[-1].day)


def models(
    start: str | None = None,
    end: str | None = None,
    *,
    data: str | os.PathLike[str] | None = None,
    open_weights: bool = False,
    scale: str | None = None,
    seed: int = 0,
) -> ModelTrend:
    """How the best models of the United States and of China moved in a window.

    Parameters
    ----------
    start, end : of the window, as days or months; the longest on one scale unless said.
    data : a leaderboard in place of the project's own.
    open_weights : count only models with open weights.
    scale : which of the scales in the table.
    seed : of the draws.

    Returns
    -------
    ModelTrend : with a refusal in place of what the window cannot carry.

    Raises
    ------
    CalcError : where a date, a scale or a row of ``data`` is wrong.

    >>> found = models()
    >>> [round(found.fit.us.value, 1), round(found.fit.cn.value, 1), found.to_json()["crossover"]["date"]]
    [188.8, 195.0, '2034-11']
    """
    every = read_boards(data) if data is not None else _own("chat-arena.csv")
    rows, first, last = _chosen(every, start, end, scale, data is None)
    series = list(dict.fromkeys((row.scale, row.source) for row in rows))
    frontier = _frontiers(rows, open_weights)
    excluded = tuple(row for row in rows if row.excluded)
    named = series[0] if len(series) == 1 else ("", "")
    if len(series) > 1:
        (scale_of, source_of), (next_scale, next_source) = series[:2]
        day = next(row.day for row in rows if (row.scale, row.source) == series[1])
        why = Refusal("scales", (f"{scale_of} ({source_of})", f"{next_scale} ({next_source})", day.isoformat()))
        return ModelTrend(first, last, *named, open_weights, frontier, why, excluded=excluded)
    lacking = [country for country in ("US", "CN") if country not in frontier]
    if lacking:
        why = Refusal("missing", (lacking[0], "open" if open_weights else "any"))
        return ModelTrend(first, last, *named, open_weights, frontier, why, excluded=excluded)
    us, cn = frontier["US"], frontier["CN"]
    both = max(us[0].day, cn[0].day)
    ends = tuple(day for day in _month_ends(first, last) if day >= both)
    pairs = [(_in_force(us, day), _in_force(cn, day)) for day in ends]
    known = [(leader, other) for leader, other in pairs if leader and other]
    snapshots = [day for day in sorted({point.day for point in (*us, *cn)}) if day >= both]
    gaps = _values(us, snapshots) - _values(cn, snapshots)
    marked = {"first": 0, "min": int(gaps.argmin()), "max": int(gaps.argmax()), "last": len(gaps) - 1}
    # On a snapshot that draws level, whoever led leads on.
    signs = [(day, "US" if gap > 0 else "CN") for day, gap in zip(snapshots, gaps, strict=True) if gap != 0]
    leads = [*signs[:1], *(later for earlier, later in pairwise(signs) if later[1] != earlier[1])]
    fit = _fit(frontier, first, last, seed)
    # Comparing the best of all with the best with open weights needs both, whichever the window shows.
    open_gap, open_fit = _open(rows, _frontiers(rows, False), ends, first, last, seed)
    return ModelTrend(
        first, last, *named, open_weights, _shown(frontier, last), None, ends,
        tuple(float(measure.gap(a.score, b.score)) for a, b in known),
        tuple(float(measure.gap_share(a.score, b.score)) for a, b in known),
        tuple(_probability(a, b) for a, b in known),
        {word: (snapshots[i], float(gaps[i])) for word, i in marked.items()},
        _lag(frontier, first, last), fit, _linked(fit, frontier, named, first, last),
        _others(frontier, first, last, seed), open_gap, open_fit, tuple(leads), excluded,
        tuple(zip(snapshots, map(float, gaps), strict=True)),
    )  # fmt: skip


def _shown(frontier: Mapping[str, tuple[Point, ...]], end: date) -> dict[str, tuple[Point, ...]]:
    """Points without those that repeat the one before, but for the last, which ends the line."""
    found = {}
    for country, points in frontier.items():
        kept = [
            point for i, point in enumerate(points)
            if i == 0 or _rating(points[i - 1]) != _rating(point) or i == len(points) - 1
        ]  # fmt: skip
        if kept[-1].day < end:
            last = kept[-1]
            kept.append(Point(end, last.score, last.low, last.high, last.model, last.organization))
        found[country] = tuple(kept)
    return found


def _rating(point: Point) -> tuple[Any, ...]:
    return point.model, point.score, point.low, point.high


def _linked(
    fit: Window | Refusal, frontier: Mapping[str, Sequence[Point]], series: tuple[str, str], start: date, end: date
) -> tuple[float, float] | None:
    """Slopes after the shift of the whole scale is taken out; their difference is the same."""
    shifts = _shifts().get((series[1], series[0]))
    if shifts is None or not isinstance(fit, Window):
        return None
    days = _month_ends(start, end)
    moved = np.array([shifts[bisect_right(shifts, day, key=lambda one: one[0]) - 1][1] for day in days])
    scores = np.stack([_values(frontier[country], days) for country in ("US", "CN")]) - moved
    slopes = measure.fitted_lines(np.array([(day - days[0]).days for day in days]) / DAYS, scores)[:, 1]
    return float(slopes[0]), float(slopes[1])
