"""The nomenclature: one row of ``names.csv`` for every quantity podcalc knows.

The row's name is what scripts use (``power.all_in``); with its dots as underscores it is the
name of the formula and of the parameters that carry it (``power_all_in``). Labels, columns,
schema leaves, docstring units and messages all come from here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from calc.errors import UnknownNameError

__all__ = [
    "CONFIDENCES",
    "GROUPS",
    "KINDS",
    "NEVER_ZERO",
    "PRECISIONS",
    "QUANTITIES",
    "Quantity",
    "find",
    "identifier",
    "weakest",
]

CONFIDENCES = ("measured", "datasheet", "derived", "reported", "estimated", "assumed")
"""How a figure is known, from the strongest to the weakest."""

NEVER_ZERO = ("nodes", "chips_per_node", "nodes_per_rack", "chip.dies", "scale_up.domain", "chip.scale_up.links")
"""Counts of which every system has one at least."""

PRECISIONS = ("fp64", "fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp6", "fp4", "int4")
"""Number formats of a throughput, tensor or matrix units throughout but for fp64 and fp32."""

KINDS = {"chip": "chips", "link": "links", "part": "parts", "system": "systems", "region": "regions", "model": "models"}
"""Every kind of spec file, with its folder."""

GROUPS = {
    "compute": ("Compute", "算力"),
    "memory": ("Memory", "内存"),
    "interconnect": ("Interconnect", "互联"),
    "power": ("Power", "功率"),
    "footprint": ("Footprint and price", "占地与价格"),
    "part": ("Parts", "部件"),
}

Better = Literal["higher", "lower"]
_BETTER: dict[str, Better | None] = {"": None, "higher": "higher", "lower": "lower"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """One named quantity.

    Attributes
    ----------
    name : dotted name, as scripts use it.
    unit : the SI unit of its values; ``1`` for a count or a ratio.
    en, zh : its label.
    group : one of `GROUPS`.
    better : which way is better, or None where neither is.
    meaning : one sentence saying what it is and on what convention.
    convention, convention_zh : the few words printed beside every number of it.
    extensive : whether it grows with the number of systems, so that it can be taken per chip.
    whole : whether its values are whole numbers.
    shown, factor : a unit to show it in that is not a prefix away from `unit`, and what one of
        `unit` is in it; otherwise an SI prefix is chosen for each row.
    compared : whether it is a row of a comparison.
    """

    name: str
    unit: str
    en: str
    zh: str
    group: str
    meaning: str
    better: Better | None = None
    convention: str = ""
    convention_zh: str = ""
    extensive: bool = False
    whole: bool = False
    shown: str = ""
    factor: float = 1.0
    compared: bool = True


def _rows() -> Iterator[Quantity]:
    with Path(__file__).with_name("names.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            yield Quantity(
                name=row["name"],
                unit=row["unit"],
                en=row["en"],
                zh=row["zh"],
                group=row["group"],
                meaning=row["meaning"],
                better=_BETTER[row["better"]],
                convention=row["convention"],
                convention_zh=row["convention_zh"],
                extensive=row["extensive"] == "yes",
                whole=row["whole"] == "yes",
                compared=row["compared"] == "yes",
                shown=row["shown"],
                factor=float(row["factor"] or 1.0),
            )


QUANTITIES: dict[str, Quantity] = {row.name: row for row in _rows()}
"""Every quantity by its dotted name."""

_BY_IDENTIFIER = {name.replace(".", "_"): name for name in QUANTITIES}


def identifier(name: str) -> str:
    """The quantity's name as a formula or a parameter spells it.

    >>> identifier("power.all_in")
    'power_all_in'
    """
    return name.replace(".", "_")


@lru_cache(maxsize=1024)
def find(name: str) -> Quantity:
    """The row of a quantity, an input path, or a formula's parameter.

    Parts share the rows of ``part.``, and a rate's precision and sparsity are left out:
    ``parts.optics.count`` and ``chip.flop_rate.bf16.dense`` are found too.

    Raises
    ------
    UnknownNameError : where there is no such quantity.

    >>> find("chip.flop_rate.bf16.dense").unit
    'FLOP/s'
    """
    name = name.removeprefix("published.")
    if name in QUANTITIES:
        return QUANTITIES[name]
    if name in _BY_IDENTIFIER:
        return QUANTITIES[_BY_IDENTIFIER[name]]
    words = name.split(".")
    if words[0] == "parts" and len(words) == 3 and f"part.{words[2]}" in QUANTITIES:
        return QUANTITIES[f"part.{words[2]}"]
    if name.startswith("chip.flop_rate.") and len(words) == 4:
        return QUANTITIES["chip.flop_rate"]
    raise UnknownNameError("quantity", name, QUANTITIES, "podcalc list quantities")


def weakest(confidences: list[str]) -> str | None:
    """The weakest of some confidences, or None of none.

    >>> weakest(["datasheet", "estimated", "derived"])
    'estimated'
    """
    return max(confidences, key=CONFIDENCES.index) if confidences else None
