"""Where a chip stands to the export rules of the United States, and what stays below their lines.

Numbers only, from dense rates and die areas of the catalogue; destinations, end users, letters to single makers and
the rules on memory and foundries are beyond it. Not legal advice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from calc import names
from calc.errors import CalcError, UnitError, UnknownNameError
from calc.physics import export_control as rule
from calc.spec.datum import Datum
from calc.spec.library import Library
from calc.spec.system import System

__all__ = [
    "LINES",
    "Control",
    "Deciding",
    "Matched",
    "Variant",
    "control",
    "control_of",
    "inputs_of",
    "matched",
    "strongest",
]

_DENSE = tuple(f"chip.flop_rate.{precision}.dense" for precision in names.PRECISIONS)
_AREA, _DRAM = "chip.die_area", "chip.hbm.bandwidth"
_IO, _LINKS = "chip.scale_up.bandwidth_per_direction", "chip.scale_up.links"
_LINK = "scale_up.link.bandwidth_per_direction"
_SETTABLE = (*_DENSE, _AREA, _DRAM, _IO)

LINES = rule.LINES_2023
"""Paragraphs of 2023: name, least total processing performance, least performance density."""

_WORDS_2022 = {
    rule.CONTROLLED: "controlled", rule.NOT_CONTROLLED: "not controlled", rule.UNDETERMINED: "undetermined",
}  # fmt: skip
# Without the class or the bandwidth that it takes, nothing is owed a better review than the rule's own default.
_WORDS_2026 = {
    rule.CASE_BY_CASE: "case-by-case", rule.DENIAL: "presumption of denial", rule.NOT_APPLICABLE: "not applicable",
}  # fmt: skip

# How far a rate is moved to see whether the rounding of a data sheet decides.
_NEAR = 0.03
_H20_DRAM, _H20_IO = 4e12, 900e9


@dataclass(frozen=True, slots=True)
class Deciding:
    """A paragraph that a chip falls under for as long as its die area is no larger than this.

    Attributes
    ----------
    paragraph : of 3A090.
    die_area : the largest [m^2].
    """

    paragraph: str
    die_area: float


@dataclass(frozen=True, slots=True)
class Control:
    """Where a chip stands.

    Attributes
    ----------
    chip, name : its id and its name.
    tpp : total processing performance [bit TFLOP/s]
    precision : the number format that gives it.
    flop_rate : dense rate in that format [FLOP/s]
    die_area : applicable die area, or None [m^2]
    performance_density : or None where no die area is known [bit TFLOP/s/mm^2]
    io_bandwidth : of its scale-up links, both directions, or None [B/s]
    dram_bandwidth : of its memory, 0 where it has none, or None [B/s]
    datacentre : whether it is taken to be designed or marketed for data centres.
    rules : word by rule: ``2022``, ``2023`` and ``2026-china``.
    undetermined : rules that something not known decides.
    deciding : where the die area decides, the largest for each paragraph, the strictest first.
    also : other paragraphs of 2023 that it falls under somewhere in the ranges of its figures.
    near : the paragraph a little lower or higher rate would bring, with the share of change.
    tf32 : the total processing performance and the words by rule if TF32 counted with the 32 bits it is stored in; None
        where that changes no word. It multiplies 19 bits, and which of them count is not settled, so that it is left
        out where a chip has another format.
    confidence : the weakest of the figures that 2023's word rests on.
    inputs : its figures by path.
    country : where its maker is; empty where not said.
    """

    chip: str
    name: str
    tpp: float
    precision: str
    flop_rate: float
    die_area: float | None
    performance_density: float | None
    io_bandwidth: float | None
    dram_bandwidth: float | None
    datacentre: bool
    rules: Mapping[str, str]
    undetermined: tuple[str, ...] = ()
    deciding: tuple[Deciding, ...] = ()
    also: tuple[str, ...] = ()
    near: tuple[tuple[float, str], ...] = ()
    tf32: tuple[float, Mapping[str, str]] | None = None
    confidence: str | None = None
    inputs: Mapping[str, Datum] = field(repr=False, default_factory=dict)
    country: str = ""

    @property
    def bits(self) -> int:
        """Bit length of the number format that gives the total processing performance."""
        return rule.BITS[self.precision]

    @property
    def words(self) -> tuple[str, str, str]:
        """The word of each rule in order; that of 2026 says where the class it hangs on is not determined."""
        china = "undetermined" if "2026-china" in self.undetermined else self.rules["2026-china"]
        return self.rules["2022"], self.rules["2023"], china

    def weak(self, what: str) -> str:
        """Whether its ``rate`` or its ``area`` is estimated or assumed, in that word; else empty."""
        datum = self.inputs.get(_AREA if what == "area" else f"chip.flop_rate.{self.precision}.dense")
        return datum.confidence if datum is not None and datum.confidence in ("estimated", "assumed") else ""

    @property
    def tariff_band(self) -> int:
        """Band of the tariff of 2026 that it falls into, counted from 1; 0 where in none."""
        dram = math.nan if self.dram_bandwidth is None else self.dram_bandwidth
        return int(rule.tariff_band_2026(self.tpp, dram))

    @property
    def reaches_h20(self) -> bool:
        """Whether it has the memory or the interconnect bandwidth of an H20, which a letter of 2025 licenses apart."""
        return (self.dram_bandwidth or 0.0) >= _H20_DRAM or (self.io_bandwidth or 0.0) >= _H20_IO

    def reason(self, language: str = "en") -> str:
        """Why, in a few sentences; see `calc.studies.narrate_control.reason`."""
        from calc.studies.narrate_control import reason

        return reason(self, language)

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.control/1``, in the rules' own units."""
        return {
            "schema": "podcalc.control/1",
            "chip": self.chip,
            "tpp": self.tpp,
            "performance_density": self.performance_density,
            "rules": dict(self.rules),
            "undetermined": list(self.undetermined),
            "confidence": self.confidence,
            "reason": self.reason(),
        }


