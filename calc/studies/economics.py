"""What systems cost and emit by the hour, against one another, and what a budget or a power limit buys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calc.errors import CalcError, UnknownNameError
from calc.model.result import Result
from calc.model.scenario import Scenario
from calc.physics.cost import level_price
from calc.spec.datum import Datum
from calc.spec.library import Library
from calc.spec.system import System, compose
from calc.studies.outcomes import quantity_outcome
from calc.studies.uncertainty import Bands, bands

__all__ = [
    "GIVEN_PARTS",
    "LEFT_OUT",
    "LEFT_OUT_UNLESS_GIVEN",
    "PARTS",
    "YEAR",
    "Against",
    "Bought",
    "Cost",
    "Costs",
    "Limit",
    "Span",
    "costs",
    "placed",
]

YEAR = 365.25 * 86400.0
"""Seconds of a year."""

PARTS = {
    "price_written_off": "write_off_rate",
    "electricity_equipment": "equipment_electricity_rate",
    "electricity_overhead": "overhead_electricity_rate",
}
"""The parts of every cost, each with its quantity."""

GIVEN_PARTS = {"hosting": "hosting_rate", "spares": "spares_cost_rate", "network": "network_write_off_rate"}
"""Parts that are counted where a spec or a scenario gives what they go by."""

LEFT_OUT = ("staff", "software", "interest", "what is left of the price at the end")
"""What no part of a cost stands for, as no source gives it for each system."""

LEFT_OUT_UNLESS_GIVEN = {
    "hosting": "buildings and hosting",
    "spares": "spares and repairs",
    "network": "the scale-out network where the price is without it",
}
"""What is left out, too, unless the part is given."""

_HOUR = 3600.0
_PFLOP_HOUR = 3.6e18
_RATES = {
    "per_hour": ("cost_rate", _HOUR),
    "per_pflop_hour": ("cost_per_flop", _PFLOP_HOUR),
    "per_accelerator_hour": ("chip.cost_rate", _HOUR),
    "co2_per_hour": ("emission_rate", _HOUR),
}
_ASSUMED = (
    "price", "depreciation_period", "power.all_in", "pue", "electricity_price", "grid_carbon_intensity",
    "hosting_price", "spares_share", "network_price", "share_in_use",
)  # fmt: skip
_BASIS = ("price", "power.facility", "flop_rate", "chips")
_NAMES = tuple(dict.fromkeys([*(name for name, _ in _RATES.values()), *PARTS.values(), *GIVEN_PARTS.values(), *_BASIS]))
_MOST = 1e15
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Span:
    """A figure, and where 80 % of the draws of the figures it rests on put it.

    A reading adopted may stand near an end of its range, so the band is widened where it would leave the figure out.

    Attributes
    ----------
    value : as the readings adopted have it; None where it cannot be had.
    low, high : ends of the band; None likewise.
    widened : whether one of them is the figure itself, which the draws leave out.
    """

    value: float | None
    low: float | None
    high: float | None
    widened: bool = False

    @classmethod
    def of(cls, value: float, low: float, high: float) -> Span:
        """A figure with a band that holds it.

        >>> Span.of(3.0, 1.0, 2.0)
        Span(value=3.0, low=1.0, high=3.0, widened=True)
        """
        return cls(value, min(low, value), max(high, value), not low <= value <= high)

    def times(self, factor: float) -> Span:
        """The same in another unit.

        >>> Span(1.0, 0.5, None).times(2.0).low
        1.0
        """
        value, low, high = (None if one is None else one * factor for one in (self.value, self.low, self.high))
        return Span(value, low, high, self.widened)

    def to_json(self) -> dict[str, float | bool | None]:
        """As plain values; ``widened`` only where it is."""
        said: dict[str, float | bool | None] = {"value": self.value, "low": self.low, "high": self.high}
        return said | {"widened": True} if self.widened else said


_NONE = Span(None, None, None)


@dataclass(frozen=True, slots=True)
class Limit:
    """What there is to spend.

    Attributes
    ----------
    kind : ``budget`` of prices, or ``power`` at the facility's meter.
    amount : how much [USD or W].
    """

    kind: str
    amount: float

    @property
    def unit(self) -> str:
        """The SI unit of the amount."""
        return "USD" if self.kind == "budget" else "W"


@dataclass(frozen=True)
class Bought:
    """What a budget or a power limit buys of one system; whole systems only.

    Attributes
    ----------
    systems, chips : how many.
    flop_rate : their peak arithmetic [FLOP/s].
    price : what they cost to buy [USD].
    power : what the facility draws for them [W].
    cost_per_year : price written off and electricity [USD].
    co2_per_year : of the electricity [kg].
    """

    systems: Span
    chips: Span
    flop_rate: Span
    price: Span
    power: Span
    cost_per_year: Span
    co2_per_year: Span

    def to_json(self) -> dict[str, Any]:
        """As plain values; FLOP/s, USD, W and kg."""
        return {name: getattr(self, name).to_json() for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Cost:
    """What one system costs and emits in one region.

    Attributes
    ----------
    system : the system, under the name it was asked by.
    region : id of the region it stands in.
    per_hour, per_pflop_hour, per_accelerator_hour : cost [USD].
    parts : parts of the cost of an hour, by name of `PARTS`, and of `GIVEN_PARTS` where given [USD].
    co2_per_hour : emitted for its electricity [kg].
    assumptions : the figures it rests on, as plain values by path.
    missing : the reason for what cannot be had.
    left_out : what the cost leaves out.
    buys : what the limit buys, where there is one.
    """

    system: System
    region: str
    per_hour: Span
    per_pflop_hour: Span
    per_accelerator_hour: Span
    parts: Mapping[str, Span]
    co2_per_hour: Span
    assumptions: Mapping[str, Mapping[str, Any]]
    missing: Mapping[str, str]
    left_out: tuple[str, ...]
    buys: Bought | None

    def to_json(self) -> dict[str, Any]:
        """As plain values; USD and kg."""
        said: dict[str, Any] = {"system": self.system.id, "region": self.region}
        said |= {name: getattr(self, name).to_json() for name in ("per_hour", "per_pflop_hour", "per_accelerator_hour")}
        said["parts"] = {name: part.to_json() for name, part in self.parts.items()}
        said["co2_per_hour"] = self.co2_per_hour.to_json()
        said["left_out"] = list(self.left_out)
        said["assumptions"] = {path: dict(one) for path, one in self.assumptions.items()}
        said["missing"] = dict(self.missing)
        if self.buys is not None:
            said["buys"] = self.buys.to_json()
        return said


@dataclass(frozen=True)
class Against:
    """One system's cost against another's, for the same arithmetic.

    Attributes
    ----------
    system, baseline : ids as asked.
    ratio : of the costs of a PFLOP-hour; None where either is not known.
    level_price : of the system, at which they cost the same, nothing where no price does [USD]; its band is of the
        figures as they are drawn, 0 where running it alone costs more.
    price : of the system as adopted [USD].
    dearer_to_buy, dearer_to_run : whether the same arithmetic costs more at first, and more electricity.
    time : after which the one that costs more at first has made up for it by its electricity [s]; None where the
        same system costs more in both.
    level : whether the two cost the same, at first and to run.
    """

    system: str
    baseline: str
    ratio: Span
    level_price: Span
    price: float | None
    dearer_to_buy: bool | None
    dearer_to_run: bool | None
    time: float | None
    level: bool = False

    def to_json(self) -> dict[str, Any]:
        """As plain values; USD and s."""
        return {
            "system": self.system, "baseline": self.baseline, "ratio": self.ratio.to_json(),
            "level_price": self.level_price.to_json(), "price": self.price, "dearer_to_buy": self.dearer_to_buy,
            "dearer_to_run": self.dearer_to_run, "time": self.time,
            "level": self.level,
        }  # fmt: skip


@dataclass(frozen=True)
class Costs:
    """What was asked for: every system's cost, and each against the last.

    Attributes
    ----------
    systems : the costs, in the order asked.
    against : the others against the baseline.
    limit : what there is to spend, if anything.
    precision, sparse : of the arithmetic.
    draws, seed : how often the figures with a range were drawn, and from which seed.
    """

    systems: tuple[Cost, ...]
    against: tuple[Against, ...]
    limit: Limit | None
    precision: str
    sparse: bool
    draws: int
    seed: int

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.cost/1``; USD and kg. One system alone stands at the top."""
        said: dict[str, Any] = {
            "schema": "podcalc.cost/1", "precision": self.precision, "sparse": self.sparse, "interval": _INTERVAL,
            "draws": self.draws, "seed": self.seed,
        }  # fmt: skip
        if self.limit is not None:
            said["limit"] = {"kind": self.limit.kind, "amount": self.limit.amount, "unit": self.limit.unit}
        if len(self.systems) == 1:
            return said | self.systems[0].to_json()
        said["systems"] = [one.to_json() for one in self.systems]
        said["against"] = [one.to_json() for one in self.against]
        return said


