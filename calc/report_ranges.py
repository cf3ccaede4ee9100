"""Bands, sensitivities, break-evens, frontiers and sweeps, as tables to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from calc import figures, names
from calc.spec.system import System
from calc.tables import Table

if TYPE_CHECKING:
    from calc.studies.break_even import BreakEven, BreakEvenLine
    from calc.studies.frontier import Frontier, Point
    from calc.studies.outcomes import Outcome
    from calc.studies.sensitivity import Sensitivity
    from calc.studies.uncertainty import Band, Bands, Odds

__all__ = ["bands", "break_even", "break_even_line", "frontier", "sensitivity", "what_would_have_to_be_true"]

_NEAREST = 3
_MOST_NAMED = 3
_BREAK_EVEN = ("of", "path", "unit", "value", "adopted", "factor", "low", "high", "published low", "published high")


def _level_on(one: BreakEven | BreakEvenLine, pair: Sequence[System], precision: str) -> str:
    from calc.studies.narrate_what_if import label_in_words

    short = {each.id: each.short for each in pair}
    label = label_in_words(one.outcome.en, one.outcome.zh, precision)
    return f"{short[one.system]} and {short[one.baseline]}, level on {label}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _level_row(one: BreakEven, pair: Sequence[System], precision: str) -> list[str]:
    from calc.studies.narrate_break_even import input_in_words

    ends = one.published or (None, None)
    unit, texts = figures.column(names.find(one.path), [one.value, one.adopted, *ends])
    said = [text if text == "–" else f"{text} {unit}".strip() for text in texts]
    alone = one.published is not None and one.published[0] == one.published[1]
    sources = "–" if one.published is None else said[2] if alone else f"{texts[2]} – {said[3]}"
    of = next(each for each in pair if each.id == one.of)
    within = {True: "within", False: "outside", None: ""}[one.within]
    return [
        _capital(input_in_words(one.path, of, precision)),
        of.short,
        said[0],
        said[1],
        figures.ratio(one.factor),
        sources,
        within,
    ]


def _levels(found: Sequence[BreakEven], pair: Sequence[System], precision: str) -> Table:
    records = [
        [one.of, one.path, names.find(one.path).unit, one.value, one.adopted, one.factor, one.low, one.high]
        for one in found
    ]
    for record, one in zip(records, found, strict=True):
        record += one.published or (None, None)
    columns = ["Input", "Of", "Level at", "Instead of", "Factor", "Sources say", ""]
    rows = [_level_row(one, pair, precision) for one in found]
    return Table(columns, rows, {}, "", (), frozenset({2, 3, 4, 5}), records, _BREAK_EVEN)


def break_even(found: BreakEven, pair: Sequence[System], precision: str) -> Table:
    """Where an input makes two systems level."""
    from calc.studies.narrate import plain
    from calc.studies.narrate_break_even import would_be_level

    table = _levels([found], pair, precision)
    table.plain = found.to_json()
    table.title = _level_on(found, pair, precision)
    table.notes = [plain(would_be_level(found, pair, precision))]
    return table


def what_would_have_to_be_true(found: Sequence[BreakEven], asked: Mapping[str, str], pair: Sequence[System]) -> Table:
    """The value of every input that would make two systems level, the nearest first.

    Parameters
    ----------
    found : as `calc.studies.break_even.what_would_have_to_be_true` gives it.
    asked : the quantity and the number format.
    pair : the two systems.
    """
    from calc.studies.narrate import plain
    from calc.studies.narrate_break_even import nothing_in_range, would_be_level

    precision = asked["precision"]
    reached = [one for one in found if one.value is not None]
    table = _levels(found, pair, precision)
    table.rows = [_level_row(one, pair, precision) for one in reached]
    table.plain = {
        "schema": "podcalc.break-even-inputs/1",
        "system": pair[0].id,
        "baseline": pair[1].id,
        "quantity": asked["quantity"],
        "rows": [{key: value for key, value in one.to_json().items() if key not in _SAID_ONCE} for one in found],
    }
    said = [plain(would_be_level(one, pair, precision)) for one in reached[:_NEAREST]]
    table.notes = list(filter(None, [*dict.fromkeys(said), nothing_in_range(found, pair, precision)]))
    if found:
        table.title = _level_on(found[0], pair, precision)
    else:
        table.notes = [f"No input moves the ratio of {pair[0].short} and {pair[1].short} on {asked['quantity']}."]
    return table


_SAID_ONCE = ("schema", "system", "baseline", "quantity")


def break_even_line(found: BreakEvenLine, pair: Sequence[System], precision: str) -> Table:
    """Where an input makes two systems level, for each value of another."""
    from calc.studies.narrate_break_even import input_in_words

    of = next(each for each in pair if each.id == found.of)
    named, colon, bare = found.along.partition(":")
    path = bare if colon else found.along
    across, up = names.find(path), names.find(found.path)
    across_unit, at = figures.column(across, found.at.tolist())
    values = [None if value != value else value for value in found.value.tolist()]
    unit, texts = figures.column(up, [*values, found.adopted, found.low, found.high])
    other = next((each for each in pair if each.id == named), pair[0])
    moved = f"{_capital(input_in_words(path, other, precision))} of {other.short if colon else 'both'}"
    sought = f"{input_in_words(found.path, of, precision)} of {of.short}"
    heads = [
        ", ".join(filter(None, [moved, across_unit])),
        ", ".join(filter(None, [f"Level at {sought}", unit])),
        "Factor",
        "Ratio as adopted",
    ]
    factors = [value / found.adopted if value is not None and found.adopted else None for value in values]
    rows = [
        [place, text, figures.ratio(factor), figures.ratio(ratio)]
        for place, text, factor, ratio in zip(at, texts, factors, found.ratio.tolist(), strict=False)
    ]
    notes = []
    if found.adopted is not None:
        notes.append(f"Adopted: {texts[-3]} {unit}".strip() + ".")
    if None in values:
        notes.append(f"–: no value in {texts[-2]} – {texts[-1]} {unit}".strip() + " makes them level.")
    records = [
        [place, value, factor, ratio if ratio == ratio else None]
        for place, value, factor, ratio in zip(found.at.tolist(), values, factors, found.ratio.tolist(), strict=True)
    ]
    return Table(
        heads, rows, found.to_json(), _level_on(found, pair, precision), notes, frozenset({0, 1, 2, 3}), records,
        [f"{found.along} {across.unit}", f"{found.of}:{found.path} {up.unit}", "factor", "ratio"],
    )  # fmt: skip


def _row_of(outcome: Outcome) -> names.Quantity:
    row = names.QUANTITIES.get(outcome.name)
    return row or names.Quantity(outcome.name, outcome.unit, outcome.en, outcome.zh, "", "")


def _by_whom(point: Point, titles: Mapping[str, str]) -> str:
    if point.on_frontier:
        return "on the frontier"
    named = [titles[other] for other in point.dominated_by[:_MOST_NAMED]]
    more = len(point.dominated_by) - len(named)
    return f"behind {', '.join(named)}" + (f" and {more} more" if more else "")


def frontier(found: Frontier, precision: str) -> Table:
    """Systems by two or three figures: on the frontier, or by whom dominated."""
    from calc.studies.narrate_what_if import label_in_words

    points = list(found.points)
    titles = {point.id: point.name for point in points}
    heads, columns, goals = ["System"], [], []
    for number, (outcome, way) in enumerate(zip(found.outcomes, found.better, strict=True)):
        unit, texts = figures.column(_row_of(outcome), [point.values[number] for point in points])
        label = outcome.en.format(precision=precision.upper(), pue="", currency_year="")
        heads.append(", ".join(filter(None, [label, unit])))
        columns.append(texts)
        goals.append(f"{'less' if way == 'lower' else 'more'} {label_in_words(outcome.en, outcome.zh, precision)}")
    rows = [[point.name, *cells, _by_whom(point, titles)] for point, *cells in zip(points, *columns, strict=True)]
    notes = [
        f"Behind: another is at least as good in all and better in one, the nearest first. Better: {'; '.join(goals)}."
    ]
    if found.assumed:
        notes.append(f"Neither way of {', '.join(found.assumed)} is better; less is counted as better.")
    if found.left_out:
        reasons: dict[str, list[str]] = {}
        for system_id, reason in found.left_out.items():
            reasons.setdefault(reason, []).append(system_id)
        notes.append("Left out: " + "; ".join(f"{', '.join(ids)} ({reason})" for reason, ids in reasons.items()) + ".")
    records = [
        [point.id, *point.values, "yes" if point.on_frontier else "no", " ".join(point.dominated_by)]
        for point in points
    ]
    named = [f"{one.name} {one.unit}" for one in found.outcomes]
    edge = sum(point.on_frontier for point in points)
    title = f"{edge} of {len(points)} system{'s' * (len(points) != 1)} on the frontier"
    if not points:
        title = "No system has all of these figures"
    return Table(
        [*heads, ""], rows, found.to_json(), title, notes, frozenset(range(1, 1 + len(named))), records,
        ["system", *named, "on frontier", "dominated by"],
    )  # fmt: skip


def bands(found: Bands, odds: Sequence[Odds]) -> Table:
    """A comparison with the bands of its values and ratios, and statements with their probability."""
    from calc.studies.shown import unit_of

    both = found.comparison
    ids = [system.id for system in both.systems]
    others = [one for one in ids if one != both.baseline]
    titles = both.titles
    heads = ["Quantity", "Unit", *(titles[one] for one in ids)]
    heads += [f"{titles[one]} ratio" if len(others) > 1 else "Ratio" for one in others]
    rows: list[list[str]] = []
    records: list[list[str | float | None]] = []
    group = ""
    for row in both.rows:
        name = row.quantity.name
        values, ratios = found.values.get(name, {}), found.ratios.get(name, {})
        if not values:
            continue
        if row.quantity.group != group:
            group = row.quantity.group
            # Results of a workload are in none.
            if group in names.GROUPS:
                rows.append([names.GROUPS[group][0]])
        known = [value for one in values.values() for value in (one.adopted, one.low, one.high)]
        unit, texts = figures.column(row.quantity, known)
        shown = dict(zip(values, zip(*[iter(texts)] * 3, strict=True), strict=True))
        cells = [both.label(row), unit_of(row, unit)]
        cells += [_band(shown[one], values[one]) if one in values else "–" for one in ids]
        for one in others:
            band = ratios.get(one)
            ends = [figures.ratio(value) for value in (band.adopted, band.low, band.high)] if band else []
            cells.append(_band(ends, band) if band else "–")
        rows.append(cells)
        for kind, listed in (("value", values), ("ratio", ratios)):
            for one, band in listed.items():
                records.append([name, row.unit if kind == "value" else "1", kind, one, *band.to_json().values()])
    share = figures.number(found.interval * 100, 0)
    notes = [
        f"In brackets where {share} % of {found.draws:,} draws of seed {found.seed} lie, behind the figure as adopted."
        f" {found.drawn} figures with a range were drawn, each once; what one source says of one thing moves together."
        f" {found.exact} figures without a range are taken as exact. A figure outside its brackets rests on readings"
        " that stand at an end of their ranges.",
        *(one.en for one in odds),
    ]
    plain = {**found.to_json(), "odds": [one.to_json() for one in odds]}
    right = frozenset(range(2, 2 + len(ids) + len(others)))
    title = f"{', '.join(titles[one] for one in ids)}: {both.scenario.precision.upper()}"
    columns = ["quantity", "unit", "of", "system", "adopted", "median", "low", "high"]
    return Table(heads, rows, plain, title, notes, right, records, columns)


def _band(texts: Sequence[str], band: Band) -> str:
    """The figure as adopted, and where it lies, from the texts of the three."""
    adopted, low, high = texts
    return adopted if band.low == band.high else f"{adopted} ({low} – {high})"


def _points(found: Sensitivity) -> str:
    """The widest half interval of the shares, in points of a per cent."""
    widest = 100.0 * max(max(one.first_error, one.total_error) for one in found.shares)
    return "0.1 points" if widest < 0.1 else f"{figures.number(widest, 1)} points"


def sensitivity(found: Sensitivity, top: int) -> Table:
    """What an answer hangs on: each figure at its ends, and shares of the variance."""
    from calc.studies.sensitivity import known

    short = found.titles

    def said(value: float) -> str:
        if known(value) is None:
            return "–"
        return figures.ratio(value) if found.baseline else figures.amount(_row_of(found.outcome), value)

    by_swing = {place: share for share in found.shares for place in share.swings}
    rows = []
    for place, one in enumerate(found.swings[:top]):
        share = by_swing[place]
        low, high = one.ends()
        rows.append(
            [
                ", ".join(short[system] for system in one.systems), one.en, f"{low} – {high}", said(one.at_low),
                said(one.at_high), f"{share.first * 100.0:.0f} %", f"{share.total * 100.0:.0f} %", one.source,
            ]
        )  # fmt: skip
    of = f"{short[found.system]} over {short[found.baseline]}" if found.baseline else short[found.system]
    hidden = len(found.swings) - len(rows)
    notes = [found.sentence()]
    if found.swings:
        notes.append(
            f"Shares of the variance over {found.draws:,} draws of seed {found.seed}: first by itself, total with what"
            " it does together with others; figures that one source gives of one thing move together and share theirs."
            f" Each is right within {_points(found)} in 19 of 20 such draws."
        )
    notes += [f"{hidden} more move it less; --top {len(found.swings)} shows them."] if hidden else []
    records = [
        [" ".join(one.systems), one.path, one.unit, one.value, one.low, one.high, known(one.at_low), known(one.at_high),
         by_swing[place].first, by_swing[place].total, by_swing[place].first_error, by_swing[place].total_error,
         one.source]
        for place, one in enumerate(found.swings)
    ]  # fmt: skip
    columns = ["systems", "path", "unit", "value", "low", "high", "at low", "at high", "first", "total"]
    columns += ["first error", "total error", "source"]
    label = found.outcome.en.format(precision=found.precision.upper(), pue="", currency_year="")
    heads = ["System", "Figure", "Range", "at low", "at high", "First", "Total", "Source"] if rows else []
    return Table(
        heads, rows, found.to_json(),
        f"{label}, {of}: {said(found.adopted)} as adopted", notes, frozenset({2, 3, 4, 5, 6}), records, columns,
    )  # fmt: skip
