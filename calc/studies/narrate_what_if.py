"""What a what-if comes to, in words: the changed result, and what it would take to draw level.

Sentences are built as in `calc.studies.narrate`, one set for each language, numbers between its `MARK`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calc import figures, names
from calc.studies.break_even import BreakEven
from calc.studies.compare import Comparison
from calc.studies.narrate import lowered, strong

__all__ = ["changed", "in_words", "label_in_words", "level"]

_MOST_NAMED = 3


def label_in_words(en: str, zh: str, precision: str = "bf16", language: str = "en") -> str:
    """The label of a figure, as the middle of a sentence names it.

    Parameters
    ----------
    en, zh : the label.
    precision : number format of throughputs.
    language : en or zh.

    >>> label_in_words("Power, all-in", "功率（整机）"), label_in_words("Power per {precision}", "", "fp8")
    ('all-in power', 'power per FP8')
    """
    said = (zh if language == "zh" else en).format(precision=precision.upper(), pue="", currency_year="")
    if language == "zh":
        # A Latin word stands off from the characters before it.
        return f" {said}" if said[0].isascii() else said
    what, comma, scope = said.partition(", ")
    return f"{scope} {lowered(what)}" if comma else lowered(said)


def _label(path: str, precision: str, language: str) -> str:
    row = names.find(path)
    return label_in_words(row.en, row.zh, precision, language)


def in_words(path: str, value: float, precision: str = "bf16", language: str = "en") -> str:
    """An input and its value, as a sentence names them.

    Parameters
    ----------
    path : the input.
    value : its SI value.
    precision : number format of throughputs.
    language : en or zh.

    >>> in_words("chip.flop_rate", 8e14), in_words("power.all_in", 559378.0), in_words("pue", 1.2)
    ('800 TFLOP/s a chip', '559 kW all-in', 'power usage effectiveness of 1.20')
    """
    text = figures.amount(names.find(path), value)
    if path.startswith("chip.flop_rate"):
        return f"单芯片 {text}" if language == "zh" else f"{text} a chip"
    if path == "power.all_in":
        return f"整机 {text}" if language == "zh" else f"{text} all-in"
    label = _label(path, precision, language)
    if path.startswith("parts."):
        part = path.split(".")[1].replace("-", " ")
        return f"{part} {label.strip()} {text}" if language == "zh" else f"{label} of {text} ({part})"
    return f"{label.strip()} {text}" if language == "zh" else f"{label} of {text}"


def _settings(after: Comparison, system_id: str, language: str) -> list[str]:
    """Every setting in words, those of other systems with their name."""
    said = []
    for system in after.systems:
        result = after.results[system.id]
        for path in after.scenario.settings(system.id):
            value = result.values.get(path)
            common = path in after.scenario.set
            if value is None or np.ndim(value) or (common and system.id != system_id):
                continue
            words = in_words(path, float(value), after.scenario.precision, language)
            if system.id != system_id:
                words = f"{system.short} {words}" if language == "zh" else f"{words} for {system.short}"
            said.append(words)
    return said


def changed(before: Comparison, after: Comparison, system_id: str, quantity: str, language: str = "en") -> str:
    """The changed ratio, and what it was.

    Parameters
    ----------
    before, after : the comparison as adopted, and with the scenario.
    system_id : whose ratio to the baseline.
    quantity : what the ratio is of.
    language : en or zh.

    Returns
    -------
    str : one sentence without its full stop, numbers between `calc.studies.narrate.MARK`.
    """
    ours, base = after.titles[system_id], after.titles[after.baseline]
    said = _settings(after, system_id, language)
    if system_id == after.baseline:
        return _alone(before, after, system_id, quantity, said, language)
    was, now = (found.row(quantity).ratios.get(system_id) for found in (before, after))
    label = _label(quantity, after.scenario.precision, language)
    if now is None:
        reason = after.row(quantity).missing.get(system_id) or after.row(quantity).missing.get(after.baseline, "")
        if language == "zh":
            return f"{ours} 与 {base} 无法比较{label}" + (f"：{reason}" if reason else "")
        return f"{ours} and {base} cannot be compared on {label}" + (f": {reason}" if reason else "")
    if language == "zh":
        start = _start_zh(said)
        middle = f"{ours} 的{label}是 {base} 的 {strong(_bare(now))} 倍"
        return start + middle + (f"，而非 {_bare(was)} 倍" if _differ(was, now) else "，没有变化" if said else "")
    verb = {"lower": "needs", "higher": "offers"}.get(names.find(quantity).better or "", "has")
    middle = f"{ours} {verb} {strong(figures.ratio(now))} the {label} of {base}"
    return (
        _start(said) + middle + (f", not {figures.ratio(was)}" if _differ(was, now) else ", as before" if said else "")
    )


def _alone(
    before: Comparison, after: Comparison, system_id: str, quantity: str, said: Sequence[str], language: str
) -> str:
    """The changed figure itself, where there is nothing to compare it with."""
    title = after.titles[system_id]
    label = _label(quantity, after.scenario.precision, language)
    row = after.row(quantity)
    was, now = before.row(quantity).values[system_id], row.values[system_id]
    if now is None:
        reason = row.missing.get(system_id, "")
        return f"{title} 没有{label}：{reason}" if language == "zh" else f"{title} has no {label}: {reason}"
    texts = [figures.amount(row.quantity, value) for value in (now, was if was is not None else now)]
    if language == "zh":
        middle = f"{title} 的{label}为 {strong(texts[0])}"
        return _start_zh(said) + middle + (f"，而非 {texts[1]}" if texts[0] != texts[1] else "")
    middle = f"{title} has {strong(texts[0])} of {label}"
    return _start(said) + middle + (f", not {texts[1]}" if texts[0] != texts[1] else "")


def _bare(ratio: float | None) -> str:
    return figures.ratio(ratio).removesuffix("×")


def _differ(was: float | None, now: float) -> bool:
    """Whether the two print differently: a sentence never says 2.49×, not 2.49×."""
    return figures.ratio(was) != figures.ratio(now)


def _start(said: Sequence[str]) -> str:
    if not said:
        return "As adopted, "
    if len(said) > _MOST_NAMED:
        return f"With {len(said)} inputs changed, "
    return f"With {said[0] if len(said) == 1 else ', '.join(said[:-1]) + ' and ' + said[-1]}, "


def _start_zh(said: Sequence[str]) -> str:
    if not said:
        return "按采用的读数，"
    return f"改变 {len(said)} 项输入后，" if len(said) > _MOST_NAMED else f"若{'、'.join(said)}，"


def level(found: Sequence[BreakEven], precision: str = "bf16", language: str = "en") -> str:
    """What it would take to draw level, or that nothing in reach does.

    Parameters
    ----------
    found : one for each input, all of one system and one quantity.
    precision : number format of throughputs.
    language : en or zh.

    Returns
    -------
    str : a sentence, numbers between `calc.studies.narrate.MARK`; empty where there is nothing to say.
    """
    moving = [one for one in found if one.moves]
    if not moving:
        return ""
    label = label_in_words(moving[0].outcome.en, moving[0].outcome.zh, precision, language)
    if abs(moving[0].ratio - 1.0) < figures.SAME:
        return f"两者的{label}相同。" if language == "zh" else f"The two are level on {label}."
    reached = [strong(in_words(one.path, one.value, precision, language)) for one in moving if one.value is not None]
    if reached:
        if language == "zh":
            return f"要在{label}上持平，需{'，或'.join(reached)}。"
        return f"To draw level on {label} it would take {', or '.join(reached)}."
    return "".join(_none(one, precision, language) for one in moving[:1])


def _none(one: BreakEven, precision: str, language: str) -> str:
    row = names.find(one.path)
    unit, ends = figures.column(row, [one.low, one.high])
    span = f"{ends[0]} – {ends[1]} {unit}".strip()
    label = _label(one.path, precision, language)
    if language == "zh":
        return f"{label.strip()}在 {span} 内没有使两者持平的值。"
    return f"No value of {label} in {span} makes them level."
