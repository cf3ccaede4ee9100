"""What systems do at a workload, in words: per chip, per kilowatt, as a whole, and how far to trust it.

Sentences are built as in `calc.studies.narrate`, one set for each language, numbers between its `MARK`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from calc import figures
from calc.studies.narrate import strong
from calc.studies.workload_bars import Bars
from calc.studies.workloads import Curve, Model, Rate, Refused

__all__ = [
    "amount",
    "bars_in_words",
    "basis",
    "curves_in_words",
    "curves_title",
    "headline",
    "milliseconds",
    "nobody",
    "refusal",
    "spans_in_words",
    "standfirst",
]

_EN = {
    "train": ("Training {model}", "does {rate} tokens a second"),
    "decode": ("Serving {model}{limit}", "decodes {rate} tokens a second"),
    "prefill": ("Serving {model}{limit}", "reads {rate} prompt tokens a second"),
}
_ZH = {
    "train": ("训练 {model}", "每秒处理 {rate} 个 token"),
    "decode": ("推理 {model}{limit}", "每秒解码 {rate} 个 token"),
    "prefill": ("推理 {model}{limit}", "每秒读入 {rate} 个提示 token"),
}
_LIMIT = {
    "en": {"decode": " within {limit} ms a token", "prefill": " with the first token within {limit} ms"},
    "zh": {"decode": "（每 token 不超过 {limit} ms）", "prefill": "（首 token 不超过 {limit} ms）"},
}
_MOST_NAMED = 4


def amount(value: float) -> str:
    """A rate or an amount of energy as sentences and tables print it: three significant digits, or whole.

    >>> amount(6286.3), amount(41.878), amount(0.5)
    ('6,286', '41.9', '0.500')
    """
    return figures.number(value, figures.decimals([value]))


def milliseconds(value: float) -> str:
    """A time in ms, as `amount` prints it.

    >>> milliseconds(0.04836)
    '48.4'
    """
    return amount(value * 1e3)


def _opening(model: Model, doing: str, limit: float | None, language: str) -> str:
    said = (_ZH if language == "zh" else _EN)[doing][0]
    bound = ""
    if limit is not None and doing in _LIMIT["en"]:
        bound = _LIMIT["zh" if language == "zh" else "en"][doing].format(limit=figures.number(limit * 1e3, 0))
    return said.format(model=model.name, limit=bound)


def _named(rates: Sequence[Rate], language: str) -> list[str]:
    """One chip of each system, by the chip's name where no other system has the same."""
    names = [one.chip for one in rates]
    said = []
    for one in rates:
        alone = names.count(one.chip) == 1
        if language == "zh":
            said.append(f"一颗 {one.chip} " if alone else f"{one.title} 的一颗芯片")
        else:
            said.append(f"one {one.chip}" if alone else f"one chip of {one.title}")
    return said


def headline(rates: Sequence[Rate], model: Model, doing: str, limit: float | None = None, language: str = "en") -> str:
    """What one chip of each system does.

    Parameters
    ----------
    rates : of the systems that can.
    model : the network.
    doing : train, decode or prefill.
    limit : longest time per output token, or to the first [s].
    language : en or zh.

    Returns
    -------
    str : one sentence without its full stop, numbers between `calc.studies.narrate.MARK`.
    """
    if not rates:
        return nobody(model, doing, language)
    opening, (_, verb) = _opening(model, doing, limit, language), (_ZH if language == "zh" else _EN)[doing]
    shown = rates
    if len(rates) > _MOST_NAMED:
        shown = sorted(rates, key=lambda one: -one.per_chip)[:_MOST_NAMED]
    (first, name), *others = zip(shown, _named(shown, language), strict=True)
    said = f"{name}{'' if language == 'zh' else ' '}{verb.format(rate=strong(amount(first.per_chip)))}"
    rest = [
        f"{name}{strong(amount(one.per_chip))} 个" if language == "zh" else f"{name} {strong(amount(one.per_chip))}"
        for one, name in others
    ]
    if language == "zh":
        return f"{opening}：{'，'.join([said, *rest])}"
    if not rest:
        return f"{opening}, {said}"
    return f"{opening}, {', '.join([said, *rest[:-1]])} and {rest[-1]}"


