"""What a change of one spec does: every input that changed, and every output of every system that uses it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from calc import names
from calc.errors import CalcError, SpecError, UnknownNameError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.spec.datum import Datum
from calc.spec.library import Library, Spec, file_bytes, open_library, text_of
from calc.spec.system import compose

__all__ = ["KINDS", "Effect", "InputChange", "SpecChange", "spec_change"]

KINDS = ("chip", "link", "part", "system", "region")
"""Kinds of spec that a system is made of."""

_SAME = 1e-12


@dataclass(frozen=True, slots=True)
class InputChange:
    """One thing that a spec says otherwise.

    Attributes
    ----------
    path : what it is.
    before, after : as written; empty where there is none.
    ratio : of the values; None where there are not two numbers.
    why : how the readings differ, where the value does not.
    """

    path: str
    before: str
    after: str
    ratio: float | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """One output that comes out otherwise.

    Attributes
    ----------
    system : its id.
    quantity : its row of the nomenclature.
    precision : number format and sparsity, where it depends on it, such as ``fp8 dense``.
    before, after : SI values; None where it cannot be had.
    """

    system: str
    quantity: names.Quantity
    precision: str
    before: float | None
    after: float | None

    @property
    def ratio(self) -> float | None:
        """After over before."""
        return self.after / self.before if self.before and self.after is not None else None


@dataclass(frozen=True)
class SpecChange:
    """What a change does.

    Attributes
    ----------
    kind, id : of the spec.
    old, new : the files.
    inputs : what it says otherwise.
    systems : ids of the systems that use it.
    effects : what comes out otherwise.
    lost : ids of systems that can no longer be put together.
    """

    kind: str
    id: str
    old: str
    new: str
    inputs: Sequence[InputChange]
    systems: Sequence[str]
    effects: Sequence[Effect]
    lost: Sequence[str]


def spec_change(
    old: str, new: str | None = None, specs: Iterable[str | os.PathLike[str]] = (), library: Library | None = None
) -> SpecChange:
    """Compare two editions of a spec, and all that they lead to.

    Parameters
    ----------
    old : a file, or an id of the catalogue. Alone, it is a file, and compared with the catalogue's own of its name.
    new : the changed file; it is read as if it had the name of the old one, so that systems that use that use it.
    specs : further folders of spec files, the first to win first.
    library : the catalogue of those folders, where it is open already.

    Raises
    ------
    SpecError : where one of the files cannot be read or has faults.
    UnknownNameError : where the catalogue has none to compare with.
    CalcError : where the two are not of one kind, or are one file.

    >>> from calc.spec.library import built_in
    >>> spec_change("h100-sxm", str(built_in() / "chips" / "h200-sxm.yaml")).inputs[-1].path
    'price'
    """
    folders = tuple(specs)
    held = library or open_library(folders)
    edited = old if new is None else new
    target = Path(old).stem if new is None or _is_file(old) else old
    after, changed = _edition(edited, target, folders)
    if new is not None and _is_file(old):
        before, was = _edition(old, target, folders)
        if was.kind != changed.kind:
            raise CalcError(f"{old} is a {was.kind} and {edited} a {changed.kind}; give two editions of one spec")
    else:
        kinds = [kind for kind, spec_id in held.specs if spec_id == target]
        if kinds and changed.kind not in kinds:
            raise CalcError(f"'{target}' is a {kinds[0]} and {edited} a {changed.kind}; give two editions of one spec")
        if not kinds:
            raise UnknownNameError(
                f"{changed.kind} to compare {edited} with:", target, held.ids(changed.kind),
                f"podcalc diff-spec OLD {edited}",
            )  # fmt: skip
        before, was = held, held.get(changed.kind, target)
        if text_of(was) == file_bytes(edited).decode("utf-8-sig"):
            raise CalcError(
                f"{edited} is the same as the catalogue's own; give the edition from before the change first:"
                f" podcalc diff-spec OLD {edited}"
            )
    effects: list[Effect] = []
    lost: list[str] = []
    uses = _systems(before, was) | _systems(after, changed)
    for system in sorted(uses):
        try:
            effects += _effects(system, before, after, was)
        except (SpecError, UnknownNameError):
            lost.append(system)
    systems = tuple(sorted(uses))
    return SpecChange(
        was.kind, target, was.file, edited, tuple(_inputs(was, changed)), systems, tuple(effects), tuple(lost)
    )


def _is_file(text: str) -> bool:
    return text.endswith((".yaml", ".yml")) or os.sep in text


def _edition(path: str, target: str, specs: tuple[str | os.PathLike[str], ...]) -> tuple[Library, Spec]:
    """The catalogue with one file laid over it under another's name, and what the file says."""
    if not _is_file(path):
        raise CalcError(
            f"'{path}' is no file; the changed edition is one, as in: podcalc diff-spec {target} {target}.yaml"
        )
    name = f"{target}.yaml"
    texts = {name: file_bytes(path).decode("utf-8", "replace")}
    beside = Path(path).parent / "sources.yaml"
    if beside.is_file():
        texts["sources.yaml"] = file_bytes(beside).decode("utf-8", "replace")
    library = open_library(specs, texts=texts)
    faults = [replace(fault, file=path) for fault in library.faults if fault.file == name]
    if faults:
        raise SpecError(faults)
    found = next((spec for spec in library.specs.values() if spec.file == name), None)
    if found is None or found.kind not in KINDS:
        kind = found.kind if found else "list of sources"
        raise CalcError(f"{path} is a {kind}; this compares {', '.join(names.KINDS[kind] for kind in KINDS)}")
    return library, found


