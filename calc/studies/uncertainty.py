"""What the ranges of the figures come to: each drawn once, results as medians, bands and probabilities."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calc import names
from calc.errors import CalcError, UnknownNameError
from calc.model.evaluate import evaluate
from calc.model.result import Result
from calc.model.scenario import Scenario
from calc.spec.datum import Datum
from calc.spec.system import System
from calc.studies.compare import DIVISORS, Comparison, Row, compare
from calc.studies.outcomes import Outcome

__all__ = [
    "Band",
    "Bands",
    "Factor",
    "Figure",
    "Odds",
    "adopted",
    "answer",
    "bands",
    "check_draws",
    "draws",
    "factors",
    "inputs_of",
    "mapped",
    "probability",
    "uniforms",
    "with_values",
]

MOST_DRAWS = 1 << 20
_PUBLISHED = "published."
_BETTER: Mapping[str, names.Better] = {"higher": "higher", "lower": "lower"}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """One figure with a range, wherever it is used: a chip of two systems is one figure of its chip.

    Attributes
    ----------
    datum : the reading adopted.
    users : system and path of every use.
    """

    datum: Datum
    users: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        """Its path in the first system that uses it."""
        return self.users[0][1]

    def values(self, shares: NDArray[Any]) -> Floats:
        """Its values at shares of its distribution, 0 to 1 [SI]."""
        datum = self.datum
        low, high = float(datum.low or 0.0), float(datum.high or 0.0)
        share = np.asarray(shares, dtype=float)
        if names.find(self.path).whole:
            # Half a unit further at either end, so that the ends are as likely as what lies between.
            between = _spread(datum.distribution, low - 0.5, datum.value, high + 0.5, share)
            return np.clip(np.rint(between), low, high)
        return _spread(datum.distribution, low, datum.value, high, share)


def _spread(distribution: str, low: float, mode: float, high: float, share: Floats) -> Floats:
    """The values of a distribution below which shares of it lie."""
    if distribution == "log_uniform":
        return np.asarray(low * np.power(high / low, share))
    if distribution == "triangular":
        turn = (mode - low) / (high - low)
        rising = low + np.sqrt(share * (high - low) * (mode - low))
        falling = high - np.sqrt((1.0 - share) * (high - low) * (high - mode))
        return np.where(share < turn, rising, falling)
    return np.asarray(low + share * (high - low))


@dataclass(frozen=True)
class Factor:
    """What moves by itself: one source's word on one thing, such as an analyst's on a chip.

    What a source says of one part rests on one method, so it is high or low together; what it says of two systems
    does not make up for one another.

    Attributes
    ----------
    source : id of the source.
    file : the spec that cites it.
    figures : its figures there, which move together.
    """

    source: str
    file: str
    figures: tuple[Figure, ...]


def factors(
    systems: Sequence[System], scenario: Scenario | None = None, rests_on: Mapping[str, Iterable[str]] | None = None
) -> tuple[Factor, ...]:
    """Every figure that is drawn, by what moves together.

    Parameters
    ----------
    systems : the systems.
    scenario : which readings are adopted; what it sets is not drawn.
    rests_on : by system, the only paths that matter; all unless said. A published total that a setting moves stands
        there as `published` and its path, and is drawn as what was published.
    """
    asked = scenario or Scenario()
    found: dict[tuple[Any, ...], tuple[Datum, list[tuple[str, str]]]] = {}
    for system in systems:
        given = asked.settings(system.id)
        wanted = None if rests_on is None else {path.removeprefix(_PUBLISHED) for path in rests_on.get(system.id, ())}
        rate = f"chip.flop_rate.{asked.precision}.{asked.sparsity}"
        for path, datum in adopted(system, asked).items():
            is_set = path in given or (path == rate and "chip.flop_rate" in given)
            matters = wanted is None or path in wanted or (path == rate and "chip.flop_rate" in wanted)
            if is_set or not matters or datum.low is None or datum.high is None or not datum.low < datum.high:
                continue
            # A spec is the same wherever it is used; there the last part of the path is the same too.
            key = (datum.file, datum.line, path.rpartition(".")[2], datum.text, datum.source)
            found.setdefault(key, (datum, []))[1].append((system.id, path))
    together: dict[tuple[str, str], list[Figure]] = {}
    for datum, users in found.values():
        together.setdefault((datum.source, datum.file), []).append(Figure(datum, tuple(users)))
    return tuple(Factor(source, file, tuple(listed)) for (source, file), listed in sorted(together.items()))


def adopted(system: System, scenario: Scenario) -> dict[str, Datum]:
    """The readings adopted of a system's figures."""
    inputs = dict(system.inputs)
    for source in reversed(scenario.prefer):
        inputs = {path: datum.prefer(source) for path, datum in inputs.items()}
    return inputs


