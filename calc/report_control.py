"""Where chips stand to export rules, as tables to print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from calc import figures
from calc.spec.system import System
from calc.tables import Table

if TYPE_CHECKING:
    from calc.studies.export_control import Control, Matched, Variant

__all__ = ["control", "matched", "strongest"]

_LINES = {
    "2022": "rule of 2022",
    "3A090.a": "3A090.a",
    "3A090": "3A090.a and .b",
    "2026-china": "case-by-case for China, 2026",
}


def _number(value: float | None, places: int) -> str:
    return "–" if value is None else figures.number(value, places)


def _share(value: float) -> str:
    """A share in per cent, rounded down: what is below it stays below the line."""
    return f"{figures.number(math.floor(value * 1000 + 1e-9) / 10, 1)} %"


def _disclaimer() -> str:
    from calc.studies.narrate_control import DISCLAIMER

    return DISCLAIMER["en"]


def control(found: Sequence[Control]) -> Table:
    """A row for each chip, and the reason below where there is one chip; JSON of one chip is that of its study."""
    rows = [
        [
            one.name, _number(one.tpp, 0 if one.tpp == round(one.tpp) else 1), _number(one.performance_density, 2),
            *one.words,
        ]
        for one in found
    ]  # fmt: skip
    records = [[one.chip, one.tpp, one.performance_density, *one.words, one.reason()] for one in found]
    listed: list[dict[str, Any]] = [one.to_json() for one in found]
    many = [{key: value for key, value in one.items() if key != "schema"} for one in listed]
    plain = listed[0] if len(found) == 1 else {"schema": "podcalc.control/1", "rows": many}
    notes = [found[0].reason()] if len(found) == 1 else [_disclaimer()]
    return Table(
        ["Chip", "TPP", "Density", "2022", "2023", "China, 2026"], rows, plain, "", notes, frozenset({1, 2}), records,
        ["chip", "tpp", "performance_density", "2022", "2023", "2026-china", "reason"],
    )  # fmt: skip


def strongest(found: Sequence[tuple[Control, Sequence[Variant]]]) -> Table:
    """For each chip and line, the share of its rate below which a chip of the same dies stays below the line."""
    rows, records = [], []
    for one, variants in found:
        for row in variants:
            unit = "TOP/s" if one.precision.startswith("int") else "TFLOP/s"
            rate = f"{figures.number(row.flop_rate / 1e12, 1)} {unit} {one.precision.upper()}"
            share = "below as it is" if row.below else _share(row.share)
            rows.append([one.name, _LINES[row.line], share, _number(row.tpp, 0), rate, _other(row)])
            records.append([one.chip, row.line, row.share, row.tpp, row.flop_rate, row.other])
    names = ("chip", "line", "share", "tpp", "flop_rate", "other_share")
    notes = ["A chip of the same dies has to have less than the share, of the rate in every number format."]
    if any(row.any_area for _, variants in found for row in variants):
        notes.append("A chip without a known die area: the share that holds for any area.")
    plain = {
        "schema": "podcalc.control-strongest/1",
        "rows": [
            {**dict(zip(names, record, strict=True)), "below_as_it_is": row.below, "for_any_area": row.any_area}
            for record, row in zip(records, (row for _, variants in found for row in variants), strict=True)
        ],
        "note": _disclaimer(),
    }
    return Table(
        ["Chip", "Line", "Share", "TPP", "Rate", ""], rows, plain, "", [*notes, _disclaimer()], frozenset({2, 3, 4}),
        records, list(names),
    )  # fmt: skip


def _other(row: Variant) -> str:
    if row.other is None:
        return ""
    what = ("or", "I/O") if row.line == "2022" else ("and", "memory bandwidth")
    return f"{what[0]} less than {_share(row.other)} of its {what[1]}"


def matched(found: Sequence[Matched], system: System, precision: str) -> Table:
    """How many chips equal a system's rate, and what memory and power they then have beside the system's chips."""
    rows = [
        [
            one.name if one.share == 1.0 else f"{one.name}, cut to below {_share(one.share)}", one.word,
            f"{one.chips:,}", *map(figures.ratio, (one.hbm_bandwidth, one.hbm_capacity, one.power)),
        ]
        for one in found
    ]  # fmt: skip
    records = [
        [one.chip, one.share, one.word, one.chips, one.flop_rate, one.hbm_bandwidth, one.hbm_capacity, one.power]
        for one in found
    ]
    plain = {
        "schema": "podcalc.control-match/1",
        "system": system.id,
        "rows": [one.to_json() for one in found],
        "note": _disclaimer(),
    }
    notes = [
        "Beside the chips of the system: memory bandwidth, memory, and rated power of that many chips.",
        f"Rules are about each chip, however many stand together. {_disclaimer()}",
    ]
    columns = [
        "chip",
        "share",
        "class",
        "chips",
        "flop_rate FLOP/s",
        "hbm_bandwidth ratio",
        "hbm_capacity ratio",
        "power ratio",
    ]
    return Table(
        ["Chip", "2023", "Chips", "Memory bandwidth", "Memory", "Chip power"], rows, plain,
        f"Chips that equal the dense {precision.upper()} of {system.short}", notes, frozenset({2, 3, 4, 5}), records,
        columns,
    )  # fmt: skip