_INTERVAL = 0.8


def placed(library: Library, asked: str, region: str) -> tuple[System, str]:
    """A system in a region, as ``SYSTEM`` or ``SYSTEM@REGION``, with the region's id.

    Parameters
    ----------
    library : the catalogue.
    asked : as it was typed; the system's id becomes this, so that one system can stand in two places.
    region : id of the region where none is named.

    Raises
    ------
    UnknownNameError : where there is no such system or region.
    """
    system_id, at, named = asked.partition("@")
    if at and not named:
        raise CalcError(f"'{asked}' names no region after '@'; write such as '{system_id}@us-virginia'")
    where = named or region
    system = compose(library, system_id, where)
    if not at:
        return system, where
    return replace(system, id=asked, short=f"{system.short}, {where}"), where


def costs(
    library: Library,
    systems: Sequence[str],
    scenario: Scenario | None = None,
    *,
    budget: float | str | None = None,
    power: float | str | None = None,
    count: int = 4096,
    seed: int = 0,
) -> Costs:
    """What systems cost and emit, against the last of them, and what a limit buys.

    Parameters
    ----------
    library : the catalogue.
    systems : ids, each with ``@REGION`` where it stands elsewhere than the scenario says.
    scenario : the assumptions.
    budget : to spend on prices, as a text with its unit or in USD.
    power : to draw at the facility's meter, as a text with its unit or in W.
    count : how many draws of the figures with a range, a power of two.
    seed : of the draws.

    Raises
    ------
    CalcError : where both limits are given, or one makes no sense, or needs a price that is not known.
    UnknownNameError : where there is no such system or region.
    """
    asked = scenario or Scenario()
    if not systems:
        raise CalcError("no system; name one, such as 'gb200-nvl72' (podcalc list systems)")
    limit = _limit(budget, power)
    pairs = [placed(library, one, asked.region) for one in systems]
    settled = replace(asked, set=_addressed(asked, [system.id for system, _ in pairs]))
    found = bands(
        [system for system, _ in pairs], None, settled, count=count, seed=seed, interval=_INTERVAL,
        outcomes=[quantity_outcome(name) for name in _NAMES],
    )  # fmt: skip
    listed = tuple(_cost(found, system, region, limit) for system, region in pairs)
    against = tuple(_against(found, system.id) for system, _ in pairs if system.id != found.comparison.baseline)
    return Costs(listed, against, limit, asked.precision, asked.sparse, count, seed)