def nobody(model: Model, doing: str, language: str = "en") -> str:
    """That no system of the basket can."""
    if language == "zh":
        return f"所选系统均无法这样{'训练' if doing == 'train' else '推理'} {model.name}"
    return f"None of these systems can {'train' if doing == 'train' else 'serve'} {model.name} so"


def _measures(ours: Rate, theirs: Rate, language: str) -> list[tuple[str, float]]:
    """Ratios of one system to another: per chip, per kilowatt, and as a whole where that is another number."""
    zh = language == "zh"
    found = [("每颗芯片" if zh else "per chip", ours.per_chip / theirs.per_chip)]
    if ours.per_power and theirs.per_power:
        found.append(("每千瓦（整机）" if zh else "per all-in kilowatt", ours.per_power / theirs.per_power))
    if ours.chips != theirs.chips:
        whole = f"整套（{ours.chips:,} 颗对 {theirs.chips:,} 颗）" if zh else "as a whole"
        found.append((whole, ours.whole / theirs.whole))
    return found


def _side(ratio: float) -> int:
    return 0 if abs(ratio - 1.0) < figures.SAME else 1 if ratio > 1.0 else -1


def standfirst(rates: Sequence[Rate], base: str, language: str = "en", *, lone: bool = False) -> str:
    """Who is ahead per chip, per kilowatt and as a whole, and whether that order flips.

    Parameters
    ----------
    rates : of the systems that can.
    base : id of the system that ratios are to; the last one where it cannot.
    language : en or zh.
    lone : whether no other system was asked.
    """
    if not rates:
        return ""
    theirs = next((one for one in rates if one.system == base), rates[-1])
    others = [one for one in rates if one is not theirs]
    if not others:
        return _alone(theirs, language, lone)
    return _pair(others[0], theirs, language) if len(others) == 1 else _several(rates, language)


def _alone(one: Rate, language: str, lone: bool) -> str:
    whole, count = strong(amount(one.whole)), f"{one.chips:,}"
    if language == "zh":
        power = f"每千瓦（整机）每秒 {strong(amount(one.per_kilowatt))} 个 token；" if one.per_kilowatt else ""
        return f"{power}{count} 颗芯片合计每秒 {whole} 个。{'再添加一个系统即可看到比值。' if lone else ''}"
    power = f"{strong(amount(one.per_kilowatt))} per all-in kilowatt, " if one.per_kilowatt else ""
    return f"That is {power}{whole} on all {count} chips.{' Add another system to see ratios.' if lone else ''}"


def _pair(ours: Rate, theirs: Rate, language: str) -> str:
    found = _measures(ours, theirs, language)
    sides = [_side(ratio) for _, ratio in found]
    flips = 1 in sides and -1 in sides
    pieces = []
    for (what, ratio), before, side in zip(found, [sides[0], *sides[:-1]], sides, strict=True):
        turn = side * before < 0
        if language == "zh":
            said = "相同" if side == 0 else f"为 {strong(figures.ratio(ratio).removesuffix('×'))} 倍"
            pieces.append(f"{'但' if turn else ''}{what}{said}")
        else:
            said = "the same" if side == 0 else strong(figures.ratio(ratio))
            pieces.append(f"{'but ' if turn else ''}{what} {said}")
    if language == "zh":
        return f"{ours.title} 对 {theirs.title}：{'，'.join(pieces)}{'，次序颠倒' if flips else ''}。"
    counts = f" ({ours.chips:,} chips against {theirs.chips:,})" if ours.chips != theirs.chips else ""
    last = pieces.pop()
    joined = f"{', '.join(pieces)}{', ' if last.startswith('but ') else ' and '}{last}" if pieces else last
    return f"{ours.title} to {theirs.title}: {joined}{counts}.{' The order flips.' if flips else ''}"


