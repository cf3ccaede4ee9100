"""What an evaluation gives: named SI values, and what each rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from calc import names
from calc.errors import CalcError, UnknownNameError
from calc.model.graph import Graph
from calc.model.scenario import Scenario
from calc.spec.datum import Datum
from calc.spec.system import System

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Missing", "Result"]


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a quantity cannot be had: the input it lacks, and the reason that one is not known."""

    cause: str
    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class Result:
    """Every quantity of one system in one scenario.

    Attributes
    ----------
    system, scenario : what was evaluated.
    graph : the formulas that were used.
    inputs : the figures adopted, by path.
    was_set : paths that the scenario set.
    values : SI values by quantity, numbers or arrays.
    missing : the reason for every quantity that cannot be had.
    """

    system: System
    scenario: Scenario
    graph: Graph = field(repr=False)
    inputs: Mapping[str, Datum] = field(repr=False)
    was_set: frozenset[str]
    values: Mapping[str, Any] = field(repr=False)
    missing: Mapping[str, Missing] = field(repr=False)

    def get(self, name: str) -> Any:
        """The SI value of a quantity, or None where it cannot be had.

        Raises
        ------
        UnknownNameError : where there is no such quantity.
        """
        if name not in self.values and name not in names.QUANTITIES:
            raise UnknownNameError("quantity", name, {**names.QUANTITIES, **self.values}, "podcalc list quantities")
        return self.values.get(name)

    def __getitem__(self, name: str) -> Any:
        """A quantity with its unit, as pint gives it.

        Raises
        ------
        CalcError : where it cannot be had, with the reason.
        UnknownNameError : where there is no such quantity.
        """
        value = self.get(name)
        if value is None:
            raise CalcError(f"{self.system.id} has no {name}: {self.reason(name)}")
        from calc.units import quantity

        return quantity(value, names.find(name).unit)

    def array(self, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The SI values of a quantity; NaN where it cannot be had."""
        value = self.get(name)
        return np.asarray(np.nan if value is None else value, dtype=float)

    def number(self, name: str) -> float | None:
        """The one SI value of a quantity or an input; None where it cannot be had or there are several."""
        value = self.values.get(name)
        return None if value is None or np.ndim(value) else float(value)

    def reason(self, name: str) -> str:
        """Why a quantity cannot be had."""
        found = self.missing.get(name)
        return found.reason if found else self.system.absent.get(name, "not in its spec")

    def feasible(self, name: str) -> bool:
        """Whether a quantity can be had."""
        return self.get(name) is not None

    @cached_property
    def _leaves(self) -> dict[str, tuple[str, ...]]:
        return {}

    def rests_on(self, name: str) -> tuple[str, ...]:
        """Paths of the inputs that a quantity rests on, each once, in the order the formulas take them."""
        if name not in self._leaves:
            self._leaves[name] = tuple(self._walk(name))
        return self._leaves[name]

    def _walk(self, name: str) -> Iterator[str]:
        seen: set[str] = set()
        stack = [name]
        while stack:
            here = stack.pop()
            if here in seen or here not in self.values:
                continue
            seen.add(here)
            if here in self.graph.nodes:
                stack += reversed(self.graph.nodes[here].takes)
            else:
                yield here

    def confidence(self, name: str) -> str | None:
        """The weakest confidence a quantity rests on; what a scenario sets is assumed."""
        if self.get(name) is None:
            return None
        words = [
            "assumed" if path in self.was_set else self.inputs[path].confidence
            for path in self.rests_on(name)
            if path in self.was_set or path in self.inputs
        ]
        return names.weakest(words)

    def frame(self) -> pd.DataFrame:
        """The quantities of a comparison as a pandas frame: one row each, SI values, unit, confidence."""
        import pandas as pd

        rows = [
            {
                "quantity": row.name,
                "value": self.get(row.name),
                "unit": row.unit,
                "confidence": self.confidence(row.name),
                "missing": None if self.feasible(row.name) else self.reason(row.name),
            }
            for row in names.QUANTITIES.values()
            if row.compared
        ]
        return pd.DataFrame(rows).set_index("quantity")
