"""Costs as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from calc import figures, names
from calc.names import Quantity
from calc.tables import MARKS, Table

if TYPE_CHECKING:
    from calc.studies.economics import Cost, Costs, Span

__all__ = ["costs"]

_HOUR = 3600.0
_PARTS = {
    "price_written_off": "Price written off",
    "electricity_equipment": "Electricity of the equipment",
    "electricity_overhead": "Electricity of cooling and losses",
    "hosting": "Hosting",
    "spares": "Spares and repairs",
    "network": "Network written off",
}


def _row(name: str, unit: str, label: str, shown: str = "", factor: float = 1.0) -> Quantity:
    return Quantity(name, unit, label, label, "", "", shown=shown, factor=factor)


_BUYS = (
    _row("systems", "1", "Systems"),
    _row("chips", "1", "Accelerators"),
    _row("flop_rate", "FLOP/s", "{precision} throughput"),
    _row("price", "USD", "Price"),
    _row("power", "W", "Power, facility"),
    _row("cost_per_year", "USD", "Cost per year"),
    _row("co2_per_year", "kg", "CO2 per year", "t", 1e-3),
)


def _cells(row: Quantity, spans: Sequence[Span]) -> tuple[str, list[str]]:
    """A unit, and each figure with its band behind it."""
    known = [value for one in spans for value in (one.value, one.low, one.high)]
    unit, texts = figures.column(row, known)
    cells = []
    for place, one in enumerate(spans):
        value, low, high = texts[3 * place : 3 * place + 3]
        cells.append(value if one.low == one.high else f"{value} ({low} – {high})")
    return unit, cells


def _named(found: Costs) -> list[tuple[str, Quantity, list[Span]]]:
    """Every row: its group, its quantity, and a figure of each system."""
    every = found.systems
    rows = [
        ("Cost", _row("per_hour", "USD", "Per system-hour", "USD", 1.0), [one.per_hour for one in every]),
        *(
            ("Cost", _row(name, "USD", f"  {label}", "USD", 1.0), [one.parts.get(name) or _none() for one in every])
            for name, label in _PARTS.items()
            if any(name in one.parts for one in every)
        ),
        (
            "Cost",
            _row("per_pflop_hour", "USD", f"Per {found.precision.upper()} PFLOP/s-hour", "USD", 1.0),
            [one.per_pflop_hour for one in every],
        ),
        (
            "Cost",
            _row("per_accelerator_hour", "USD", "Per accelerator-hour", "USD", 1.0),
            [one.per_accelerator_hour for one in every],
        ),
        ("Emissions", _row("co2_per_hour", "kg", "CO2 per hour", "kg", 1.0), [one.co2_per_hour for one in every]),
    ]
    if found.limit is not None:
        amount = figures.amount(_row("limit", found.limit.unit, ""), found.limit.amount)
        group = f"What {amount} {'buys' if found.limit.kind == 'budget' else 'feeds'}"
        for row in _BUYS:
            label = row.en.format(precision=found.precision.upper())
            spans = [_none() if one.buys is None else getattr(one.buys, row.name) for one in every]
            rows.append((group, _row(row.name, row.unit, label, row.shown, row.factor), spans))
    return rows


def _assumptions(every: Sequence[Cost]) -> list[list[str]]:
    paths = list(dict.fromkeys(path for one in every for path in one.assumptions))
    rows = []
    for path in paths:
        row = names.find(path)
        values = [one.assumptions[path]["value"] if path in one.assumptions else None for one in every]
        unit, texts = figures.column(row, values)
        cells = []
        for text, one in zip(texts, every, strict=True):
            said = one.assumptions.get(path)
            mark = MARKS.get(said["confidence"] or "", "") if said else ""
            cells.append(f"{text} {mark}, {said['source'] or 'set'}" if said else text)
        rows.append([row.en, unit, *cells])
    return rows


def _none() -> Span:
    from calc.studies.economics import Span

    return Span(None, None, None)


def _left_out(every: Sequence[Cost], titles: dict[str, str]) -> list[str]:
    """What the costs leave out, once where it is the same for all, and how to count it."""
    of_all = dict.fromkeys("; ".join(one.left_out) for one in every)
    if len(of_all) == 1:
        said = [f"Left out, as no source gives it for each system: {next(iter(of_all))}."]
    else:
        said = [f"Left out for {titles[one.system.id]}: {'; '.join(one.left_out)}." for one in every]
    open_parts = [part for part in _SETTINGS if any(part not in one.parts for one in every)]
    if open_parts:
        settings = ", ".join(f"--set '{_SETTINGS[part]}'" for part in open_parts)
        said.append(f"To count them, with figures of your own: {settings}.")
    if not any("share_in_use" in one.assumptions for one in every):
        said.append("Taken to be in use in every hour; --set share_in_use=0.7 for less.")
    return said


_SETTINGS = {
    "hosting": "hosting_price=184 USD/kW/month",
    "spares": "spares_share=0.05",
    "network": "network_price=1 MUSD",
}


def costs(found: Costs) -> Table:
    """What systems cost and emit, with what it rests on, and what a limit buys."""
    from calc.studies import narrate_economics

    every = found.systems
    titles = {one.system.id: one.system.short for one in every}
    rows: list[list[str]] = []
    records: list[list[str | float | None]] = []
    group = ""
    for named, row, spans in _named(found):
        if named != group:
            group = named
            rows.append([group])
        unit, cells = _cells(row, spans)
        rows.append([row.en, unit, *cells])
        records += [
            [row.name, row.unit, one.system.id, one.region, span.value, span.low, span.high]
            for one, span in zip(every, spans, strict=True)
        ]
    rows += [["What it rests on"], *_assumptions(every)]
    notes = [
        f"In brackets where 80 % of {found.draws:,} draws of seed {found.seed} lie; where the"
        " figure adopted is outside of that, the bracket ends at the figure.",
        *_left_out(every, titles),
    ]
    for one in every:
        wider = [path for path, said in one.assumptions.items() if said["region"] not in (None, one.region)]
        if wider:
            taken = ", ".join(f"{names.find(path).en} of {one.assumptions[path]['region']}" for path in wider)
            notes.append(f"Not sourced for {one.region} and taken from around it: {taken}.")
        for path in ("price", "power.all_in", "electricity_price", "grid_carbon_intensity"):
            said = one.assumptions.get(path, {})
            if said.get("note"):
                whose = said["region"] or (titles[one.system.id] if path in ("price", "power.all_in") else one.region)
                notes.append(f"{names.find(path).en} of {whose}: {said['note']}.")
        reasons = dict.fromkeys(one.missing.values())
        if reasons:
            what = "cost" if "per_hour" in one.missing else "figure"
            notes.append(f"{titles[one.system.id]} has no {what} here: {'; '.join(reasons)}.")
            if "price_written_off" in one.missing:
                notes.append(f"A price can be set: --set '{one.system.id.partition('@')[0]}:price=1 MUSD'.")
        if found.limit is not None and one.buys is None:
            by = "price" if found.limit.kind == "budget" else "all-in power"
            notes.append(f"How many of {titles[one.system.id]} it comes to is not known without its {by}.")
        if one.buys is not None and one.buys.systems.value == 0:
            notes.append(f"It is not enough for one {titles[one.system.id]}.")
    for pair in found.against:
        notes += narrate_economics.against(pair, titles)
    where = list(dict.fromkeys(one.region for one in every if "@" not in one.system.id))
    sparsity = "2:4-sparse" if found.sparse else "dense"
    title = f"{' and '.join(titles.values())}: {', '.join([found.precision.upper(), sparsity, *where])}"
    return Table(
        ["", "", *titles.values()], rows, found.to_json(), title, notes, frozenset(range(2, 2 + len(every))), records,
        ["quantity", "unit", "system", "region", "value", "low", "high"],
    )  # fmt: skip
