"""Errors a user can cause, each of which says where, what was given, what is allowed, and the fix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["CalcError", "Fault", "InfeasibleError", "SpecError", "UnitError", "UnknownNameError", "nearest"]


class CalcError(Exception):
    """Anything the user can put right. Its text is one or two sentences, ready to print."""


class InfeasibleError(CalcError):
    """What was asked makes sense, but nothing does it; its text says which limit binds, and what would be enough."""


def nearest(given: str, allowed: Iterable[str]) -> str | None:
    """The allowed word closest to the one given, or None where none is close.

    >>> nearest("gb200-nvl27", ["gb200-nvl72", "cloudmatrix-384"])
    'gb200-nvl72'
    """
    from difflib import get_close_matches

    known = {word.lower(): word for word in allowed}
    close = get_close_matches(given.lower(), known, n=1, cutoff=0.6)
    if close:
        return known[close[0]]
    # The start of a word inside a name counts too: 'gb200' is near 'gb200-nvl72'.
    starts = re.compile(rf"(^|[-._ ]){re.escape(given.lower())}")
    inside = sorted((word for word in known if starts.search(word)), key=len)
    return known[inside[0]] if inside and len(given) > 1 else None


class UnknownNameError(CalcError):
    """A name that nothing answers to: a system, a quantity, a path, a source, a precision.

    Parameters
    ----------
    what : the kind of thing, such as ``system``.
    given : the name as the user wrote it.
    allowed : every name there is.
    hint : how to list them, such as ``podcalc list systems``.
    """

    def __init__(self, what: str, given: str, allowed: Iterable[str], hint: str = "") -> None:
        self.what = what
        self.given = given
        self.allowed = tuple(allowed)
        self.hint = hint
        super().__init__(what, given)

    def __str__(self) -> str:
        close = nearest(self.given, self.allowed)
        said = f"no {self.what} {self.given!r}."
        if close:
            said += f" Did you mean {close!r}?"
        elif 0 < len(self.allowed) <= 12:
            said += f" There are: {', '.join(self.allowed)}."
        return f"{said} ({self.hint})" if self.hint else said


class UnitError(CalcError):
    """A text that is not the quantity it has to be."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong with one spec file, with the place where it stands.

    ``line`` and ``column`` count from 1, as editors do.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class SpecError(CalcError):
    """Spec files that cannot be used, with every fault of every one of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__(len(self.faults))

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))
