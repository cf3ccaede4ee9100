"""The answer in words: headline, standfirst and basis of a comparison, in English and Chinese.

Sentences are built from slots, one set per language, never from translated pieces. A number in
them is marked off by `MARK`, so that a page can set it apart without reading the words.
"""

from __future__ import annotations

from collections.abc import Sequence

from calc import figures, names
from calc.studies.compare import Comparison

__all__ = ["LANGUAGES", "MARK", "basis", "headline", "lowered", "plain", "standfirst", "strong"]

LANGUAGES = ("en", "zh")
"""The languages there are sentences in."""

MARK = "*"
"""Stands before and after every number of a sentence."""

_WEAK = ("estimated", "assumed")
_HEADLINED = ("power.all_in", "chip.flop_rate")


def strong(text: str) -> str:
    """A text between marks."""
    return f"{MARK}{text}{MARK}"


def plain(text: str) -> str:
    """A sentence without its marks.

    >>> plain("A delivers *1.66×* the dense BF16 of B")
    'A delivers 1.66× the dense BF16 of B'
    """
    return text.replace(MARK, "")


def _same(value: float) -> bool:
    return abs(value - 1.0) < figures.SAME


def _times(value: float, language: str) -> str:
    if language == "zh":
        return strong(figures.short_ratio(value).removesuffix("×"))
    return strong(figures.short_ratio(value))


def _rate(found: Comparison, language: str) -> str:
    sparse = found.scenario.sparse
    precision = found.scenario.precision.upper()
    if language == "zh":
        return f"{'2:4 稀疏' if sparse else '稠密'} {precision} 算力"
    return f"{'2:4-sparse' if sparse else 'dense'} {precision}"


def _others(found: Comparison) -> list[str]:
    return [system.id for system in found.systems if system.id != found.baseline]


def _joined(parts: Sequence[str], language: str) -> str:
    if language == "zh":
        return "，".join(parts)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def headline(found: Comparison, language: str = "en") -> str:
    """The answer in one sentence: what the system gives, and the price of it.

    Parameters
    ----------
    found : the comparison.
    language : one of `LANGUAGES`.

    Returns
    -------
    str : one sentence without its full stop, numbers between `MARK`.
    """
    titles, others = found.titles, _others(found)
    if not others:
        return titles[found.baseline]
    base = titles[found.baseline]
    rate = found.row("flop_rate")
    if len(others) > 1:
        return _several(found, titles, others, language)
    system = others[0]
    ratio = rate.ratios[system]
    if ratio is None:
        lacking = system if rate.values[system] is None else found.baseline
        precision = found.scenario.precision.upper()
        if language == "zh":
            return f"{titles[lacking]} 没有{'2:4 稀疏' if found.scenario.sparse else '稠密'} {precision} 算力，无法比较"
        return f"{titles[lacking]} has no {_rate(found, 'en')} rate, so the two cannot be compared on it"
    price = _price(found, system, language)
    if language == "zh":
        said = f"与 {base} 相同" if _same(ratio) else f"是 {base} 的 {_times(ratio, 'zh')} 倍"
        return f"{titles[system]} 的{_rate(found, 'zh')}{said}" + (f"，{price}" if price else "")
    said = "the same" if _same(ratio) else f"{_times(ratio, 'en')} the"
    return f"{titles[system]} delivers {said} {_rate(found, 'en')} of {base}" + (f", with {price}" if price else "")


def _price(found: Comparison, system: str, language: str) -> str:
    words = {"chips": ("the chips", "芯片数"), "power.all_in": ("the power", "功率")}
    parts = []
    for name, (en, zh) in words.items():
        row = found.row(name)
        value = row.ratios[system]
        # Per chip, a count of chips says nothing.
        if value is None or row.per == "chip":
            continue
        if language == "zh":
            parts.append(f"{zh}与其相同" if _same(value) else f"{zh}是其 {_times(value, 'zh')} 倍")
        else:
            parts.append(f"the same {en.split()[-1]}" if _same(value) else f"{_times(value, 'en')} {en}")
    return _joined(parts, language) if parts else ""


def _several(found: Comparison, titles: dict[str, str], others: Sequence[str], language: str) -> str:
    rate = found.row("flop_rate")
    known = [(titles[system], value) for system in others if (value := rate.ratios[system]) is not None]
    if not known:
        return (
            f"{_rate(found, language)}：无可比数据" if language == "zh" else f"No {_rate(found, 'en')} rate to compare"
        )
    base = titles[found.baseline]
    if language == "zh":
        said = "，".join(f"{name} 为 {_times(value, 'zh')} 倍" for name, value in known)
        return f"以 {base} 为基准，{_rate(found, 'zh')}：{said}"
    first, *rest = [f"{name} delivers {_times(value, 'en')} the {_rate(found, 'en')}" for name, value in known[:1]] + [
        f"{name} {_times(value, 'en')}" for name, value in known[1:]
    ]
    return f"Against {base}, {', '.join([first, *rest])}"