def check_draws(count: int, seed: int = 0, most: int = MOST_DRAWS) -> None:
    """Check a number of draws and a seed.

    Parameters
    ----------
    count : how many draws.
    seed : of the draws.
    most : how many there may be.

    Raises
    ------
    CalcError : where a Sobol sequence of that length is not balanced, or is too long; where the seed is negative.
    """
    if not 2 <= count <= most or count & (count - 1):
        near = min(max(2, 1 << max(count - 1, 1).bit_length()), most)
        raise CalcError(f"{count} draws; give a power of two from 2 to {most:,}, such as {near:,}")
    if seed < 0:
        raise CalcError(f"a seed of {seed}; give a whole number from 0 up")


def uniforms(dimensions: int, count: int, seed: int) -> Floats:
    """Points of a scrambled Sobol sequence.

    Parameters
    ----------
    dimensions : how many shares each point has.
    count : how many points, a power of two.
    seed : of the scrambling.

    Returns
    -------
    shares : dimensions by count, above 0 and below 1.
    """
    from scipy.stats import qmc

    check_draws(count, seed)
    if not dimensions:
        return np.empty((0, count))
    shares = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed)).random(count)
    return np.asarray(np.clip(shares.T, 1e-12, 1.0 - 1e-12))


def mapped(found: Sequence[Factor], shares: NDArray[Any]) -> dict[str, dict[str, Floats]]:
    """Every figure at shares of its factor, by system and path.

    Parameters
    ----------
    found : the factors.
    shares : a row for each.
    """
    values: dict[str, dict[str, Floats]] = {}
    for factor, share in zip(found, shares, strict=True):
        for figure in factor.figures:
            drawn = figure.values(share)
            for system_id, path in figure.users:
                values.setdefault(system_id, {})[path] = drawn
    return values


def draws(
    systems: Sequence[System],
    scenario: Scenario | None = None,
    count: int = 4096,
    seed: int = 0,
    found: Sequence[Factor] | None = None,
) -> dict[str, dict[str, Floats]]:
    """Draw every figure with a range, once each, those of one source on one thing together.

    Parameters
    ----------
    systems : the systems.
    scenario : which readings are adopted; what it sets is not drawn.
    count : how many draws, a power of two.
    seed : equal seeds give equal draws.
    found : the factors to draw; all unless said.

    Returns
    -------
    values : SI values by system and path; a figure that two systems share is one array.

    Raises
    ------
    CalcError : where the count is no power of two.
    """
    drawn = factors(systems, scenario) if found is None else found
    return mapped(drawn, uniforms(len(drawn), count, seed))


def with_values(system: System, scenario: Scenario, values: Mapping[str, Any]) -> System:
    """A system of which some figures are other than adopted, as if its specs said so.

    This is not what a setting does: a scenario that changes a part carries the published total along,
    whereas here what is published stays what it is.
    """
    inputs = adopted(system, scenario)
    inputs |= {path: replace(inputs[path], value=value, alternatives=()) for path, value in values.items()}
    return replace(system, inputs=inputs)


def answer(outcome: Outcome, system: System, scenario: Scenario, values: Mapping[str, Any]) -> Floats:
    """A figure of a system of which some inputs are other than adopted.

    Parameters
    ----------
    outcome : the figure.
    system : the system.
    scenario : the assumptions.
    values : SI values of the inputs by path.
    """
    if getattr(outcome, "by_setting", False):
        settings = {f"{system.id}:{path}": value for path, value in values.items()}
        return outcome(system, replace(scenario, set={**scenario.set, **settings}))
    return outcome(with_values(system, scenario, values), replace(scenario, prefer=()))


def inputs_of(outcome: Outcome, system: System, scenario: Scenario) -> tuple[str, ...]:
    """Paths of the inputs of an outcome that can be drawn.

    Parameters
    ----------
    outcome : the figure.
    system : the system.
    scenario : the assumptions.
    """
    paths = tuple(outcome.rests_on(system, scenario))
    if getattr(outcome, "by_setting", False):
        # As a setting, a published total would take the place of what the scenario makes of it.
        return tuple(path for path in paths if not path.startswith(_PUBLISHED))
    return paths


