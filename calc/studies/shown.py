"""A comparison as people read it: texts, marks and bars, row by row, in English or Chinese."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calc import figures, names
from calc.studies.compare import Comparison, Row

__all__ = ["MAIN", "PER_ZH", "REACH", "Cell", "Shown", "ShownRow", "shown", "unit_of"]

MAIN = frozenset(
    {
        "flop_rate",
        "chips",
        "chip.flop_rate",
        "hbm.capacity",
        "hbm.bandwidth",
        "scale_up.bandwidth_per_direction",
        "scale_up.domain",
        "scale_out.bandwidth_per_direction",
        "transceivers",
        "power.all_in",
        "power_per_flop_rate",
        "power_per_hbm_bandwidth",
        "power_per_hbm_capacity",
        "racks",
        "price",
        "price_per_flop_rate",
    }
)
"""The rows that carry the comparison; the others are read when one of these raises a question."""

REACH = 8.0
"""The ratio at which a bar is full, either way."""

PER_ZH = {"chip": "芯片", "die": "裸片", "rack": "机柜"}
"""What a row is divided by, in Chinese, where it is no unit."""
_IEC = {"en": "binary bytes, 1 TiB = 2⁴⁰", "zh": "二进制字节，1 TiB = 2⁴⁰"}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one system has of a quantity.

    Attributes
    ----------
    text : the figure in the row's unit; empty where there is none.
    confidence : the weakest confidence it rests on.
    missing : why there is none; empty where there is one.
    ratio : to the baseline, as text; an en dash where there is none.
    favours : whether the ratio is in its favour; None where neither, or the same.
    reach : length of the ratio's bar from -1 to 1, log scale; None where there is no ratio.
    beyond : whether the ratio is more than the bar can show.
    """

    text: str
    confidence: str | None
    missing: str
    ratio: str
    favours: bool | None
    reach: float | None
    beyond: bool


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One quantity of every system, as texts; `cells` by system id."""

    quantity: names.Quantity
    label: str
    convention: str
    unit: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Shown:
    """A comparison as texts.

    Attributes
    ----------
    rows : grouped, in the order of the nomenclature.
    equal : how many rows were left out because all systems are the same in them.
    more : how many rows were left out because they are not among `MAIN`.
    unknown : labels of the rows left out because no system has them.
    """

    rows: Sequence[ShownRow]
    equal: int
    more: int
    unknown: Sequence[str]


def shown(
    found: Comparison,
    language: str = "en",
    *,
    iec: bool = False,
    only_differences: bool = False,
    main: bool = False,
    keep: str = "",
) -> Shown:
    """Write a comparison out.

    Parameters
    ----------
    found : the comparison.
    language : en or zh.
    iec : whether bytes are shown in powers of 1024.
    only_differences : whether to leave out rows in which all systems are the same.
    main : whether to leave out rows that are not among `MAIN`.
    keep : name of a row that is not left out whatever else is said.

    Returns
    -------
    Shown : every row that some system has a figure for.
    """
    known = [row for row in found.rows if any(value is not None for value in row.values.values())]
    unknown = [found.label(row, language) for row in found.rows if row not in known]
    wanted = [row for row in known if not main or row.quantity.name in MAIN or row.quantity.name == keep]
    kept = [row for row in wanted if not (only_differences and _same(row)) or row.quantity.name == keep]
    rows = [_shown(found, row, language, iec) for row in kept]
    return Shown(rows, len(wanted) - len(kept), len(known) - len(wanted), unknown)


def _same(row: Row) -> bool:
    values = list(row.values.values())
    if len(values) < 2 or any(value is None for value in values):
        return False
    return all(ratio is not None and abs(ratio - 1.0) < figures.SAME for ratio in row.ratios.values()) or not any(
        values
    )


def _shown(found: Comparison, row: Row, language: str, iec: bool) -> ShownRow:
    unit, texts = figures.column(row.quantity, list(row.values.values()), iec=iec)
    binary = iec and "iB" in unit
    cells = {
        system_id: Cell(
            "" if row.values[system_id] is None else text,
            row.confidence[system_id],
            row.missing.get(system_id, ""),
            figures.ratio(row.ratios[system_id]),
            row.favours(system_id),
            _reach(row.ratios[system_id]),
            (row.ratios[system_id] or 1.0) > REACH or 0 < (row.ratios[system_id] or 1.0) < 1 / REACH,
        )
        for system_id, text in zip(row.values, texts, strict=True)
    }
    convention = _IEC[language] if binary and row.quantity.unit == "B" else found.convention(row, language)
    return ShownRow(row.quantity, found.label(row, language), convention, unit_of(row, unit, language), cells)


def unit_of(row: Row, unit: str, language: str = "en") -> str:
    """The unit that a row's figures are shown in, with what they are divided by."""
    if not row.per:
        return unit
    per = f"每{PER_ZH.get(row.per, row.per)}" if language == "zh" else f"per {row.per}"
    return f"{unit} {per}".strip()


def _reach(ratio: float | None) -> float | None:
    if ratio is None or ratio <= 0:
        return None
    return max(-1.0, min(1.0, math.log(ratio, REACH)))
