"""The catalogue as rows to browse, and filters on them as people write them: ``>=10``, ``2..4``, ``Huawei``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from calc import figures, names
from calc.errors import CalcError, UnitError, UnknownNameError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.spec.library import Library, Spec
from calc.spec.system import compose

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "Column", "Entry", "Filter", "browse", "columns", "entries", "frame", "parse_filter"]

_WORDS = {
    "id": ("Id", "标识"),
    "name": ("Name", "名称"),
    "vendor": ("Vendor", "厂商"),
    "country": ("Country", "国家"),
    "introduced": ("Introduced", "推出"),
    "checked": ("Checked", "核对"),
}

COLUMNS: dict[str, tuple[str, ...]] = {
    "system": (
        "chips", "flop_rate", "hbm.capacity", "hbm.bandwidth", "scale_up.bandwidth_per_direction", "scale_up.domain",
        "power.all_in", "racks", "price",
    ),
    "chip": (
        "chip.dies", "chip.flop_rate", "chip.hbm.capacity", "chip.hbm.bandwidth",
        "chip.scale_up.bandwidth_per_direction", "chip.power", "chip.price",
    ),
    "link": ("scale_up.link.bandwidth_per_direction",),
    "part": ("part.power",),
    "region": ("electricity_price", "grid_carbon_intensity", "pue"),
}  # fmt: skip
"""The figures that each kind of spec is browsed by."""

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Column:
    """One column to browse and to filter by.

    Attributes
    ----------
    name : of the word or the quantity.
    en, zh : its head.
    unit, factor : the unit its figures are shown in, and what one of the SI unit is in it; both plain for words.
    numeric : whether it holds figures.
    si : the SI unit of its figures.
    places : decimals to show.
    """

    name: str
    en: str
    zh: str
    unit: str
    factor: float
    numeric: bool
    si: str = ""
    places: int = 0

    def label(self, language: str = "en") -> str:
        """Its head with its unit."""
        said = self.zh if language == "zh" else self.en
        return f"{said}, {self.unit}" if self.unit else said


@dataclass(frozen=True, slots=True)
class Entry:
    """One spec of the catalogue.

    Attributes
    ----------
    kind, id : of the spec.
    words : its words by column; empty where it says none.
    figures : SI values by column; None where there is none.
    """

    kind: str
    id: str
    words: Mapping[str, str]
    figures: Mapping[str, float | None]


def _figures(library: Library, spec: Spec, scenario: Scenario) -> dict[str, float | None]:
    wanted = COLUMNS[spec.kind]
    if spec.kind == "system":
        result = evaluate(compose(library, spec.id), scenario)
        return {name: None if (value := result.get(name)) is None else float(value) for name in wanted}
    rate = f"flop_rate.{scenario.precision}.{scenario.sparsity}"
    found: dict[str, float | None] = {}
    for name in wanted:
        path = name.removeprefix("chip.").removeprefix("part.").removeprefix("scale_up.link.")
        if spec.kind == "chip" and name == "chip.flop_rate":
            path = rate
        datum = spec.figures.get(path)
        if datum is None and name == "chip.scale_up.bandwidth_per_direction":
            found[name] = _by_links(library, spec)
        else:
            found[name] = datum.value if datum else None
    return found


def _by_links(library: Library, spec: Spec) -> float | None:
    """What a chip can send by its links, as the model adds them up."""
    from calc.physics.fabric import chip_scale_up_bandwidth_per_direction

    links, link = spec.figures.get("scale_up.links"), spec.words.get("scale_up.link")
    if links is None or link is None:
        return None
    each = library.get("link", link).figures["bandwidth_per_direction"].value
    return float(chip_scale_up_bandwidth_per_direction(links.value, each))


def entries(library: Library, kind: str, scenario: Scenario | None = None) -> Sequence[Entry]:
    """Every spec of a kind with the figures it is browsed by.

    Parameters
    ----------
    library : the catalogue.
    kind : of spec.
    scenario : the number format of throughputs.

    Returns
    -------
    entries : in order of ids.

    Raises
    ------
    UnknownNameError : where there is no such kind.
    """
    if kind not in COLUMNS:
        raise UnknownNameError("kind of spec", kind, COLUMNS)
    asked = scenario or Scenario()
    plain = Scenario(asked.precision, asked.sparse)
    found = []
    for spec_id in library.ids(kind):
        spec = library.get(kind, spec_id)
        words = {name: str(spec.words.get(name, "")) for name in _WORDS} | {"id": spec_id}
        found.append(Entry(kind, spec_id, words, _figures(library, spec, plain)))
    return tuple(found)


def columns(kind: str, found: Sequence[Entry], scenario: Scenario | None = None) -> Sequence[Column]:
    """The columns of a kind, each with one unit for all of its figures.

    Raises
    ------
    UnknownNameError : where there is no such kind.
    """
    if kind not in COLUMNS:
        raise UnknownNameError("kind of spec", kind, COLUMNS)
    precision = (scenario or Scenario()).precision.upper()
    listed = [Column(name, en, zh, "", 1.0, False) for name, (en, zh) in _WORDS.items()]
    for name in COLUMNS[kind]:
        row = names.find(name)
        scaled = figures.scale(row, [entry.figures.get(name) for entry in found])
        said = [text.format(precision=precision, currency_year="") for text in (row.en, row.zh)]
        shown = [value * scaled.factor for entry in found if (value := entry.figures.get(name)) is not None]
        places = min(figures.decimals(shown), 3)
        listed.append(Column(name, said[0], said[1], scaled.unit, scaled.factor, True, row.unit, places))
    return tuple(listed)


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on one column.

    Attributes
    ----------
    column : its name.
    low, high : ends that a figure has to lie between, SI values; None where open.
    low_open, high_open : whether the end itself is left out.
    words : what a word has to hold, any of them; empty for figures.
    negated : whether what is asked for is left out instead.
    """

    column: str
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    words: tuple[str, ...] = ()
    negated: bool = False

    def takes(self, entry: Entry) -> bool:
        """Whether it lets a row through; a figure that is not known passes no condition."""
        if self.words:
            held = entry.words.get(self.column, "").casefold()
            return any(word.casefold() in held for word in self.words) != self.negated
        value = entry.figures.get(self.column)
        if value is None:
            return False
        # A figure equals what it is written as, whatever its last bit.
        slack = 1e-9 * abs(value)
        above = self.low is None or (value > self.low + slack if self.low_open else value >= self.low - slack)
        below = self.high is None or (value < self.high - slack if self.high_open else value <= self.high + slack)
        return (above and below) != self.negated