@dataclass(frozen=True, slots=True)
class Band:
    """Where a figure lies.

    Attributes
    ----------
    adopted : as the readings adopted have it.
    median, low, high : over the draws.
    """

    adopted: float
    median: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """As plain values."""
        return {"adopted": self.adopted, "median": self.median, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Bands:
    """A comparison with what the ranges of its figures come to.

    Attributes
    ----------
    comparison : the comparison as adopted.
    interval : share of the draws that a band holds, as many below it as above.
    draws, seed : how many, and from which seed.
    factors : what was drawn.
    exact : how many figures with no range the rows rest on; they are taken as they are.
    values, ratios : the bands, by quantity and system; only of those that can be had.
    """

    comparison: Comparison
    interval: float
    draws: int
    seed: int
    factors: tuple[Factor, ...]
    exact: int
    values: Mapping[str, Mapping[str, Band]]
    ratios: Mapping[str, Mapping[str, Band]]
    _drawn: Mapping[str, Mapping[str, Floats]]

    @property
    def drawn(self) -> int:
        """How many figures were drawn."""
        return sum(len(factor.figures) for factor in self.factors)

    def samples(self, quantity: str, system_id: str, *, ratio: bool = False) -> Floats:
        """The draws of a row, or of its ratio to the baseline.

        Raises
        ------
        CalcError : where there are none, with the reason.
        """
        row = self.comparison.row(quantity)
        for one in (system_id, *((self.comparison.baseline,) if ratio else ())):
            if row.values.get(one) is None:
                raise CalcError(f"{one} has no {quantity}: {row.missing.get(one, 'not known')}")
        own = self._drawn[system_id][quantity]
        return np.asarray(own / self._drawn[self.comparison.baseline][quantity] if ratio else own)

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.bands/1``; SI units."""
        found = self.comparison
        return {
            "schema": "podcalc.bands/1",
            "baseline": found.baseline,
            "systems": [system.id for system in found.systems],
            "precision": found.scenario.precision,
            "per": found.per,
            "interval": self.interval,
            "draws": self.draws,
            "seed": self.seed,
            "drawn": [
                {
                    "source": factor.source,
                    "file": factor.file,
                    "figures": [
                        {
                            "systems": [system_id for system_id, _ in figure.users],
                            "path": figure.path,
                            "unit": figure.datum.unit,
                            "low": figure.datum.low,
                            "high": figure.datum.high,
                            "distribution": figure.datum.distribution,
                        }
                        for figure in factor.figures
                    ],
                }
                for factor in self.factors
            ],
            "exact": self.exact,
            "rows": [
                {
                    "quantity": row.quantity.name,
                    "unit": row.unit,
                    "values": {one: band.to_json() for one, band in self.values.get(row.quantity.name, {}).items()},
                    "ratios": {one: band.to_json() for one, band in self.ratios.get(row.quantity.name, {}).items()},
                }
                for row in found.rows
            ],
        }


def bands(
    systems: Sequence[System],
    baseline: str | None = None,
    scenario: Scenario | None = None,
    per: str = "system",
    *,
    count: int = 4096,
    seed: int = 0,
    interval: float = 0.8,
    outcomes: Sequence[Outcome] = (),
) -> Bands:
    """Compare systems with the ranges of their figures.

    Parameters
    ----------
    systems, baseline, scenario, per : as `calc.studies.compare.compare` takes them.
    count : how many draws, a power of two.
    seed : equal seeds give equal draws.
    interval : share of the draws that a band holds.
    outcomes : figures to show in place of the rows of the comparison, such as results of a workload; never divided.

    Returns
    -------
    Bands : the comparison as adopted, and a band for each value and ratio.

    Raises
    ------
    CalcError : where the comparison, the count, the seed or the interval is none.
    """
    if not 0.0 < interval < 1.0:
        raise CalcError(f"an interval of {interval:g}; give a share above 0 and below 1, such as 0.8")
    found = compare(systems, baseline, scenario, per)
    # Every draw of every row is kept, so that statements can be asked of them: some hundred bytes for each.
    check_draws(count, seed, MOST_DRAWS >> max(len(systems) - 1, 0).bit_length())
    asked = found.scenario
    rests: dict[str, tuple[str, ...]]
    if outcomes:
        found = replace(found, rows=tuple(_outcome_row(one, found) for one in outcomes))
        rests = {
            system.id: tuple(dict.fromkeys(path for one in outcomes for path in inputs_of(one, system, asked)))
            for system in systems
        }
    else:
        rests = {one: _rests_on(result, found) for one, result in found.results.items()}
    drawn = factors(systems, asked, rests)
    values = mapped(drawn, uniforms(len(drawn), count, seed))
    samples: dict[str, dict[str, Floats]] = {}
    for system in systems:
        given = values.get(system.id, {})
        if outcomes:
            there = [one for one in outcomes if found.row(one.name).values[system.id] is not None]
            samples[system.id] = {one.name: answer(one, system, asked, given) for one in there}
        else:
            samples[system.id] = _samples(with_values(system, asked, given), found)
    ends = np.array([0.5, 0.5 - interval / 2.0, 0.5 + interval / 2.0])
    known = {row.quantity.name: row for row in found.rows}
    value_bands: dict[str, dict[str, Band]] = {}
    ratio_bands: dict[str, dict[str, Band]] = {}
    for one, own in samples.items():
        for name, drawn_values in own.items():
            value = known[name].values[one]
            if value is not None:
                value_bands.setdefault(name, {})[one] = _band(value, drawn_values, ends)
            ratio, base = known[name].ratios[one], samples[found.baseline].get(name)
            if ratio is not None and base is not None and one != found.baseline:
                ratio_bands.setdefault(name, {})[one] = _band(ratio, drawn_values / base, ends)
    used = {(one, path) for factor in drawn for figure in factor.figures for one, path in figure.users}
    exact = sum(
        (one, _stated(path, asked)) not in used and path in found.results[one].inputs
        for one, paths in rests.items()
        for path in paths
    )
    return Bands(found, interval, count, seed, drawn, exact, value_bands, ratio_bands, samples)


def _stated(path: str, scenario: Scenario) -> str:
    rate = f"chip.flop_rate.{scenario.precision}.{scenario.sparsity}"
    return rate if path == "chip.flop_rate" else path.removeprefix(_PUBLISHED)


def _outcome_row(outcome: Outcome, found: Comparison) -> Row:
    """An outcome as a row of the comparison, as adopted."""
    quantity = names.QUANTITIES.get(outcome.name) or names.Quantity(
        outcome.name, outcome.unit, outcome.en, outcome.zh, "", "", better=_BETTER.get(outcome.better or "")
    )
    values: dict[str, float | None] = {}
    missing: dict[str, str] = {}
    confidence: dict[str, str | None] = {}
    for system in found.systems:
        inputs = found.results[system.id].inputs
        reason = outcome.reason(system, found.scenario)
        if reason:
            missing[system.id] = reason
        rests = () if reason else tuple(outcome.rests_on(system, found.scenario))
        values[system.id] = None if reason else float(outcome(system, found.scenario))
        confidence[system.id] = names.weakest([inputs[path].confidence for path in rests if path in inputs])
    base = values[found.baseline]
    ratios = {one: value / base if value is not None and base else None for one, value in values.items()}
    return Row(quantity, outcome.unit, values, ratios, confidence, missing)


def _rests_on(result: Result, found: Comparison) -> tuple[str, ...]:
    rows = [row.quantity.name for row in found.rows if row.values[result.system.id] is not None]
    rows += [DIVISORS[found.per]] if found.per in DIVISORS else []
    return tuple(dict.fromkeys(path for name in rows for path in result.rests_on(name)))


def _samples(system: System, found: Comparison) -> dict[str, Floats]:
    """The drawn values of every row that there is, divided as the rows are."""
    rows = [row for row in found.rows if row.values[system.id] is not None]
    wanted = [row.quantity.name for row in rows] + ([DIVISORS[found.per]] if found.per in DIVISORS else [])
    result = evaluate(system, replace(found.scenario, prefer=()), wanted)
    divisor: Any = 1.0
    if found.per in DIVISORS and result.get(DIVISORS[found.per]) is not None:
        divisor = result.array(DIVISORS[found.per]) / (1000.0 if found.per == "kW" else 1.0)
    return {
        row.quantity.name: np.asarray(result.array(row.quantity.name) / (divisor if row.per else 1.0)) for row in rows
    }


def _band(adopted_value: float, drawn: Floats, ends: Floats) -> Band:
    if np.ndim(drawn) == 0:
        return Band(adopted_value, *(float(drawn),) * 3)
    median, low, high = np.quantile(drawn, ends)
    return Band(adopted_value, float(median), float(low), float(high))


@dataclass(frozen=True)
class Odds:
    """How probable a statement is.

    Attributes
    ----------
    statement : as it was given.
    probability : share of the draws in which it holds.
    draws : how many there were.
    en, zh : the statement in words, with its probability.
    """

    statement: str
    probability: float
    draws: int
    en: str
    zh: str

    def sentence(self, language: str = "en") -> str:
        """The statement in words."""
        return self.zh if language == "zh" else self.en

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "statement": self.statement, "probability": self.probability, "draws": self.draws, "sentence": self.en,
        }  # fmt: skip


_STATEMENT = re.compile(
    r"\s*(?:(?P<system>[a-z0-9][a-z0-9.-]*)\s+)?(?P<quantity>[a-z][a-z0-9_.]*)\s*(?P<sign><=|>=|<|>)\s*(?P<bound>.+?)\s*"
)
_TIMES = re.compile(r"(?P<number>[0-9]{1,12}(?:\.[0-9]{1,12})?)\s*[x×](?:\s+(?P<base>\S+))?")
_HOLDS = {
    "<": (np.less, "less than", "below", "低于"),
    ">": (np.greater, "more than", "above", "高于"),
    "<=": (np.less_equal, "at most", "at most", "不高于"),
    ">=": (np.greater_equal, "at least", "at least", "不低于"),
}
_VERBS = {"lower": "needs", "higher": "offers"}
_OFTEN = {"1": "", "2": "twice "}


def _chance(share: float) -> str:
    """A probability, that never says all or none where it is not.

    >>> _chance(0.9653), _chance(1.0), _chance(0.9999), _chance(0.0), _chance(0.001)
    ('0.97', '1', '>0.99', '0', '<0.01')
    """
    if share in (0.0, 1.0):
        return f"{share:.0f}"
    return "<0.01" if share < 0.005 else ">0.99" if share >= 0.995 else f"{share:.2f}"


def probability(found: Bands, statement: str) -> Odds:
    """In how many of the draws a statement holds.

    Parameters
    ----------
    found : a comparison with its draws.
    statement : ``SYSTEM QUANTITY > 2x``, against the baseline or ``2x OTHER``, or ``SYSTEM QUANTITY < 600 kW``;
        the first system beside the baseline where none is named.

    Raises
    ------
    CalcError : where it is no statement, or the systems have none of the quantity.
    UnknownNameError : where a name is none.
    """
    from calc.studies.narrate_what_if import label_in_words
    from calc.studies.shown import PER_ZH

    read = _STATEMENT.fullmatch(statement)
    ids = [system.id for system in found.comparison.systems]
    others = [one for one in ids if one != found.comparison.baseline] or ids
    if not read:
        raise CalcError(
            f"'{statement[:80]}' is not a statement; write such as '{others[0]} power_per_flop_rate > 2x' or"
            " 'power.all_in < 600 kW'"
        )
    system_id = read["system"] or others[0]
    if system_id not in ids:
        raise UnknownNameError("system among those compared:", system_id, ids)
    row = found.comparison.row(read["quantity"])
    holds, amount, level, zh = _HOLDS[read["sign"]]
    titles = found.comparison.titles
    times = _TIMES.fullmatch(read["bound"])
    own = found.samples(row.quantity.name, system_id)
    ours, precision = titles[system_id], found.comparison.scenario.precision
    label, label_zh = (label_in_words(row.quantity.en, row.quantity.zh, precision, one).strip() for one in ("en", "zh"))
    if row.per:
        label, label_zh = f"{label} per {row.per}", f"{label_zh}（每{PER_ZH.get(row.per, row.per)}）"
    if times:
        base = times["base"] or found.comparison.baseline
        if base not in ids:
            raise UnknownNameError("system among those compared:", base, ids)
        if base == system_id:
            raise CalcError(f"'{statement[:80]}' compares {base} with itself; name another system")
        bound = float(times["number"]) * found.samples(row.quantity.name, base)
        often = _OFTEN.get(times["number"], f"{times['number']} times ")
        verb = _VERBS.get(row.quantity.better or "", "has")
        said = f"{ours} {verb} {amount} {often}the {label} of {titles[base]}"
        said_zh = f"{ours} 的{label_zh}{zh} {titles[base]} 的 {times['number']} 倍"
    else:
        from calc.units import parse

        if row.per:
            raise CalcError(f"{row.quantity.name} is per {row.per} here; state it as a ratio, such as '> 2x'")
        bound = np.asarray(parse(read["bound"], row.unit))
        said = f"The {label} of {ours} is {level} {read['bound']}"
        said_zh = f"{ours} 的{label_zh}{zh} {read['bound']}"
    share = float(np.mean(holds(own, bound)))
    chance = _chance(share)
    return Odds(statement.strip(), share, found.draws, f"{said}: probability {chance}.", f"{said_zh}：概率 {chance}。")
