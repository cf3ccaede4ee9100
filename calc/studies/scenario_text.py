"""A comparison asked for, as text: a command line, Python, and a file that the command line takes back."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from calc.errors import CalcError, Fault, SpecError, UnknownNameError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.spec.library import Library
from calc.spec.system import compose
from calc.studies.compare import cited, compare

__all__ = ["Question", "read"]


@dataclass(frozen=True)
class Question:
    """Everything that a comparison is asked with.

    Attributes
    ----------
    systems : ids, in order.
    baseline : id of the system that ratios are to; empty for the last.
    per : what quantities that grow with the system are divided by.
    scenario : the assumptions; its settings are texts or SI numbers.
    name : what to call it; empty for nothing.
    """

    systems: tuple[str, ...]
    baseline: str = ""
    per: str = "system"
    scenario: Scenario = field(default_factory=Scenario)
    name: str = ""

    def command(self) -> str:
        """The same as a command, ready to paste into a shell.

        >>> print(Question(("a", "b"), scenario=Scenario("fp8", set={"pue": "1.2"})).command())
        podcalc compare a b --precision fp8 --set pue=1.2
        """
        words = ["podcalc", "compare", *self.systems]
        if self.baseline and self.baseline != self.systems[-1]:
            words += ["--baseline", self.baseline]
        if self.per != "system":
            words += ["--per", self.per]
        asked = self.scenario
        if asked.precision != "bf16":
            words += ["--precision", asked.precision]
        if asked.sparse:
            words.append("--sparse")
        if asked.region != "global":
            words += ["--region", asked.region]
        for source in asked.prefer:
            words += ["--prefer", source]
        for path, value in asked.set.items():
            words += ["--set", f"{path}={value}"]
        return shlex.join(words)

    def python(self) -> str:
        """The same as Python, ready to run.

        >>> print(Question(("a", "b"), scenario=Scenario(set={"pue": "1.2"})).python())
        import calc
        <BLANKLINE>
        scenario = calc.Scenario(set={'pue': '1.2'})
        both = calc.compare(['a', 'b'], scenario=scenario)
        print(both.frame())
        """
        asked = self.scenario
        given = {
            "precision": asked.precision if asked.precision != "bf16" else None,
            "sparse": asked.sparse or None,
            "set": dict(asked.set) or None,
            "prefer": tuple(asked.prefer) or None,
            "region": asked.region if asked.region != "global" else None,
        }
        arguments = [repr(list(self.systems))]
        if self.baseline and self.baseline != self.systems[-1]:
            arguments.append(f"baseline={self.baseline!r}")
        lines = ["import calc", ""]
        if any(value is not None for value in given.values()):
            lines.append(f"scenario = calc.Scenario({_keywords(given)})")
            arguments.append("scenario=scenario")
        if self.per != "system":
            arguments.append(f"per={self.per!r}")
        return "\n".join([*lines, f"both = calc.compare({', '.join(arguments)})", "print(both.frame())"])

    def yaml(self) -> str:
        """The same as a file, which `read` and ``podcalc compare --scenario FILE`` take.

        >>> print(Question(("a", "b"), name="Cheaper power").yaml(), end="")
        kind: scenario
        name: Cheaper power
        systems:
        - a
        - b
        """
        from calc.spec.text import dump

        asked = self.scenario
        plain: dict[str, Any] = {"kind": "scenario"}
        plain |= {"name": self.name} if self.name else {}
        plain["systems"] = list(self.systems)
        said = {
            "baseline": (self.baseline, ""),
            "per": (self.per, "system"),
            "precision": (asked.precision, "bf16"),
            "sparsity": (asked.sparsity, "dense"),
            "region": (asked.region, "global"),
            "prefer": (list(asked.prefer), []),
            "set": ({path: str(value) for path, value in asked.set.items()}, {}),
        }
        plain |= {key: value for key, (value, default) in said.items() if value != default}
        return dump(plain)


def _keywords(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value!r}" for key, value in given.items() if value is not None)


def read(data: bytes | str, file: str, library: Library) -> Question:
    """Read a scenario's file and check it against a catalogue.

    Parameters
    ----------
    data : the file's content.
    file : its name, for messages.
    library : the catalogue whose systems it names.

    Returns
    -------
    Question : what it asks.

    Raises
    ------
    SpecError : with everything that is wrong with it, each with line and column.
    """
    # What reads spec files is slow to load, and most of what is asked comes from elsewhere.
    from calc.spec.check import compile_scenario

    compiled, places, faults = compile_scenario(data, file)
    if compiled is None:
        raise SpecError(faults)
    found = Question(
        tuple(compiled["systems"]),
        compiled["baseline"] or "",
        compiled["per"],
        Scenario(
            compiled["precision"],
            compiled["sparsity"] == "sparse_2_4",
            dict(compiled["set"]),
            tuple(compiled["prefer"]),
            compiled["region"],
        ),
        compiled["name"] or "",
    )
    wrong = [Fault(file, *_place(places, path), path, message) for path, message in _against(compiled, found, library)]
    if wrong:
        raise SpecError(wrong)
    return found


def _place(places: Mapping[str, tuple[int, int]], path: str) -> tuple[int, int]:
    return places.get(path) or places.get(path.partition("[")[0].partition(".")[0], (1, 1))


def _against(compiled: Mapping[str, Any], found: Question, library: Library) -> Iterator[tuple[str, str]]:
    """Everything the catalogue has not, by the path in the file that asks for it."""
    known = library.ids("system")
    unknown = [i for i, system in enumerate(found.systems) if system not in known]
    for i in unknown:
        yield f"systems[{i}]", _said(UnknownNameError("system", found.systems[i], known))
    if found.scenario.region not in library.ids("region"):
        yield "region", _said(UnknownNameError("region", found.scenario.region, library.ids("region")))
        return
    if unknown:
        return
    systems = {one: compose(library, one, found.scenario.region) for one in found.systems}
    settled = True
    for path, value in compiled["set"].items():
        owner, colon, _ = path.partition(":")
        if colon and owner not in systems:
            settled = False
            yield f"set.{path}", _said(UnknownNameError("system among those compared:", owner, systems))
            continue
        for one in [owner] if colon else list(systems):
            try:
                evaluate(systems[one], Scenario(found.scenario.precision, found.scenario.sparse, {path: value}))
            except CalcError as error:
                settled = False
                yield f"set.{path}", str(error)
                break
    there = cited(systems.values())
    for i, source in enumerate(found.scenario.prefer):
        if source not in there:
            settled = False
            yield f"prefer[{i}]", _said(UnknownNameError("source with a reading of these systems:", source, there))
    if settled:
        try:
            compare([systems[one] for one in found.systems], found.baseline or None, found.scenario, found.per)
        except CalcError as error:
            yield "baseline" if "baseline" in str(error) else "systems", str(error)


def _said(error: UnknownNameError) -> str:
    return str(error).removesuffix(".")
