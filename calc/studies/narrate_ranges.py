"""How sure a ratio is and who is ahead over ranges of inputs, in words.

Sentences are built as in `calc.studies.narrate`, one set for each language, numbers between its `MARK`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from calc import figures, names
from calc.studies.frontier import Point
from calc.studies.narrate import strong
from calc.studies.narrate_what_if import label_in_words
from calc.studies.plane import Plane
from calc.studies.uncertainty import Bands

__all__ = ["behind", "drawn", "headline", "how_sure", "percent", "who_is_ahead"]

_VERBS = {"lower": "needs", "higher": "offers"}


def percent(share: float, language: str = "en") -> str:
    """A share in per cent, that never says all or none where it is not.

    Parameters
    ----------
    share : from 0 to 1.
    language : en or zh.

    >>> percent(0.8), percent(0.9996), percent(1.0), percent(0.0003), percent(0.0), percent(0.8, "zh")
    ('80 %', '>99 %', '100 %', '<1 %', '0 %', '80%')
    """
    said = "<1" if 0.0 < share < 0.005 else ">99" if 0.995 <= share < 1.0 else f"{share * 100.0:.0f}"
    return f"{said}%" if language == "zh" else f"{said} %"


def _times(value: float, language: str) -> str:
    said = figures.short_ratio(value)
    return strong(said.removesuffix("×") if language == "zh" else said)


def headline(
    ours: str,
    base: str,
    quantity: str,
    ratio: float,
    band: tuple[float, float] | None = None,
    precision: str = "bf16",
    language: str = "en",
) -> str:
    """A ratio, and where most of its draws lie.

    Parameters
    ----------
    ours, base : names of the two systems.
    quantity : what the ratio is of.
    ratio : as adopted.
    band : the ends of 80 % of the draws; None where none were made, or where they do not differ.
    precision : number format of throughputs.
    language : en or zh.

    Returns
    -------
    str : one sentence without its full stop, numbers between `calc.studies.narrate.MARK`.

    >>> headline("A", "B", "power_per_flop_rate", 2.486, (2.21, 2.88), language="zh")
    'A 的每单位 BF16 算力功率是 B 的 *2.5* 倍；80% 的抽样介于 *2.2* 与 *2.9* 倍之间'
    """
    row = names.find(quantity)
    label = label_in_words(row.en, row.zh, precision, language)
    same = abs(ratio - 1.0) < figures.SAME
    if language == "zh":
        said = (
            f"{ours} 的{label}与 {base} 相同" if same else f"{ours} 的{label}是 {base} 的 {_times(ratio, language)} 倍"
        )
        if band is None:
            return said
        return f"{said}；80% 的抽样介于 {_times(band[0], language)} 与 {_times(band[1], language)} 倍之间"
    verb = _VERBS.get(row.better or "", "has")
    times = "the same" if same else f"{_times(ratio, language)} the"
    said = f"{ours} {verb} {times} {label} {'as' if same else 'of'} {base}"
    if band is None:
        return said
    share, low, high = "80\N{NO-BREAK SPACE}%", *(_times(end, language) for end in band)
    return f"{said}; {share} of draws lie between {low} and {high}"


def how_sure(found: Bands, quantity: str, system_id: str, language: str = "en") -> str:
    """In how much of the draws which of a system and the baseline is ahead.

    Parameters
    ----------
    found : a comparison with its draws.
    quantity : what they are judged by; one of which more or less is better.
    system_id : the system.
    language : en or zh.

    Returns
    -------
    str : one sentence, numbers between `calc.studies.narrate.MARK`; empty where the draws do not move the ratio.
    """
    ratios, row = found.samples(quantity, system_id, ratio=True), names.find(quantity)
    ours, base = (found.comparison.titles[one] for one in (system_id, found.comparison.baseline))
    above, below = float(np.mean(ratios > 1.0)), float(np.mean(ratios < 1.0))
    label = label_in_words(row.en, row.zh, found.comparison.scenario.precision, language)
    won, lost = (above, below) if row.better == "higher" else (below, above)
    if np.ndim(ratios) == 0 or not np.ptp(ratios):
        return ""
    ahead, share = (ours, won) if won >= lost else (base, lost)
    if language == "zh":
        said = "所有" if share == 1.0 else f"{strong(percent(share, language))} 的"
        return f"{said}抽样中 {ahead} 的{label}占优。"
    said = "in every draw" if share == 1.0 else f"in {strong(percent(share))} of draws"
    return f"{ahead} is ahead {said}."


def drawn(found: Bands, language: str = "en") -> str:
    """How many figures were drawn how often, and what is taken as exact.

    Parameters
    ----------
    found : a comparison with its draws.
    language : en or zh.
    """
    moved, exact, count = (figures.number(one, 0) for one in (found.drawn, found.exact, found.draws))
    if language == "zh":
        if not found.drawn:
            return f"这些比值所依据的 {exact} 项数值都没有区间，按原值计。"
        return (
            f"{moved} 项数值在其区间内抽样 {count} 次，同一来源对同一对象的数值一起变动；"
            f"另外 {exact} 项没有区间，如规格书所载，按精确值计。"
        )
    if not found.drawn:
        return f"None of the {exact} figures behind these ratios has a range: they are taken as exact."
    are = "figure was" if found.drawn == 1 else "figures were"
    return (
        f"{moved} {are} drawn from their ranges {count} times, what one source says of one thing together; "
        f"the other {exact} have no range, such as datasheet facts, and are taken as exact."
    )


def who_is_ahead(found: Plane, titles: Mapping[str, str], precision: str = "bf16", language: str = "en") -> str:
    """Who is ahead over how much of a plane, and how far it is from there to the values in use.

    Parameters
    ----------
    found : the plane.
    titles : names of the two systems by id.
    precision : number format of throughputs.
    language : en or zh.

    Returns
    -------
    str : numbers between `calc.studies.narrate.MARK`; empty where no figure can be had.
    """
    share = found.ahead()
    if share is None:
        return ""
    ours, base = titles[found.system], titles[found.baseline]
    label = label_in_words(found.quantity.en, found.quantity.zh, precision, language)
    ahead, other, part = (ours, base, share) if share >= 0.5 else (base, ours, 1.0 - share)
    ratio = figures.ratio(found.at)
    if language == "zh":
        times = strong(ratio.removesuffix("×"))
        if part == 1.0:
            return f"整张图上 {ahead} 的{label}都占优；按现用值，{ours} 是 {base} 的 {times} 倍。"
        return (
            f"图中 {strong(percent(part, language))} 的面积上 {ahead} 的{label}占优，其余由 {other} 占优；"
            f"按现用值，{ours} 是 {base} 的 {times} 倍。"
        )
    now = f"at the values in use {ours} has {strong(ratio)} that of {base}."
    if part == 1.0:
        return f"{ahead} is ahead on {label} all over this map; {now}"
    return f"{ahead} is ahead on {label} over {strong(percent(part))} of this map, {other} over the rest; {now}"


def behind(point: Point, titles: Mapping[str, str], language: str = "en", most: int = 2) -> str:
    """Where a system stands to the frontier: on it, or by whom it is dominated.

    Parameters
    ----------
    point : the system.
    titles : names by id.
    language : en or zh.
    most : names said before the others are only counted.

    >>> behind(Point("a", "A", 1.0, 1.0, False, None, ("b", "c", "d")), {"b": "B", "c": "C", "d": "D"})
    'dominated by B, C and 1 more'
    """
    if point.on_frontier:
        return "在前沿上" if language == "zh" else "on the frontier"
    named = [titles[one] for one in point.dominated_by]
    more = len(named) - most
    if language == "zh":
        return f"被 {'、'.join(named[:most])} {f'等 {len(named)} 个系统' if more > 0 else ''}支配"
    if more > 0:
        return f"dominated by {', '.join(named[:most])} and {more} more"
    return f"dominated by {' and '.join(named)}"
