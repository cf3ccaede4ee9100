"""Two or more systems beside one another, with ratios to one of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calc import figures, names
from calc.errors import CalcError, UnknownNameError
from calc.model.evaluate import evaluate
from calc.model.result import Result
from calc.model.scenario import Scenario
from calc.spec.system import System

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DIVISORS", "Comparison", "Row", "cited", "compare"]

DIVISORS = {"chip": "chips", "die": "dies", "rack": "racks", "kW": "power.all_in", "USD": "price"}
"""The quantity that each way to divide goes by."""


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity of every system.

    Attributes
    ----------
    quantity : its row of the nomenclature.
    unit : the unit of `values`: SI, and what it is divided by.
    values : by system id; None where it cannot be had.
    ratios : to the baseline, by system id; None where there is none.
    confidence : the weakest confidence each rests on.
    missing : the reason for each that cannot be had.
    """

    quantity: names.Quantity
    unit: str
    values: Mapping[str, float | None]
    ratios: Mapping[str, float | None]
    confidence: Mapping[str, str | None]
    missing: Mapping[str, str]

    @property
    def per(self) -> str:
        """What the values are divided by; empty where by nothing."""
        return self.unit[len(self.quantity.unit) :].removeprefix("/")

    def favours(self, system_id: str) -> bool | None:
        """Whether the ratio is in the system's favour; None where neither, or the same."""
        value = self.ratios.get(system_id)
        if value is None or self.quantity.better is None or abs(value - 1.0) < figures.SAME:
            return None
        return (value > 1.0) == (self.quantity.better == "higher")


