"""Titles and descriptions of charts, in words that test the data, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calc import figures
from calc.studies.compare import Comparison
from calc.studies.frontier import Point
from calc.studies.narrate import lowered
from calc.studies.pictures import Dot, Segment
from calc.studies.why import Why

__all__ = ["dots_in_words", "frontier_title", "power_in_words", "power_title", "why_subtitle", "why_title"]

_SHARES = (
    (0.55, "More than half of {name}’s power is unaccounted for", "{name} 过半功率无法解释"),
    (0.40, "Nearly half of {name}’s power is unaccounted for", "{name} 近半功率无法解释"),
    (0.25, "Over a quarter of {name}’s power is unaccounted for", "{name} 超过四分之一的功率无法解释"),
)


def power_title(segments: Sequence[Segment], titles: Mapping[str, str], language: str = "en") -> str:
    """The title of the power chart: a claim where a large part of some system's power is unexplained.

    >>> half = [Segment("a", "chips", 0.0, 55.0, "55", 0.55), Segment("a", "unexplained", 55.0, 100.0, "45", 0.45)]
    >>> power_title(half, {"a": "Alpha"}), power_title(half[:1], {"a": "Alpha"})
    ('Nearly half of Alpha’s power is unaccounted for', 'Power by part')
    """
    shares = {segment.system: segment.share for segment in segments if segment.group == "unexplained"}
    worst = max(shares, key=lambda system: shares[system], default=None)
    if worst is not None:
        for least, en, zh in _SHARES:
            if shares[worst] > least:
                return (zh if language == "zh" else en).format(name=titles[worst])
    return "功率构成" if language == "zh" else "Power by part"


def power_in_words(segments: Sequence[Segment], titles: Mapping[str, str], language: str = "en") -> str:
    """The power chart for readers who cannot see it."""
    said = []
    for system, title in titles.items():
        own = [segment for segment in segments if segment.system == system]
        if not own:
            continue
        total = figures.number(own[-1].end, 0)
        doubt = next((segment.text for segment in own if segment.group == "unexplained"), None)
        if language == "zh":
            said.append(f"{title} 整机 {total} kW" + (f"，其中 {doubt} kW 未解释" if doubt else ""))
        else:
            said.append(f"{title} draws {total} kW all-in" + (f", {doubt} kW of it unexplained" if doubt else ""))
    return ("；" if language == "zh" else "; ").join(said)


def dots_in_words(dots: Sequence[Dot], found: Comparison, language: str = "en") -> str:
    """The ratio chart for readers who cannot see it."""
    titles = found.titles
    several = len({dot.system for dot in dots}) > 1
    said = [f"{titles[dot.system]} {dot.label} {dot.text}" if several else f"{dot.label} {dot.text}" for dot in dots]
    if language == "zh":
        return f"与 {titles[found.baseline]} 之比：{'，'.join(said)}"
    return f"Ratio to {titles[found.baseline]}: {', '.join(said)}"


def frontier_title(points: Sequence[Point], basket: Sequence[str], language: str = "en") -> str:
    """The title of the frontier chart: which of the basket's systems something else does better than."""
    shown = [point for point in points if point.id in basket]
    below = [point.name for point in shown if not point.on_frontier]
    if not shown:
        return "前沿" if language == "zh" else "The frontier"
    if language == "zh":
        return f"{'、'.join(below)} 位于前沿之下" if below else "所选系统均在前沿上"
    if not below:
        return "On the frontier: nothing does more for less"
    named = below[0] if len(below) == 1 else f"{', '.join(below[:-1])} and {below[-1]}"
    return f"{named} {'sits' if len(below) == 1 else 'sit'} below the frontier"


def why_title(found: Why, comparison: Comparison, language: str = "en") -> str:
    """The question that the factors of a ratio answer."""
    label = comparison.label_of(found.quantity.name, language)
    if language == "zh":
        return f"为何{label}是 {figures.ratio(found.ratio).removesuffix('×')} 倍？"
    return f"Why {lowered(label)} is {figures.ratio(found.ratio)}"


def why_subtitle(found: Why, language: str = "en") -> str:
    """The factors of a ratio as a product."""
    product = f"{' × '.join(f'{factor.ratio:.3f}' for factor in found.factors)} = {found.ratio:.3f}"
    if language == "zh":
        return f"各因子之积恰为该比值：{product}。对数轴，长度相等即倍数相等。"
    return f"The factors multiply to the ratio: {product}. Log scale: equal length is equal factor."
