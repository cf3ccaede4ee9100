"""A spec file from a few answers: what every spec of a kind has to have, and what most have."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from calc import names, units
from calc.errors import CalcError, UnitError, nearest
from calc.spec.schema import ID

__all__ = ["ASKED", "Question", "answered", "interview", "written"]

_DATE = re.compile(r"(19|20)\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", re.ASCII)
_CONFIDENCE = ("datasheet", "measured", "reported")


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask.

    Attributes
    ----------
    key : where the answer goes: a dotted path of the spec, or ``source.`` and a key of the source.
    text : the question.
    example : an answer.
    quantity : the figure that it is, by its name in `calc.names`; empty for words.
    needed : whether it has to be answered.
    """

    key: str
    text: str
    example: str
    quantity: str = ""
    needed: bool = True


_WHO = (
    Question("name", "Its full name", "Maker Model 1"),
    Question("vendor", "Who sells it", "Maker"),
    Question("country", "The country it is designed in, two letters", "CN"),
    Question("introduced", "When it was launched", "2026-04", needed=False),
)
_WHERE = (
    Question("source.title", "The title of the page or paper that the figures are from", "Model 1 datasheet"),
    Question("source.publisher", "Who published that", "Maker"),
    Question("source.date", "When it was published, or last changed when you read it", "2026-04"),
    Question("source.url", "Where it can be read", "https://…"),
    Question("source.confidence", "How the figures are known: datasheet, measured or reported", "datasheet"),
)

ASKED: dict[str, tuple[Question, ...]] = {
    "chip": (
        *_WHO,
        *_WHERE,
        Question("dies", "How many compute dies are in a package", "2", "chip.dies"),
        Question("flop_rate.bf16.dense", "Its dense BF16 rate, per package", "780 TFLOP/s", "chip.flop_rate"),
        Question("hbm.capacity", "Its memory, per package", "128 GB", "chip.hbm.capacity", False),
        Question("hbm.bandwidth", "Its memory bandwidth, per package", "3.2 TB/s", "chip.hbm.bandwidth", False),
        Question("power", "Its rated power, per package", "700 W", "chip.power", False),
    ),
    "system": (
        *_WHO,
        *_WHERE,
        Question("chip", "The id of its chip (podcalc list chips)", "ascend-910c"),
        Question("chips_per_node", "How many chips are in a node", "8", "chips_per_node"),
        Question("nodes", "How many nodes it has", "48", "nodes"),
        Question("power.all_in", "The power of the whole, with network and storage", "600 kW", "power.all_in", False),
    ),
}
"""What is asked of each kind of spec that can be asked for."""


def _fault(question: Question, answer: str, chips: tuple[str, ...]) -> str:
    """What is wrong with an answer; empty where nothing is."""
    key = question.key
    if not answer:
        return f"is needed; write for example '{question.example}'" if question.needed else ""
    if question.quantity:
        row = names.find(question.quantity)
        try:
            value = units.parse(answer, row.unit)
        except UnitError as error:
            return str(error)
        if value <= 0 or (row.whole and value != int(value)):
            return f"'{answer}' is not {'a whole number' if row.whole else 'a figure'} above zero"
        return ""
    if len(answer) > 500 or not answer.isprintable():
        return "is longer than 500 characters, or holds signs that cannot be printed"
    if key == "country" and not re.fullmatch("[A-Z]{2}", answer, re.ASCII):
        return f"'{answer}' is not a country; write its two letters, such as CN or US"
    if key in ("introduced", "source.date") and not _DATE.fullmatch(answer):
        return f"'{answer}' is not a date; write 2025, 2025-04 or 2025-04-16"
    if key == "source.url" and not re.fullmatch(r"https?://\S+", answer):
        return f"'{answer}' is not an address; write https://…"
    if key == "source.confidence" and answer not in _CONFIDENCE:
        return f"'{answer}' is not one of {', '.join(_CONFIDENCE)}"
    if key == "chip" and answer not in chips:
        close = nearest(answer, chips)
        hint = f"did you mean '{close}'?" if close else "write its file first: podcalc new chip --ask"
        return f"no chip '{answer}'; {hint}"
    return ""


