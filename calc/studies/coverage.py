"""Which figures of the catalogue are known, and how well: counted, never typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calc import names
from calc.errors import UnknownNameError
from calc.spec.library import Library, Spec

__all__ = ["KINDS", "Coverage", "Covered", "coverage"]

KINDS = ("chip", "link", "part", "system", "region")
"""Kinds of spec that hold figures, each with its source."""


@dataclass(frozen=True, slots=True)
class Covered:
    """How much is known of one figure over the specs of a kind, or of one spec over the figures of its kind.

    Attributes
    ----------
    kind : of spec.
    name : the figure's path, or the spec's id.
    of : how many there could be.
    known : how many there are, by the confidence of the reading adopted.
    absent : how many are left out with a reason.
    sources : how many sources stand behind them.
    disputed : how many have more than one reading.
    """

    kind: str
    name: str
    of: int
    known: Mapping[str, int]
    absent: int
    sources: int
    disputed: int

    @property
    def total(self) -> int:
        """How many are known."""
        return sum(self.known.values())

    def label(self, language: str = "en") -> str:
        """What the figure is called, with its number format."""
        prefix = {"chip": "chip.", "link": "scale_up.link.", "part": "part."}.get(self.kind, "")
        row = names.find(prefix + self.name)
        said = row.zh if language == "zh" else row.en
        if not self.name.startswith("flop_rate."):
            return said.format(precision="", currency_year="").strip()
        _, precision, sparsity = self.name.split(".")
        sparse = sparsity == "sparse_2_4"
        word = ("2:4 稀疏" if sparse else "稠密") if language == "zh" else ("2:4 sparse" if sparse else "dense")
        return f"{said.format(precision=precision.upper())} · {word}"

    @property
    def share(self) -> float:
        """Of those that could be, the share that is known."""
        return self.total / self.of if self.of else 0.0


@dataclass(frozen=True)
class Coverage:
    """What is known of the catalogue.

    Attributes
    ----------
    figures : a row for each kind and figure.
    specs : a row for each spec.
    unsourced : places of figures without a source; empty, as a spec with one is refused.
    """

    figures: Sequence[Covered]
    specs: Sequence[Covered]
    unsourced: Sequence[str]

    def total(self, kind: str) -> Covered:
        """All figures of a kind of spec together."""
        rows = [row for row in self.figures if row.kind == kind]
        known = Counter[str]()
        for row in rows:
            known.update(row.known)
        return Covered(
            kind, "", sum(row.of for row in rows), _ordered(known), sum(row.absent for row in rows),
            max((row.sources for row in rows), default=0), sum(row.disputed for row in rows),
        )  # fmt: skip


def _ordered(known: Mapping[str, int]) -> dict[str, int]:
    return {word: known.get(word, 0) for word in names.CONFIDENCES}


def _count(kind: str, name: str, of: int, held: Sequence[tuple[Spec, str]], absent: int) -> Covered:
    data = [spec.figures[path] for spec, path in held]
    return Covered(
        kind, name, of, _ordered(Counter(datum.confidence for datum in data)), absent,
        len({reading.source for datum in data for reading in datum.readings}), sum(bool(d.alternatives) for d in data),
    )  # fmt: skip


def _absent(spec: Spec, path: str) -> bool:
    prefix = {"chip": "chip.", "link": "scale_up.link.", "part": "part."}.get(spec.kind, "")
    return prefix + path in spec.words.get("absent", {})


def coverage(library: Library, what: str = "") -> Coverage:
    """Count what is known.

    Parameters
    ----------
    library : the catalogue.
    what : a kind of spec, such as ``chips``; every kind unless given.

    Returns
    -------
    Coverage : a figure counts where some spec of its kind gives it or says why not.

    Raises
    ------
    UnknownNameError : where there is no such kind.
    """
    plurals = {names.KINDS[kind]: kind for kind in KINDS}
    kind_asked = plurals.get(what, what)
    if what and kind_asked not in KINDS:
        raise UnknownNameError("kind of spec with figures", what, plurals)
    figures, rows, unsourced = [], [], []
    for kind in (kind_asked,) if what else KINDS:
        specs = [library.get(kind, spec_id) for spec_id in library.ids(kind)]
        # Parts go by the names that each system gives them, so only their files are counted.
        paths = sorted({path for spec in specs for path in spec.figures if not path.startswith("parts.")}, key=_order)
        for path in paths:
            held = [(spec, path) for spec in specs if path in spec.figures]
            reasons = sum(path not in spec.figures and _absent(spec, path) for spec in specs)
            figures.append(_count(kind, path, len(specs), held, reasons))
        for spec in specs:
            held = [(spec, path) for path in paths if path in spec.figures]
            rows.append(_count(kind, spec.id, len(paths), held, len(spec.words.get("absent", {}))))
            unsourced += [
                f"{spec.file}: {path}"
                for path, datum in spec.figures.items()
                for reading in datum.readings
                if reading.source not in library.known_sources
            ]
    return Coverage(tuple(figures), tuple(rows), tuple(unsourced))


def _order(path: str) -> tuple[int, str]:
    """Throughputs by number format, the rest by name."""
    steps = path.split(".")
    at = names.PRECISIONS.index(steps[1]) if steps[0] == "flop_rate" else len(names.PRECISIONS)
    return at, path
