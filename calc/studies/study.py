"""A study: which systems, what is moved over which values, and which figures are wanted at every point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from calc import names
from calc.errors import CalcError, Fault, SpecError, UnknownNameError
from calc.model.axes import Axis, Grid, Listed, Range, axis, tied
from calc.model.evaluate import check_settable, evaluate
from calc.model.scenario import Scenario
from calc.spec.library import Library
from calc.spec.system import System, compose
from calc.studies.compare import cited

__all__ = ["MOST_DRAWS", "WORKLOADS", "Study", "check", "problems", "read_study"]

MOST_DRAWS = 1 << 20
_WORDS = ("system", "precision", "sparsity", "region")
_WHOLE = ("tp", "pp", "ep")
WORKLOADS: Mapping[str, Mapping[str, str]] = {
    "train": {
        "model": "word", "global_batch": "whole", "sequence": "whole", "chips": "whole", "tokens": "number",
        **dict.fromkeys((*_WHOLE, "vp", "cp", "micro_batch"), "whole"), "recompute": "word", "sharding": "word",
    },
    "serve": {
        "model": "word", "phase": "word", "input_len": "whole", "output_len": "whole", "kv_len": "whole",
        "batch_per_chip": "number", "limit": "s", "acceptance": "number",
        **dict.fromkeys((*_WHOLE, "dp"), "whole"),
    },
}  # fmt: skip
"""What each workload takes, and whether it is a word, a whole number, a number, or a number in a unit."""


@dataclass(frozen=True)
class Study:
    """What to evaluate at every point of a grid.

    Attributes
    ----------
    systems : ids, the outermost axis; empty where ``system`` stands among `vary`.
    vary : values by path: a list, or a mapping with ``from``, ``to``, ``steps`` and ``scale``. A path is
        an input as a scenario takes it, one of ``system``, ``precision``, ``sparsity`` and ``region``, or
        a key of the workload.
    quantities : what to compute at every point; results of the workload where there is one.
    scenario : everything that is not moved.
    baseline : id of a system that ratios are to as well; empty for none.
    tie : groups of paths that move together.
    draws : how many times every figure with a range is drawn at each point; none where 0.
    seed : of the draws.
    train, serve : what one of the two workloads is asked with; at most one.
    name : what to call it.

    >>> study = Study(("cloudmatrix-384",), {"pue": {"from": 1.0, "to": 1.6, "steps": 4}}, ("power.facility",))
    >>> study.points
    4
    """

    systems: tuple[str, ...]
    vary: Mapping[str, Any] = field(default_factory=dict)
    quantities: tuple[str, ...] = ()
    scenario: Scenario = field(default_factory=Scenario)
    baseline: str = ""
    tie: tuple[tuple[str, ...], ...] = ()
    draws: int = 0
    seed: int = 0
    train: Mapping[str, Any] | None = None
    serve: Mapping[str, Any] | None = None
    name: str = ""

    @property
    def workload(self) -> str:
        """``train`` or ``serve``; empty where there is none."""
        return "train" if self.train is not None else "serve" if self.serve is not None else ""

    @property
    def asked(self) -> Mapping[str, Any]:
        """What the workload is asked with."""
        return self.train or self.serve or {}

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """Every axis, those of words first, ties made.

        Raises
        ------
        CalcError : where one is none.
        """
        listed = [_words("system", self.systems)] if self.systems else []
        listed += [self.axis(path, given) for path, given in self.vary.items()]
        made = tied(listed, self.tie)
        return tuple(sorted(made, key=lambda one: not one.words))

    def axis(self, path: str, given: Any) -> Axis:
        """One axis of the study.

        Raises
        ------
        CalcError : where it is none.
        """
        kind = self.kind(path)
        if kind == "word":
            return _words(path, given)
        if kind:
            return axis(path, given, kind if kind == "s" else "1", kind == "whole")
        return axis(path, given)

    def kind(self, path: str) -> str:
        """What a path takes that is no input of a system: word, whole, number or a unit; empty where it is one."""
        if path in _WORDS:
            return "word"
        return WORKLOADS[self.workload].get(path, "") if self.workload else ""

    @property
    def words(self) -> Grid:
        """The axes whose every value asks for an evaluation of its own."""
        return Grid(tuple(one for one in self.axes if one.words))

    @property
    def numbers(self) -> Grid:
        """The axes that are arrays; the draws, where there are any, are not among them."""
        return Grid(tuple(one for one in self.axes if not one.words))

    @property
    def points(self) -> int:
        """How many points there are: the product of all axes and the draws."""
        return self.words.points * self.numbers.points * max(self.draws, 1)

    def plain(self) -> dict[str, Any]:
        """As plain values, as a study's file says it."""
        asked = self.scenario
        said = {
            "name": (self.name, ""),
            "systems": (list(self.systems), []),
            "baseline": (self.baseline, ""),
            "precision": (asked.precision, "bf16"),
            "sparsity": (asked.sparsity, "dense"),
            "region": (asked.region, "global"),
            "prefer": (list(asked.prefer), []),
            "set": ({path: str(value) for path, value in asked.set.items()}, {}),
            "vary": ({path: _plain(path, given) for path, given in self.vary.items()}, {}),
            "tie": ([list(group) for group in self.tie], []),
            "quantities": (list(self.quantities), []),
            "draws": (self.draws, 0),
            "seed": (self.seed, 0),
            "train": (self.train and _asked_plain(WORKLOADS["train"], self.train), None),
            "serve": (self.serve and _asked_plain(WORKLOADS["serve"], self.serve), None),
        }
        return {"kind": "study"} | {key: value for key, (value, default) in said.items() if value != default}

    def yaml(self) -> str:
        """The same as a file, which `read_study` and ``podcalc sweep`` take."""
        from calc.spec.text import dump

        return dump(self.plain())