def _several(rates: Sequence[Rate], language: str) -> str:
    zh = language == "zh"
    measures: list[tuple[str, Callable[[Rate], float]]] = [("每颗芯片" if zh else "per chip", lambda one: one.per_chip)]
    if sum(1 for one in rates if one.per_power) > 1:
        measures.append(("每千瓦（整机）" if zh else "per all-in kilowatt", lambda one: one.per_power or 0.0))
    if len({one.chips for one in rates}) > 1:
        measures.append(("整套" if zh else "as a whole", lambda one: one.whole))
    led: dict[str, list[str]] = {}
    for what, worth in measures:
        led.setdefault(max(rates, key=worth).title, []).append(what)
    if zh:
        pieces = [f"{'、'.join(named)}以 {title} 领先" for title, named in led.items()]
        return f"{'，'.join(pieces)}{'：次序因分母而变' if len(led) > 1 else ''}。"
    pieces = []
    for title, named in led.items():
        listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
        pieces.append(f"{listed} {title}{'' if pieces else ' leads'}")
    first = ", ".join(pieces)
    tail = ": the order depends on what it is divided by" if len(led) > 1 else ""
    return f"{first[0].upper()}{first[1:]}{tail}."


def basis(rates: Sequence[Rate], language: str = "en") -> str:
    """The intervals, the number formats, and whether kernels are assumed."""
    if not rates:
        return ""
    zh = language == "zh"
    spans = [f"{one.title} {strong(f'{amount(one.low)} … {amount(one.high)}')}" for one in rates]
    said = [f"每颗芯片的 80% 区间：{'，'.join(spans)}。" if zh else f"80 % intervals per chip: {', '.join(spans)}."]
    formats = {one.precision.upper() for one in rates}
    if len(formats) > 1:
        own = [f"{one.title} {one.precision.upper()}" for one in rates]
        said.append(
            f"各用自身格式：{'，'.join(own)}；稠密。" if zh else f"Each in its own format: {', '.join(own)}; dense."
        )
    else:
        (one,) = formats
        said.append(f"{one}，稠密。" if zh else f"{one}, dense.")
    assumed = [one.title for one in rates if one.assumed]
    if assumed and zh:
        said.append(f"{'、'.join(assumed)} 的核函数为假设，取自其他芯片：不要据此排名。")
    elif assumed:
        named = " and ".join(assumed)
        said.append(
            f"The kernels of {named} are assumed, taken over from another chip: do not rank by these figures alone."
        )
    return ("" if zh else " ").join(said)


_REASONS: Sequence[tuple[str, str, str]] = (
    (
        r"nothing keeps a time per output token of (.+) ms; the shortest is (.+) ms",
        "no split keeps {0} ms a token; the shortest is {1} ms",
        "没有方案能做到每 token {0} ms；最短 {1} ms",
    ),
    (
        r"nothing keeps a time to first token of (.+) ms; the shortest is (.+) ms",
        "no split gives the first token within {0} ms; the shortest is {1} ms",
        "没有方案能在 {0} ms 内给出首 token；最短 {1} ms",
    ),
    (
        r"nothing fits: weights, .*; needs (.+) GB per rank; (.+) GB there; smallest that fits: (.+) ranks",
        "nothing fits: needs {0} GB per rank, where there are {1}; smallest that fits: {2} ranks",
        "放不下：每个 rank 需要 {0} GB，只有 {1} GB；最少需要 {2} 个 rank",
    ),
    (
        r"nothing fits: weights, .*; needs (.+) GB per rank; (.+) GB there",
        "nothing fits: needs {0} GB per rank, where there are {1}",
        "放不下：每个 rank 需要 {0} GB，只有 {1} GB",
    ),
    (
        r"needs (.+ [GT]B) per chip; (.+ [GT]B) there; smallest that fits: (.+) chips",
        "nothing fits: needs {0} per chip, where there are {1}; smallest that fits: {2} chips",
        "放不下：每颗芯片需要 {0}，只有 {1}；最少需要 {2} 颗芯片",
    ),
    (
        r"needs (.+ [GT]B) per chip; (.+ [GT]B) there; no number .*",
        "nothing fits: needs {0} per chip, where there are {1}; no number of chips tried fits",
        "放不下：每颗芯片需要 {0}，只有 {1}；试过的芯片数都放不下",
    ),
    (
        r"no mapping is possible; most often (.+)",
        "no mapping is possible; most often {0}",
        "没有可行的映射；最常见的原因：{0}",
    ),
    (
        r"\S+ has no fitted kernels in (\S+); there are (.+)",
        "there are no kernels in {0!u}; there are in {1!u}",
        "没有 {0!u} 的核函数；有 {1!u}",
    ),
    (
        r"\S+ has no chip\.flop_rate: no dense (\S+): it has (.+)",
        "it has no dense {0!u}; it has {1!u}",
        "没有稠密 {0!u}；有 {1!u}",
    ),
    (
        r"\S+ has no fit of (.+); see specs/kernels",
        "no kernels of {0} have been fitted for its chip",
        "其芯片没有 {0} 的拟合核函数",
    ),
    (
        r"([\d,]+) mappings to try; .*",
        "{0} mappings to try are too many; fill in some parts of the mapping",
        "要试的映射有 {0} 个，太多；请填写映射的某些部分",
    ),
)


