"""A comparison as a file to keep: its table, and the sources and licences it rests on."""

from __future__ import annotations

from dataclasses import replace

from calc import report, tables
from calc.errors import UnknownNameError
from calc.spec.library import Library
from calc.studies.compare import Comparison

__all__ = ["FILES", "export", "sources"]

FILES = ("csv", "json", "md")
"""Kinds of file a comparison can be exported as."""

_SAID = ("publisher", "title", "date", "url")
_UNLICENSED = "facts, cited"


def sources(found: Comparison) -> list[str]:
    """Ids of the sources that the compared rows rest on, each once."""
    cited: dict[str, None] = {}
    for system in found.systems:
        result = found.results[system.id]
        for row in found.rows:
            for path in result.rests_on(row.quantity.name):
                if path in result.inputs and path not in result.was_set:
                    cited.setdefault(result.inputs[path].source)
    return list(cited)


def export(found: Comparison, library: Library, kind: str = "csv") -> str:
    """A comparison with its sources and licences.

    Parameters
    ----------
    found : the comparison.
    library : where the sources stand.
    kind : one of `FILES`.

    Returns
    -------
    str : the file's text.

    Raises
    ------
    UnknownNameError : where there is no such kind of file.
    """
    if kind not in FILES:
        raise UnknownNameError("kind of file", kind, FILES)
    entries = [(source, library.known_sources.get(source, {})) for source in sources(found)]
    table = report.comparison(found)
    lines = [
        f"{source}: {entry.get('publisher', '')}, {entry.get('title', '')} ({entry.get('date', '')})."
        f" {entry.get('url', '')} Licence: {entry.get('licence', _UNLICENSED)}."
        for source, entry in entries
    ]
    if kind == "md":
        return (
            tables.render(replace(table, notes=[*table.notes, "Sources", *[f"- {line}" for line in lines]]), "md")
            + "\n"
        )
    if kind == "json":
        listed = [
            {"id": source, **{key: entry[key] for key in (*_SAID, "licence") if key in entry}}
            for source, entry in entries
        ]
        return tables.render(replace(table, plain={**table.plain, "sources": listed}), "json") + "\n"
    cited = [
        [source, *(str(entry.get(key, "")) for key in _SAID), entry.get("licence", _UNLICENSED)]
        for source, entry in entries
    ]
    second = tables.Table(["source", *_SAID, "licence"], cited, {})
    return f"{tables.render(table, 'csv')}\n\n{tables.render(second, 'csv')}\n"
