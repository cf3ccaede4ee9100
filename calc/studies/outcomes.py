"""What a study is about: a quantity, or a result of a workload, of one system over arrays of scenarios."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from calc import names
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.spec.system import System

__all__ = ["CalledAsRow", "Named", "Outcome", "QuantityOutcome", "quantity_outcome"]


class Named(Protocol):
    """What has a name, an SI unit and labels: a quantity, or a result of a workload."""

    @property
    def name(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def en(self) -> str: ...
    @property
    def zh(self) -> str: ...
    @property
    def better(self) -> str | None: ...


class Outcome(Named, Protocol):
    """One figure of a system that a question is about.

    Attributes
    ----------
    name, unit, en, zh : what to call it, and the SI unit of its values.
    better : ``higher`` or ``lower``; None where neither is.
    """

    def __call__(self, system: System, scenario: Scenario) -> NDArray[np.float64]:
        """Its SI values, of the shape that the scenario's settings broadcast to or of none; NaN where it has none."""

    def reason(self, system: System, scenario: Scenario) -> str:
        """Why a system has none of it; empty where it has."""

    def rests_on(self, system: System, scenario: Scenario) -> Iterable[str]:
        """Paths of the inputs that it may depend on."""


@dataclass(frozen=True)
class CalledAsRow:
    """An outcome that is called what its row is.

    Attributes
    ----------
    row : the row.
    """

    row: Named

    @property
    def name(self) -> str:
        """Dotted name."""
        return self.row.name

    @property
    def unit(self) -> str:
        """The SI unit."""
        return self.row.unit

    @property
    def en(self) -> str:
        """English label."""
        return self.row.en

    @property
    def zh(self) -> str:
        """Chinese label."""
        return self.row.zh

    @property
    def better(self) -> str | None:
        """Which way is better."""
        return self.row.better


@dataclass(frozen=True)
class QuantityOutcome(CalledAsRow):
    """A quantity of the nomenclature as the figure that a question is about."""

    def __call__(self, system: System, scenario: Scenario) -> NDArray[np.float64]:
        """As `Outcome` says."""
        return evaluate(system, scenario, (self.row.name,)).array(self.row.name)

    def reason(self, system: System, scenario: Scenario) -> str:
        """As `Outcome` says."""
        result = evaluate(system, scenario, (self.row.name,))
        return "" if result.feasible(self.row.name) else result.reason(self.row.name)

    def rests_on(self, system: System, scenario: Scenario) -> Iterable[str]:
        """As `Outcome` says."""
        return evaluate(system, scenario, (self.row.name,)).rests_on(self.row.name)


def quantity_outcome(name: str) -> QuantityOutcome:
    """The outcome of a quantity.

    Raises
    ------
    UnknownNameError : where there is no such quantity.

    >>> quantity_outcome("power.all_in").better
    'lower'
    """
    return QuantityOutcome(names.find(name))
