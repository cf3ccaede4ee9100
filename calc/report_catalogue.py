"""What the catalogue holds, what a change does to it, and where others disagree, as tables to print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from calc import figures, names
from calc.tables import Table

if TYPE_CHECKING:
    from calc.studies.catalogue_import import Brought
    from calc.studies.coverage import Coverage, Covered
    from calc.studies.spec_change import Effect, SpecChange

__all__ = ["brought", "change", "coverage", "coverage_of_specs"]


_MOST = 6


def _share(value: float) -> str:
    return f"{figures.number(value * 100, 0)} %"


def _gap(value: float) -> str:
    return f"{value * 100:+.1f} %"


def _counts(row: Covered) -> list[str]:
    return [str(row.total), _share(row.share), *(str(count or "–") for count in row.known.values()), str(row.absent)]


def _row(row: Covered, what: str) -> dict[str, Any]:
    return {
        "kind": row.kind, what: row.name, "of": row.of, "known": row.total, "share": row.share,
        "by_confidence": dict(row.known), "absent_with_reason": row.absent, "sources": row.sources,
        "with_several_readings": row.disputed,
    }  # fmt: skip


def _covered(found: Coverage, rows: Sequence[Covered], what: str, title: str) -> Table:
    kinds = list(dict.fromkeys(row.kind for row in rows))
    printed: list[list[str]] = []
    for kind in kinds:
        total = found.total(kind)
        printed.append([f"{names.KINDS[kind]}: {_share(total.share)} of {total.of:,}"])
        printed += [[row.name, *_counts(row)] for row in rows if row.kind == kind]
    heads = ["known", "share", *names.CONFIDENCES, "absent, with reason"]
    said = f"{len(found.unsourced)} figures without a source" if found.unsourced else "No figure is without a source."
    notes = [said, *found.unsourced]
    plain = {
        "schema": "podcalc.coverage/1",
        "rows": [_row(row, what) for row in rows],
        "totals": [_row(found.total(kind), what) for kind in kinds],
        "unsourced": list(found.unsourced),
    }
    records = [
        [row.kind, row.name, row.of, row.total, row.share, *row.known.values(), row.absent, row.sources, row.disputed]
        for row in rows
    ]
    return Table(
        [title, *heads], printed, plain, "", notes, frozenset(range(1, len(heads) + 1)), records,
        ["kind", what, "of", "known", "share", *names.CONFIDENCES, "absent_with_reason", "sources",
         "with_several_readings"],
    )  # fmt: skip


def coverage(found: Coverage) -> Table:
    """A row for each figure of each kind of spec."""
    return _covered(found, found.figures, "figure", "Figure")


def coverage_of_specs(found: Coverage) -> Table:
    """A row for each spec."""
    return _covered(found, found.specs, "spec", "Spec")


def _value(value: float | None, row: names.Quantity) -> str:
    return "–" if value is None else figures.amount(row, value)


def _together(effects: Sequence[Effect]) -> list[tuple[Effect, int]]:
    """Effects on one quantity by one ratio together: the first, and in how many other number formats it is the same."""
    first: dict[tuple[str, str], list[Effect]] = {}
    for one in effects:
        by = f"{one.ratio:.9g}" if one.ratio is not None else str((one.before is None, one.after is None))
        first.setdefault((one.quantity.name, by), []).append(one)
    return [(alike[0], len(alike) - 1) for alike in first.values()]


def change(found: SpecChange) -> Table:
    """What a spec says otherwise, and what comes out otherwise."""
    rows: list[list[str]] = [["Inputs"]]
    for one in found.inputs:
        ratio = figures.ratio(one.ratio) if one.ratio is not None and one.ratio != 1.0 else ""
        rows.append([one.path, one.before[:60] or "–", one.after[:60] or "–", ratio, one.why])
    for system in found.systems:
        if system in found.lost:
            rows += [[system], ["cannot be put together any more", "", "", "", ""]]
            continue
        mine = [effect for effect in found.effects if effect.system == system]
        rows.append([system])
        for effect, alike in _together(mine):
            row = effect.quantity
            ratio = figures.ratio(effect.ratio) if effect.ratio is not None else ""
            said = f"{effect.precision}; by as much in {alike} other formats" if alike else effect.precision
            rows.append([row.name, _value(effect.before, row), _value(effect.after, row), ratio, said])
        if not mine:
            rows.append(["nothing comes out otherwise", "", "", "", ""])
    notes = []
    if not found.inputs:
        notes.append("The two say the same.")
    if not found.systems:
        notes.append(f"No system uses this {found.kind}.")
    inputs = [
        {"path": one.path, "before": one.before, "after": one.after, "ratio": one.ratio, "why": one.why}
        for one in found.inputs
    ]
    effects = [
        {
            "system": one.system, "quantity": one.quantity.name, "unit": one.quantity.unit, "format": one.precision,
            "before": one.before, "after": one.after, "ratio": one.ratio,
        }
        for one in found.effects
    ]  # fmt: skip
    plain = {
        "schema": "podcalc.diff/1", "kind": found.kind, "id": found.id, "old": found.old, "new": found.new,
        "inputs": inputs, "systems": list(found.systems), "effects": effects, "lost": list(found.lost),
    }  # fmt: skip
    records = [
        *(["", one.path, "", "", one.before, one.after, one.ratio] for one in found.inputs),
        *(
            [one.system, one.quantity.name, one.quantity.unit, one.precision, one.before, one.after, one.ratio]
            for one in found.effects
        ),
    ]
    return Table(
        ["", "Before", "After", "Ratio", ""], rows, plain, f"{found.kind} {found.id}", notes, frozenset({1, 2, 3}),
        records, ["system", "quantity", "unit", "format", "before", "after", "ratio"],
    )  # fmt: skip


def brought(found: Brought, folder: str | None, *, everything: bool = False) -> Table:
    """Where another catalogue disagrees with ours, and what was left out of it."""
    shown = [one for one in found.agreements if everything or not one.agrees]
    rows = []
    for one in shown:
        row = names.find(f"chip.{one.path}")
        why = one.explained or (f"as our other reading: {', '.join(one.also)}" if one.also else "")
        mark = "" if one.agrees else why or "not explained"
        rows.append([one.chip, one.path, _value(one.theirs, row), _value(one.ours, row), _gap(one.gap), mark])
    apart = [one for one in found.agreements if not one.agrees]
    source = found.source
    notes = [
        f"{len(found.agreements)} figures of {len(found.matched)} chips in both; {len(found.agreements) - len(apart)}"
        f" agree within 2 %, {sum(one.settled for one in apart)} do not and are explained,"
        f" {sum(not one.settled for one in apart)} are not explained.",
        *_left_out(found),
        f"{source['publisher']}, {source['title']}. {source['url']} Licence: {source['licence']}.",
        f"{found.chips} chips and their source written to {folder}; use them with --specs {folder}."
        if folder
        else f"{found.chips} chips can be written: --to DIR.",
    ]
    listed = [
        {
            "name": one.name, "chip": one.chip, "path": one.path, "unit": names.find(f"chip.{one.path}").unit,
            "theirs": one.theirs, "ours": one.ours, "gap": one.gap, "agrees": one.agrees, "also": list(one.also),
            "explained": one.explained,
        }
        for one in found.agreements
    ]  # fmt: skip
    skipped = [{"name": one.name, "path": one.path, "reason": one.reason} for one in found.skipped]
    plain = {
        "schema": "podcalc.import/1", "catalogue": found.catalogue, "source": dict(source), "chips": found.chips,
        "written_to": folder, "rows": listed, "skipped": skipped,
    }  # fmt: skip
    records = [
        [row["name"], row["chip"], row["path"], row["unit"], row["theirs"], row["ours"], row["gap"], row["explained"]]
        for row in listed
    ]
    return Table(
        ["Chip", "Figure", "Theirs", "Ours", "Gap", "Why"], rows, plain, "", notes, frozenset({2, 3, 4}), records,
        ["name", "chip", "figure", "unit", "theirs", "ours", "gap", "explained"],
    )  # fmt: skip


def _left_out(found: Brought) -> list[str]:
    """What was skipped, one line for each reason."""
    reasons: dict[str, list[str]] = {}
    for one in found.skipped:
        what = f"{one.path}: {one.reason}" if one.path else one.reason
        reasons.setdefault(what, []).append(one.name)
    return [
        f"Left out, {what}: {', '.join(who[:_MOST])}{f' and {len(who) - _MOST} more' if len(who) > _MOST else ''}."
        for what, who in reasons.items()
    ]
