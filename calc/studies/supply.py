"""Who makes a system, step by step, and what can still be built where somebody no longer delivers.

Every chip, CPU, switch chip, adapter and transceiver of a system is made in steps: designed, fabricated,
packaged, and so on. A step has makers who are alternatives to one another, or it is unknown. Cutting a
maker off leaves a step standing where another maker is known, ends it where all are known and cut, and
leaves it open where an unknown one may step in. An unknown maker is in doubt by a cut only where one who is cut off
is known in the catalogue to do that step for some part. This is about new production, at any volume, and not a
forecast: stocks, capacities and the time that a change of maker takes are not counted, so that a maker of whom only
stock is left is no maker, cut off or not.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from calc.errors import CalcError, UnknownNameError
from calc.physics.concentration import concentration, concentration_highest, concentration_lowest
from calc.physics.types import Array
from calc.spec.library import Library, Spec
from calc.spec.system import System, compose

__all__ = [
    "SCENARIOS", "STEPS", "WEIGHTS", "Best", "Cut", "Maker", "Outlook", "SinglePoint", "Step", "Supply", "best_of",
    "cut_words", "outlook", "parse_cut", "supply",
]  # fmt: skip

STEPS = ("designed", "tools", "fabricated", "packaged", "memory", "optics")
"""What a part is made in: each has makers of its own."""

WEIGHTS = ("chips", "parts", "power")
"""What shares are of: steps of the accelerators alone; of all parts by their number; of all parts by rated power."""

SCENARIOS = {
    "tsmc-advanced": "nothing that TSMC fabricates at 7 nm or below",
    "korea-hbm": "no high-bandwidth memory made in Korea",
    "us-design-tools": "no design tools of the United States",
}
"""Shocks that have a name; `parse_cut` reads them and words of its own."""

_ADVANCED = 7.0
_ROUNDS = 200
_ALIAS = {"hbm": "memory", "design": "designed", "fabrication": "fabricated", "packaging": "packaged"}
_COUNTRIES = {
    "china": "CN", "korea": "KR", "south-korea": "KR", "taiwan": "TW", "united-states": "US", "usa": "US",
}  # fmt: skip
_BY_TYPE = {
    "chip": ("designed", "tools", "fabricated", "packaged"),
    "cpu": ("designed", "fabricated"),
    "switch": ("designed", "fabricated"),
    "nic": ("designed", "fabricated"),
    "transceiver": ("optics",),
}
_NEVER_ASKED = "no source for it in the catalogue"


@dataclass(frozen=True, slots=True)
class Maker:
    """One who does a step, of alternatives.

    Attributes
    ----------
    company, country : who and where; empty where not known.
    process, node : its process, and the generation in nm; empty and None where not known.
    stock : whether only what was made earlier is left.
    source, confidence, note : how it is known.
    """

    company: str
    country: str
    process: str = ""
    node: float | None = None
    stock: bool = False
    source: str = ""
    confidence: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one part.

    Attributes
    ----------
    part, name : id of the part's spec, or its name in the system, and what to call it.
    type : chip, cpu, switch, nic or transceiver.
    step : one of `STEPS`.
    makers : alternatives.
    unknown : why its makers, or further ones, are not known; empty where those listed are all.
    count : how many of the part a system has.
    weight : its share of the whole.
    """

    part: str
    name: str
    type: str
    step: str
    makers: tuple[Maker, ...]
    unknown: str
    count: float
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Cut:
    """Somebody who no longer delivers.

    Attributes
    ----------
    word : as it was asked for.
    step : the one step that is cut; empty for all.
    company, country : who; one of them is empty.
    advanced : whether only fabrication at 7 nm or below is cut.
    does : steps that who is cut is known to do for some part of the catalogue; in others no unknown maker is in doubt.
    """

    word: str
    step: str = ""
    company: str = ""
    country: str = ""
    advanced: bool = False
    does: tuple[str, ...] = ()

    def hits(self, step: str, maker: Maker) -> bool | None:
        """Whether it cuts a maker of a step; None where what is known of the maker does not say."""
        if self.step and step != self.step:
            return False
        who, cut = (maker.company, self.company) if self.company else (maker.country, self.country)
        if who and _slug(who) != _slug(cut):
            return False
        if not who:
            return None if step in self.does else False
        if not self.advanced:
            return True
        return None if maker.node is None else maker.node <= _ADVANCED


