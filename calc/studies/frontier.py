"""Which systems none does better than, by two quantities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calc import names
from calc.errors import CalcError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.spec.library import Library
from calc.spec.system import compose

__all__ = ["Point", "frontier", "undominated"]


@dataclass(frozen=True, slots=True)
class Point:
    """One system by two quantities.

    Attributes
    ----------
    id, name : the system.
    x, y : SI values.
    on_frontier : whether no other is at least as good in both and better in one.
    """

    id: str
    name: str
    x: float
    y: float
    on_frontier: bool


def undominated(x: ArrayLike, y: ArrayLike, x_better: str, y_better: str) -> NDArray[np.bool_]:
    """For each point and each other, whether the other dominates it.

    Parameters
    ----------
    x, y : coordinates, n of each.
    x_better, y_better : ``higher`` or ``lower``.

    Returns
    -------
    dominates : n by n; [i, j] is whether j is at least as good as i in both and better in one.

    >>> undominated([1.0, 2.0], [1.0, 1.0], "lower", "higher").any(axis=1).tolist()
    [False, True]
    """
    along = np.asarray(x, dtype=float) * (1.0 if x_better == "higher" else -1.0)
    up = np.asarray(y, dtype=float) * (1.0 if y_better == "higher" else -1.0)
    as_good = (along[None, :] >= along[:, None]) & (up[None, :] >= up[:, None])
    better = (along[None, :] > along[:, None]) | (up[None, :] > up[:, None])
    return np.asarray(as_good & better)


def frontier(library: Library, x: str, y: str, scenario: Scenario | None = None) -> list[Point]:
    """Every system of the catalogue that has two quantities.

    Parameters
    ----------
    library : the catalogue.
    x, y : names of the quantities; where neither way is better, less of it counts as better.
    scenario : the assumptions.

    Returns
    -------
    points : in order of `x`.

    Raises
    ------
    CalcError : where the two are the same quantity.
    """
    if x == y:
        raise CalcError(f"both axes are {x}; choose two quantities")
    across, up = names.find(x), names.find(y)
    found: list[tuple[str, str, float, float]] = []
    for system_id in library.ids("system"):
        system = compose(library, system_id)
        result = evaluate(system, scenario)
        if result.get(x) and result.get(y):
            found.append((system_id, system.short, float(result.get(x)), float(result.get(y))))
    found.sort(key=lambda point: point[2])
    dominates = undominated(
        [p[2] for p in found], [p[3] for p in found], across.better or "lower", up.better or "lower"
    )
    return [Point(*point, not others.any()) for point, others in zip(found, dominates, strict=True)]