def inputs_of(
    library: Library, chip_id: str, settings: Mapping[str, str | float] | None = None
) -> tuple[dict[str, Datum], Mapping[str, str]]:
    """The figures of a chip that rules are about, under the paths they have in a system, and why others are absent.

    Parameters
    ----------
    library : the catalogue.
    chip_id : id of a chip.
    settings : figures to replace or to add, by path with or without ``chip.``, as text with a unit or in SI.

    Raises
    ------
    UnknownNameError : where there is no such chip, or no such path.
    """
    if ("chip", chip_id) not in library.specs and ("system", chip_id) in library.specs:
        chip = library.get("system", chip_id).words["chip"]
        raise CalcError(f"'{chip_id}' is a system, and rules are about chips; ask for its own: podcalc control {chip}")
    spec = library.get("chip", chip_id)
    inputs = {f"chip.{path}": replace(datum, path=f"chip.{path}") for path, datum in spec.figures.items()}
    if "scale_up.link" in spec.words:
        link = library.get("link", spec.words["scale_up.link"])
        inputs[_LINK] = replace(link.figures["bandwidth_per_direction"], path=_LINK)
    for path, given in (settings or {}).items():
        full = path if path.startswith("chip.") else f"chip.{path}"
        if full not in _SETTABLE:
            raise UnknownNameError("figure of a chip that rules are about:", path, _SETTABLE)
        inputs[full] = _set(full, given)
    absent = {
        name if name.startswith("chip.") else f"chip.{name}": str(why)
        for name, why in spec.words.get("absent", {}).items()
    }
    return inputs, absent


def _set(path: str, given: str | float) -> Datum:
    from calc.units import parse

    unit = names.find(path).unit
    try:
        value = parse(given, unit) if isinstance(given, str) else float(given)
    except UnitError as error:
        raise UnitError(f"{path}: {error}") from None
    if not value > 0 or not math.isfinite(value):
        raise CalcError(f"{path}: '{given}' is not above zero")
    return Datum(path, value, unit, str(given), "", "assumed", low=value, high=value)


def control(
    library: Library,
    chip_id: str,
    settings: Mapping[str, str | float] | None = None,
    *,
    datacentre: bool = True,
) -> Control:
    """Where a chip of the catalogue stands to the export rules.

    Parameters
    ----------
    library : the catalogue.
    chip_id : id of a chip.
    settings : figures to replace or to add; see `inputs_of`.
    datacentre : whether it is taken to be designed or marketed for data centres.

    Raises
    ------
    UnknownNameError : where there is no such chip, or no such path.
    CalcError : where it has no dense rate.

    >>> from calc.spec.library import open_library
    >>> found = control(open_library(), "h20-sxm")
    >>> found.tpp, found.rules["2023"]
    (2368.0, 'not 3A090')
    """
    inputs, absent = inputs_of(library, chip_id, settings)
    spec = library.get("chip", chip_id)
    found = control_of(chip_id, spec.short, inputs, absent, datacentre=datacentre)
    return replace(found, country=str(spec.words["country"]))