@dataclass(frozen=True, slots=True)
class SinglePoint:
    """A supplier who alone does a step of a part that the system needs."""

    supplier: str
    country: str
    part: str
    step: str
    count: float
    source: str
    confidence: str


@dataclass(frozen=True)
class Supply:
    """Who makes a system.

    Attributes
    ----------
    system, name, country : which, and where it is designed.
    weight : what shares are of; one of `WEIGHTS`.
    steps : every step of every part.
    by_country, by_supplier : shares of the whole; with alternatives, equal parts of a step for each.
    country_range, supplier_range : shares from what is certainly theirs to what may be.
    unknown : share whose maker is not known, and that whose country is not known.
    hhi, hhi_country : concentration of what is known, alternatives in equal parts; each with its lowest and highest
        for any part of a step to any of its alternatives, and any answer to what is unknown.
    single_points : suppliers without an alternative.
    cuts : what was cut.
    buildable : whether every step still has a maker of new ones; None where an unknown origin decides.
    exposed : share of the whole whose makers are cut, each alternative counting for its part of the step.
    lost : share of the whole whose last makers are cut.
    missing, undecided : steps without a maker of new ones, and those where an unknown one decides.
    not_weighed : parts left out of the shares, for want of their power.
    left_out : kinds of part of the system that origins are not followed for.
    uncut : `buildable` with nothing cut.
    stock_alone : steps of whose known makers only stock is left.
    unknown_range, unknown_country_range : least and most that `unknown` and `unknown_country` may be.
    """

    system: str
    name: str
    country: str
    weight: str
    steps: tuple[Step, ...]
    by_country: Mapping[str, float]
    by_supplier: Mapping[str, float]
    country_range: Mapping[str, tuple[float, float]]
    supplier_range: Mapping[str, tuple[float, float]]
    unknown: float
    unknown_country: float
    hhi: tuple[float | None, float, float]
    hhi_country: tuple[float | None, float, float]
    single_points: tuple[SinglePoint, ...]
    cuts: tuple[Cut, ...]
    buildable: bool | None
    exposed: float
    lost: float
    missing: tuple[Step, ...]
    undecided: tuple[Step, ...]
    not_weighed: tuple[str, ...] = ()
    left_out: tuple[str, ...] = field(default=())
    uncut: bool | None = True
    stock_alone: tuple[Step, ...] = ()
    unknown_range: tuple[float, float] = (0.0, 0.0)
    unknown_country_range: tuple[float, float] = (0.0, 0.0)

    def sentences(self, language: str = "en") -> tuple[str, ...]:
        """What it comes to, in words; see `calc.studies.narrate_supply`."""
        from calc.studies.narrate_supply import sentences

        return sentences(self, language)

    def to_json(self) -> dict[str, Any]:
        """As plain values; shares and indices are ratios."""

        def index(found: tuple[float | None, float, float]) -> dict[str, Any]:
            return dict(zip(("value", "low", "high"), found, strict=True))

        def brief(step: Step) -> dict[str, Any]:
            return {"part": step.part, "step": step.step, "count": step.count, "unknown": step.unknown}

        return {
            "schema": "podcalc.supply/1",
            "system": self.system,
            "units": {"by_country": "1", "by_supplier": "1", "unknown": "1", "hhi": "1", "exposed": "1", "count": "1"},
            "weight": self.weight,
            "by_country": dict(self.by_country),
            "by_supplier": dict(self.by_supplier),
            "by_country_range": {name: list(ends) for name, ends in self.country_range.items()},
            "by_supplier_range": {name: list(ends) for name, ends in self.supplier_range.items()},
            "unknown": self.unknown_country,
            "unknown_range": list(self.unknown_country_range),
            "unknown_supplier": self.unknown,
            "unknown_supplier_range": list(self.unknown_range),
            "hhi": self.hhi[0],
            "hhi_range": list(self.hhi[1:]),
            "hhi_country": index(self.hhi_country),
            "single_points": [
                {name: getattr(one, name) for name in SinglePoint.__slots__} for one in self.single_points
            ],
            "cuts": [cut.word for cut in self.cuts],
            "buildable": self.buildable,
            "buildable_uncut": self.uncut,
            "stock_alone": [brief(step) for step in self.stock_alone],
            "exposed": self.exposed,
            "lost": self.lost,
            "missing": [brief(step) for step in self.missing],
            "undecided": [brief(step) for step in self.undecided],
            "parts": [
                {
                    "part": step.part, "type": step.type, "step": step.step, "count": step.count, "weight": step.weight,
                    "makers": [{name: getattr(maker, name) for name in Maker.__slots__} for maker in step.makers],
                    "unknown": step.unknown,
                }
                for step in self.steps
            ],
            "not_weighed": list(self.not_weighed),
            "left_out": list(self.left_out),
            "sentences": list(self.sentences()),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Best:
    """The system of a country with the highest dense rate of BF16 that can be built.

    Attributes
    ----------
    country : where it is designed.
    system, flop_rate : the best one that can still be built; empty and None where none can for certain.
    perhaps, perhaps_flop_rate : a better one where an unknown origin decides.
    before : the best one where nothing is cut, perhaps undecided for want of more than stock.
    """

    country: str
    system: str
    flop_rate: float | None
    perhaps: str
    perhaps_flop_rate: float | None
    before: str


@dataclass(frozen=True)
class Outlook:
    """What can still be built of the catalogue: `systems` by id, and the best that remains by country."""

    cuts: tuple[Cut, ...]
    weight: str
    systems: tuple[Supply, ...]
    flop_rates: Mapping[str, float | None]
    best: tuple[Best, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain values, rates in FLOP/s."""
        return {
            "schema": "podcalc.supply-outlook/1",
            "units": {"flop_rate": "FLOP/s", "perhaps_flop_rate": "FLOP/s", "exposed": "1", "lost": "1"},
            "cuts": [cut.word for cut in self.cuts],
            "weight": self.weight,
            "systems": [
                {
                    "system": one.system, "country": one.country, "buildable": one.buildable, "exposed": one.exposed,
                    "lost": one.lost, "unknown": one.unknown_country, "flop_rate": self.flop_rates[one.system],
                    "missing": [f"{step.part}:{step.step}" for step in one.missing],
                }
                for one in self.systems
            ],
            "best": [{name: getattr(one, name) for name in Best.__slots__} for one in self.best],
        }  # fmt: skip


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _maker(said: Mapping[str, Any]) -> Maker:
    node = said.get("node")
    return Maker(
        said.get("company", ""), said.get("country", ""), said.get("process", ""),
        float(node.split()[0]) if node else None, said.get("stock", False), said["source"], said["confidence"],
        said.get("note", ""),
    )  # fmt: skip


def _steps_of(spec: Spec, kind: str, count: float) -> list[Step]:
    """Every step of a part as its spec tells it."""
    words, made = spec.words, []
    asked = [*_BY_TYPE[kind]]
    if kind == "chip" and any(path.startswith("hbm.") for path in spec.figures):
        asked.append("memory")
    asked += [step for step in STEPS if f"origin.{step}" in words and step not in asked]
    reasons = words.get("origin.unknown", {})
    for step in asked:
        makers = tuple(_maker(said) for said in words.get(f"origin.{step}", ()))
        if step == "designed" and not makers and step not in reasons:
            # Vendor and country are those of the design in every spec file.
            makers = (Maker(str(words["vendor"]), str(words["country"])),)
        unknown = reasons.get(step, "" if makers else _NEVER_ASKED)
        made.append(Step(spec.id, spec.short, kind, step, makers, unknown, count))
    return made


def _bill(library: Library, system: System) -> tuple[list[tuple[list[Step], float | None]], tuple[str, ...]]:
    """Each part's steps with the power of one, and the kinds of part left out."""
    chips = system["nodes"].value * system["chips_per_node"].value
    nodes, per_rack = system["nodes"].value, system.inputs.get("nodes_per_rack")
    times = {
        "chip": chips, "node": nodes, "system": 1.0,
        "rack": float(-(-nodes // per_rack.value)) if per_rack is not None else 1.0,
    }  # fmt: skip
    power = system.inputs.get("chip.power")
    bill = [(_steps_of(system.chip, "chip", chips), power.value if power else None)]
    left_out = set()
    for used in system.parts:
        count = system[f"parts.{used.name}.count"].value * times[used.per]
        if used.type not in _BY_TYPE:
            left_out.add(used.type)
            continue
        if count == 0:
            continue
        watts = system.inputs.get(f"parts.{used.name}.power")
        spec_id = system.spec.words.get(f"parts.{used.name}.part")
        if spec_id is not None:
            steps = _steps_of(library.get("part", spec_id), used.type, count)
        else:
            steps = [
                Step(used.name, used.title, used.type, step, (), _NEVER_ASKED, count) for step in _BY_TYPE[used.type]
            ]
        bill.append((steps, watts.value if watts else None))
    return bill, tuple(sorted(left_out))


def _weighed(bill: Sequence[tuple[list[Step], float | None]], weight: str) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """Every step with its share of the whole, and the parts that have none for want of their power."""
    sizes, without = [], []
    for steps, watts in bill:
        one = steps[0]
        if weight == "chips":
            sizes.append(one.count if one.type == "chip" else 0.0)
        elif weight == "parts":
            sizes.append(one.count)
        else:
            sizes.append(one.count * (watts or 0.0))
            without += [] if watts else [one.name]
    whole = sum(sizes)
    if whole == 0:
        raise CalcError("no part of this system has a known power to weigh by; weigh by chips or parts")
    return tuple(
        replace(step, weight=size / whole / len(steps))
        for (steps, _), size in zip(bill, sizes, strict=True)
        for step in steps
    ), tuple(without)


def _shares(
    steps: Iterable[Step], of: str
) -> tuple[dict[str, float], dict[str, tuple[float, float]], float, tuple[float, float]]:
    """Shares by company or country, their ranges, and what is nobody's that is known with its range."""
    value: dict[str, float] = {}
    low: dict[str, float] = {}
    high: dict[str, float] = {}
    unknown = least = most = 0.0
    for step in steps:
        names = [getattr(maker, of) for maker in step.makers]
        if not names:
            unknown += step.weight
        if step.unknown or not all(names):
            most += step.weight
            least += 0.0 if any(names) else step.weight
        for name in dict.fromkeys(names):
            share = step.weight * names.count(name) / len(names)
            if not name:
                unknown += share
                continue
            value[name] = value.get(name, 0.0) + share
            high[name] = high.get(name, 0.0) + step.weight
            sure = len(set(names)) == 1 and not step.unknown
            low[name] = low.get(name, 0.0) + (step.weight if sure else 0.0)
    listed = sorted((name for name in value if value[name] > 0), key=lambda name: (-round(value[name], 12), name))
    ranges = {name: (low[name], high[name]) for name in listed}
    return {name: value[name] for name in listed}, ranges, unknown, (least, most)


def _hhi(shares: Mapping[str, float], steps: Iterable[Step], of: str) -> tuple[float | None, float, float]:
    """Concentration of the shares, with its ends for any part of a step to any alternative and any unknown maker."""
    if not shares:
        return None, 0.0, 1.0
    place = {name: index for index, name in enumerate(shares)}
    sure = np.zeros(len(place))
    open_: dict[tuple[int, ...], float] = {}
    for step in steps:
        names = {getattr(maker, of) for maker in step.makers}
        if step.weight == 0 or step.unknown or not names or "" in names:
            # Whoever does it: at the lowest ever so many others, at the highest the largest.
            continue
        options = tuple(sorted(place[name] for name in names))
        if len(options) == 1:
            sure[options[0]] += step.weight
        else:
            open_[options] = open_.get(options, 0.0) + step.weight
    return (
        float(concentration(list(shares.values()))),
        float(concentration_lowest(_spread(sure, open_))),
        max(float(concentration_highest(one)) for one in _alone(sure, open_)),
    )


def _spread(sure: Array, open_: Mapping[tuple[int, ...], float]) -> Array:
    """Shares where what is open is spread as evenly as it can be: each part fills the lowest first, until all hold."""
    parts = {options: np.full(len(options), whole / len(options)) for options, whole in open_.items()}
    shares = np.array(sure)
    for options, part in parts.items():
        shares[list(options)] += part
    for _ in range(_ROUNDS if len(parts) > 1 else 1):
        for options, whole in open_.items():
            at = list(options)
            others = shares[at] - parts[options]
            low = np.sort(others)
            levels = (whole + np.cumsum(low)) / np.arange(1, len(low) + 1)
            level = levels[np.flatnonzero(levels > low)[-1]]
            parts[options] = np.maximum(0.0, level - others)
            shares[at] = others + parts[options]
    return shares


def _alone(sure: Array, open_: Mapping[tuple[int, ...], float]) -> Iterator[Array]:
    """Shares where each open part is one maker's alone. The highest is among them, as the index is convex."""
    for chosen in itertools.product(*open_):
        shares = np.array(sure)
        np.add.at(shares, list(chosen), list(open_.values()))
        yield shares


def _any(answers: Iterable[bool | None]) -> bool | None:
    listed = list(answers)
    return True if any(listed) else None if None in listed else False


def _stands(step: Step, cuts: Sequence[Cut]) -> bool | None:
    """Whether a step has a maker of new ones; what is unknown decides where a cut may reach it or the rest is stock."""
    left: list[bool | None] = []
    for maker in step.makers:
        hit = _any(cut.hits(step.step, maker) for cut in cuts)
        left.append(False if maker.stock else None if hit is None else not hit)
    if step.unknown:
        # One who is not named at all is hit by what hits a maker without a name or a place.
        reached = any(cut.hits(step.step, Maker("", "")) is None for cut in cuts)
        left.append(None if reached or _rests_on_stock(step) else True)
    return _any(left)


def _rests_on_stock(step: Step) -> bool:
    return bool(step.makers) and all(maker.stock for maker in step.makers)


def _all_makers(library: Library) -> Iterator[tuple[str, Maker]]:
    """Each step with a maker of it, of every chip and part of the catalogue."""
    for (kind, _), spec in library.specs.items():
        if kind not in ("chip", "part"):
            continue
        type_ = "chip" if kind == "chip" else str(spec.words["type"])
        if type_ in _BY_TYPE:
            yield from ((step.step, maker) for step in _steps_of(spec, type_, 1.0) for maker in step.makers)


def cut_words(library: Library) -> dict[str, str]:
    """Every word that may be cut, with what it means: shocks with a name, suppliers, countries."""
    companies, countries = {}, set()
    for _, maker in _all_makers(library):
        if maker.company:
            companies[_slug(maker.company)] = f"everything of {maker.company}"
        if maker.country:
            countries.add(maker.country)
    words = dict(SCENARIOS) | {word: companies[word] for word in sorted(companies)}
    return words | {country: f"everything made in {country}" for country in sorted(countries)}


def parse_cut(library: Library, word: str) -> Cut:
    """A word to what it cuts.

    Parameters
    ----------
    library : the catalogue, whose suppliers and countries may be named.
    word : one of `SCENARIOS`, a supplier, a country's two letters, or ``STEP:WHO`` for one step alone.

    Raises
    ------
    UnknownNameError : where it is none of these.

    >>> from calc.spec.library import open_library
    >>> parse_cut(open_library(), "hbm:KR")
    Cut(word='hbm:KR', step='memory', company='', country='KR', advanced=False, does=('memory',))
    """
    cut = _parsed(library, word)
    done = {step for step, maker in _all_makers(library) if cut.hits(step, maker)}
    return replace(cut, does=tuple(step for step in STEPS if step in done))


def _parsed(library: Library, word: str) -> Cut:
    known = cut_words(library)
    asked = word.strip()
    named = {"korea-hbm": "memory:KR", "us-design-tools": "tools:US", "us-eda": "tools:US"}.get(asked.lower())
    if asked.lower() == "tsmc-advanced":
        return Cut(asked, "fabricated", "TSMC", "", True)
    step, colon, who = (named or asked).rpartition(":")
    step = _ALIAS.get(step.lower(), step.lower())
    if colon and step not in STEPS:
        raise UnknownNameError("step", step, [*STEPS, *_ALIAS], "podcalc supply --cuts")
    country = _COUNTRIES.get(_slug(who), who.upper())
    if named or country in known:
        return Cut(asked, step, "", country)
    if _slug(who) in known and _slug(who) not in SCENARIOS:
        return Cut(asked, step, _slug(who))
    raise UnknownNameError("supplier, country or shock", who or word, known, "podcalc supply --cuts")


def supply(library: Library, system_id: str, cut: Sequence[str] = (), weight: str = "chips") -> Supply:
    """Who makes a system, and whether it can still be built where some no longer deliver.

    Parameters
    ----------
    library : the catalogue.
    system_id : id of a system.
    cut : words as in `parse_cut`; all of them are cut at once.
    weight : what shares are of; one of `WEIGHTS`. Steps of one part weigh alike.

    Returns
    -------
    Supply : shares, concentration, single points, and what is left.

    Raises
    ------
    UnknownNameError : where a system, a word or a weight is unknown.
    CalcError : where nothing has a power to weigh by.
    """
    if weight not in WEIGHTS:
        raise UnknownNameError("weight", weight, WEIGHTS)
    cuts = tuple(parse_cut(library, word) for word in dict.fromkeys(cut))
    return _supply(library, system_id, cuts, weight)


def _supply(library: Library, system_id: str, cuts: tuple[Cut, ...], weight: str) -> Supply:
    system = compose(library, system_id)
    bill, left_out = _bill(library, system)
    steps, without = _weighed(bill, weight)
    by_country, country_range, unknown_country, country_ends = _shares(steps, "country")
    by_supplier, supplier_range, unknown, ends = _shares(steps, "company")
    uncut = [_stands(step, ()) for step in steps]
    stands = [_stands(step, cuts) for step in steps]
    exposed = sum(
        step.weight * sum(any(cut.hits(step.step, maker) for cut in cuts) for maker in step.makers) / len(step.makers)
        for step in steps
        if step.makers
    )
    points = tuple(
        SinglePoint(
            step.makers[0].company, "/".join(sorted({one.country for one in step.makers if one.country})), step.part,
            step.step, step.count, step.makers[0].source, step.makers[0].confidence,
        )
        for step in steps
        if step.makers and not step.unknown and step.makers[0].company
        and len({_slug(one.company) for one in step.makers}) == 1
    )  # fmt: skip
    return Supply(
        system_id, system.short, system.country, weight, steps, by_country, by_supplier, country_range, supplier_range,
        unknown, unknown_country, _hhi(by_supplier, steps, "company"), _hhi(by_country, steps, "country"), points, cuts,
        False if False in stands else None if None in stands else True,
        exposed,
        sum(
            step.weight
            for step, answer, before in zip(steps, stands, uncut, strict=True)
            if answer is False and before is not False
        ),
        tuple(step for step, answer in zip(steps, stands, strict=True) if answer is False),
        tuple(step for step, answer in zip(steps, stands, strict=True) if answer is None),
        without, left_out, False if False in uncut else None if None in uncut else True,
        tuple(step for step in steps if _rests_on_stock(step)), ends, country_ends,
    )  # fmt: skip


def best_of(systems: Sequence[Supply], flop_rates: Mapping[str, float | None]) -> tuple[Best, ...]:
    """The best system of each country that remains, by dense rate of BF16; those without one are left out."""
    found = []
    for country in sorted({one.country for one in systems}):
        rated = sorted(
            ((rate, one) for one in systems if one.country == country and (rate := flop_rates[one.system])),
            key=lambda pair: (-pair[0], pair[1].system),
        )
        if not rated:
            continue
        sure = next((pair for pair in rated if pair[1].buildable), None)
        perhaps = next((pair for pair in rated if pair[1].buildable is None), None)
        if perhaps and sure and perhaps[0] <= sure[0]:
            perhaps = None
        found.append(
            Best(
                country, sure[1].system if sure else "", sure[0] if sure else None,
                perhaps[1].system if perhaps else "", perhaps[0] if perhaps else None, rated[0][1].system,
            )
        )  # fmt: skip
    return tuple(found)


def outlook(library: Library, cut: Sequence[str] = (), weight: str = "chips", announced: bool = False) -> Outlook:
    """What of the catalogue can still be built where some no longer deliver, and the best that remains by country.

    Parameters
    ----------
    library : the catalogue.
    cut, weight : as in `supply`.
    announced : whether systems that are only announced count.

    Raises
    ------
    UnknownNameError : where a word or a weight is unknown.
    """
    if weight not in WEIGHTS:
        raise UnknownNameError("weight", weight, WEIGHTS)
    cuts = tuple(parse_cut(library, word) for word in dict.fromkeys(cut))
    found, rates = [], {}
    for system_id in library.ids("system"):
        system = compose(library, system_id)
        if system.spec.words.get("status") == "announced" and not announced:
            continue
        try:
            found.append(_supply(library, system_id, cuts, weight))
        except CalcError:
            # Nothing of it has a power to weigh by; what can be built does not depend on it.
            found.append(_supply(library, system_id, cuts, "chips"))
        each = system.inputs.get("chip.flop_rate.bf16.dense")
        count = system["nodes"].value * system["chips_per_node"].value
        rates[system_id] = None if each is None else count * each.value
    return Outlook(cuts, weight, tuple(found), rates, best_of(found, rates))
