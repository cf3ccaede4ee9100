"""Where a system's power goes: parts at each scope, published totals, and what nobody explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from calc.model.evaluate import evaluate
from calc.model.result import Result
from calc.model.scenario import Scenario
from calc.spec.datum import Datum
from calc.spec.system import System

__all__ = ["PowerBreakdown", "PowerPart", "PowerScope", "power_breakdown"]

_SCOPES = (
    ("nodes", "power.nodes", "power.nodes_itemised", "power.node", ("node",)),
    ("racks", "power.racks", "power.racks_itemised", "power.rack", ("node", "rack")),
    ("all_in", "power.all_in", "power.itemised", "power.all_in", ("node", "rack", "all_in")),
)


@dataclass(frozen=True, slots=True)
class PowerPart:
    """One part's power.

    Attributes
    ----------
    name, title, role, within : as in the system's spec; the chips have the role ``chips``.
    count : how many there are.
    power : of all of them [W]; None where not known, or counted in another part.
    included_in : the part whose power includes it; empty where it stands for itself.
    confidence : the weakest it rests on.
    """

    name: str
    title: str
    role: str
    within: str
    count: float | None
    power: float | None
    confidence: str | None
    included_in: str = ""


@dataclass(frozen=True, slots=True)
class PowerScope:
    """A published total, the parts inside it, and the remainder.

    Attributes
    ----------
    scope : nodes, racks or all_in.
    published : total of the system at that scope [W]; None where nobody publishes it.
    itemised : sum of the known parts inside it [W].
    unexplained : the difference [W], below zero where rated limits add up to more.
    readings : every published reading, for one node or rack or the system.
    """

    scope: str
    published: float | None
    itemised: float | None
    unexplained: float | None
    readings: Sequence[Datum]


@dataclass(frozen=True, slots=True)
class PowerBreakdown:
    """A system's power by part and by scope."""

    system: str
    parts: Sequence[PowerPart]
    scopes: Sequence[PowerScope]
    facility: float | None
    pue: float

    @property
    def widest(self) -> PowerScope | None:
        """The widest scope that has a published total; None where none has."""
        return next((scope for scope in reversed(self.scopes) if scope.published), None)

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.power/1``; W."""
        return {
            "schema": "podcalc.power/1",
            "system": self.system,
            "rows": [
                {
                    "part": part.name,
                    "role": part.role,
                    "within": part.within,
                    "count": part.count,
                    "power": part.power,
                    "confidence": part.confidence,
                    "included_in": part.included_in or None,
                }
                for part in self.parts
            ],
            "scopes": [
                {
                    "scope": scope.scope,
                    "published": scope.published,
                    "itemised": scope.itemised,
                    "unexplained": scope.unexplained,
                }
                for scope in self.scopes
            ],
            "facility": self.facility,
            "pue": self.pue,
        }


def power_breakdown(system: System, scenario: Scenario | None = None) -> PowerBreakdown:
    """Break a system's power down.

    Parameters
    ----------
    system : the system.
    scenario : the assumptions.

    Returns
    -------
    PowerBreakdown : every part, those without a known power too, and every scope.
    """
    result = evaluate(system, scenario)
    chips = PowerPart(
        "chips",
        system.chip.short,
        "chips",
        "node",
        result.number("chips"),
        result.number("power.chips"),
        result.confidence("power.chips"),
    )
    parts = [chips]
    for part in system.parts:
        total, power = f"parts.{part.name}.total", f"parts.{part.name}.total_power"
        drawn = None if part.included_in else result.number(power)
        confidence = None if drawn is None else result.confidence(power)
        said = (part.name, part.title, part.role, part.within)
        parts.append(PowerPart(*said, result.number(total), drawn, confidence, part.included_in))
    scopes = [_scope(result, *scope) for scope in _SCOPES]
    return PowerBreakdown(
        system.id, tuple(parts), tuple(scopes), result.number("power.facility"), float(result.values["pue"])
    )


def _scope(result: Result, scope: str, total: str, itemised: str, figure: str, within: Sequence[str]) -> PowerScope:
    published, parts = result.number(total), result.number(itemised)
    unexplained = None if published is None or parts is None else published - parts
    datum = result.inputs.get(figure)
    return PowerScope(scope, published, parts, unexplained, tuple(datum.readings) if datum else ())