_COMPARED = re.compile(r"(>=|<=|≥|≤|!=|≠|=|>|<)?\s*(.*)", re.DOTALL)
_SIGNS = {"≥": ">=", "≤": "<=", "≠": "!="}


def parse_filter(column: Column, text: str) -> Filter | None:
    """Read a condition on a column.

    Parameters
    ----------
    column : what it is on.
    text : on figures ``>=10``, ``<5 kW``, ``2..4``, ``72``, ``!=1``, in the column's unit unless it says
        another; on words the words, with commas between those any of which will do, or ``!=`` before them.

    Returns
    -------
    Filter : None where the text is empty.

    Raises
    ------
    CalcError : where it is none, with what is allowed.

    >>> power = Column("power.all_in", "Power", "功率", "kW", 1e-3, True, "W")
    >>> parse_filter(power, "100..0.2 MW").high
    200000.0
    """
    said = text.strip()
    if not said:
        return None
    if len(said) > _LONGEST:
        raise CalcError(f"{column.en}: a filter is at most {_LONGEST} characters; this one has {len(said):,}")
    sign, rest = _COMPARED.findall(said)[0]
    sign, rest = _SIGNS.get(sign, sign), rest.strip()
    if not column.numeric:
        if sign and sign not in ("=", "!="):
            raise CalcError(f"{column.en}: '{said}' compares words; write the words alone, such as 'Huawei, NVIDIA'")
        words = tuple(word.strip() for word in rest.split(",") if word.strip())
        if not words:
            raise CalcError(f"{column.en}: '{said}' names no word; write for example 'Huawei'")
        return Filter(column.name, words=words, negated=sign == "!=")
    low, dots, high = rest.partition("..")
    if dots:
        if sign:
            raise CalcError(
                f"{column.en}: '{said}' is a range with '{sign}' before it; write '2..4' or '>=2', not both"
            )
        ends = [None if not end.strip() else _figure(column, end, said) for end in (low, high)]
        if ends[0] is None and ends[1] is None:
            raise CalcError(f"{column.en}: '{said}' has no ends; write '2..4', '2..' or '..4'")
        if None not in ends and ends[0] > ends[1]:  # type: ignore[operator]
            raise CalcError(f"{column.en}: '{said}' runs downwards; write the lower end first")
        return Filter(column.name, ends[0], ends[1])
    value = _figure(column, rest, said)
    if sign in (">", ">="):
        return Filter(column.name, low=value, low_open=sign == ">")
    if sign in ("<", "<="):
        return Filter(column.name, high=value, high_open=sign == "<")
    return Filter(column.name, value, value, negated=sign == "!=")


def _figure(column: Column, text: str, whole: str) -> float:
    """A figure in SI, in the column's unit where it says none."""
    from calc.units import parse, split

    said = text.strip()
    try:
        if not said:
            raise UnitError(f"'{whole}' has no number")
        number, unit = split(said)
        return number / column.factor if not unit else parse(said, column.si)
    except UnitError as error:
        where = f" in {column.unit} or" if column.unit else ""
        raise CalcError(f"{column.en}: {error}. Write '>=10', '<5', '2..4' or '72',{where} with a unit") from None


def browse(found: Sequence[Entry], filters: Sequence[Filter]) -> Sequence[Entry]:
    """The rows that every filter lets through."""
    return tuple(entry for entry in found if all(one.takes(entry) for one in filters))


def frame(found: Sequence[Entry], shown: Sequence[Column], language: str = "en") -> pd.DataFrame:
    """Rows as a pandas frame: a column each, headed with its unit, figures in that unit."""
    import pandas as pd

    return pd.DataFrame(
        {
            column.label(language): [
                (None if (value := entry.figures.get(column.name)) is None else value * column.factor)
                if column.numeric
                else entry.words.get(column.name, "")
                for entry in found
            ]
            for column in shown
        }
    )
