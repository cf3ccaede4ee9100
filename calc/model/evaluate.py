"""One pure function: a system and a scenario to every quantity there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from calc import names
from calc.errors import CalcError, UnknownNameError
from calc.model.graph import CARRIED, FORMULAS, Graph, graph_of
from calc.model.result import Missing, Result
from calc.model.scenario import Scenario
from calc.physics import power
from calc.spec.datum import Datum
from calc.spec.system import System

__all__ = ["check_settable", "evaluate", "settable"]

_STATED_OR_COMPUTED = "chip.scale_up.bandwidth_per_direction"


def settable(system: System) -> list[str]:
    """Paths of every input of a system that a scenario may set, those its specs leave open too."""
    open_too = [
        row.name
        for row in names.QUANTITIES.values()
        if row.name not in FORMULAS and not row.name.startswith(_OF_NO_SYSTEM) and row.name not in _NOT_STATED
    ]
    parts = [f"parts.{part.name}.{what}" for part in system.parts for what in ("count", "power")]
    return list(dict.fromkeys([*system.inputs, *open_too, _STATED_OR_COMPUTED, *parts]))


_OF_NO_SYSTEM = ("part.", "roof.", "kernel.")
_NOT_STATED = {
    "transceivers", "scale_up.transceivers", "copper_cables", "switches", "nics", "cpus", "scale_up.power",
    "scale_up.bisection_bandwidth", "scale_up.hops", "power.itemised", "power.nodes_itemised", "power.racks_itemised",
    "power.host", "power.cooling_and_conversion", "power.storage", "scale_out.power", "running_rate",
}  # fmt: skip


def check_settable(system: System, path: str) -> None:
    """Check that a scenario may set a path.

    Raises
    ------
    CalcError : where it is computed, with what it is computed from.
    UnknownNameError : where the system has no such input.
    """
    allowed = settable(system)
    if path in allowed:
        return
    if path in FORMULAS or path in _NOT_STATED:
        takes = ", ".join(_takes(system, path)) or "its parts"
        raise CalcError(f"{path} is computed, so it cannot be set; set what it is computed from: {takes}")
    raise UnknownNameError("input", path, allowed, f"podcalc inputs {system.id}")


def _setting(system: System, path: str, given: Any) -> Any:
    """The SI value of one setting, checked against what the path takes."""
    check_settable(system, path)
    unit = names.find(path).unit
    if isinstance(given, str):
        from calc.units import parse

        value: Any = parse(given, unit)
    elif isinstance(given, (list, tuple)) and any(isinstance(item, str) for item in given):
        from calc.units import parse

        value = np.array([parse(str(item), unit) for item in given])
    elif hasattr(given, "to"):
        value = _magnitude(path, given, unit)
    else:
        try:
            value = np.asarray(given, dtype=float)
        except (TypeError, ValueError):
            raise CalcError(
                f"{path}: {str(given)[:60]!r} is not a number; give a text with its unit, or a number in {unit}"
            ) from None
        value = float(value) if value.ndim == 0 else value
    if not np.all(np.isfinite(value)) or np.any(np.less(value, 0)):
        raise CalcError(f"{path}: {str(given)[:60]!r} is negative or not finite; an input is a number from zero up")
    if np.any(np.equal(value, 0)) and not (names.find(path).whole and path not in names.NEVER_ZERO):
        raise CalcError(f"{path}: {str(given)[:60]!r} is zero; this input is a number above zero")
    if path == "pue" and isinstance(value, float) and value < 1:
        raise CalcError(f"pue: {str(given)[:60]!r} is below 1; a facility draws no less than what it houses")
    if path == "share_in_use" and np.any(np.greater(value, 1)):
        raise CalcError(f"{path}: {str(given)[:60]!r} is above 1; a system is in use in no more hours than there are")
    if path in names.NEVER_ZERO and isinstance(value, float) and value != int(value):
        raise CalcError(f"{path}: {str(given)[:60]!r} is not a whole number; this is a count")
    return value


def _magnitude(path: str, given: Any, unit: str) -> Any:
    from calc.units import quantity

    try:
        return given.to(quantity(1.0, unit).units).magnitude
    except Exception:
        raise CalcError(f"{path}: '{given}' is not in {unit}, nor in a unit that converts to it") from None


def _takes(system: System, name: str) -> tuple[str, ...]:
    graph = graph_of(system, frozenset(system.inputs) - {name})
    return graph.nodes[name].takes if name in graph.nodes else ()


def _inputs(system: System, scenario: Scenario) -> tuple[dict[str, Datum], dict[str, Missing]]:
    """The figures adopted, with the one rate of the scenario's number format."""
    adopted = dict(system.inputs)
    for source in reversed(scenario.prefer):
        adopted = {path: datum.prefer(source) for path, datum in adopted.items()}
    wanted = f"chip.flop_rate.{scenario.precision}.{scenario.sparsity}"
    missing: dict[str, Missing] = {}
    if wanted in adopted:
        adopted["chip.flop_rate"] = adopted[wanted]
    else:
        there = [precision for precision, kinds in system.rates().items() if scenario.sparsity in kinds]
        kind = "2:4-sparse" if scenario.sparse else "dense"
        has = f"it has {', '.join(there)}" if there else "none in its spec"
        missing["chip.flop_rate"] = Missing("chip.flop_rate", f"no {kind} {scenario.precision}: {has}")
    return adopted, missing