def _rates(inputs: Mapping[str, Datum], values: Mapping[str, float]) -> list[float]:
    return [values.get(path, math.nan) if path in inputs else math.nan for path in _DENSE]


_BITS = tuple(float(rule.BITS[precision]) for precision in names.PRECISIONS)
_PLACE_TF32 = names.PRECISIONS.index("tf32")


def _bits(rates: Sequence[float]) -> list[float]:
    """Bits of each number format; none of TF32, whose are not settled, where there is another format."""
    others = any(not math.isnan(rate) for place, rate in enumerate(rates) if place != _PLACE_TF32)
    return [math.nan if place == _PLACE_TF32 and others else bits for place, bits in enumerate(_BITS)]


# Of formats that give the same number, the first of these is named.
_NAMED = ("int8", "fp8", "bf16", "fp16", "int4", "fp4", "fp6", "tf32", "fp32", "fp64")


def _ends(datum: Datum) -> tuple[float, float]:
    """The least and the most that any source gives."""
    readings = list(datum.readings)
    lows = [one.value if one.low is None else one.low for one in readings]
    highs = [one.value if one.high is None else one.high for one in readings]
    return min(*lows, datum.value), max(*highs, datum.value)


def control_of(
    chip_id: str,
    name: str,
    inputs: Mapping[str, Datum],
    absent: Mapping[str, str] | None = None,
    *,
    datacentre: bool = True,
) -> Control:
    """Where a chip stands by its figures.

    Parameters
    ----------
    chip_id, name : its id and its name.
    inputs : its figures by path, as a system has them: ``chip.flop_rate.bf16.dense``, ``chip.die_area``.
    absent : why others are not there; memory or links that are absent as ``none`` count as zero.
    datacentre : whether it is taken to be designed or marketed for data centres.

    Raises
    ------
    CalcError : where there is no dense rate among them.
    """
    absent = absent or {}
    rates = _rates(inputs, {path: datum.value for path, datum in inputs.items()})
    tpp = float(rule.total_processing_performance(rates, _bits(rates)))
    if math.isnan(tpp):
        raise CalcError(
            f"chip '{chip_id}' has no dense rate; rules count dense rates alone, and no sparse one is halved into one"
            f" (podcalc show {chip_id})"
        )
    each = dict(zip(names.PRECISIONS, np.multiply(rates, _bits(rates)) / 1e12, strict=True))
    precision = next(one for one in _NAMED if each[one] >= tpp * (1 - 1e-9))
    place = names.PRECISIONS.index(precision)
    area = inputs[_AREA].value if _AREA in inputs else math.nan
    density = float(rule.performance_density(tpp, area))
    io_bandwidth, dram = _io(inputs, absent), _value(inputs, absent, _DRAM)
    found = int(rule.class_2023(tpp, density, datacentre))
    earlier = int(rule.controlled_2022(tpp, io_bandwidth))
    review = int(rule.review_2026(found, tpp, dram))
    unknown = {"2022": earlier, "2023": found, "2026-china": review}
    rested = [inputs[_DENSE[place]].confidence]
    rested += [inputs[_AREA].confidence] if _AREA in inputs and 1600 <= tpp < 4800 else []
    return Control(
        chip=chip_id,
        name=name,
        tpp=tpp,
        precision=precision,
        flop_rate=rates[place],
        die_area=_known(area),
        performance_density=_known(density),
        io_bandwidth=_known(io_bandwidth),
        dram_bandwidth=_known(dram),
        datacentre=datacentre,
        rules=_words(earlier, found, review),
        undetermined=tuple(name for name, answer in unknown.items() if answer == rule.UNDETERMINED),
        deciding=_deciding(tpp) if found == rule.UNDETERMINED else (),
        also=_also(inputs, found, datacentre),
        near=_near(tpp, density, found, datacentre),
        tf32=_stored(rates, tpp, area, io_bandwidth, dram, unknown, datacentre),
        confidence=names.weakest(rested),
        inputs=inputs,
    )


def _word(found: int) -> str:
    return "undetermined" if found == rule.UNDETERMINED else rule.CLASSES[found]


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _value(inputs: Mapping[str, Datum], absent: Mapping[str, str], path: str) -> float:
    if path in inputs:
        return inputs[path].value
    return 0.0 if absent.get(path, "").lower().startswith("none") else math.nan


