"""What a comparison would say on other sources' word."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from calc.model.evaluate import evaluate
from calc.model.result import Result
from calc.spec.datum import Datum
from calc.studies.compare import Comparison, compare

__all__ = ["Choice", "choices", "spans"]

_MOST_COMBINATIONS = 1 << 15


@dataclass(frozen=True, slots=True)
class Choice:
    """One reading of a figure that a ratio rests on.

    Attributes
    ----------
    system : id of the system whose figure it is.
    path : path of the figure.
    datum : the reading.
    adopted : whether it is the one in use.
    ratio : the ratio with it in place of the adopted one; None where there is none.
    """

    system: str
    path: str
    datum: Datum
    adopted: bool
    ratio: float | None


def _disputed(result: Result) -> dict[str, Datum]:
    return {
        path: datum
        for path, datum in result.inputs.items()
        if datum.alternatives and path not in result.was_set and any(r.value != datum.value for r in datum.alternatives)
    }


def _bounded(disputed: Mapping[str, Datum]) -> dict[str, list[float]]:
    """The readings to combine: all, or where that is too many, the extremes of the figures that move most."""
    values = {path: sorted({reading.value for reading in datum.readings}) for path, datum in disputed.items()}
    if math.prod(map(len, values.values())) <= _MOST_COMBINATIONS:
        return values
    ordered = sorted(values, key=lambda path: values[path][0] / values[path][-1] if values[path][-1] else 1.0)
    return {path: [values[path][0], values[path][-1]] for path in ordered[: _MOST_COMBINATIONS.bit_length() - 1]}


def _over_readings(result: Result) -> Result:
    """The system evaluated over every combination of its readings, each figure an axis."""
    system = result.system
    disputed = _bounded({path: datum for path, datum in _disputed(result).items() if path in system.inputs})
    inputs: dict[str, Any] = _adopted(result)
    for axis, (path, readings) in enumerate(disputed.items()):
        shape = [1] * len(disputed)
        shape[axis] = -1
        values = np.array(readings).reshape(shape)
        # An array stands for the number: formulas broadcast over it as over a scenario's axis.
        inputs[path] = dataclasses.replace(inputs[path], value=values, alternatives=())
    return evaluate(dataclasses.replace(system, inputs=inputs), dataclasses.replace(result.scenario, prefer=()))


def _adopted(result: Result) -> dict[str, Datum]:
    """The system's figures with the preferred readings in place, so that the preferences need not be asked again."""
    return {path: result.inputs[path] for path in result.system.inputs}


def spans(found: Comparison) -> Mapping[str, Mapping[str, tuple[float, float]]]:
    """The lowest and highest ratio that the readings which disagree allow.

    Parameters
    ----------
    found : the comparison.

    Returns
    -------
    spans : by quantity and system id; only where the readings move the ratio.
    """
    over = {system_id: _over_readings(result) for system_id, result in found.results.items()}
    moved: dict[str, dict[str, tuple[float, float]]] = {}
    for row in found.rows:
        base = over[found.baseline].get(row.quantity.name)
        for system in found.systems:
            value = over[system.id].get(row.quantity.name)
            if value is None or base is None or system.id == found.baseline or row.ratios[system.id] is None:
                continue
            low, high = (float(np.min(value)), float(np.max(value)))
            low_base, high_base = (float(np.min(base)), float(np.max(base)))
            if low_base > 0 and (low != high or low_base != high_base):
                moved.setdefault(row.quantity.name, {})[system.id] = (low / high_base, high / low_base)
    return moved


def choices(found: Comparison, quantity: str, system_id: str) -> Sequence[Choice]:
    """Every reading of every figure that a ratio rests on and that sources disagree about.

    Parameters
    ----------
    found : the comparison.
    quantity : what the ratio is of.
    system_id : whose ratio to the baseline.

    Returns
    -------
    choices : grouped by figure, the adopted one of each first.
    """
    listed = []
    for owner in dict.fromkeys((system_id, found.baseline)):
        result = found.results[owner]
        disputed = _disputed(result)
        for path in result.rests_on(quantity):
            for i, reading in enumerate(disputed[path].readings if path in disputed else ()):
                listed.append(
                    Choice(owner, path, reading, i == 0, _ratio_with(found, quantity, system_id, owner, path, reading))
                )
    return tuple(listed)


def _ratio_with(
    found: Comparison, quantity: str, system_id: str, owner: str, path: str, reading: Datum
) -> float | None:
    pair = {one: _adopted(found.results[one]) for one in (system_id, found.baseline)}
    pair[owner][_stated(path, found)] = reading
    systems = [dataclasses.replace(system, inputs=pair[system.id]) for system in found.systems if system.id in pair]
    others = found.scenario.addressed() - pair.keys()
    kept = {path: value for path, value in found.scenario.set.items() if path.partition(":")[0] not in others}
    again = compare(systems, found.baseline, dataclasses.replace(found.scenario, prefer=(), set=kept), found.per)
    return again.row(quantity).ratios.get(system_id)


def _stated(path: str, found: Comparison) -> str:
    if path == "chip.flop_rate":
        return f"chip.flop_rate.{found.scenario.precision}.{found.scenario.sparsity}"
    # What a published total is carried over from, where a setting changes the composition.
    return path.removeprefix("published.")