def _inputs(was: Spec, changed: Spec) -> Iterator[InputChange]:
    for path in dict.fromkeys([*was.words, *changed.words]):
        before, after = _unplaced(was.words.get(path)), _unplaced(changed.words.get(path))
        if before != after:
            yield InputChange(path, _said(before), _said(after), None)
    for path in dict.fromkeys([*was.figures, *changed.figures]):
        first, second = was.figures.get(path), changed.figures.get(path)
        if first is None or second is None:
            yield InputChange(path, first.text if first else "", second.text if second else "", None)
            continue
        ratio = second.value / first.value if first.value else None
        why = _why(first, second)
        if first.value != second.value or why:
            yield InputChange(path, first.text, second.text, ratio, why)


def _unplaced(word: Any) -> Any:
    """Makers of a step without where they stand in their file, which every line above them moves."""
    if isinstance(word, list | tuple):
        return [{**one, "place": None} if isinstance(one, Mapping) else one for one in word]
    return word


def _said(word: Any) -> str:
    if isinstance(word, list):
        makers = [one.values() if isinstance(one, Mapping) else [one] for one in word]
        return " or ".join(", ".join(str(said) for said in one if said) for one in makers)
    if isinstance(word, Mapping):
        return "; ".join(f"{key}: {value}" for key, value in word.items())
    return "" if word is None else str(word)


def _why(first: Datum, second: Datum) -> str:
    said = [
        f"{word} {before} to {after}"
        for word, before, after in (
            ("source", first.source, second.source),
            ("confidence", first.confidence, second.confidence),
            ("distribution", first.distribution, second.distribution),
        )
        if before != after
    ]
    if (first.low, first.high) != (second.low, second.high):
        said.append("range")
    if (first.at, first.note, first.currency_year) != (second.at, second.note, second.currency_year):
        said.append("words")
    others = [[(one.text, one.source, one.confidence) for one in datum.alternatives] for datum in (first, second)]
    if others[0] != others[1]:
        said.append("further readings")
    return ", ".join(said)


def _systems(library: Library, spec: Spec) -> set[str]:
    """Systems that use a spec; every one for a region."""
    if spec.kind == "region":
        return set(library.ids("system"))
    found = set()
    for system in library.ids("system"):
        used = compose(library, system).specs
        if any((one.kind, one.id) == (spec.kind, spec.id) for one in used):
            found.add(system)
    return found


def _effects(system: str, before: Library, after: Library, spec: Spec) -> Iterator[Effect]:
    region = spec.id if spec.kind == "region" else "global"
    pair = [compose(library, system, region) for library in (before, after)]
    formats = {(p, s) for one in pair for p, sparsities in one.rates().items() for s in sparsities}
    # The usual format first.
    asked = sorted(formats, key=lambda one: (one != ("bf16", "dense"), names.PRECISIONS.index(one[0]), one[1]))
    plain: set[str] = set()
    for precision, sparsity in asked:
        scenario = Scenario(precision, sparsity == "sparse_2_4", region=region)
        results = [evaluate(one, scenario) for one in pair]
        for name in dict.fromkeys([*results[0].graph.nodes, *results[1].graph.nodes]):
            row = names.QUANTITIES.get(name)
            first, second = (result.number(name) if row else None for result in results)
            if row is None or first == second or (first and second and abs(second / first - 1.0) < _SAME):
                continue
            by_format = any(path.startswith("chip.flop_rate") for result in results for path in result.rests_on(name))
            # What has nothing to do with the number format comes out alike in all, and is said once.
            if not by_format and name in plain:
                continue
            plain.add(name)
            label = f"{precision} {'sparse' if scenario.sparse else 'dense'}" if by_format else ""
            yield Effect(system, row, label, first, second)