def _io(inputs: Mapping[str, Datum], absent: Mapping[str, str]) -> float:
    if _IO not in inputs and _LINKS in inputs and _LINK in inputs:
        return 2.0 * inputs[_LINKS].value * inputs[_LINK].value
    return 2.0 * _value(inputs, absent, _IO)


def _deciding(tpp: float) -> tuple[Deciding, ...]:
    """The largest area of each paragraph, for a total processing performance from 1,600 to below 4,800."""
    reached = [(name, dense) for name, least, dense in rule.LINES_2023 if dense and rule.reaches(tpp, least)]
    # Where b.1 is open, b.2 is within it.
    named = [one for one in reached if one[0] != "3A090.b.2" or "3A090.b.1" not in dict(reached)]
    return tuple(Deciding(name, float(rule.area_that_reaches(tpp, dense))) for name, dense in named)


def _also(inputs: Mapping[str, Datum], found: int, datacentre: bool) -> tuple[str, ...]:
    """Other paragraphs at the ends of what sources give."""
    ends = {path: _ends(inputs[path]) for path in (*_DENSE, _AREA) if path in inputs}
    area = ends.get(_AREA, (math.nan, math.nan))
    classes = set()
    for end in (0, 1):
        rates = _rates(inputs, {path: both[end] for path, both in ends.items()})
        tpp = rule.total_processing_performance(rates, _bits(rates))
        classes |= {int(one) for one in rule.class_2023(tpp, rule.performance_density(tpp, area), datacentre).ravel()}
    return tuple(_word(one) for one in sorted(classes - {found}, reverse=True))


def _stored(
    rates: Sequence[float],
    tpp: float,
    area: float,
    io_bandwidth: float,
    dram: float,
    answers: Mapping[str, int],
    datacentre: bool,
) -> tuple[float, Mapping[str, str]] | None:
    """What TF32 would bring with 32 bits, where that changes an answer."""
    stored = float(rule.total_processing_performance(rates, list(_BITS)))
    if stored <= tpp:
        return None
    found = int(rule.class_2023(stored, rule.performance_density(stored, area), datacentre))
    earlier, review = (
        int(rule.controlled_2022(stored, io_bandwidth)),
        int(rule.review_2026(found, stored, dram)),
    )
    if {"2022": earlier, "2023": found, "2026-china": review} == answers:
        return None
    return stored, _words(earlier, found, review)


def _words(earlier: int, found: int, review: int) -> dict[str, str]:
    if review == rule.UNDETERMINED:
        review = rule.NOT_APPLICABLE if found == rule.UNDETERMINED else rule.DENIAL
    return {"2022": _WORDS_2022[earlier], "2023": _word(found), "2026-china": _WORDS_2026[review]}


def _near(tpp: float, density: float, found: int, datacentre: bool) -> tuple[tuple[float, str], ...]:
    moved = [
        (change, int(rule.class_2023(tpp * (1 + change), density * (1 + change), datacentre)))
        for change in (-_NEAR, _NEAR)
    ]
    return tuple((change, _word(one)) for change, one in moved if one != found)


@dataclass(frozen=True, slots=True)
class Variant:
    """The strongest chip of the same dies that stays below a line.

    Attributes
    ----------
    line : ``2022``, ``3A090.a``, ``3A090`` or ``2026-china``.
    share : of the rate of the chip, below which it has to stay; 1 where it is below as it is.
    below : whether the chip as it is stays below.
    tpp : total processing performance at that share [bit TFLOP/s]
    flop_rate : dense rate at that share, in the chip's number format [FLOP/s]
    other : a share of something else than the rate that does instead (of I/O, 2022) or has to as well (of memory
        bandwidth, 2026); None where nothing has to give or it is not known.
    any_area : whether it holds for any die area, as that of the chip is not known.
    """

    line: str
    share: float
    below: bool
    tpp: float
    flop_rate: float
    other: float | None = None
    any_area: bool = False


