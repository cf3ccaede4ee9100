"""Tables as text, JSON, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FORMATS", "MARKS", "Table", "render"]

FORMATS = ("table", "json", "csv", "md")

MARKS = {
    "measured": "\u25cf", "datasheet": "\u25cf",
    "derived": "\u25d0", "reported": "\u25d0",
    "estimated": "\u25cb", "assumed": "\u25cb",
}  # fmt: skip
"""A mark for each confidence: full, half and empty."""


@dataclass
class Table:
    """Rows to print, and the same as plain values.

    Attributes
    ----------
    columns : heads, in order.
    rows : cells as text; a row of one cell is the head of a group.
    plain : what JSON prints.
    title : a line above.
    notes : lines below.
    right : indices of columns to align right.
    records : rows for CSV where they differ from `rows`, such as unrounded numbers.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    plain: dict[str, Any]
    title: str = ""
    notes: Sequence[str] = ()
    right: frozenset[int] = frozenset()
    records: Sequence[Sequence[Any]] | None = None
    record_columns: Sequence[str] = field(default_factory=tuple)


def render(table: Table, kind: str) -> str:
    """A table in one of `FORMATS`, without the last newline."""
    if kind == "json":
        return json.dumps(table.plain, ensure_ascii=False, indent=1, allow_nan=False)
    if kind == "csv":
        return _csv(table)
    if kind == "md":
        return _markdown(table)
    return _text(table)


def _safe(cell: Any) -> Any:
    """A cell that a spreadsheet takes for text, whatever a spec file's author put there."""
    return "'" + cell if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and len(cell) > 1 else cell


def _csv(table: Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.record_columns or table.columns)
    for row in table.records if table.records is not None else [row for row in table.rows if len(row) > 1]:
        writer.writerow(["" if cell is None else _safe(cell) for cell in row])
    return out.getvalue().rstrip("\n")


def _escaped(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def _aligned(table: Table, heads: Sequence[str], rows: Sequence[Sequence[str]], style: str) -> str:
    from tabulate import tabulate

    aligned = ["right" if i in table.right else "left" for i in range(len(heads))]
    return tabulate(rows, heads, tablefmt=style, disable_numparse=True, colalign=aligned)


def _markdown(table: Table) -> str:
    empty = [""] * (len(table.columns) - 1)
    rows = [
        [f"**{_escaped(row[0])}**", *empty] if len(row) == 1 else [_escaped(cell) for cell in row] for row in table.rows
    ]
    grid = _aligned(table, [_escaped(column) for column in table.columns], rows, "pipe")
    return "\n\n".join(filter(None, [table.title, grid, *table.notes]))


def _text(table: Table) -> str:
    empty = [""] * (len(table.columns) - 1)
    rows: list[Sequence[str]] = []
    for row in table.rows:
        if len(row) == 1:
            rows += [["", *empty]] if rows else []
            rows.append([row[0], *empty])
        else:
            rows.append(row)
    grid = "\n".join(line.rstrip() for line in _aligned(table, table.columns, rows, "plain").splitlines())
    return "\n\n".join(filter(None, [table.title, grid, "\n".join(table.notes)]))
