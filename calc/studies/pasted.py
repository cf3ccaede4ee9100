"""Spec files that somebody pastes or uploads: told apart, checked with the catalogue, faults beside the text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from calc.errors import Fault
from calc.spec.library import open_library

__all__ = ["MOST_FILES", "Checked", "Quoted", "check", "decode", "quote", "split", "start"]

MOST_FILES = 20
"""Files that one session may hold."""

_MOST_CHARACTERS = 2 << 20
_HEAD = re.compile(r"^#[ \t]*file:[ \t]*(\S+)[ \t]*$", re.MULTILINE)
_NAMED = re.compile(r"^name:[ \t]*[\"']?(.{1,120}?)[\"']?[ \t]*$", re.MULTILINE)
_KIND = re.compile(r"^kind:", re.MULTILINE)
_SOURCE = re.compile(r"^[ \t]+publisher:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Quoted:
    """A fault with the line that it is about.

    Attributes
    ----------
    fault : the fault.
    line : the line of the file, shortened where it is long.
    caret : as many spaces as stand before the place in that line, then a caret.
    """

    fault: Fault
    line: str
    caret: str


@dataclass(frozen=True)
class Checked:
    """What came of some files.

    Attributes
    ----------
    texts : every file that is now held, by name; the ones before where there is a fault.
    faults : everything wrong with the new ones.
    systems, others : ids of the new systems, and kinds and ids of the other new specs.
    replaced : ids that now stand in place of the catalogue's own.
    """

    texts: Mapping[str, str]
    faults: Sequence[Quoted]
    systems: Sequence[str] = ()
    others: Sequence[tuple[str, str]] = ()
    replaced: Sequence[str] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def decode(data: bytes, name: str) -> str | Fault:
    """The text of an upload, or why it is none: too large, or not text."""
    from calc.spec.text import readable

    return readable(data, _safe(name))


def _safe(name: str) -> str:
    """A file's own name, without folders or signs that no id has."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", PurePosixPath(name.replace("\\", "/")).name)[:80] or "pasted.yaml"


def split(text: str) -> list[tuple[str, str]]:
    """One pasted text as files.

    A line ``# file: NAME.yaml`` starts a file of that name. A text without one is one file: its name
    comes from the ``name`` it gives, and a text of sources is ``sources.yaml``.

    >>> [name for name, _ in split("# file: my-chip.yaml\\nkind: chip\\n# file: my-pod.yaml\\nkind: system\\n")]
    ['my-chip.yaml', 'my-pod.yaml']
    >>> split("kind: chip\\nname: Maker Chip 1\\n")[0][0]
    'maker-chip-1.yaml'
    """
    heads = list(_HEAD.finditer(text))
    if not heads:
        return [(_guess(text), text)] if text.strip() else []
    files = []
    before = text[: heads[0].start()]
    if before.strip():
        files.append((_guess(before), before))
    for head, after in zip(heads, [*heads[1:], None], strict=True):
        files.append((_safe(head[1]), text[head.end() + 1 : after.start() if after else len(text)]))
    return files


def _guess(text: str) -> str:
    if not _KIND.search(text) and _SOURCE.search(text):
        return "sources.yaml"
    named = _NAMED.search(text)
    slug = re.sub(r"[^a-z0-9]+", "-", named[1].lower()).strip("-")[:60] if named else ""
    return f"{slug or 'pasted'}.yaml"


def quote(fault: Fault, text: str, width: int = 100) -> Quoted:
    """A fault with its line and a caret under its column.

    >>> quoted = quote(Fault("a.yaml", 2, 3, "", "is missing"), "kind: chip\\n  dies: 2")
    >>> print(quoted.line, quoted.caret, sep="\\n")
      dies: 2
      ^
    """
    lines = text.splitlines()
    line = lines[fault.line - 1] if 0 < fault.line <= len(lines) else ""
    start = max(0, fault.column - width)
    shown = line[start : start + width].replace("\t", " ")
    return Quoted(fault, shown, " " * (fault.column - 1 - start) + "^")


def check(new: Sequence[tuple[str, str]], held: Mapping[str, str]) -> Checked:
    """Check files together with those held already and with the catalogue.

    Parameters
    ----------
    new : names and texts.
    held : those of the session so far.

    Returns
    -------
    Checked : with the files joined where none of the new ones has a fault, and as before where one has.
    """
    if not new:
        return Checked(
            held, [Quoted(Fault("pasted.yaml", 1, 1, "", "is empty; paste a spec, or start from a template"), "", "")]
        )
    texts = dict(held)
    mine: dict[str, str] = {}
    faults: list[Quoted] = []
    for name, text in new:
        label = _label(name, text, texts)
        if label in mine:
            faults.append(Quoted(Fault(label, 1, 1, "", "is given twice; give each file a name of its own"), "", ""))
        texts[label] = mine[label] = text
    if len(texts) > MOST_FILES:
        said = f"is one of {len(texts)} files; a session holds {MOST_FILES}, so remove some first"
        faults.append(Quoted(Fault(next(iter(mine)), 1, 1, "", said), "", ""))
    elif sum(map(len, texts.values())) > _MOST_CHARACTERS:
        said = f"makes the session's files more than {_MOST_CHARACTERS:,} characters; remove some first"
        faults.append(Quoted(Fault(next(iter(mine)), 1, 1, "", said), "", ""))
    if faults:
        return Checked(held, faults)
    library = open_library(texts=texts)
    found = [quote(fault, mine[fault.file]) for fault in library.faults if fault.file in mine]
    # A new file can also break one that was sound: the newcomer is at fault then.
    broken = [fault for fault in library.faults if fault.file in held and fault.file not in mine]
    found += [quote(fault, texts[fault.file]) for fault in broken]
    if found:
        return Checked(held, found)
    keys = [key for key, spec in library.specs.items() if spec.file in mine]
    own = open_library().specs
    return Checked(
        texts,
        (),
        tuple(spec_id for kind, spec_id in keys if kind == "system"),
        tuple(key for key in keys if key[0] != "system"),
        tuple(spec_id for kind, spec_id in keys if (kind, spec_id) in own),
    )


def _label(name: str, text: str, held: Mapping[str, str]) -> str:
    """A name to keep a file under; further lists of sources stand beside the first."""
    label = _safe(name)
    if not label.endswith((".yaml", ".yml")):
        label += ".yaml"
    if PurePosixPath(label).stem != "sources" or held.get(label, text) == text:
        return label
    number = 2
    while held.get(f"{number}/{label}", text) != text:
        number += 1
    return f"{number}/{label}"


def start(kind: str) -> str:
    """A commented text to fill in: a spec of a kind, and the source it cites.

    Raises
    ------
    UnknownNameError : where there is no such kind.
    """
    from calc.errors import UnknownNameError
    from calc.names import KINDS
    from calc.spec.template import SOURCES, template

    if kind not in KINDS:
        raise UnknownNameError("kind of spec", kind, KINDS)
    return f"# file: my-{kind}.yaml\n{template(kind)}\n# file: sources.yaml\n{SOURCES}"