def strongest(found: Control) -> tuple[Variant, ...]:
    """For each line, the largest share of a chip's rate that stays below it with the same dies.

    Parameters
    ----------
    found : where the chip stands.

    Returns
    -------
    tuple of Variant : of 2022, of 3A090.a, of all of 3A090, and of the review of 2026.

    >>> from calc.spec.library import open_library
    >>> [round(one.share, 3) for one in strongest(control(open_library(), "h100-sxm")) if one.line == "3A090"]
    [0.152]
    """
    density = math.nan if found.performance_density is None else found.performance_density
    strict = rule.LINES_2023[:1] if not found.datacentre else rule.LINES_2023
    made = []
    for line, lines in (("3A090.a", strict[:2]), ("3A090", strict)):
        share = min(float(rule.largest_share_below(found.tpp, density, *both)) for _, *both in lines)
        unknown = found.performance_density is None and found.datacentre
        made.append(_variant(found, line, share, any_area=unknown))
    io_bandwidth, dram = found.io_bandwidth, found.dram_bandwidth
    narrow = io_bandwidth is not None and io_bandwidth < rule.IO_2022
    earlier = _variant(found, "2022", math.inf if narrow else rule.TPP_2022 / found.tpp)
    if not earlier.below and io_bandwidth:
        earlier = replace(earlier, other=rule.IO_2022 / io_bandwidth)
    review = _variant(found, "2026-china", rule.TPP_2026 / found.tpp)
    if dram and dram >= rule.DRAM_2026:
        review = replace(review, other=rule.DRAM_2026 / dram, below=False)
    return (earlier, *made, review)


def _variant(found: Control, line: str, share: float, *, any_area: bool = False) -> Variant:
    kept = min(share, 1.0)
    return Variant(line, kept, share > 1.0, found.tpp * kept, found.flop_rate * kept, any_area=any_area)


@dataclass(frozen=True, slots=True)
class Matched:
    """How many chips below the line have together what a system has, and what else they then have.

    Attributes
    ----------
    chip, name : of the chip.
    system : id of the system that is equalled.
    precision : number format of the dense rates compared.
    share : of the chip's rate that each of them has: 1 as it is, otherwise the strongest variant below 3A090.
    word : paragraph of each single chip.
    chips : how many equal the system's rate, rounded up.
    flop_rate : dense rate of that many [FLOP/s]
    hbm_bandwidth, hbm_capacity, power : ratios to the system's chips; None where either is not known, and the power
        of a variant that nobody makes.
    """

    chip: str
    name: str
    system: str
    precision: str
    share: float
    word: str
    chips: int
    flop_rate: float
    hbm_bandwidth: float | None
    hbm_capacity: float | None
    power: float | None

    def to_json(self) -> dict[str, Any]:
        """As plain values, in SI."""
        return {
            "chip": self.chip,
            "system": self.system,
            "precision": self.precision,
            "share": self.share,
            "class": self.word,
            "chips": self.chips,
            "flop_rate": self.flop_rate,
            "hbm_bandwidth_ratio": self.hbm_bandwidth,
            "hbm_capacity_ratio": self.hbm_capacity,
            "power_ratio": self.power,
        }


def matched(found: Control, system: System, precision: str = "bf16") -> tuple[Matched, ...]:
    """How a system of many chips compares, each below the line: chips that equal a system's rate, and the rest.

    A rule is about each integrated circuit, however many stand together.

    Parameters
    ----------
    found : where the chip stands.
    system : the system to equal.
    precision : number format of the dense rates compared.

    Returns
    -------
    tuple of Matched : of the chip as it is, and of the strongest variant below 3A090 where it is above or on a line.

    Raises
    ------
    CalcError : where one of the two has no dense rate in the format.
    """
    path = f"chip.flop_rate.{precision}.dense"
    if precision not in names.PRECISIONS:
        raise UnknownNameError("precision", precision, names.PRECISIONS)
    for who, inputs in ((f"chip '{found.chip}'", found.inputs), (f"system '{system.id}'", system.inputs)):
        if path not in inputs:
            has = [one for one in names.PRECISIONS if f"chip.flop_rate.{one}.dense" in inputs]
            raise CalcError(f"{who} has no dense {precision.upper()} rate; there are {', '.join(has)}")
    count = system["nodes"].value * system["chips_per_node"].value
    wanted, each = count * system[path].value, found.inputs[path].value
    shares = [(1.0, found.rules["2023"])]
    if found.rules["2023"] != "not 3A090":
        shares.append((next(one.share for one in strongest(found) if one.line == "3A090"), "not 3A090"))
    made = []
    for share, word in shares:
        chips = math.ceil(wanted / (each * share) * (1 - 1e-12))
        ratios = {
            name: None
            if name not in found.inputs or name not in system.inputs or (share < 1.0 and name == "chip.power")
            else chips * found.inputs[name].value / (count * system[name].value)
            for name in ("chip.hbm.bandwidth", "chip.hbm.capacity", "chip.power")
        }
        made.append(
            Matched(
                found.chip, found.name, system.id, precision, share, word, chips, chips * each * share, *ratios.values()
            )
        )
    return tuple(made)