_EXAMPLES = {"budget": "100 MUSD", "power": "100 MW"}


def _limit(budget: float | str | None, power: float | str | None) -> Limit | None:
    if budget is not None and power is not None:
        raise CalcError("a budget and a power limit at once; give --budget or --power, and read off the other")
    kind, given = ("budget", budget) if budget is not None else ("power", power)
    if given is None:
        return None
    if isinstance(given, str):
        from calc.units import parse

        if not given.strip():
            raise CalcError(f"--{kind} is empty; give such as '{_EXAMPLES[kind]}'")
        amount = parse(given, "USD" if kind == "budget" else "W")
    else:
        amount = float(given)
    if not 0.0 < amount <= _MOST:
        raise CalcError(f"--{kind} is '{given}'; give an amount above zero and up to 1e15, such as '{_EXAMPLES[kind]}'")
    return Limit(kind, amount)


def _addressed(scenario: Scenario, ids: Sequence[str]) -> dict[str, Any]:
    """Settings of one system, for each of the places that it stands in."""
    settings: dict[str, Any] = {}
    for path, value in scenario.set.items():
        system, colon, bare = path.partition(":")
        users = [one for one in ids if one.partition("@")[0] == system] if colon else []
        if colon and system not in ids and not users:
            raise UnknownNameError("system among those asked for:", system, ids)
        settings |= {f"{one}:{bare}": value for one in users if one != system} | (
            {path: value} if not colon or system in ids else {}
        )
    return settings


