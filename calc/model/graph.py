"""Which formula gives which quantity of a system, found by name.

A formula's name is the quantity it gives, and its parameters' names are the quantities it
takes; nothing else joins them. What a spec states is not computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from calc import names
from calc.physics import cost, counts, fabric, memory, power, reliability, roofline
from calc.spec.system import PartUse, System

__all__ = ["CARRIED", "FORMULAS", "Graph", "Node", "graph_of"]

_MODULES = (counts, roofline, memory, fabric, power, cost, reliability)

_HELPERS = {
    "part_total", "part_total_power", "total", "carried_total", "scaled_total", "domain_within", "checkpoint_interval",
    "goodput", "level_price",
}  # fmt: skip
_BY_TOPOLOGY = {
    topology: {
        "scale_up.bisection_bandwidth": getattr(fabric, f"{topology}_bisection_bandwidth"),
        "scale_up.hops": getattr(fabric, f"{topology}_hops"),
    }
    for topology in ("switched", "full_mesh", "torus")
}
_TOPOLOGICAL = {formula.__name__ for formulas in _BY_TOPOLOGY.values() for formula in formulas.values()}

FORMULAS: dict[str, Callable[..., Any]] = {
    names.find(word).name: getattr(module, word)
    for module in _MODULES
    for word in module.__all__
    if word not in _HELPERS | _TOPOLOGICAL
}
"""The formula of every quantity that is computed alike for all systems."""

CARRIED = {
    "power.all_in": ("power.itemised", "nodes", "power.all_in"),
    "power.racks": ("power.racks_itemised", "compute_racks", "power.rack"),
    "power.nodes": ("power.nodes_itemised", "nodes", "power.node"),
    "price": (None, "chips", "price"),
    "scale_up.domain": (None, "chips", "scale_up.domain"),
}
"""Published figures of the whole, for a scenario that changes the composition: the itemised part of each, what
the rest of it goes by, and the figure that states it."""

_ROLES = {
    "power.host": "host",
    "scale_up.power": "scale_up",
    "scale_out.power": "scale_out",
    "power.cooling_and_conversion": "cooling_and_conversion",
    "power.storage": "storage",
}
_COUNTED = {"transceivers": "transceiver", "switches": "switch", "nics": "nic", "cpus": "cpu", "copper_cables": "cable"}
_HOLDERS = {"chip": "chips", "node": "nodes", "rack": "compute_racks"}
_SCOPES = {
    "power.nodes_itemised": ("node",),
    "power.racks_itemised": ("node", "rack"),
    "power.itemised": ("node", "rack", "all_in"),
}


@dataclass(frozen=True, slots=True)
class Node:
    """A formula with the quantities it takes.

    Attributes
    ----------
    formula : the function.
    takes : names of its arguments, in order.
    optional : how many of the last ones may be missing, each having a default.
    partial : whether it is a sum that stands although some terms are missing.
    """

    formula: Callable[..., Any]
    takes: tuple[str, ...]
    optional: int = 0
    partial: bool = False


@dataclass(frozen=True)
class Graph:
    """Every computed quantity of a system, each after those it takes."""

    nodes: dict[str, Node]

    def above(self, name: str) -> Iterator[str]:
        """Everything a quantity rests on, itself included, each once."""
        seen: set[str] = set()
        stack = [name]
        while stack:
            here = stack.pop()
            if here in seen:
                continue
            seen.add(here)
            yield here
            if here in self.nodes:
                stack += self.nodes[here].takes


@lru_cache(maxsize=256)
def _node(formula: Callable[..., Any]) -> Node:
    code = formula.__code__
    takes = tuple(names.find(word).name for word in code.co_varnames[: code.co_argcount])
    return Node(formula, takes, len(formula.__defaults__ or ()))


def _parts(parts: Sequence[PartUse]) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    for part in parts:
        at = f"parts.{part.name}"
        count = (f"{at}.count", _HOLDERS[part.per]) if part.per in _HOLDERS else (f"{at}.count",)
        nodes[f"{at}.total"] = Node(counts.part_total, count)
        nodes[f"{at}.total_power"] = Node(power.part_total_power, (f"{at}.total", f"{at}.power"))
    drawing = [part for part in parts if part.type != "cable" and not part.included_in]
    for name, role in _ROLES.items():
        terms = [f"parts.{part.name}.total_power" for part in drawing if part.role == role]
        if terms:
            nodes[name] = Node(power.total, tuple(terms))
    for name, kind in _COUNTED.items():
        terms = [f"parts.{part.name}.total" for part in parts if part.type == kind]
        if terms:
            nodes[name] = Node(power.total, tuple(terms))
    optics = [f"parts.{part.name}.total" for part in parts if part.type == "transceiver" and part.role == "scale_up"]
    if optics:
        nodes["scale_up.transceivers"] = Node(power.total, tuple(optics))
    for name, within in _SCOPES.items():
        terms = [f"parts.{part.name}.total_power" for part in drawing if part.within in within]
        nodes[name] = Node(power.total, ("power.chips", *terms), partial=True)
    return nodes


def _carried(total: str) -> Node:
    itemised, holders, _ = CARRIED[total]
    if total == "scale_up.domain":
        return Node(fabric.domain_within, (f"published.{total}", holders))
    if itemised is None:
        return Node(power.scaled_total, (f"published.{total}", f"published.{holders}", holders))
    takes = (f"published.{total}", f"published.{itemised}", itemised, f"published.{holders}", holders)
    return Node(power.carried_total, takes)


@lru_cache(maxsize=512)
def _build(
    stated: frozenset[str],
    carried: frozenset[str],
    parts: tuple[PartUse, ...],
    topology: str,
    wanted: frozenset[str] | None,
) -> Graph:
    found = {name: _node(formula) for name, formula in FORMULAS.items()}
    found |= {name: _node(formula) for name, formula in _BY_TOPOLOGY.get(topology, {}).items()}
    found |= _parts(parts)
    found |= {total: _carried(total) for total in carried}
    ordered: dict[str, Node] = {}

    def add(name: str) -> None:
        if name in ordered or name in stated or name not in found:
            return
        for taken in found[name].takes:
            add(taken)
        ordered[name] = found[name]

    for name in found if wanted is None else wanted:
        add(name)
    return Graph(ordered)


def graph_of(
    system: System,
    stated: frozenset[str],
    carried: frozenset[str] = frozenset(),
    wanted: frozenset[str] | None = None,
) -> Graph:
    """The formulas of a system.

    Parameters
    ----------
    system : the system.
    stated : names of the quantities that its specs or a scenario state.
    carried : published totals to carry over to a changed composition.
    wanted : the quantities to have, with those they take; every one unless said.

    Returns
    -------
    Graph : what is left to compute; equal structures share one object.
    """
    return _build(stated - carried, carried, tuple(system.parts), system.topology, wanted)
