"""Published totals against the totals computed from parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from calc import names
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.spec.system import System

__all__ = ["TOLERANCE", "Claim", "check_claims"]

TOLERANCE = 0.02
"""How far a claim may be off before it has to be explained."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One published total beside the computed one.

    Attributes
    ----------
    quantity : what it is a total of.
    precision, sparsity : the number format, where it is a throughput.
    claimed, computed : SI values; `computed` None where it cannot be had.
    gap : claimed over computed, less one.
    source, at, note, explained : as the spec says.
    place : file and line.
    """

    quantity: names.Quantity
    precision: str | None
    sparsity: str
    text: str
    claimed: float
    computed: float | None
    gap: float | None
    source: str
    at: str
    note: str
    explained: str
    place: str

    @property
    def agrees(self) -> bool:
        """Whether the two are within the tolerance."""
        return self.gap is not None and abs(self.gap) <= TOLERANCE


def check_claims(system: System) -> Sequence[Claim]:
    """Compare every claim of a system with what its parts come to.

    Parameters
    ----------
    system : the system.

    Returns
    -------
    claims : one for each claim, in the spec's order.
    """
    results = {}
    found = []
    for claim in system.claims:
        precision, sparsity = claim.get("precision"), claim.get("sparsity", "dense")
        key = (precision or "bf16", sparsity == "sparse_2_4")
        if key not in results:
            results[key] = evaluate(system, Scenario(precision=key[0], sparse=key[1]))
        value: Any = results[key].get(claim["quantity"])
        computed = None if value is None else float(value)
        gap = None if not computed else claim["si"] / computed - 1.0
        found.append(
            Claim(
                names.find(claim["quantity"]),
                precision,
                sparsity,
                claim["value"],
                claim["si"],
                computed,
                gap,
                claim["source"],
                claim.get("at", ""),
                claim.get("note", ""),
                claim.get("explained", ""),
                f"{system.spec.file}:{claim['line']}",
            )
        )
    return tuple(found)