def _span(found: Bands, name: str, system_id: str) -> Span:
    band = found.values.get(name, {}).get(system_id)
    return _NONE if band is None else Span.of(band.adopted, band.low, band.high)


def _cost(found: Bands, system: System, region: str, limit: Limit | None) -> Cost:
    rates = {key: _span(found, name, system.id).times(factor) for key, (name, factor) in _RATES.items()}
    result = found.comparison.results[system.id]
    counted = PARTS | {key: name for key, name in GIVEN_PARTS.items() if result.number(name) is not None}
    parts = {key: _span(found, name, system.id).times(_HOUR) for key, name in counted.items()}
    rows = {key: name for key, (name, _) in _RATES.items()} | PARTS
    missing = {
        key: f"{result.missing[name].cause}: {result.missing[name].reason}"
        for key, name in rows.items()
        if name in result.missing
    }
    assumptions: dict[str, dict[str, Any]] = {}
    for path in _ASSUMED:
        value = result.number(path)
        if value is None:
            continue
        datum = result.inputs.get(path)
        if path in result.was_set:
            said: dict[str, Any] = {"source": None, "confidence": "assumed", "low": None, "high": None}
        elif datum is None:
            said = {"source": None, "confidence": result.confidence(path), "low": None, "high": None}
        else:
            said = {"source": datum.source, "confidence": datum.confidence, "low": datum.low, "high": datum.high}
        unit = quantity_outcome(path).unit
        said["note"] = "" if datum is None or path in result.was_set else datum.note
        assumptions[path] = {"value": value, "unit": unit, **said, "region": _stands_in(system, datum, path, result)}
    buys = None if limit is None or not _limited(found, system.id, limit) else _bought(found, system.id, limit)
    return Cost(
        system, region, rates["per_hour"], rates["per_pflop_hour"], rates["per_accelerator_hour"], parts,
        rates["co2_per_hour"], assumptions, missing, _left_out(counted), buys,
    )  # fmt: skip


def _left_out(counted: Mapping[str, str]) -> tuple[str, ...]:
    return (*(said for part, said in LEFT_OUT_UNLESS_GIVEN.items() if part not in counted), *LEFT_OUT)


def _stands_in(system: System, datum: Datum | None, path: str, result: Result) -> str | None:
    """The region whose file gives a figure; none where a scenario or another kind of spec does."""
    if datum is None or path in result.was_set:
        return None
    return next((spec.id for spec in system.specs if spec.kind == "region" and spec.file == datum.file), None)


_LIMITED = {"budget": "price", "power": "power.facility"}
"""What each kind of limit is spent on."""


def _limited(found: Bands, system_id: str, limit: Limit) -> bool:
    """Whether a limit can be counted in a system; where it can in none, that is a mistake to put right."""
    row = found.comparison.row(_LIMITED[limit.kind])
    if any(value is not None for value in row.values.values()):
        return row.values[system_id] is not None
    path, unit = ("price", "1 MUSD") if limit.kind == "budget" else ("power.all_in", "100 kW")
    what = "a budget buys" if limit.kind == "budget" else "a power limit is shared out"
    bare, why = system_id.partition("@")[0], row.missing.get(system_id, "not known")
    raise CalcError(
        f"{bare} has no {_LIMITED[limit.kind]} by which {what}: {why}; set one with --set '{bare}:{path}={unit}'"
    )