def standfirst(found: Comparison, language: str = "en") -> str:
    """What the answer costs, in two or three sentences."""
    others, titles = _others(found), found.titles
    if not others:
        return "再添加一个系统即可看到比值。" if language == "zh" else "Add another system to see ratios."
    said = []
    for system in others if len(others) == 1 else []:
        said += [_costs(found, system, language), _holds(found, system, language)]
    row = found.row("power.all_in")
    for system_id, name in titles.items():
        if row.values[system_id] is None:
            reason = row.missing[system_id]
            said.append(
                f"{name} 无整机功率（{reason}）。" if language == "zh" else f"{name} has no all-in power: {reason}."
            )
    return ("" if language == "zh" else " ").join(part for part in said if part)


def _costs(found: Comparison, system: str, language: str) -> str:
    precision = found.scenario.precision.upper()
    words = {
        "power_per_flop_rate": (f"Each {precision} FLOP", f"每单位 {precision} 算力的功耗"),
        "power_per_hbm_bandwidth": ("each byte per second of memory bandwidth", "每单位内存带宽"),
        "power_per_hbm_capacity": ("each byte of memory", "每单位内存容量"),
    }
    known = [(words[name], value) for name in words if (value := found.row(name).ratios[system]) is not None]
    if len(known) < len(words):
        return ""
    ratios = [strong(figures.ratio(value)) for _, value in known]
    if language == "zh":
        first, *rest = [
            f"{zh}是其 {ratio.replace('×', '')} 倍" if i == 0 else f"{zh} {ratio.replace('×', '')} 倍"
            for i, (((_, zh), _), ratio) in enumerate(zip(known, ratios, strict=True))
        ]
        return "，".join([first, *rest]) + "。"
    first, *rest = [
        f"{en} costs it {ratio} the power" if i == 0 else f"{en} {ratio}"
        for i, (((en, _), _), ratio) in enumerate(zip(known, ratios, strict=True))
    ]
    return ", ".join([first, *rest]) + "."


def _holds(found: Comparison, system: str, language: str) -> str:
    memory, racks = found.row("hbm.capacity").ratios[system], found.row("racks")
    if memory is None:
        return ""
    ours, theirs = racks.values[system], racks.values[found.baseline]
    whole = ours is not None and theirs is not None and found.per == "system"
    if language == "zh":
        place = f"，占 {strong(f'{ours:.0f}')} 个机柜，对方 {theirs:.0f} 个" if whole else ""
        return f"内存容量是其 {strong(figures.ratio(memory).removesuffix('×'))} 倍{place}。"
    place = f" in {strong(f'{ours:.0f}')} rack{'s' * (ours != 1)} against {theirs:.0f}" if whole else ""
    return f"It holds {strong(figures.ratio(memory))} the memory{place}."


def basis(found: Comparison, language: str = "en") -> str:
    """Which headline numbers rest on estimates, and what another edition would give; empty where none does."""
    said = []
    for system in found.systems:
        result = found.results[system.id]
        labels = [found.label_of(path, language) for path in _HEADLINED if result.confidence(path) in _WEAK]
        if not labels:
            continue
        if language == "zh":
            said.append(f"{system.short} 的{'、'.join(labels)}")
        else:
            said.append(f"{' and '.join(map(lowered, labels))} of {system.short}")
    if not said:
        return ""
    other = _other_edition(found, language)
    if language == "zh":
        return f"依据含估计：{'；'.join(said)}。{other}"
    return f"Rests on estimates: {'; '.join(said)}.{' ' + other if other else ''}"


def lowered(label: str) -> str:
    """A label inside a sentence; one that starts with an abbreviation keeps its capitals."""
    return label if label[:2].isupper() else label[0].lower() + label[1:]


def _other_edition(found: Comparison, language: str) -> str:
    """What the all-in power ratio would be with the first other reading of it."""
    others = _others(found)
    if len(others) != 1 or found.row("power.all_in").ratios[others[0]] is None:
        return ""
    for system_id in (others[0], found.baseline):
        result = found.results[system_id]
        datum = result.inputs.get("power.all_in")
        if datum is None or not datum.alternatives or "power.all_in" in result.was_set:
            continue
        reading = datum.alternatives[0]
        ratio = found.row("power.all_in").ratios[others[0]] or 0.0
        swapped = ratio * (reading.value / datum.value) ** (1 if system_id == others[0] else -1)
        shown = strong(figures.ratio(swapped))
        amount = figures.amount(names.find("power.all_in"), reading.value)
        if language == "zh":
            return f"按另一读数（{amount}），功率比为 {shown}。"
        return f"With the other reading of {amount} the power ratio is {shown}."
    return ""
