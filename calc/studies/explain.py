"""A result unfolded into formula, inputs and sources, down to file and line."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from calc import names
from calc.errors import CalcError
from calc.model.evaluate import evaluate
from calc.model.result import Result
from calc.model.scenario import Scenario
from calc.spec.datum import Datum
from calc.spec.system import System

__all__ = ["Explanation", "explain", "formula_text"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One quantity, and everything it rests on.

    Attributes
    ----------
    name, quantity : what it is.
    value : SI value.
    confidence : the weakest confidence it rests on.
    formula : how it is computed from `inputs`; empty where it is a figure or was set.
    inputs : the explanations of what it is computed from.
    datum : the figure, where it is one.
    was_set : whether the scenario set it.
    note : what else there is to know.
    """

    name: str
    quantity: names.Quantity
    value: float
    confidence: str | None
    formula: str = ""
    inputs: Sequence[Explanation] = ()
    datum: Datum | None = None
    was_set: bool = False
    note: str = ""

    def figures(self) -> Iterator[Datum]:
        """Every figure below, each once."""
        seen: set[str] = set()
        for below in self._walk():
            if below.datum is not None and below.datum.place not in seen:
                seen.add(below.datum.place)
                yield below.datum

    def _walk(self) -> Iterator[Explanation]:
        yield self
        for child in self.inputs:
            yield from child._walk()

    def to_json(self, sources: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
        """As plain values, without the schema's name."""
        plain: dict[str, Any] = {
            "quantity": self.name,
            "label": self.quantity.en,
            "value": self.value,
            "unit": self.quantity.unit,
            "confidence": self.confidence,
        }
        if self.formula:
            plain |= {"formula": self.formula, "inputs": [child.to_json(sources) for child in self.inputs]}
        if self.note:
            plain["note"] = self.note
        if self.was_set:
            plain["set"] = True
        elif self.datum is not None:
            plain["figure"] = _reading(self.datum, sources)
            plain["readings"] = [_reading(reading, sources) for reading in self.datum.readings]
        return plain


def _reading(datum: Datum, sources: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Any]:
    source = (sources or {}).get(datum.source, {})
    plain = {
        "text": datum.text,
        "value": datum.value,
        "source": datum.source,
        "title": source.get("title"),
        "url": source.get("url"),
        "at": datum.at,
        "confidence": datum.confidence,
        "low": datum.low,
        "high": datum.high,
        "note": datum.note,
        "currency_year": datum.currency_year,
        "file": datum.file,
        "line": datum.line,
    }
    return {key: value for key, value in plain.items() if value not in (None, "")}


def explain(system: System, quantity: str, scenario: Scenario | None = None) -> Explanation:
    """Unfold one quantity of a system.

    Parameters
    ----------
    system : the system.
    quantity : a quantity or an input path.
    scenario : the assumptions.

    Returns
    -------
    Explanation : a tree whose leaves are figures of spec files.

    Raises
    ------
    CalcError : where the quantity cannot be had, with the reason.
    UnknownNameError : where there is none of that name.
    """
    result = evaluate(system, scenario)
    if result.get(quantity) is None:
        raise CalcError(f"{system.id} has no {quantity}: {result.reason(quantity)}")
    return _explain(result, quantity)


def _explain(result: Result, name: str) -> Explanation:
    row = names.find(name)
    value, confidence = float(result.values[name]), result.confidence(name)
    if name in result.was_set:
        return Explanation(name, row, value, "assumed", was_set=True, datum=result.inputs.get(name))
    node = result.graph.nodes.get(name)
    if node is None:
        return Explanation(name, row, value, confidence, datum=result.inputs.get(name))
    taken = [name for name in node.takes if name in result.values]
    lacking = [name for name in node.takes if name not in result.values and node.partial]
    note = f"without {', '.join(lacking)}: not known" if lacking else ""
    text = " + ".join(taken) if node.formula.__name__ == "total" else formula_text(node.formula, taken)
    return Explanation(name, row, value, confidence, text, tuple(_explain(result, below) for below in taken), note=note)


_OPERATORS = {"multiply": "×", "divide": "/", "add": "+", "subtract": "−"}
_SIGNS: dict[type[ast.AST], str] = {ast.Mult: "×", ast.Div: "/", ast.Add: "+", ast.Sub: "−", ast.Gt: ">"}
_RANK = {"+": 1, "−": 1, ">": 0, "×": 2, "/": 2}


def formula_text(formula: Callable[..., Any], taken: Sequence[str]) -> str:
    """A formula as arithmetic on the quantities it takes, read from its own code.

    >>> from calc.physics.power import power_per_flop_rate
    >>> formula_text(power_per_flop_rate, ["power.all_in", "flop_rate"])
    'power.all_in / flop_rate'
    """
    body, parameters = _code(formula)
    words: dict[str, tuple[str, int]] = {
        word: (name, 9) for word, name in zip(parameters, [*taken, *["1"] * len(parameters)], strict=False)
    }
    for statement in body:
        if isinstance(statement, ast.Assign):
            for target, value in _pairs(statement):
                words[target] = _say(value, words)
        elif isinstance(statement, ast.Return) and statement.value is not None:
            return _say(statement.value, words)[0]
    return formula.__name__


@cache
def _code(formula: Callable[..., Any]) -> tuple[list[ast.stmt], tuple[str, ...]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(formula)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    return function.body, tuple(argument.arg for argument in function.args.args)


def _pairs(statement: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    target = statement.targets[0]
    if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
        for name, value in zip(target.elts, statement.value.elts, strict=True):
            assert isinstance(name, ast.Name)
            yield name.id, value
    elif isinstance(target, ast.Name):
        yield target.id, statement.value


def _say(node: ast.expr, words: Mapping[str, tuple[str, int]]) -> tuple[str, int]:
    """An expression's text, and how tightly its outermost operator binds."""
    if isinstance(node, ast.Name):
        return words.get(node.id, ("8" if node.id == "_BITS_PER_BYTE" else node.id, 9))
    if isinstance(node, ast.Constant):
        return f"{node.value:g}" if isinstance(node.value, (int, float)) else str(node.value), 9
    if isinstance(node, ast.BinOp):
        return _join(_SIGNS[type(node.op)], _say(node.left, words), _say(node.right, words))
    if isinstance(node, ast.Compare):
        return _join(_SIGNS[type(node.ops[0])], _say(node.left, words), _say(node.comparators[0], words))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        word = node.func.attr
        arguments = [_say(argument, words) for argument in node.args]
        if word in _OPERATORS:
            return _join(_OPERATORS[word], *arguments)
        if word == "asarray":
            return arguments[0]
        if word == "floor_divide":
            return f"floor({_join('/', *arguments)[0]})", 9
        if word == "ones_like":
            return "1", 9
        name = {"maximum": "max", "minimum": "min"}.get(word, word)
        return f"{name}({', '.join(text for text, _ in arguments)})", 9
    return ast.unparse(node), 9


def _join(sign: str, left: tuple[str, int], right: tuple[str, int]) -> tuple[str, int]:
    rank = _RANK[sign]
    first = f"({left[0]})" if left[1] < rank else left[0]
    tight = right[1] < rank or (right[1] == rank and sign in "/−")
    return f"{first} {sign} {f'({right[0]})' if tight else right[0]}", rank