def _bought(found: Bands, system_id: str, limit: Limit) -> Bought:
    """Whole systems within a limit, as adopted and in every draw."""
    name = _LIMITED[limit.kind]
    each = float(found.comparison.row(name).values[system_id] or 0.0)
    number = float(np.floor(limit.amount / each))
    drawn = np.floor(limit.amount / found.samples(name, system_id))

    def of_all(quantity: str, factor: float = 1.0) -> Span:
        value = found.comparison.row(quantity).values[system_id]
        if value is None:
            return _NONE
        return _ends(number * value * factor, drawn * found.samples(quantity, system_id) * factor)

    return Bought(
        systems=_ends(number, drawn),
        chips=of_all("chips"),
        flop_rate=of_all("flop_rate"),
        price=of_all("price"),
        power=of_all("power.facility"),
        cost_per_year=of_all("cost_rate", YEAR),
        co2_per_year=of_all("emission_rate", YEAR),
    )


def _ends(value: float, drawn: Floats) -> Span:
    low, high = np.quantile(drawn, [0.5 - _INTERVAL / 2.0, 0.5 + _INTERVAL / 2.0])
    return Span.of(float(value), float(low), float(high))


def _against(found: Bands, system_id: str) -> Against:
    """A system against the baseline, for the same peak arithmetic."""
    baseline = found.comparison.baseline
    band = found.ratios.get("cost_per_flop", {}).get(system_id)
    ratio = _NONE if band is None else Span.of(band.adopted, band.low, band.high)
    ours, theirs = (found.comparison.results[one] for one in (system_id, baseline))
    price = ours.number("price")
    level = _level(found, system_id)
    if band is None:
        return Against(system_id, baseline, ratio, level, price, None, None, None)
    extra = _of_each(ours, theirs, ("price", "network_price"))
    more = _of_each(ours, theirs, (*_ELECTRICITY, "hosting_rate", "spares_cost_rate"))
    time = -extra / more if extra * more < 0.0 else None
    return Against(system_id, baseline, ratio, level, price, extra > 0.0, more > 0.0, time, extra == more == 0.0)


_ELECTRICITY = ("equipment_electricity_rate", "overhead_electricity_rate")


def _level(found: Bands, system_id: str) -> Span:
    """The price at which a system's arithmetic costs as much as the baseline's."""
    baseline = found.comparison.baseline
    ours, theirs = (found.comparison.results[one] for one in (system_id, baseline))
    period, electricity = ours.number("depreciation_period"), [ours.number(name) for name in _ELECTRICITY]
    if period is None or None in (theirs.number("cost_per_flop"), ours.number("flop_rate"), *electricity):
        return _NONE
    given = _given(ours, "hosting_rate", "network_write_off_rate")
    used, spares = ours.number("share_in_use") or 1.0, ours.number("spares_share") or 0.0
    running = sum(float(one or 0.0) for one in electricity) + given
    reached = float(level_price(theirs.array("cost_per_flop"), ours.array("flop_rate") * used, running, period, spares))
    if reached <= 0.0:
        return _NONE
    written_off = ours.number("write_off_rate")
    # A period is drawn as what a drawn price and what is written off of it have between them.
    periods = (
        period
        if written_off is None
        else found.samples("price", system_id) / found.samples("write_off_rate", system_id)
    )
    drawn = level_price(
        found.samples("cost_per_flop", baseline),
        found.samples("flop_rate", system_id) * used,
        sum(found.samples(name, system_id) for name in _ELECTRICITY) + given,
        periods,
        spares,
    )
    return _ends(reached, np.maximum(drawn, 0.0))


def _given(result: Result, *quantities: str) -> float:
    """The sum of those that are known; the others are counted for no system."""
    return sum(float(result.number(name) or 0.0) for name in quantities)


def _of_each(ours: Result, theirs: Result, quantities: Sequence[str]) -> float:
    """How much more some figures come to for each unit of arithmetic, over the hours in use and not."""
    first, second = (
        _given(result, *quantities) / (float(result.array("flop_rate")) * (result.number("share_in_use") or 1.0))
        for result in (ours, theirs)
    )
    return first - second
