"""What would have to be true for two systems to be level, in words.

Sentences are built as in `calc.studies.narrate`, one set for each language, numbers between its `MARK`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from calc import figures, names
from calc.spec.system import System
from calc.studies.break_even import BreakEven
from calc.studies.levers import titles
from calc.studies.narrate import strong
from calc.studies.narrate_what_if import label_in_words

__all__ = ["input_in_words", "nothing_in_range", "would_be_level"]

_PART = {"count": ("count of", "数量"), "power": ("unit power of", "单件功率")}


def input_in_words(path: str, system: System, precision: str = "bf16", language: str = "en") -> str:
    """What an input is called in the middle of a sentence.

    Parameters
    ----------
    path : the input.
    system : the system it is of.
    precision : number format of throughputs.
    language : en or zh.

    >>> from calc.spec.library import open_library
    >>> from calc.spec.system import compose
    >>> system = compose(open_library(), "cloudmatrix-384")
    >>> input_in_words("power.all_in", system), input_in_words("parts.cpus.count", system)
    ('all-in power', 'count of Huawei Kunpeng 920')
    """
    if path.startswith("parts."):
        _, name, what = path.split(".")
        title = next(part.title for part in system.parts if part.name == name)
        return f"{title} {_PART[what][1]}" if language == "zh" else f"{_PART[what][0]} {title}"
    if path.startswith("chip.flop_rate") and language != "zh":
        return f"{precision.upper()} rate per accelerator"
    return label_in_words(*titles(system, path, precision), precision, language).strip()


def would_be_level(one: BreakEven, pair: Sequence[System], precision: str = "bf16", language: str = "en") -> str:
    """The value that would make the two level, against the one adopted and what its sources say; or that none does.

    Parameters
    ----------
    one : the break-even.
    pair : the two systems.
    precision : number format of throughputs.
    language : en or zh.

    Returns
    -------
    str : one sentence, numbers between `calc.studies.narrate.MARK`.
    """
    short = {each.id: each.short for each in pair}
    ours, base, of = short[one.system], short[one.baseline], short[one.of]
    label = label_in_words(one.outcome.en, one.outcome.zh, precision, language)
    if abs(one.ratio - 1.0) < figures.SAME:
        return (
            f"{ours} 与 {base} 的{label}已经相同。" if language == "zh" else f"{ours} and {base} are level on {label}."
        )
    row = names.find(one.path)
    moved = input_in_words(one.path, next(each for each in pair if each.id == one.of), precision, language)
    if one.value is None:
        return _none(one, f"{ours} 与 {base}" if language == "zh" else f"{ours} and {base}", of, moved, label, language)
    unit, texts = figures.column(row, [one.value, one.adopted])
    said = [figures.ratio(one.factor)] if one.factor is not None else []
    said += _sources(one, language)
    value = strong(f"{texts[0]} {unit}".strip())
    adopted = f"{texts[1]} {unit}".strip()
    if language == "zh":
        instead = f"，而非 {adopted}" if one.adopted is not None else ""
        aside = f"（{'；'.join(said)}）" if said else ""
        verb = "追平或越过" if row.whole else "持平"
        joined = f"{ours} 在{label}上将与 {base} {verb}" if verb == "持平" else f"{ours} 在{label}上将{verb} {base}"
        return f"若 {of} 的{_spaced(moved)}为 {value}{instead}，{joined}{aside}。"
    instead = f" instead of {adopted}" if one.adopted is not None else ""
    aside = f" ({'; '.join(said)})" if said else ""
    whose = "its" if one.of == one.system else f"{of}'s"
    verb = "equal or pass" if row.whole else "equal"

    return f"{ours} would {verb} {base} on {label} if {whose} {moved} were {value}{instead}{aside}."


def _spaced(text: str) -> str:
    """Chinese text whose Latin ends stand off from the characters around it."""
    return (" " if text[0].isascii() else "") + text + (" " if text[-1].isascii() else "")


def _none(one: BreakEven, both: str, of: str, moved: str, label: str, language: str) -> str:
    unit, ends = figures.column(names.find(one.path), [one.low, one.high])
    span = f"{ends[0]} – {ends[1]} {unit}".strip()
    if language == "zh":
        said = f"{of} 的{_spaced(moved)}"
        if not one.moves:
            return f"{said}不影响两者{label}之比。"
        return f"{said}在 {strong(span)} 内没有使 {both} 在{label}上持平的值。"
    if not one.moves:
        return f"The ratio of {both} on {label} does not move with {of}'s {moved}."
    return f"No value of {of}'s {moved} in {strong(span)} makes {both} level on {label}."


def _sources(one: BreakEven, language: str) -> list[str]:
    """Where the value stands to what the sources of the input say."""
    if one.within is None or one.published is None:
        return []
    alone = one.published[0] == one.published[1]
    if one.within:
        return ["在来源给出的范围之内" if language == "zh" else "within what its sources say"]
    if language == "zh":
        return ["没有来源给出此值" if alone else "在所有来源的范围之外"]
    return ["not what any source says" if alone else "outside every source's range"]


def nothing_in_range(
    found: Iterable[BreakEven], pair: Sequence[System], precision: str = "bf16", language: str = "en"
) -> str:
    """The inputs that move the ratio and of which no value in range makes the two level, in one line.

    Parameters
    ----------
    found : what `calc.studies.break_even.what_would_have_to_be_true` gives.
    pair : the two systems.
    precision : number format of throughputs.
    language : en or zh.

    Returns
    -------
    str : one sentence; empty where there are none.
    """
    said = []
    for each in pair:
        moved = [
            input_in_words(one.path, each, precision, language)
            for one in found
            if one.of == each.id and one.value is None and one.moves
        ]
        if moved:
            whose = f"{each.short} 的" if language == "zh" else f"{each.short}'s "
            said.append(whose + ("、" if language == "zh" else ", ").join(moved))
    if not said:
        return ""
    if language == "zh":
        return f"下列输入在十分之一至十倍之间没有使两者持平的值：{'；'.join(said)}。"
    return f"No value from a tenth to ten times of these makes them level: {'; '.join(said)}."
