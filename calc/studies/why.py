"""A ratio unfolded into factors whose product is that ratio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calc import names
from calc.errors import CalcError
from calc.model.evaluate import evaluate
from calc.model.result import Result
from calc.model.scenario import Scenario
from calc.spec.system import System

__all__ = ["Factor", "Why", "why"]

# Each quantity as a product of others, with their powers; the first whose terms are all known.
_CHIPS = "chips"
_FACTORS: dict[str, tuple[dict[str, int], ...]] = {
    "chips": ({"nodes": 1, "chips_per_node": 1},),
    "dies": ({_CHIPS: 1, "chip.dies": 1},),
    "flop_rate": ({_CHIPS: 1, "chip.flop_rate": 1},),
    "hbm.capacity": ({_CHIPS: 1, "chip.hbm.capacity": 1},),
    "hbm.bandwidth": ({_CHIPS: 1, "chip.hbm.bandwidth": 1},),
    "hbm.read_time": ({"chip.hbm.capacity": 1, "chip.hbm.bandwidth": -1},),
    "flop_per_hbm_byte": ({"chip.flop_rate": 1, "chip.hbm.bandwidth": -1},),
    "flop_per_scale_up_byte": ({"chip.flop_rate": 1, "chip.scale_up.bandwidth_per_direction": -1},),
    "flop_per_scale_out_byte": ({"chip.flop_rate": 1, "chip.scale_out.bandwidth_per_direction": -1},),
    "chip.scale_up.bandwidth_per_direction": ({"chip.scale_up.links": 1, "scale_up.link.bandwidth_per_direction": 1},),
    "chip.scale_out.bandwidth_per_direction": (
        {"scale_out.links_per_node": 1, "scale_out.link.bandwidth_per_direction": 1, "chips_per_node": -1},
    ),
    "scale_up.bandwidth_per_direction": ({_CHIPS: 1, "chip.scale_up.bandwidth_per_direction": 1},),
    "scale_out.bandwidth_per_direction": ({_CHIPS: 1, "chip.scale_out.bandwidth_per_direction": 1},),
    "scale_up.energy_per_bit": ({"scale_up.power": 1, "scale_up.bandwidth_per_direction": -1},),
    "power.chips": ({_CHIPS: 1, "chip.power": 1},),
    "power.all_in": (
        {_CHIPS: 1, "chip.power": 1, "power.overhead": 1},
        {_CHIPS: 1, "power.all_in_per_chip": 1},
    ),
    "power.all_in_per_chip": ({"chip.power": 1, "power.overhead": 1},),
    "power.facility": ({_CHIPS: 1, "power.all_in_per_chip": 1, "pue": 1},),
    "chip.power_per_flop_rate": ({"chip.power": 1, "chip.flop_rate": -1},),
    "power_per_flop_rate": (
        {"chip.power_per_flop_rate": 1, "power.overhead": 1},
        {"power.all_in_per_chip": 1, "chip.flop_rate": -1},
    ),
    "power_per_hbm_bandwidth": (
        {"chip.power": 1, "chip.hbm.bandwidth": -1, "power.overhead": 1},
        {"power.all_in_per_chip": 1, "chip.hbm.bandwidth": -1},
    ),
    "power_per_hbm_capacity": (
        {"chip.power": 1, "chip.hbm.capacity": -1, "power.overhead": 1},
        {"power.all_in_per_chip": 1, "chip.hbm.capacity": -1},
    ),
    "node_power_per_flop_rate": ({"power.nodes": 1, "flop_rate": -1},),
    "power.nodes": ({"nodes": 1, "power.node": 1},),
    "power.racks": ({"compute_racks": 1, "power.rack": 1},),
    "price_per_flop_rate": ({"price": 1, _CHIPS: -1, "chip.flop_rate": -1},),
    "price_per_hbm_capacity": ({"price": 1, _CHIPS: -1, "chip.hbm.capacity": -1},),
}


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a ratio.

    Attributes
    ----------
    quantity : what it is the ratio of.
    power : 1, or -1 where the ratio goes with its inverse.
    value, baseline_value : SI values in the two systems.
    ratio : what it multiplies the ratio by.
    """

    quantity: names.Quantity
    power: int
    value: float
    baseline_value: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Why:
    """A ratio and the factors it is the product of."""

    quantity: names.Quantity
    system: str
    baseline: str
    ratio: float
    factors: Sequence[Factor]

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.why/1``."""
        return {
            "schema": "podcalc.why/1",
            "quantity": self.quantity.name,
            "system": self.system,
            "baseline": self.baseline,
            "ratio": self.ratio,
            "rows": [
                {
                    "quantity": factor.quantity.name,
                    "power": factor.power,
                    "unit": factor.quantity.unit,
                    "values": {self.system: factor.value, self.baseline: factor.baseline_value},
                    "ratio": factor.ratio,
                }
                for factor in self.factors
            ],
        }


def _terms(name: str, results: Sequence[Result]) -> Mapping[str, int]:
    for terms in _FACTORS.get(name, ()):
        if all(result.get(term) is not None and float(result.get(term)) != 0 for term in terms for result in results):
            return terms
    return {name: 1}


def why(system: System, baseline: System, quantity: str, scenario: Scenario | None = None) -> Why:
    """Unfold a ratio between two systems.

    Parameters
    ----------
    system, baseline : the ratio is the first over the second.
    quantity : what the ratio is of.
    scenario : the assumptions.

    Returns
    -------
    Why : factors whose product is the ratio, one alone where it has no parts.

    Raises
    ------
    CalcError : where a value is missing, with the reason, or the baseline's is zero.
    UnknownNameError : where there is no such quantity.
    """
    row = names.find(quantity)
    results = [evaluate(each, scenario) for each in (system, baseline)]
    for each, result in zip((system, baseline), results, strict=True):
        if result.get(row.name) is None:
            raise CalcError(f"{each.id} has no {row.name}: {result.reason(row.name)}")
    if float(results[1].get(row.name)) == 0:
        raise CalcError(f"{baseline.id} has zero {row.name}; there is no ratio to it")
    factors = []
    for name, power in _terms(row.name, results).items():
        value, base = (float(result.get(name)) for result in results)
        factors.append(Factor(names.find(name), power, value, base, (value / base) ** power))
    value, base = (float(result.get(row.name)) for result in results)
    return Why(row, system.id, baseline.id, value / base, tuple(factors))