@dataclass(frozen=True)
class Comparison:
    """Systems beside one another.

    Attributes
    ----------
    systems : in the order given.
    baseline : id of the system that ratios are to.
    per : what extensive quantities are divided by.
    scenario : the assumptions.
    rows : one for each quantity, grouped.
    results : the evaluation of each system, by id.
    """

    systems: Sequence[System]
    baseline: str
    per: str
    scenario: Scenario
    rows: Sequence[Row]
    results: Mapping[str, Result] = field(repr=False)

    @property
    def titles(self) -> dict[str, str]:
        """Short names of the systems by id."""
        return {system.id: system.short for system in self.systems}

    def row(self, quantity: str) -> Row:
        """The row of a quantity.

        Raises
        ------
        UnknownNameError : where there is no such row.
        """
        found = next((row for row in self.rows if row.quantity.name == quantity), None)
        if found is None:
            raise UnknownNameError("row", quantity, [row.quantity.name for row in self.rows], "podcalc list quantities")
        return found

    def label(self, row: Row, language: str = "en") -> str:
        """A row's label, with the number format it is for."""
        return self._filled(row.quantity.zh if language == "zh" else row.quantity.en, language)

    def label_of(self, quantity: str, language: str = "en") -> str:
        """The label of any quantity, with the number format of the comparison."""
        row = names.find(quantity)
        return self._filled(row.zh if language == "zh" else row.en, language)

    def convention(self, row: Row, language: str = "en") -> str:
        """The few words printed beside a row's numbers."""
        text = row.quantity.convention_zh if language == "zh" else row.quantity.convention
        return self._filled(text, language)

    def _filled(self, text: str, language: str) -> str:
        if "{" not in text:
            return text
        dense = ("稠密" if language == "zh" else "dense", "2:4 稀疏" if language == "zh" else "2:4 sparse")
        return text.format(
            precision=self.scenario.precision.upper(),
            sparsity=dense[self.scenario.sparse],
            pue=self._pue(),
            currency_year=self._currency_year(),
        )

    def _pue(self) -> str:
        values = {
            f"{result.values['pue']:g}"
            for result in self.results.values()
            if isinstance(result.values.get("pue"), float)
        }
        return "/".join(sorted(values))

    def _currency_year(self) -> str:
        years = {result.inputs["price"].currency_year for result in self.results.values() if "price" in result.inputs}
        return "/".join(str(year) for year in sorted(year for year in years if year)) or "stated"

    def to_json(self) -> dict[str, Any]:
        """The comparison as plain values, ``podcalc.compare/1``."""
        return {
            "schema": "podcalc.compare/1",
            "baseline": self.baseline,
            "systems": [system.id for system in self.systems],
            "precision": self.scenario.precision,
            "sparsity": self.scenario.sparsity,
            "per": self.per,
            "rows": [
                {
                    "quantity": row.quantity.name,
                    "label": self.label(row),
                    "convention": self.convention(row),
                    "unit": row.unit,
                    "better": row.quantity.better,
                    "values": dict(row.values),
                    "ratios": dict(row.ratios),
                    "confidence": dict(row.confidence),
                    "missing": dict(row.missing),
                }
                for row in self.rows
            ],
        }

    def frame(self) -> pd.DataFrame:
        """The comparison as a pandas frame: a row each quantity, a column each system, then ratios."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "quantity": row.quantity.name,
                    "unit": row.unit,
                    **row.values,
                    **{
                        f"{system_id} / {self.baseline}": value
                        for system_id, value in row.ratios.items()
                        if system_id != self.baseline
                    },
                }
                for row in self.rows
            ]
        ).set_index("quantity")


def compare(
    systems: Sequence[System],
    baseline: str | None = None,
    scenario: Scenario | None = None,
    per: str = "system",
) -> Comparison:
    """Compare systems.

    Parameters
    ----------
    systems : two or more, or one alone without ratios.
    baseline : id of the one that ratios are to; the last unless said.
    scenario : the assumptions.
    per : one of `calc.figures.PER`; quantities that grow with the system are divided by it.

    Returns
    -------
    Comparison : a row for each quantity that is compared.

    Raises
    ------
    CalcError : where there is no system, one stands twice, or `per` or `baseline` is none of them.
    """
    scenario = scenario or Scenario()
    ids = [system.id for system in systems]
    if not ids:
        raise CalcError("nothing to compare; name two or more systems (podcalc list systems)")
    twice = next((system_id for system_id in ids if ids.count(system_id) > 1), None)
    if twice:
        raise CalcError(f"{twice!r} is named twice; name each system once")
    if per not in figures.PER:
        raise UnknownNameError("unit to divide by", per, figures.PER)
    chosen = baseline or ids[-1]
    if chosen not in ids:
        raise UnknownNameError("baseline among the systems compared:", chosen, ids)
    stray = sorted(scenario.addressed() - frozenset(ids))
    if stray:
        raise UnknownNameError("system among those compared:", stray[0], ids)
    _check_preferred(systems, scenario)
    results = {system.id: evaluate(system, scenario) for system in systems}
    rows = [_row(row, results, chosen, per) for row in names.QUANTITIES.values() if row.compared]
    return Comparison(tuple(systems), chosen, per, scenario, tuple(rows), results)


def cited(systems: Iterable[System]) -> set[str]:
    """Ids of the sources that have a reading of some figure of the systems."""
    return {reading.source for system in systems for datum in system.inputs.values() for reading in datum.readings}


def _check_preferred(systems: Sequence[System], scenario: Scenario) -> None:
    there = cited(systems) if scenario.prefer else set()
    for source in scenario.prefer:
        if source not in there:
            raise UnknownNameError("source with a reading of these systems:", source, there, "podcalc inputs SYSTEM")


def _row(quantity: names.Quantity, results: Mapping[str, Result], baseline: str, per: str) -> Row:
    values: dict[str, float | None] = {}
    missing: dict[str, str] = {}
    confidence: dict[str, str | None] = {}
    divide = per if quantity.extensive else "system"
    for system_id, result in results.items():
        value = result.get(quantity.name)
        confidence[system_id] = result.confidence(quantity.name)
        if value is None:
            missing[system_id] = result.reason(quantity.name)
        elif divide != "system":
            divisor = result.get(DIVISORS[divide])
            if divisor is None:
                value, confidence[system_id] = None, None
                missing[system_id] = f"no {DIVISORS[divide]}: {result.reason(DIVISORS[divide])}"
            else:
                value = value / (divisor / 1000.0 if divide == "kW" else divisor)
                confidence[system_id] = names.weakest(
                    [w for w in (confidence[system_id], result.confidence(DIVISORS[divide])) if w]
                )
        values[system_id] = None if value is None else float(value)
    base = values[baseline]
    ratios = {
        system_id: None
        if value is None or base is None or base == 0 or not math.isfinite(value / base)
        else value / base
        for system_id, value in values.items()
    }
    unit = quantity.unit if divide == "system" else f"{quantity.unit}/{divide}"
    return Row(quantity, unit, values, ratios, confidence, missing)
