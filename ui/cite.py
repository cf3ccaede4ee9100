"""Sources as links, with where in them a figure stands."""

from __future__ import annotations

from html import escape

import calc

__all__ = ["cited", "reading", "title"]


def title(source_id: str, library: calc.Library) -> str:
    """Who published a source, and when."""
    source = library.known_sources.get(source_id, {})
    return ", ".join(str(source[key]) for key in ("publisher", "date") if key in source) or source_id


def cited(source_id: str, library: calc.Library, at: str = "", place: str = "", note: str = "") -> str:
    """A source as HTML: a link to it, the locator, the place in our own files, and the note."""
    said = escape(title(source_id, library))
    address = str(library.known_sources.get(source_id, {}).get("url", ""))
    if address.startswith(("https://", "http://")):
        said = f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{said}</a>'
    return " · ".join([said, *(escape(text) for text in (at, place, note) if text)])


def reading(datum: calc.Datum, library: calc.Library) -> str:
    """The source of one reading as HTML."""
    return cited(datum.source, library, datum.at, f"{datum.file}:{datum.line}" if datum.file else "", datum.note)
