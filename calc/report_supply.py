"""Who makes systems, and what can still be built, as tables to print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from calc import figures
from calc.tables import Table

if TYPE_CHECKING:
    from calc.studies.supply import Outlook, Step, Supply

__all__ = ["best", "cuts", "outlook", "supply"]

_BUILDABLE = {True: "yes", False: "no", None: "unknown"}


def _share(value: float) -> str:
    return f"{figures.number(value * 100, 1)} %"


def _makers(step: Step) -> str:
    listed = []
    for maker in step.makers:
        where = f" ({maker.country})" if maker.country else ""
        listed.append(
            (maker.company or "unknown")
            + where
            + (f" {maker.process}" if maker.process else "")
            + (", stock only" if maker.stock else "")
        )
    if step.unknown:
        listed.append(f"unknown: {step.unknown}")
    return " or ".join(listed)


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{figures.number(value / 1e15, 1)} PFLOP/s"


def supply(found: Supply) -> Table:
    """A row for each step of each part, then shares by country and supplier, single points and the answer."""
    from calc.studies.narrate_supply import STEPS

    rows: list[list[str]] = [["Parts"]]
    records: list[list[object]] = []
    for step in found.steps:
        made = _makers(step)
        rows.append([f"{step.name}, {STEPS[step.step]['en']}", f"{step.count:,.0f}", _share(step.weight), made])
        records.append([step.part, step.step, step.count, step.weight, made])
    for title, shares, ranges, unknown, ends in (
        ("Countries", found.by_country, found.country_range, found.unknown_country, found.unknown_country_range),
        ("Suppliers", found.by_supplier, found.supplier_range, found.unknown, found.unknown_range),
    ):
        rows.append([title])
        for name, share, (low, high) in (
            *((name, share, ranges[name]) for name, share in shares.items()),
            ("unknown", unknown, ends),
        ):
            rows.append([name, "", _share(share), f"{_share(low)} to {_share(high)}" if low != high else ""])
    rows.append(["Suppliers without an alternative"])
    rows += [
        [one.supplier, f"{one.count:,.0f}", "", f"{STEPS[one.step]['en']} of {one.part}"] for one in found.single_points
    ]
    value, low, high = found.hhi
    known = "unknown" if value is None else figures.number(value, 2)
    notes = [
        *found.sentences(),
        f"Concentration of suppliers (HHI): {known} of what is known, alternatives in equal"
        f" parts; {figures.number(low, 2)} to {figures.number(high, 2)} however alternatives share a step and"
        " whatever the unknown is.",
    ]
    if found.not_weighed:
        notes.append(f"Without a known power, and so not in the shares: {', '.join(found.not_weighed)}.")
    if found.left_out:
        notes.append(f"Origins are not followed for: {', '.join(found.left_out)}.")
    return Table(
        ["What", "Count", "Share", "By whom"], rows, found.to_json(), found.name, notes, frozenset({1, 2}), records,
        ["part", "step", "count", "weight", "makers"],
    )  # fmt: skip


def _without(found: Outlook) -> str:
    return f"Without {', '.join(cut.word for cut in found.cuts)}" if found.cuts else "Nothing cut"


def outlook(found: Outlook) -> Table:
    """A row for each system of the catalogue."""
    from calc.studies.narrate_supply import BASIS, DISCLAIMER, STEPS

    rows, records = [], []
    for one in found.systems:
        missing = ", ".join(f"{STEPS[step.step]['en']} of {step.name}" for step in one.missing)
        rows.append(
            [
                one.name, one.country, _BUILDABLE[one.buildable], _share(one.exposed), _share(one.unknown_country),
                _rate(found.flop_rates[one.system]), missing,
            ]
        )  # fmt: skip
        records.append(
            [
                one.system, one.country, _BUILDABLE[one.buildable], one.exposed, one.unknown_country,
                found.flop_rates[one.system], missing,
            ]
        )  # fmt: skip
    return Table(
        ["System", "Country", "Buildable", "Exposed", "Unknown", "BF16", "Missing"], rows, found.to_json(),
        _without(found), [BASIS[found.weight]["en"], DISCLAIMER["en"]], frozenset({3, 4, 5}), records,
        ["system", "country", "buildable", "exposed", "unknown", "flop_rate", "missing"],
    )  # fmt: skip


def best(found: Outlook) -> Table:
    """A row for each country."""
    from calc.studies.narrate_supply import DISCLAIMER

    rows = [
        [one.country, one.before, one.system or "none for certain", _rate(one.flop_rate), one.perhaps,
         _rate(one.perhaps_flop_rate) if one.perhaps else ""]
        for one in found.best
    ]  # fmt: skip
    records = [
        [one.country, one.before, one.system, one.flop_rate, one.perhaps, one.perhaps_flop_rate] for one in found.best
    ]
    plain = {key: value for key, value in found.to_json().items() if key != "systems"}
    notes = [
        "The best is the system with the highest dense rate of BF16; 'perhaps' is a better one where an unknown origin"
        " decides. A system's size is its maker's choice.",
        DISCLAIMER["en"],
    ]
    return Table(
        ["Country", "Best, nothing cut", "Best that remains", "BF16", "Perhaps", "BF16"], rows, plain,
        _without(found), notes, frozenset({3, 5}), records,
        ["country", "before", "system", "flop_rate", "perhaps", "perhaps_flop_rate"],
    )  # fmt: skip


def cuts(words: Mapping[str, str]) -> Table:
    """A row for each word that may be cut."""
    rows = [[word, meaning] for word, meaning in words.items()]
    notes = ["STEP:WHO cuts one step alone: designed, tools, fabricated, packaged, memory (or hbm), optics."]
    return Table(["Cut", "Meaning"], rows, {"schema": "podcalc.supply-cuts/1", "cuts": dict(words)}, "", notes)