def interview(
    kind: str, ask: Callable[[str], str | None], say: Callable[[str], None], chips: tuple[str, ...] = ()
) -> dict[str, str]:
    """Ask until every answer can be used.

    Parameters
    ----------
    kind : ``chip`` or ``system``.
    ask : shows a question and gives the answer, or None where there are no more.
    say : shows what is wrong with one.
    chips : ids of the chips there are.

    Raises
    ------
    CalcError : where the answers end early.
    """
    answers: dict[str, str] = {}
    for question in ASKED[kind]:
        while True:
            empty = "" if question.needed else "; empty where it is not known"
            answer = ask(f"{question.text} ({question.example}{empty}): ")
            if answer is None:
                raise CalcError(f"the answers end at '{question.text}'; nothing was written")
            answer = answer.strip()
            fault = _fault(question, answer, chips)
            if not fault:
                answers[question.key] = answer
                break
            say(fault)
    return answers


def answered(kind: str, answers: Mapping[str, str]) -> tuple[str, str]:
    """The spec file of some answers, and its ``sources.yaml``.

    Raises
    ------
    CalcError : where an answer cannot be used.
    """
    source = re.sub(r"[^a-z0-9]+", "-", f"{answers['source.publisher']}-{answers['source.title']}".lower()).strip("-")
    source = (source[:58].strip("-") or "source") + f"-{answers['source.date'][:4]}"
    confidence = answers["source.confidence"]
    lines = [f"# yaml-language-server: $schema=../.schema/{kind}.json", f"kind: {kind}"]
    lines += [f"{key}: {json.dumps(answers[key], ensure_ascii=False)}" for key in ("name", "vendor")]
    lines.append(f"country: {answers['country']}")
    lines += [f"introduced: {answers['introduced']}"] if answers.get("introduced") else []
    lines.append(f"checked: {date.today().isoformat()}")
    lines += [f"chip: {answers['chip']}"] if kind == "system" else []
    heads: list[str] = []
    for question in ASKED[kind]:
        answer = answers.get(question.key, "")
        if not question.quantity or not answer:
            continue
        *above, last = question.key.split(".")
        for depth, step in enumerate(above):
            if heads[: depth + 1] != above[: depth + 1]:
                lines.append(f"{'  ' * depth}{step}:")
        heads = above
        span = f", range: [{answer}, {answer}]" if confidence == "reported" else ""
        lines.append(
            f"{'  ' * len(above)}{last}: {{value: {answer}, source: {source}, confidence: {confidence}{span}}}"
            "  # add at: page, table or row"
        )
    lines.append(f"# More keys, each described: podcalc new {kind}")
    entry = [f"{source}:"]
    entry += [
        f"  {key}: {json.dumps(answers[f'source.{key}'], ensure_ascii=False)}"
        for key in ("title", "publisher", "date", "url")
    ]
    return "\n".join(lines) + "\n", "\n".join(entry) + "\n"


def written(path: str, text: str, sources: str = "") -> list[str]:
    """Write a new spec file, and its source beside it; nothing is overwritten.

    Parameters
    ----------
    path : the file, whose name is the spec's id.
    text : what it says.
    sources : entries for the ``sources.yaml`` beside it, where one is not there yet.

    Returns
    -------
    list : the files that were written.

    Raises
    ------
    CalcError : where the name is no id, or the file is there already or cannot be written.
    """
    target = Path(path)
    if target.suffix != ".yaml" or not (ID.fullmatch(target.stem) or target.name == "sources.yaml"):
        raise CalcError(
            f"'{path}' is not a spec file's name; write an id of lower-case letters, digits, '-' and '.', and .yaml"
        )
    beside = target.with_name("sources.yaml")
    files = {target: text} | ({beside: sources} if sources and not beside.exists() else {})
    done = []
    for file, said in files.items():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with open(file, "x", encoding="utf-8") as opened:
                opened.write(said)
        except FileExistsError:
            raise CalcError(f"{file} is there already, and nothing is overwritten; name another file") from None
        except OSError as error:
            raise CalcError(f"{file} cannot be written: {error.strerror or error}") from None
        done.append(str(file))
    return done