def evaluate(system: System, scenario: Scenario | None = None, wanted: Iterable[str] | None = None) -> Result:
    """Evaluate every quantity of a system.

    Parameters
    ----------
    system : what is known of it, as `calc.load` gives it.
    scenario : the assumptions; those of the specs unless said. Arrays among its settings broadcast
        against one another and through every formula.
    wanted : names of the only quantities to compute; of a million scenarios each one takes its time.

    Returns
    -------
    Result : every quantity that can be had, and the reason for every one that cannot.

    Raises
    ------
    UnknownNameError, CalcError : where a setting's path or value is none.
    """
    scenario = scenario or Scenario()
    adopted, missing = _inputs(system, scenario)
    known = {path: datum.value for path, datum in adopted.items()}
    settings = {path: _setting(system, path, given) for path, given in scenario.settings(system.id).items()}
    rate = f"chip.flop_rate.{scenario.precision}.{scenario.sparsity}"
    if rate in settings:
        settings.setdefault("chip.flop_rate", settings[rate])
    if "chip.flop_rate" in settings:
        missing.pop("chip.flop_rate", None)
    carried = _carried(system, known, settings)
    given = known | settings
    if carried:
        # The system as published says how much of each total no part accounts for.
        before = _run(graph_of(system, frozenset(known)), known, dict(missing), system)[0]
        carried &= frozenset(before)
        given |= {f"published.{name}": value for name, value in before.items()}
        for total in carried:
            given.pop(total, None)
            adopted[f"published.{total}"] = adopted[CARRIED[total][2]]
    graph = graph_of(system, frozenset(given), carried, None if wanted is None else frozenset(wanted))
    values, absent = _run(graph, given, missing, system)
    return Result(system, scenario, graph, adopted, frozenset(settings), values, absent)


def _carried(system: System, known: Mapping[str, Any], settings: Mapping[str, Any]) -> frozenset[str]:
    """Published totals that the settings move without setting them."""
    graph = graph_of(system, frozenset(known))
    moved = set()
    for total, (itemised, holders, figure) in CARRIED.items():
        rests_on = {*(graph.above(itemised) if itemised else ()), *graph.above(holders)}
        if figure in known and figure not in settings and not rests_on.isdisjoint(settings):
            moved.add(total)
    return frozenset(moved)


def _run(
    graph: Graph, inputs: Mapping[str, Any], missing: dict[str, Missing], system: System
) -> tuple[dict[str, Any], dict[str, Missing]]:
    """Compute every quantity from those it takes, or note why it cannot be had."""
    values = dict(inputs)
    for name, node in graph.nodes.items():
        needed = node.takes[: len(node.takes) - node.optional]
        lacking = [taken for taken in needed if taken not in values]
        if node.formula is power.total and name in system.absent:
            # A count of what the spec lists, where it says that the list is not whole.
            missing[name] = Missing(name, system.absent[name])
        elif lacking and not (node.partial and len(lacking) < len(needed)):
            first = lacking[0]
            root = missing.get(first) or Missing(first, system.absent.get(first, "not in its spec"))
            missing[name] = Missing(root.cause, system.absent.get(name, root.reason))
        else:
            values[name] = node.formula(*(values[taken] for taken in node.takes if taken in values))
    return values, missing
