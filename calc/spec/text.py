"""YAML text to plain values with the place of each: the only importer of the YAML parser.

Every scalar stays text; its type comes from the schema, so that ``no``, ``12:30`` and ``1e9``
are what they look like. Duplicate keys, anchors, aliases, tags and more than one document are
refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from calc.errors import Fault

__all__ = ["MAX_BYTES", "Parsed", "dump", "parse", "readable"]

MAX_BYTES = 1 << 20
_MAX_DEPTH = 12
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

# What people do who meet these words of the parser.
_REMEDIES = {
    "mapping values are not allowed": "keys of one level start in one column, and words that hold ': ' stand in quotes",
    "tab character": "indent with spaces",
    "cannot start any token": "indent with spaces, and put words that start with a sign in quotes",
    "did not find expected key": "keys of one level start in one column",
    "did not find expected ',' or '}'": "a comma between the keys of { }, and words that hold a comma in quotes",
    "did not find expected ',' or ']'": "a comma between the items of [ ]",
    "could not find expected ':'": "every line is a key, a colon and a space",
}

Place = tuple[int, int]
Path = tuple[str | int, ...]


@dataclass
class Parsed:
    """A file's values, where each stands, and what was wrong with its text."""

    values: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def place(self, path: Path) -> Place:
        """Line and column of the value at `path`, or of the nearest thing above it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))


class _StopError(Exception):
    """The text cannot be read on from here."""


def readable(data: bytes, file: str) -> str | Fault:
    """The text of a file, or why it is none."""
    if len(data) > MAX_BYTES:
        return Fault(file, 1, 1, "", f"is {len(data):,} bytes; a spec file is at most {MAX_BYTES:,}")
    if b"\x00" in data or data[:4] in (b"PK\x03\x04", b"\x89PNG") or data[:2] == b"\x1f\x8b":
        return Fault(file, 1, 1, "", "is not text; a spec file is YAML in UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        column = fault.start - (data.rfind(b"\n", 0, fault.start) + 1) + 1
        return Fault(file, line, column, "", f"byte 0x{data[fault.start]:02x} is not UTF-8; save the file as UTF-8")


def parse(data: bytes | str, file: str) -> Parsed:
    """Read one document.

    Parameters
    ----------
    data : the file's content.
    file : its name, for the faults.

    Returns
    -------
    Parsed : values, places and faults; the values are None where the text cannot be read.
    """
    parsed = Parsed()
    text = readable(data.encode() if isinstance(data, str) else data, file)
    if isinstance(text, Fault):
        parsed.faults.append(text)
        return parsed
    try:
        events = yaml.parse(text, Loader=_LOADER)
        reader = _Reader(events, parsed, file)
        parsed.values = reader.document()
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = str(fault.problem or fault.context)
        remedy = next((f"; {remedy}" for said, remedy in _REMEDIES.items() if said in problem), "")
        parsed.faults.append(Fault(file, line, column, "", f"is not YAML: {problem}{remedy}"))
        parsed.values = None
    except yaml.reader.ReaderError as fault:
        line = text.count("\n", 0, fault.position) + 1
        parsed.faults.append(Fault(file, line, 1, "", f"holds a character that YAML does not allow: {fault.reason}"))
        parsed.values = None
    except _StopError:
        parsed.values = None
    return parsed


def _place(event: Any) -> Place:
    """Line and column of an event, from 1."""
    return event.start_mark.line + 1, event.start_mark.column + 1


class _Reader:
    """Builds values from parse events, so that every key's place and every anchor is seen."""

    def __init__(self, events: Any, parsed: Parsed, file: str) -> None:
        self.events = events
        self.parsed = parsed
        self.file = file

    def fault(self, event: Any, path: Path, message: str) -> None:
        self.parsed.faults.append(Fault(self.file, *_place(event), dotted(path), message))

    def document(self) -> Any:
        values: Any = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.fault(event, (), "holds more than one document; one file is one spec")
                    raise _StopError
            elif isinstance(event, yaml.StreamStartEvent | yaml.StreamEndEvent | yaml.DocumentEndEvent):
                continue
            else:
                values = self.node(event, ())
        return values

    def node(self, event: Any, path: Path) -> Any:
        if len(path) > _MAX_DEPTH:
            self.fault(event, path, f"is nested more than {_MAX_DEPTH} deep")
            raise _StopError
        self.parsed.places.setdefault(path, _place(event))
        if isinstance(event, yaml.AliasEvent):
            self.fault(event, path, f"'*{event.anchor}' is an alias; write the value out, each with its own source")
            return None
        if event.anchor is not None:
            self.fault(event, path, f"'&{event.anchor}' is an anchor; write the value out where it is used")
        if event.tag is not None and event.tag != "!":
            self.fault(event, path, f"'{event.tag}' is a tag; write plain values")
        if isinstance(event, yaml.ScalarEvent):
            return event.value
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
                items.append(self.node(item, (*path, len(items))))
            return items
        return self.mapping(path)

    def mapping(self, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                self.fault(key, path, "has a key that is not a word; a key is one word")
                raise _StopError
            name = key.value
            if name in values:
                first = self.parsed.places[(*path, name)][0]
                self.fault(key, (*path, name), f"stands twice, first in line {first}; keep one")
                self.node(next(self.events), (*path, name, "again"))
                continue
            self.parsed.places[(*path, name)] = _place(key)
            values[name] = self.node(next(self.events), (*path, name))
        return values


def dotted(path: Path) -> str:
    """A path as messages print it.

    >>> dotted(("flop_rate", "bf16", "dense", 0, "value"))
    'flop_rate.bf16.dense[0].value'
    """
    said = ""
    for step in path:
        said += f"[{step}]" if isinstance(step, int) else f".{step}" if said else str(step)
    return said


def dump(values: Any) -> str:
    """Plain values as YAML, in their own order."""
    return yaml.dump(values, Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True, width=100)
