"""The points of a study, a chunk at a time: every chunk is a box of the grid, evaluated as arrays."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calc import names
from calc.errors import UnknownNameError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.spec.library import Library, open_library, text_of
from calc.spec.system import System, compose
from calc.studies.study import WORKLOADS, Study, scenario_of
from calc.studies.uncertainty import draws, with_values

__all__ = ["CHUNK", "Column", "Plan", "Words", "better_of", "check_result", "columns_of", "plan_of"]

CHUNK = 1 << 20
"""Points of a chunk at most, where none of its axes is cut; it is a part of what a study's hash means."""
_WORKLOAD_CHUNK = 1 << 17

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a study's table.

    Attributes
    ----------
    name : path of an axis, or name of a quantity; with ``.ratio`` behind it the ratio to the baseline.
    unit : the SI unit; empty for words.
    role : ``axis`` or ``result``.
    """

    name: str
    unit: str
    role: str


@dataclass(frozen=True, slots=True)
class Words:
    """A column of words: the place of each row's word in a list, -1 where it has none."""

    codes: NDArray[np.int32]
    words: tuple[str, ...]


def columns_of(study: Study) -> tuple[Column, ...]:
    """The columns of a study's table, in order: what is moved, then what is computed.

    Raises
    ------
    UnknownNameError : where a quantity is none.
    """
    columns = []
    for one in (*study.words.axes, *study.numbers.axes):
        columns += [Column(path, _unit(study, path), "axis") for path in one.paths]
    if study.draws:
        columns.append(Column("draw", "1", "axis"))
    wanted = _wanted(study)
    columns += [Column(name, _result(study, name).unit, "result") for name in wanted]
    if study.baseline:
        columns += [Column(f"{name}.ratio", "1", "result") for name in wanted if _result(study, name).better]
    return tuple(columns)


def _unit(study: Study, path: str) -> str:
    kind = study.kind(path)
    if kind:
        return {"word": "", "s": "s"}.get(kind, "1")
    return names.find(path.partition(":")[2] or path).unit


_MAPPED = {
    "train": ("tp", "pp", "vp", "cp", "dp", "ep", "micro_batch", "recompute", "sharding"),
    "serve": ("tp", "pp", "dp", "ep"),
}
_SHOWN = {
    "train": ("token_rate_per_chip", "step_time", "mfu", "memory", "feasible", "reason", "bound_by"),
    "serve": ("token_rate_per_chip", "latency", "batch_per_chip", "memory", "feasible", "reason", "bound_by"),
}
"""Results of a workload where none are asked for, and the parts of its mapping, those that are searched behind them."""