def refusal(one: Refused, language: str = "en") -> str:
    """Why a system cannot, in a sentence that begins with its name.

    >>> refusal(Refused("a", "Alpha", "m on a: needs 1.3 TB per chip; 128 GB there; smallest that fits: 48 chips"))
    'Alpha: nothing fits: needs 1.3 TB per chip, where there are 128 GB; smallest that fits: 48 chips.'
    """
    for pattern, en, zh in _REASONS:
        found = re.search(f"(?:^|: ){pattern}$", one.reason)
        if found:
            words = found.groups()
            said = (zh if language == "zh" else en).replace("!u", "")
            shouted = "!u" in en
            said = said.format(*(word.upper() if shouted else word for word in words))
            break
    else:
        said = one.reason
    return f"{one.title}：{said}。" if language == "zh" else f"{one.title}: {said}."


def bars_in_words(found: Bars, titles: Mapping[str, str], words: Mapping[str, str], language: str = "en") -> str:
    """A chart of bars for readers who cannot see it: how long each is, what most of it is, and what is left.

    Parameters
    ----------
    found : the bars.
    titles : short names of systems by id.
    words : names of groups.
    language : en or zh.
    """
    said = []
    for bar in found.bars:
        own = [segment for segment in found.segments if segment.system == bar.system]
        largest = max(own, key=lambda segment: segment.share)
        share = f"{largest.share:.0%}"
        end = bar.text if bar.text.endswith(found.unit) else f"{bar.text} {found.unit}"
        if language == "zh":
            free = f"，余 {bar.free} {found.unit}" if bar.free else ""
            said.append(f"{titles[bar.system]} {end}，其中{words[largest.group]}占 {share}{free}")
        else:
            free = f", {bar.free} {found.unit} free" if bar.free else ""
            said.append(f"{titles[bar.system]} {end}, {share} of it {words[largest.group]}{free}")
    return ("；" if language == "zh" else "; ").join(said)


def curves_in_words(curves: Sequence[Curve], language: str = "en") -> str:
    """The frontiers for readers who cannot see them: where each stands at the limit, and how fast it can go."""
    said = []
    for curve in curves:
        user, rate = (amount(value) for value in curve.best)
        fastest = amount(max(point[0] for point in curve.points))
        if language == "zh":
            said.append(f"{curve.title} 每用户每秒 {user} 个 token 时每颗芯片 {rate} 个，最快每用户 {fastest} 个")
        else:
            said.append(f"{curve.title} {rate} tokens/s per chip at {user} per user, at most {fastest} per user")
    return ("；" if language == "zh" else "; ").join(said)


def curves_title(curves: Sequence[Curve], language: str = "en") -> str:
    """The title of the frontiers: who is ahead at every speed, where one is."""
    for curve in curves:
        others = [other for other in curves if other is not curve]
        if others and all(_above(curve, other) for other in others):
            if language == "zh":
                return f"在每一种用户速度下，{curve.title} 的单芯片吞吐都更高"
            return f"At every speed, {curve.title} serves more per chip"
    return "每个用户更快，还是总量更多" if language == "zh" else "Faster for each user, or more for all"


def _above(curve: Curve, other: Curve) -> bool:
    """Whether one frontier lies above another wherever both or the other alone are."""
    return all(
        any(user >= theirs[0] and rate > theirs[1] for user, rate, *_ in curve.points) for theirs in other.points
    )


def spans_in_words(rates: Sequence[Rate], language: str = "en") -> str:
    """Rates with their intervals for readers who cannot see them."""
    said = [f"{one.title} {amount(one.per_chip)} ({amount(one.low)} … {amount(one.high)})" for one in rates]
    return ("每颗芯片每秒 token 数：" if language == "zh" else "Tokens/s per chip: ") + ", ".join(said)
