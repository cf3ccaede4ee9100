"""A study's rows, what it would take, and what was written, as tables to print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from calc import figures, names
from calc.errors import CalcError, UnknownNameError
from calc.tables import Table

if TYPE_CHECKING:
    from calc.studies.points import Plan
    from calc.studies.sweep import Estimate, Swept

__all__ = ["edge", "estimated", "rows", "swept"]

_DIGITS = 6


def _gathered(plan: Plan) -> dict[str, NDArray[Any]]:
    """Every column of a study whole; words as words, None where there is none."""
    from calc.studies.points import Words

    chunks = [plan.chunk(number) for number in range(plan.chunks)]
    whole: dict[str, NDArray[Any]] = {}
    for column in plan.columns:
        parts = []
        for chunk in chunks:
            found = chunk[column.name]
            # The place of what has no word is -1, the last of the list.
            parts.append(
                np.array([*found.words, None], dtype=object)[found.codes] if isinstance(found, Words) else found
            )
        whole[column.name] = np.concatenate(parts)
    return whole


def rows(plan: Plan) -> Table:
    """Every point of a study."""
    return _table(plan, _gathered(plan), {})


def edge(plan: Plan, figures_of: Sequence[str]) -> Table:
    """The points of a study that none does better than.

    Parameters
    ----------
    plan : the study's plan.
    figures_of : names of two or three of its results.

    Raises
    ------
    CalcError : where there are not two or three, or one is no number.
    UnknownNameError : where one is no result of the study.
    """
    from calc.studies.frontier import frontier_of
    from calc.studies.points import better_of

    numbers = [column.name for column in plan.columns if column.role == "result" and column.unit]
    for name in figures_of:
        if name not in numbers:
            raise UnknownNameError("number among the results of the study:", name, numbers)
    whole = _gathered(plan)
    front = frontier_of({name: whole[name] for name in figures_of}, {n: better_of(plan.study, n) for n in figures_of})
    kept = np.flatnonzero(front.on_frontier)
    first = figures_of[0]
    kept = kept[np.argsort(whole[first][kept], kind="stable")]
    dominated = {int(place): int(front.dominator[place]) for place in np.flatnonzero(front.dominator >= 0)}
    said = {
        "points": plan.study.points,
        "on_frontier": len(kept),
        "dominated": len(dominated),
        "left_out": int(front.left_out),
        "better": dict(front.better),
    }
    note = (
        f"{len(kept):,} of {plan.study.points:,} points are on the frontier; each of {len(dominated):,} others is"
        f" behind one of them in all of {', '.join(figures_of)}"
    )
    note += f"; {front.left_out:,} lack one." if front.left_out else "."
    table = _table(plan, {name: values[kept] for name, values in whole.items()}, said)
    table.notes = [note]
    return table


def _table(plan: Plan, whole: dict[str, NDArray[Any]], more: dict[str, Any]) -> Table:
    columns = plan.columns
    cells = [
        [None if isinstance(value, float) and np.isnan(value) else value for value in whole[column.name].tolist()]
        for column in columns
    ]
    listed = [list(row) for row in zip(*cells, strict=True)]
    texts, heads = [], []
    for column, values in zip(columns, cells, strict=True):
        head, shown = _column(column.name, column.unit, values)
        heads.append(head)
        texts.append(shown)
    raw = [f"{column.name} [{column.unit}]" if column.unit not in ("", "1") else column.name for column in columns]
    plain = {
        "schema": "podcalc.sweep-rows/1",
        "study": plan.study.plain(),
        "columns": [{"name": column.name, "unit": column.unit, "role": column.role} for column in columns],
        **more,
        "rows": [dict(zip([column.name for column in columns], row, strict=True)) for row in listed],
    }
    right = frozenset(place for place, column in enumerate(columns) if column.unit)
    return Table(heads, list(zip(*texts, strict=True)), plain, plan.study.name, (), right, listed, raw)


def _column(name: str, unit: str, values: list[Any]) -> tuple[str, list[str]]:
    """A column's head with the unit it is shown in, and its cells."""
    if unit == "" or any(isinstance(value, str) for value in values):
        return name, ["–" if value is None else str(value) for value in values]
    path = name.removesuffix(".ratio")
    path = path.partition(":")[2] or path
    if name.endswith(".ratio") or unit == "1":
        return name, ["–" if value is None else f"{value:.{_DIGITS}g}" for value in values]
    # A size that only a workload has is shown as a chip's memory is.
    row = names.QUANTITIES["chip.hbm.capacity"] if unit == "B" else _row(path)
    scale = figures.scale(row, values) if row else None
    shown, factor = (scale.unit, scale.factor) if scale else (unit, 1.0)
    return f"{name} [{shown}]", ["–" if value is None else f"{value * factor:.{_DIGITS}g}" for value in values]


def _row(path: str) -> names.Quantity | None:
    try:
        return names.find(path)
    except CalcError:
        return None


def estimated(found: Estimate) -> Table:
    """What a sweep would take."""
    along = " × ".join(f"{size:,} {name}" for name, size in found.sizes) or "one"
    shown = [
        ["Points", f"{found.points:,}", along],
        ["Chunks", f"{found.chunks:,}", "one Parquet file each"],
        ["Columns", f"{found.columns:,}", ""],
        ["Size", figures.amount(names.find("chip.hbm.capacity"), found.size), "as the first chunk takes"],
        [
            "Time",
            duration(found.time),
            f"with {found.workers} worker{'s' if found.workers > 1 else ''}, as the first chunk takes",
        ],
    ]
    notes = [f"{', '.join(found.unmoved)}: none of the quantities depends on it."] if found.unmoved else []
    return Table(["Sweep", "", ""], shown, found.to_json(), "", notes, frozenset({1}))


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(0.4), duration(75), duration(7200), duration(3e9)
    ('0.4 s', '1.2 min', '2.0 h', '95 years')
    """
    for size, unit in ((365.25 * 86400, "years"), (86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size:
            count = seconds / size
            return f"{count:,.0f} {unit}" if count >= 10 else f"{count:.1f} {unit}"
    return f"{seconds:.2g} s"


def swept(found: Swept) -> Table:
    """What a sweep has written."""
    said = found.manifest
    rate = said["points"] / found.seconds if found.seconds else 0.0
    shown = [
        ["Points", f"{said['points']:,}"],
        ["Chunks", f"{found.written:,} written" + (f", {found.kept:,} kept" if found.kept else "")],
        ["Time", f"{duration(found.seconds)}, {rate:,.0f} points a second"],
        ["Folder", str(found.folder)],
        ["SHA-256", str(said["dataset_sha256"])],
    ]
    return Table(["Sweep", ""], shown, said)