def _wanted(study: Study) -> tuple[str, ...]:
    if study.quantities or not study.workload:
        return study.quantities
    moved = {path for one in study.axes for path in one.paths}
    searched = [one for one in _MAPPED[study.workload] if one not in {*moved, *study.asked}]
    # Where all of a mapping is given, how many replicas there are follows from it.
    return (*_SHOWN[study.workload], *(searched if searched != ["dp"] else ()))


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a result: its unit, which way is better, and the words that its values stand for."""

    unit: str
    better: str | None
    words: tuple[str, ...] = ()


def check_result(study: Study, name: str) -> None:
    """Check that a study can give a result.

    Raises
    ------
    UnknownNameError : where there is none of that name.
    """
    _result(study, name)


def better_of(study: Study, name: str) -> str | None:
    """Which way of a result is better; None where neither is."""
    return None if name.endswith(".ratio") else _result(study, name).better


def _result(study: Study, name: str) -> _Known:
    kind = study.workload
    if not kind:
        row = names.find(name)
        return _Known(row.unit, row.better)
    from calc.studies.workload_outcomes import RESULTS, words_of

    results, words = RESULTS[kind], words_of(kind, name)
    if name in results:
        return _Known("" if words else results[name].unit, results[name].better, words)
    if name in _MAPPED[kind]:
        return _Known("" if words else "1", None, words)
    if name not in names.QUANTITIES:
        allowed = [*results, *_MAPPED[kind], *names.QUANTITIES]
        raise UnknownNameError(f"result of {kind}, nor quantity,", name, allowed)
    return _Known(names.find(name).unit, names.find(name).better)


@dataclass(frozen=True)
class Plan:
    """How a study is cut into chunks, and what each of them holds.

    Attributes
    ----------
    study : the study, checked.
    folders : further folders of spec files.
    """

    study: Study
    folders: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process reads the catalogue itself, and finds by its hash whether it is the same.
        return Plan, (self.study, self.folders)

    @cached_property
    def library(self) -> Library:
        """The catalogue, read where the plan is."""
        return open_library(self.folders)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of every chunk."""
        return columns_of(self.study)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Values of each axis of numbers, the draws last."""
        study = self.study
        return (*study.numbers.shape, study.draws) if study.draws else study.numbers.shape

    @cached_property
    def _cut(self) -> tuple[int, int, int]:
        """The axis that is cut, how much of it a chunk takes, and how many choices of words it takes."""
        most = _WORKLOAD_CHUNK if self.study.workload else CHUNK
        whole = prod(self.shape)
        if whole <= most:
            return -1, 0, max(1, most // whole)
        place = next(k for k in range(len(self.shape)) if prod(self.shape[k + 1 :]) <= most)
        return place, max(1, most // prod(self.shape[place + 1 :])), 1

    @cached_property
    def chunks(self) -> int:
        """How many chunks there are."""
        place, length, together = self._cut
        choices = self.study.words.points
        if place < 0:
            return -(-choices // together)
        return choices * prod(self.shape[:place]) * -(-self.shape[place] // length)

    def rows(self, number: int) -> int:
        """How many points a chunk has."""
        return sum(prod(stop - start for start, stop in ranges) for _, ranges in self.boxes(number))

    def boxes(self, number: int) -> Iterator[tuple[int, Ranges]]:
        """The boxes of a chunk: a choice of words by its number, and the places on each axis of numbers."""
        place, length, together = self._cut
        full = tuple((0, size) for size in self.shape)
        if place < 0:
            for choice in range(number * together, min((number + 1) * together, self.study.words.points)):
                yield choice, full
            return
        number, cut = divmod(number, -(-self.shape[place] // length))
        leading = []
        for size in reversed(self.shape[:place]):
            number, digit = divmod(number, size)
            leading.append((digit, digit + 1))
        start = cut * length
        taken = (start, min(start + length, self.shape[place]))
        yield number, (*reversed(leading), taken, *full[place + 1 :])

    def chunk(self, number: int) -> dict[str, NDArray[Any] | Words]:
        """Every column of a chunk, in row order."""
        pieces = [self._piece(choice, ranges) for choice, ranges in self.boxes(number)]
        found: dict[str, NDArray[Any] | Words] = {}
        for column in self.columns:
            parts = [piece[column.name] for piece in pieces]
            if isinstance(parts[0], Words):
                codes = np.concatenate([part.codes for part in parts])
                found[column.name] = Words(codes, parts[0].words)
            else:
                found[column.name] = np.concatenate(parts) if len(parts) > 1 else parts[0]
        return found

    def words(self, choice: int) -> dict[str, str]:
        """What the axes of words say at one choice of them."""
        return {path: str(value) for path, value in self._said(choice).items()}

    def _said(self, choice: int) -> dict[str, Any]:
        grid = self.study.words
        places = []
        for size in reversed(grid.shape):
            choice, digit = divmod(choice, size)
            places.append((digit, digit + 1))
        return {path: value.ravel()[0] for path, value in grid.box(tuple(reversed(places))).items()}

    def _piece(self, choice: int, ranges: Ranges) -> dict[str, Any]:
        study, shape = self.study, tuple(stop - start for start, stop in ranges)
        said = self._said(choice)
        box = study.numbers.box(ranges[:-1] if study.draws else ranges)
        if study.draws:
            box = {path: values[..., None] for path, values in box.items()}
        columns: dict[str, Any] = {}
        for path, value in said.items():
            listed = next(values for one in study.words.axes for name, values in one.members if name == path)
            if isinstance(value, str):
                words = tuple(str(word) for word in getattr(listed, "values", ()))
                columns[path] = Words(np.full(prod(shape), words.index(value), np.int32), words)
            else:
                columns[path] = np.full(prod(shape), float(value))
        columns |= {path: _spread(values, shape) for path, values in box.items()}
        if study.draws:
            columns["draw"] = _spread(np.arange(*ranges[-1], dtype=float), shape)
        own = self._results(said, said["system"], box, ranges)
        for name, values in own.items():
            words = _result(study, name).words
            flat = _spread(values, shape)
            columns[name] = Words(_codes(flat, len(words)), words) if words else flat
        if study.baseline:
            theirs = self._results(said, study.baseline, box, ranges)
            with np.errstate(divide="ignore", invalid="ignore"):
                for name, values in own.items():
                    if f"{name}.ratio" not in {column.name for column in self.columns}:
                        continue
                    ratio = np.asarray(values / theirs[name], dtype=float)
                    columns[f"{name}.ratio"] = _spread(np.where(np.isfinite(ratio), ratio, np.nan), shape)
        return columns

    def system(self, system_id: str, words: Mapping[str, Any]) -> System:
        """A system as it stands at one choice of words."""
        return compose(self.library, str(system_id), str(words.get("region", self.study.scenario.region)))

    def _results(
        self, said: Mapping[str, Any], system_id: str, box: Mapping[str, NDArray[Any]], ranges: Ranges
    ) -> dict[str, NDArray[Any]]:
        study = self.study
        taken = WORKLOADS[study.workload] if study.workload else {}
        plain = scenario_of(study, {key: str(value) for key, value in said.items()})
        moved = {**{path: value for path, value in said.items() if not isinstance(value, str)}, **box}
        settings = {path: values for path, values in moved.items() if path not in taken}
        given = Scenario(plain.precision, plain.sparse, {**plain.set, **settings}, plain.prefer, plain.region)
        system, wanted = self.system(system_id, said), _wanted(study)
        drawn = self._drawn(given, said, ranges[-1]).get(str(system_id), {}) if study.draws else {}
        found: dict[str, NDArray[Any]] = {}
        if study.workload:
            from calc.studies.workload_outcomes import workload_points

            asked = {**study.asked, **{key: value for key, value in said.items() if key in taken}}
            asked |= {path: values for path, values in moved.items() if path in taken}
            scenario = self._with_kernels(system, given, drawn)
            found |= workload_points(study.workload, self.library, system, scenario, asked, self.folders)
            # A part of a mapping that was not searched.
            found |= {name: np.asarray(np.nan) for name in _MAPPED[study.workload] if name not in found}
        quantities = [name for name in wanted if name not in found]
        if quantities:
            result = evaluate(with_values(system, given, drawn), replace(given, prefer=()), quantities)
            found |= {name: result.array(name) for name in quantities}
        return {name: found[name] for name in wanted}

    def _drawn(
        self, given: Scenario, said: Mapping[str, Any], taken: tuple[int, int]
    ) -> dict[str, dict[str, NDArray[np.float64]]]:
        """Every figure with a range that is not set, drawn: the same draws at every point of the grid."""
        systems = [self.system(one, said) for one in self.systems]
        drawn = draws(systems, given, self.study.draws, self.study.seed)
        return {
            system_id: {path: values[taken[0] : taken[1]] for path, values in paths.items()}
            for system_id, paths in drawn.items()
        }

    def _with_kernels(self, system: System, given: Scenario, drawn: Mapping[str, Any]) -> Scenario:
        """The scenario of a workload, with what is drawn as settings: with those its kernels move."""
        if not drawn:
            return given
        from calc.studies.workload_outcomes import inputs_of

        rests = inputs_of(system, given)
        settings = {f"{system.id}:{path}": values for path, values in drawn.items() if path in rests}
        return replace(given, set={**given.set, **settings})

    @cached_property
    def systems(self) -> tuple[str, ...]:
        """Every system of the study, the baseline included."""
        listed = [str(self._said(choice)["system"]) for choice in range(self.study.words.points)]
        return tuple(dict.fromkeys([*listed, *([self.study.baseline] if self.study.baseline else [])]))

    def specs(self) -> dict[str, str]:
        """Every spec file that the study rests on, with its hash."""
        from hashlib import sha256

        used = {}
        regions = {
            self.words(choice).get("region", self.study.scenario.region) for choice in range(self.study.words.points)
        }
        for one in self.systems:
            for region in sorted(regions):
                for spec in compose(self.library, one, region).specs:
                    used[spec.file] = sha256(text_of(spec).encode()).hexdigest()
        if self.study.workload:
            used |= self._of_workloads()
        return dict(sorted(used.items()))

    def _of_workloads(self) -> dict[str, str]:
        """Networks, and the fits that predictions rest on."""
        from hashlib import sha256

        from calc.spec.library import folders

        models = {
            self.words(choice).get("model", str(self.study.asked.get("model")))
            for choice in range(self.study.words.points)
        }
        specs = [self.library.get("model", model) for model in models]
        used = {spec.file: sha256(text_of(spec).encode()).hexdigest() for spec in specs}
        for folder in folders(self.folders):
            for path in (
                *sorted((folder / "kernels").glob("*.yaml")),
                *sorted((folder / "measurements").glob("*.csv")),
            ):
                used.setdefault(path.relative_to(folder).as_posix(), sha256(path.read_bytes()).hexdigest())
        return used


def _codes(values: NDArray[Any], count: int) -> NDArray[np.int32]:
    """Places in a list of words; -1 of what has none."""
    known = (values >= 0) & (values < count)
    return np.where(known, values, -1).astype(np.int32)


def _spread(values: Any, shape: Sequence[int]) -> NDArray[Any]:
    return np.broadcast_to(values, shape).ravel()


def plan_of(study: Study, specs: Iterable[str | os.PathLike[str]] = ()) -> Plan:
    """A study's plan, with folders that other processes find too."""
    return Plan(study, tuple(os.path.abspath(os.fspath(folder)) for folder in specs))
