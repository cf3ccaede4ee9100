"""A scenario beside what was adopted: every total before and after, with the change and the ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calc import figures, names
from calc.studies.compare import Comparison
from calc.studies.shown import MAIN, unit_of

__all__ = ["Moved", "Stretch", "moved", "stretches"]


@dataclass(frozen=True, slots=True)
class Moved:
    """One quantity of one system, before and after.

    Attributes
    ----------
    quantity, label, convention, unit : what it is, and the unit of its texts.
    before, after : as texts; an en dash where it cannot be had.
    change : in per cent, as text; an en dash where there is none.
    better : whether the change is for the better; None where neither, or none.
    ratio_before, ratio_after : to the baseline, as texts.
    others : the ratio in other scenarios by their names, as texts.
    changed : whether the figure or its ratio changed at all.
    """

    quantity: str
    label: str
    convention: str
    unit: str
    before: str
    after: str
    change: str
    better: bool | None
    ratio_before: str
    ratio_after: str
    others: Mapping[str, str]
    changed: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """A ratio before and after, to draw."""

    quantity: str
    label: str
    before: float
    after: float
    better: bool | None


def _differs(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(after - before) > 1e-9 * abs(before)


def _wanted(before: Comparison, after: Comparison, system_id: str, goal: str) -> list[str]:
    """The main rows, the one in question, and every other that the scenario moves."""
    wanted = []
    for row in before.rows:
        name = row.quantity.name
        again = after.row(name)
        values = (row.values[system_id], again.values[system_id])
        if values == (None, None):
            continue
        changed = _differs(*values) or _differs(row.ratios[system_id], again.ratios[system_id])
        if name == goal or (row.quantity.better and (name in MAIN or changed)):
            wanted.append(name)
    return wanted


def moved(
    before: Comparison,
    after: Comparison,
    system_id: str,
    goal: str,
    language: str = "en",
    others: Mapping[str, Comparison] | None = None,
) -> Sequence[Moved]:
    """Every total of a system before and after.

    Parameters
    ----------
    before, after : the comparison as adopted, and with the scenario.
    system_id : whose totals.
    goal : name of the quantity in question, which comes first.
    language : en or zh.
    others : further scenarios by their names, each compared alike.

    Returns
    -------
    rows : the quantity in question, then those that change, then those that do not.
    """
    rows = []
    for name in _wanted(before, after, system_id, goal):
        was, now = before.row(name), after.row(name)
        pair = [was.values[system_id], now.values[system_id]]
        unit, texts = figures.column(was.quantity, pair)
        changed = _differs(*pair) or _differs(was.ratios[system_id], now.ratios[system_id])
        change = figures.change(pair[0], pair[1]) if pair[0] and pair[1] is not None else "–"
        rows.append(
            Moved(
                name,
                after.label(now, language),
                after.convention(now, language),
                unit_of(was, unit, language),
                texts[0],
                texts[1],
                change,
                _better(was.quantity, *pair) if change != "–" else None,
                figures.ratio(was.ratios[system_id]) if system_id != before.baseline else "–",
                figures.ratio(now.ratios[system_id]) if system_id != after.baseline else "–",
                {said: figures.ratio(found.row(name).ratios[system_id]) for said, found in (others or {}).items()},
                changed,
            )
        )
    return sorted(rows, key=lambda row: (row.quantity != goal, not row.changed))


def _better(quantity: names.Quantity, before: float | None, after: float | None) -> bool | None:
    if quantity.better is None or before is None or after is None:
        return None
    return (after > before) == (quantity.better == "higher")


def stretches(rows: Sequence[Moved], before: Comparison, after: Comparison, system_id: str) -> Sequence[Stretch]:
    """The ratios of some rows before and after; only those that have both."""
    drawn = []
    for row in rows:
        was, now = (found.row(row.quantity).ratios[system_id] for found in (before, after))
        if was and now and system_id != before.baseline:
            drawn.append(Stretch(row.quantity, row.label, was, now, row.better))
    return drawn
