"""How many of one system equal another, quantity by quantity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from calc import names
from calc.errors import CalcError
from calc.model.evaluate import evaluate
from calc.model.result import Result
from calc.model.scenario import Scenario
from calc.spec.system import System

__all__ = ["Match", "Parity", "parity"]


@dataclass(frozen=True, slots=True)
class Match:
    """What it takes to equal another system on one quantity.

    Attributes
    ----------
    quantity : what is matched.
    systems : how many systems, a fraction; their network is scaled in proportion.
    chips : how many packages, rounded up.
    power, racks, price : all-in power [W], racks [1] and price [USD] of that many chips in
        proportion; None where not known.
    confidence : the weakest confidence that it rests on.
    """

    quantity: names.Quantity
    systems: float
    chips: int
    power: float | None
    racks: float | None
    price: float | None
    confidence: str | None


@dataclass(frozen=True, slots=True)
class Parity:
    """What it takes to equal another system."""

    system: str
    match: str
    rows: Sequence[Match]
    other: dict[str, float | None]

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.parity/1``; W, 1 and USD."""
        return {
            "schema": "podcalc.parity/1",
            "system": self.system,
            "match": self.match,
            "matched": self.other,
            "rows": [
                {
                    "quantity": row.quantity.name,
                    "systems": row.systems,
                    "chips": row.chips,
                    "power.all_in": row.power,
                    "racks": row.racks,
                    "price": row.price,
                    "confidence": row.confidence,
                }
                for row in self.rows
            ],
        }


def parity(system: System, match: System, scenario: Scenario | None = None) -> Parity:
    """How many of one system equal one of another.

    Parameters
    ----------
    system : what is counted.
    match : what is to be equalled.
    scenario : the assumptions.

    Returns
    -------
    Parity : a row for each quantity that more of is better, that both systems have, and that
        grows with the number of systems.

    Raises
    ------
    CalcError : where the two have no such quantity in common.
    """
    ours, theirs = evaluate(system, scenario), evaluate(match, scenario)
    rows = []
    for row in names.QUANTITIES.values():
        wanted = row.compared and (row.extensive or row.name == "scale_up.domain") and row.better == "higher"
        have, need = ours.get(row.name), theirs.get(row.name)
        if wanted and have and need:
            rows.append(_match(row, float(need) / float(have), ours, theirs))
    if not rows:
        raise CalcError(f"{system.id} and {match.id} have no quantity in common to match")
    other = {name: _known(theirs, name) for name in ("chips", "power.all_in", "racks", "price")}
    return Parity(system.id, match.id, tuple(rows), other)


def _known(result: Result, name: str) -> float | None:
    value = result.get(name)
    return None if value is None else float(value)


def _match(row: names.Quantity, systems: float, ours: Result, theirs: Result) -> Match:
    each = float(ours.get("chips"))
    # A hair is let go, so that a match that is exact stays one after rounding.
    chips = math.ceil(systems * each * (1 - 1e-12))
    share = chips / each

    def part(name: str) -> float | None:
        total = _known(ours, name)
        return None if total is None else total * share

    known = [word for word in (ours.confidence(row.name), theirs.confidence(row.name)) if word]
    return Match(
        row,
        systems,
        chips,
        part("power.all_in"),
        part("racks"),
        part("price"),
        names.weakest(known),
    )