def _plain(path: str, given: Any) -> Any:
    """What is said of an axis as a file says it: every value a text, numbers with their unit."""
    if isinstance(given, Range):
        given = {"from": given.low, "to": given.high, "steps": given.steps, **({"scale": "log"} if given.log else {})}
    if isinstance(given, Mapping):
        plain = {key: str(value) if key == "scale" else _text(path, value) for key, value in given.items()}
        return plain | {"steps": int(str(given["steps"]).replace("_", ""))}
    return [_text(path, value) for value in (given.values if isinstance(given, Listed) else given)]


def _asked_plain(kinds: Mapping[str, str], asked: Mapping[str, Any]) -> dict[str, Any]:
    made = {"whole": int, "number": float}
    return {key: made.get(kinds[key], str)(value) for key, value in asked.items()}


def _text(path: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        unit = names.find(path.partition(":")[2] or path).unit
    except UnknownNameError:
        unit = "1"
    return f"{float(value)!r}" if unit == "1" else f"{float(value)!r} {unit}"


def _words(path: str, given: Any) -> Axis:
    if isinstance(given, (str, Mapping)) or not hasattr(given, "__len__"):
        raise CalcError(f"{path}: {str(given)[:60]!r} is not a list; give its values in brackets")
    listed = tuple(str(one) for one in given)
    twice = next((one for one in listed if listed.count(one) > 1), None)
    if twice is not None:
        raise CalcError(f"{path}: {twice!r} is listed twice; list each value once")
    if not listed:
        raise CalcError(f"{path}: no value; list one or more")
    return Axis(((path, Listed(listed)),))


def scenario_of(study: Study, words: Mapping[str, str]) -> Scenario:
    """The assumptions at one choice of words, without the numbers that are moved."""
    asked = study.scenario
    return Scenario(
        words.get("precision", asked.precision).lower(),
        (words["sparsity"] == "sparse_2_4") if "sparsity" in words else asked.sparse,
        asked.set,
        asked.prefer,
        words.get("region", asked.region),
    )


def problems(study: Study, library: Library) -> Iterator[tuple[str, str]]:
    """Everything about a study that the catalogue cannot answer: the key in its file, and what is wrong.

    Parameters
    ----------
    study : the study.
    library : the catalogue.
    """
    if study.train is not None and study.serve is not None:
        yield "serve", "train and serve are both asked for; give one of them"
    found = list(_unknown(study, library))
    known = not found
    # What the results are is known where they are computed.
    from calc.studies.points import check_result

    for name in study.quantities:
        try:
            check_result(study, name)
        except UnknownNameError as error:
            found.append(("quantities", _said(error)))
    for path, given in study.vary.items():
        try:
            if known and not study.kind(path):
                _check_input(study, library, path)
            study.axis(path, given)
        except UnknownNameError as error:
            found.append((f"vary.{path}", _said(error)))
        except CalcError as error:
            found.append((f"vary.{path}", str(error)))
    yield from found
    if found:
        return
    try:
        points = study.points
    except CalcError as error:
        yield "tie", _said(error)
        return
    if points > 1 << 62:
        yield "vary", f"{points:.3g} points are more than can be counted; take fewer steps"
    systems = {
        (one, region): compose(library, one, region)
        for one in _choices(study, "system")
        for region in _choices(study, "region", study.scenario.region)
    }
    for source in study.scenario.prefer:
        if source not in cited(systems.values()):
            yield (
                "prefer",
                _said(UnknownNameError("source with a reading of these systems:", source, cited(systems.values()))),
            )
    yield from _settings(study, list(systems.values()))


def _choices(study: Study, path: str, otherwise: str = "") -> list[str]:
    """Values of an axis of words, or of what stands in its place."""
    listed = study.systems if path == "system" and study.systems else study.vary.get(path, ())
    return [str(one) for one in listed] or ([otherwise] if otherwise else [])


def _unknown(study: Study, library: Library) -> Iterator[tuple[str, str]]:
    """Names that nothing answers to."""
    asked = study.scenario
    known = library.ids("system")
    if study.systems and "system" in study.vary:
        yield "vary.system", "systems stand under 'systems' already; leave one of the two out"
    if not study.systems and "system" not in study.vary:
        yield "systems", "is missing; name one or more (podcalc list systems)"
    for key, listed, what, allowed in (
        ("systems", study.systems, "system", known),
        ("vary.system", study.vary.get("system", ()), "system", known),
        ("baseline", (study.baseline,) if study.baseline else (), "system", known),
        ("region", (asked.region,), "region", library.ids("region")),
        ("vary.region", study.vary.get("region", ()), "region", library.ids("region")),
        ("vary.precision", study.vary.get("precision", ()), "precision", names.PRECISIONS),
        ("vary.sparsity", study.vary.get("sparsity", ()), "sparsity", ("dense", "sparse_2_4")),
        ("vary.model", study.vary.get("model", ()), "model", library.ids("model")),
        (
            f"{study.workload}.model",
            [study.asked["model"]] if "model" in study.asked else (),
            "model",
            library.ids("model"),
        ),
    ):
        for one in (listed,) if isinstance(listed, str) else listed:
            if one not in allowed:
                yield key, _said(UnknownNameError(what, str(one), allowed))
    for key, value in study.asked.items():
        if key not in WORKLOADS[study.workload]:
            said = UnknownNameError(f"key of {study.workload}:", key, WORKLOADS[study.workload])
            yield f"{study.workload}.{key}", _said(said)
        elif key in study.vary:
            yield f"vary.{key}", f"{key} is given under {study.workload} as well; leave one of the two out"
        elif study.kind(key) != "word":
            try:
                study.axis(key, [value])
            except CalcError as error:
                yield f"{study.workload}.{key}", str(error)
    if study.workload and "model" not in study.asked and "model" not in study.vary:
        yield f"{study.workload}.model", "is missing; name a network (podcalc list models)"
    if not study.quantities and not study.workload:
        yield "quantities", "is missing; name one or more (podcalc list quantities)"
    if not 0 <= study.draws <= MOST_DRAWS or study.draws & (study.draws - 1):
        yield "draws", f"{study.draws} is not a power of two up to {MOST_DRAWS:,}; give such as 1024"


def _settings(study: Study, systems: Sequence[System]) -> Iterator[tuple[str, str]]:
    """Settings and axes whose value no system takes, and quantities that there are none of."""
    ends: list[tuple[str, str, Any]] = [(f"set.{path}", path, value) for path, value in study.scenario.set.items()]
    for path, values in ((path, values) for one in study.axes for path, values in one.members):
        if not study.kind(path):
            listed = (values.low, values.high) if isinstance(values, Range) else values.values
            ends += [(f"vary.{path}", path, end) for end in (min(listed), max(listed))]
    told: set[str] = set()
    for key, path, value in ends:
        owner, colon, _ = path.partition(":")
        for system in () if key in told else systems:
            if colon and owner != system.id:
                continue
            try:
                evaluate(system, Scenario(set={path: value}), ())
            except CalcError as error:
                told.add(key)
                yield key, _said(error) if isinstance(error, UnknownNameError) else str(error)
                break


def _check_input(study: Study, library: Library, path: str) -> None:
    """Check that every system that an axis is of takes it.

    Raises
    ------
    CalcError : where one does not.
    """
    owner, colon, own = path.rpartition(":")
    systems = _choices(study, "system")
    if colon and owner not in (*systems, study.baseline):
        raise UnknownNameError("system of this study:", owner, systems)
    for one in [owner] if colon else systems:
        try:
            check_settable(compose(library, one, study.scenario.region), own)
        except UnknownNameError as error:
            also = WORKLOADS[study.workload] if study.workload else {}
            raise UnknownNameError("input", own, [*error.allowed, *also, *_WORDS], error.hint) from None


def _said(error: CalcError) -> str:
    return str(error).removesuffix(".")


def check(study: Study, library: Library) -> None:
    """Check a study against a catalogue.

    Raises
    ------
    CalcError : with the first thing that is wrong with it.
    """
    for key, message in problems(study, library):
        raise CalcError(message if message.startswith(key.rpartition(".")[2]) else f"{key}: {message}")


def read_study(data: bytes | str, file: str, library: Library) -> Study:
    """Read a study's file and check it against a catalogue.

    Parameters
    ----------
    data : the file's content.
    file : its name, for messages.
    library : the catalogue whose systems it names.

    Raises
    ------
    SpecError : with everything that is wrong with it, each with line and column.
    """
    from calc.spec.check import compile_study

    compiled, places, faults = compile_study(data, file)
    if compiled is None:
        raise SpecError(faults)
    study = of_plain(compiled)
    wrong = [Fault(file, *_place(places, path), path, message) for path, message in problems(study, library)]
    if wrong:
        raise SpecError(wrong)
    return study


def of_plain(said: Mapping[str, Any]) -> Study:
    """A study from the plain values of its file."""
    scenario = Scenario(
        said.get("precision", "bf16"),
        said.get("sparsity", "dense") == "sparse_2_4",
        dict(said.get("set", {})),
        tuple(said.get("prefer", ())),
        said.get("region", "global"),
    )
    workloads = {kind: _asked(kind, said[kind]) for kind in WORKLOADS if said.get(kind) is not None}
    return Study(
        systems=tuple(said.get("systems", ())),
        vary=dict(said.get("vary", {})),
        quantities=tuple(said.get("quantities", ())),
        scenario=scenario,
        baseline=said.get("baseline") or "",
        tie=tuple(tuple(group) for group in said.get("tie", ())),
        draws=int(said.get("draws", 0)),
        seed=int(said.get("seed", 0)),
        name=said.get("name") or "",
        **workloads,
    )


def _asked(kind: str, said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if value is not None and key in WORKLOADS[kind]}


def _place(places: Mapping[str, tuple[int, int]], path: str) -> tuple[int, int]:
    while path and path not in places:
        path = path.rpartition(".")[0]
    return places.get(path, (1, 1))
