"""Which of the figures an answer hangs on: each at its low and high, and shares of the variance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calc import figures, names
from calc.errors import CalcError
from calc.model.scenario import Scenario
from calc.spec.system import System
from calc.studies.levers import titles
from calc.studies.narrate_break_even import input_in_words
from calc.studies.outcomes import Outcome, quantity_outcome
from calc.studies.uncertainty import Figure, answer, check_draws, factors, inputs_of, mapped, uniforms

__all__ = ["Indices", "Sensitivity", "Share", "Swing", "known", "sensitivity", "sobol"]

Floats = NDArray[np.float64]
_MATTERS = 0.05
_NAMED = 3
_BLOCK = 1 << 15
# Deviations of a normal distribution that 95 % of it lies within.
_TWO_SIDED = 1.96


@dataclass(frozen=True)
class Indices:
    """Shares of a variance.

    Attributes
    ----------
    first : of each input by itself.
    total : of each with all that it does together with others.
    first_error, total_error : half of the width of the 95 % interval of each.
    """

    first: Floats
    total: Floats
    first_error: Floats
    total_error: Floats


def sobol(function: Callable[[Floats], Any], dimensions: int, count: int = 1 << 14, seed: int = 0) -> Indices:
    """Sobol indices of a function of independent shares between 0 and 1.

    Parameters
    ----------
    function : takes shares, dimensions by n, and gives n values.
    dimensions : how many inputs it has.
    count : draws of the base sequence, a power of two; it is evaluated dimensions + 2 times as often.
    seed : of the sequence.

    Notes
    -----
    Saltelli's estimators of 2010, as scipy has them. Their intervals are those of independent draws, which a Sobol
    sequence keeps well within.

    >>> found = sobol(lambda shares: 3.0 * shares[0] + shares[1], 2, 1 << 10)
    >>> found.first.round(2).tolist()
    [0.9, 0.1]
    """
    from scipy.stats import sobol_indices

    check_draws(count, seed)
    if dimensions == 1:
        # Of one input there is nothing to share.
        whole = np.array([1.0 if np.ptp(np.asarray(function(np.array([[0.1, 0.4, 0.9]])))) > 0 else 0.0])
        return Indices(whole, whole, np.zeros(1), np.zeros(1))
    both = uniforms(2 * dimensions, count, seed)
    first, second = both[:dimensions], both[dimensions:]
    at_first, at_second = _in_blocks(function, first), _in_blocks(function, second)
    mixed = np.empty((dimensions, count))
    for place in range(dimensions):
        kept = first[place].copy()
        first[place] = second[place]
        mixed[place] = _in_blocks(function, first)
        first[place] = kept
    found = sobol_indices(func={"f_A": at_first, "f_B": at_second, "f_AB": mixed[:, None, :]}, n=count)
    shares = np.ravel(found.first_order), np.ravel(found.total_order)
    return Indices(*shares, *_errors(at_first, at_second, mixed, *shares))


def _in_blocks(function: Callable[[Floats], Any], shares: Floats) -> Floats:
    """The values of a function, a block at a time, which bounds the memory that it takes on its way."""
    values = np.empty(shares.shape[1])
    for start in range(0, len(values), _BLOCK):
        values[start : start + _BLOCK] = function(shares[:, start : start + _BLOCK])
    return values


def _errors(at_first: Floats, at_second: Floats, mixed: Floats, first: Floats, total: Floats) -> tuple[Floats, Floats]:
    """Half widths of the 95 % intervals of the indices, as of ratios of two means."""
    variance = np.var([at_first, at_second])
    if not variance:
        return np.zeros(len(mixed)), np.zeros(len(mixed))
    mean = np.mean([at_first, at_second])
    a, b = at_first - mean, at_second - mean
    spread = (a**2 + b**2) / 2.0
    width = _TWO_SIDED / (variance * np.sqrt(len(a)))
    # One input at a time, so that no more than one array of draws is held for each step.
    of_first = [np.std(b * (row - at_first) - share * spread) for row, share in zip(mixed, first, strict=True)]
    of_total = [np.std((at_first - row) ** 2 / 2.0 - share * spread) for row, share in zip(mixed, total, strict=True)]
    return width * np.array(of_first), width * np.array(of_total)


@dataclass(frozen=True, slots=True)
class Swing:
    """One figure at either end of its range, all others as adopted.

    Attributes
    ----------
    systems : ids of the systems that use it.
    path : its path there.
    en, zh : what to call it.
    in_words, in_words_zh : the same in the middle of a sentence.
    source, confidence : on whose word it is, and how it is known.
    unit, value, low, high : the figure [SI].
    at_low, at_high : the answer with it at its low and at its high end; NaN where there is none.
    """

    systems: tuple[str, ...]
    path: str
    en: str
    zh: str
    in_words: str
    in_words_zh: str
    source: str
    confidence: str
    unit: str
    value: float
    low: float
    high: float
    at_low: float
    at_high: float

    @property
    def width(self) -> float:
        """How far the answer moves; without end where there is none at one of its ends."""
        moved = abs(self.at_high - self.at_low)
        return moved if np.isfinite(moved) else np.inf

    def label(self, language: str = "en") -> str:
        """What to call it."""
        return self.zh if language == "zh" else self.en

    def ends(self) -> tuple[str, str]:
        """The ends of the range as texts in one unit, the first without it."""
        unit, texts = figures.column(names.find(self.path), [self.low, self.high])
        return texts[0], f"{texts[1]} {unit}".strip()


def known(answer: float) -> float | None:
    """An answer, or None where there is none.

    Parameters
    ----------
    answer : NaN where there is none.
    """
    return answer if np.isfinite(answer) else None


@dataclass(frozen=True, slots=True)
class Share:
    """What part of the variance of the answer one source's word on one thing has.

    Attributes
    ----------
    source, file : whose word, and on what.
    swings : places in the tornado of the figures that it moves together.
    first, total : by itself, and with all that it does together with others.
    first_error, total_error : half of the width of the 95 % interval of each.
    """

    source: str
    file: str
    swings: tuple[int, ...]
    first: float
    total: float
    first_error: float
    total_error: float


@dataclass(frozen=True)
class Sensitivity:
    """What an answer hangs on.

    Attributes
    ----------
    outcome : the figure in question.
    system, baseline : its ratio between the two; its value where there is no baseline.
    titles : short names by id.
    adopted : as the readings adopted have it.
    swings : every figure with a range, those that move it most first.
    shares : of the variance, the largest first.
    draws, seed : of the indices.
    precision : number format of throughputs.
    """

    outcome: Outcome
    system: str
    baseline: str | None
    titles: Mapping[str, str]
    adopted: float
    swings: tuple[Swing, ...]
    shares: tuple[Share, ...]
    draws: int
    seed: int
    precision: str

    def sentence(self, language: str = "en") -> str:
        """What the answer hangs on, in words."""
        chinese = language == "zh"
        moving = [one for one in self.shares if one.total >= _MATTERS]
        if not self.swings:
            return "它所依据的数字都没有区间。" if chinese else "None of the figures it rests on has a range."
        if not moving and any(one.width > 0 for one in self.swings):
            if chinese:
                return "区间之内有些取值得不出结果，因此无法按方差划分。"
            return "Some draws within the ranges give no figure, so the variance cannot be shared out."
        if not moving:
            return "区间之内的变动对结果没有影响。" if chinese else "Nothing within the ranges moves it."
        named = [self._named(one, language) for one in moving[:_NAMED]]
        if chinese:
            return f"{'比值' if self.baseline else '结果'}取决于 {'、'.join(named)}。"
        listed = f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]
        return f"The {'ratio' if self.baseline else 'figure'} hangs on {listed}."

    def _named(self, share: Share, language: str) -> str:
        first = self.swings[share.swings[0]]
        chinese = language == "zh"
        whose = ("、" if chinese else " and ").join(self.titles[one] for one in first.systems)
        called = [
            self.swings[place].in_words_zh if chinese else self.swings[place].in_words for place in share.swings[:2]
        ]
        more = len(share.swings) - len(called)
        part = f"{share.total:.0%}" if chinese else f"{share.total * 100.0:.0f} %"
        if chinese:
            joined = "和".join(called) + (f"等 {more + len(called)} 项" if more else "")
            return f"{whose} 的{joined}（方差的 {part}）"
        joined = " with ".join(called) + (f" and {more} more" if more else "")
        return f"the {joined} of {whose} ({part} of the variance)"

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.sensitivity/1``; SI units."""
        return {
            "schema": "podcalc.sensitivity/1",
            "quantity": self.outcome.name,
            "unit": "1" if self.baseline else self.outcome.unit,
            "system": self.system,
            "baseline": self.baseline,
            "adopted": self.adopted,
            "sentence": self.sentence(),
            "draws": self.draws,
            "seed": self.seed,
            "swings": [
                {
                    "systems": list(one.systems), "path": one.path, "source": one.source, "confidence": one.confidence,
                    "unit": one.unit, "value": one.value, "low": one.low, "high": one.high,
                    "at_low": known(one.at_low), "at_high": known(one.at_high),
                }
                for one in self.swings
            ],
            "shares": [
                {
                    "source": one.source, "file": one.file, "paths": [self.swings[place].path for place in one.swings],
                    "first": one.first, "total": one.total, "first_error": one.first_error,
                    "total_error": one.total_error,
                }
                for one in self.shares
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class _Question:
    """The answer as a function of figures."""

    outcome: Outcome
    systems: tuple[System, ...]
    scenario: Scenario

    def __call__(self, values: Mapping[str, Mapping[str, Any]]) -> Floats:
        """The ratio of the first system to the second, or its value where it is alone."""
        found = [answer(self.outcome, system, self.scenario, values.get(system.id, {})) for system in self.systems]
        return np.asarray(found[0] / found[1] if len(found) == 2 else found[0], dtype=float)


def sensitivity(
    systems: Sequence[System],
    quantity: str | Outcome,
    scenario: Scenario | None = None,
    *,
    count: int = 1 << 14,
    seed: int = 0,
) -> Sensitivity:
    """Find what an answer hangs on.

    Parameters
    ----------
    systems : a system and what it is compared with, or one alone.
    quantity : what the ratio, or the value of one alone, is of.
    scenario : the assumptions; what it sets is not moved.
    count : draws of the base sequence, a power of two.
    seed : equal seeds give equal indices.

    Raises
    ------
    CalcError : where one of the systems has none of it, or the count is none.
    UnknownNameError : where there is no such quantity.
    """
    asked = scenario or Scenario()
    outcome = quantity_outcome(quantity) if isinstance(quantity, str) else quantity
    if not 1 <= len(systems) <= 2 or len({system.id for system in systems}) < len(systems):
        raise CalcError("name one system, or two different ones")
    check_draws(count, seed)
    for system in systems:
        reason = outcome.reason(system, asked)
        if reason:
            raise CalcError(f"{system.id} has no {outcome.name}: {reason}")
    question = _Question(outcome, tuple(systems), asked)
    found = factors(systems, asked, {system.id: inputs_of(outcome, system, asked) for system in systems})
    adopted = float(question({}))
    moved = [figure for factor in found for figure in factor.figures]
    lows, highs = _tornado(question, moved, adopted)
    widths = np.nan_to_num(np.abs(highs - lows), nan=np.inf)
    order = sorted(range(len(moved)), key=lambda place: -widths[place])
    swings = tuple(_swing(moved[place], lows[place], highs[place], systems, asked) for place in order)
    places = {place: rank for rank, place in enumerate(order)}
    shares: list[Share] = []
    if found:
        indices = sobol(lambda share: question(mapped(found, share)), len(found), count, seed)
        start = 0
        each = zip(indices.first, indices.total, indices.first_error, indices.total_error, strict=True)
        for factor, one in zip(found, each, strict=True):
            ranks = sorted(places[start + step] for step in range(len(factor.figures)))
            start += len(factor.figures)
            numbers = [float(number) if np.isfinite(one).all() else 0.0 for number in one]
            shares.append(Share(factor.source, factor.file, tuple(ranks), *numbers))
    shares.sort(key=lambda one: -one.total)
    base = systems[1].id if len(systems) == 2 else None
    short = {system.id: system.short for system in systems}
    return Sensitivity(
        outcome, systems[0].id, base, short, adopted, swings, tuple(shares), count, seed, asked.precision
    )


def _tornado(question: _Question, moved: Sequence[Figure], adopted: float) -> tuple[Floats, Floats]:
    """The answer with each figure at its low and at its high, in one evaluation of each system."""
    count = len(moved)
    if not count:
        return np.empty(0), np.empty(0)
    values: dict[str, dict[str, Any]] = {}
    for place, figure in enumerate(moved):
        ends = np.full(2 * count, figure.datum.value)
        ends[2 * place], ends[2 * place + 1] = figure.datum.low, figure.datum.high
        for system_id, path in figure.users:
            values.setdefault(system_id, {})[path] = ends
    answers = np.broadcast_to(question(values), (2 * count,)).reshape(count, 2)
    return answers[:, 0], answers[:, 1]


def _swing(figure: Figure, low: float, high: float, systems: Sequence[System], scenario: Scenario) -> Swing:
    datum, (system_id, path) = figure.datum, figure.users[0]
    owner = next(system for system in systems if system.id == system_id)
    en, zh = titles(owner, path, scenario.precision)
    words, words_zh = (input_in_words(path, owner, scenario.precision, language) for language in ("en", "zh"))
    return Swing(
        tuple(dict.fromkeys(one for one, _ in figure.users)), path, en, zh, words, words_zh, datum.source,
        datum.confidence, datum.unit, datum.value, float(datum.low or 0.0), float(datum.high or 0.0), float(low),
        float(high),
    )  # fmt: skip
