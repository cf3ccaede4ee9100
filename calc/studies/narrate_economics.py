"""What systems cost against one another, in words.

Sentences are built as in `calc.studies.narrate`, one set for each language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from calc import figures, names
from calc.studies.narrate import MARK

if TYPE_CHECKING:
    from calc.studies.economics import Against, Cost, Costs, Limit

__all__ = ["against", "amount", "bought", "emitted", "headline", "left_out"]

_YEAR = 365.25 * 86400.0


def headline(found: Costs, language: str = "en") -> str:
    """What a PFLOP/s for an hour costs on the first system against the last, or on the only one there is.

    Parameters
    ----------
    found : the costs.
    language : en or zh.

    Returns
    -------
    str : one sentence, numbers between marks.
    """
    titles = {one.system.id: one.system.short for one in found.systems}
    precision = found.precision.upper()
    pair = next((one for one in found.against if one.ratio.value is not None), None)
    if pair is not None:
        ours, theirs, times = titles[pair.system], titles[pair.baseline], figures.ratio(pair.ratio.value)
        if language == "zh":
            return f"{ours} 的 1 PFLOP/s·h（{precision}）成本是 {theirs} 的 {MARK}{times}{MARK}"
        return f"A {precision} PFLOP/s-hour on {ours} costs {MARK}{times}{MARK} what it costs on {theirs}"
    one = next((one for one in found.systems if one.per_pflop_hour.value is not None), None)
    if one is None:
        return "这里没有一个系统的成本可知" if language == "zh" else "None of these systems has a cost here"
    cost = figures.number(one.per_pflop_hour.value or 0.0, 3)
    if language == "zh":
        return f"{one.system.short} 的 1 PFLOP/s·h（{precision}）成本为 {MARK}{cost} USD{MARK}"
    return f"A {precision} PFLOP/s-hour on {one.system.short} costs {MARK}{cost} USD{MARK}"


def against(one: Against, titles: Mapping[str, str], language: str = "en") -> list[str]:
    """A system's cost against another's: the ratio, the price at which they are level, and which pays back when.

    Parameters
    ----------
    one : what was found.
    titles : names of the systems by id.
    language : en or zh.
    """
    ours, theirs = titles[one.system], titles[one.baseline]
    chinese = language == "zh"
    said = []
    ratio = one.ratio
    if ratio.value is not None:
        times, low, high = figures.ratio(ratio.value), figures.ratio(ratio.low), figures.ratio(ratio.high)
        if chinese:
            band = "" if ratio.low == ratio.high else f"（{low} 至 {high}）"
            said.append(f"同样的算力，{ours} 的成本是 {theirs} 的 {times}{band}。")
        else:
            band = "" if ratio.low == ratio.high else f" ({low} to {high})"
            said.append(f"The same arithmetic on {ours} costs {times}{band} what it costs on {theirs}.")
    price = names.find("price")
    if one.level_price.value is not None:
        level = figures.amount(price, one.level_price.value)
        if one.level_price.low != one.level_price.high:
            low, high = (figures.amount(price, end or 0.0) for end in (one.level_price.low, one.level_price.high))
            level += f"（{low} 至 {high}）" if chinese else f" ({low} to {high})"
        now = figures.amount(price, one.price) if one.price is not None else ""
        if chinese:
            said.append(f"{ours} 的价格为 {level}{f'（现为 {now}）' if now else ''}时两者持平。")
        else:
            said.append(f"They are level where {ours} costs {level}{f' instead of {now}' if now else ''}.")
    elif ratio.value is not None:
        if chinese:
            said.append(f"任何价格都不能使两者持平：仅运行 {ours} 就比 {theirs} 的全部成本高。")
        else:
            said.append(f"No price makes them level: running {ours} alone costs more than {theirs} in all.")
    if one.dearer_to_buy is not None and one.dearer_to_run is not None:
        said.append(_payback_zh(one, ours, theirs) if chinese else _payback_en(one, ours, theirs))
    return said


def _years(one: Against) -> str:
    return figures.number((one.time or 0.0) / _YEAR, 1)


def _payback_en(one: Against, ours: str, theirs: str) -> str:
    if one.level:
        return f"{ours} and {theirs} cost the same to buy and to run."
    if one.time is None:
        more = "more" if one.dearer_to_buy else "less"
        return f"For the same arithmetic {ours} costs {more} to buy and {more} to run, so neither pays back the other."
    dearer, cheaper = (ours, theirs) if one.dearer_to_buy else (theirs, ours)
    return (
        f"{dearer} costs more to buy and less to run; it makes up for it against {cheaper} after {_years(one)} years."
    )


def _payback_zh(one: Against, ours: str, theirs: str) -> str:
    if one.level:
        return f"{ours} 与 {theirs} 的购置和运行成本相同。"
    if one.time is None:
        more = "高" if one.dearer_to_buy else "低"
        return f"同样的算力，{ours} 的购置和运行成本都更{more}，因此没有回本一说。"
    dearer, cheaper = (ours, theirs) if one.dearer_to_buy else (theirs, ours)
    return f"{dearer} 购置更贵、运行更省，相对 {cheaper} 在 {_years(one)} 年后回本。"


def emitted(found: Costs, language: str = "en") -> str:
    """What a PFLOP/s for an hour emits on each system; empty where it is known of none.

    Parameters
    ----------
    found : the costs.
    language : en or zh.
    """
    said = []
    for one in found.systems:
        hour, each, emission = one.per_hour.value, one.per_pflop_hour.value, one.co2_per_hour.value
        if hour and each and emission is not None:
            said.append((one.system.short, figures.number(emission * each / hour, 2)))
    if not said:
        return ""
    if language == "zh":
        return f"用电排放的二氧化碳，每 PFLOP/s·h：{'；'.join(f'{title} {kg} kg' for title, kg in said)}。"
    listed = "; ".join(f"{kg} kg on {title}" for title, kg in said)
    return f"The electricity of a PFLOP/s-hour emits CO2: {listed}."


_LEFT_OUT_ZH = {
    "buildings and hosting": "房屋与托管",
    "spares and repairs": "备件与维修",
    "the scale-out network where the price is without it": "价格不含的横向网络",
    "staff": "人员",
    "software": "软件",
    "interest": "利息",
    "what is left of the price at the end": "期末残值",
}


def left_out(one: Cost, language: str = "en") -> str:
    """What a system's cost leaves out.

    Parameters
    ----------
    one : the cost.
    language : en or zh.
    """
    if language == "zh":
        return f"未计入：{'、'.join(_LEFT_OUT_ZH[said] for said in one.left_out)}。"
    return f"Left out: {'; '.join(one.left_out)}."


def amount(limit: Limit) -> str:
    """What there is to spend, in the unit that people would use."""
    return figures.amount(names.find("price" if limit.kind == "budget" else "power.facility"), limit.amount)


def bought(one: Cost, limit: Limit, language: str = "en") -> str:
    """What a limit buys of one system.

    Parameters
    ----------
    one : the system's cost, with what it buys.
    limit : what there is to spend.
    language : en or zh.
    """
    title, buys = one.system.short, one.buys
    if buys is None or not buys.systems.value:
        return f"连一个 {title} 也不够。" if language == "zh" else f"It is not enough for one {title}."
    count = figures.number(buys.systems.value, 0)
    chips = figures.number(buys.chips.value or 0.0, 0)
    rate = figures.number((buys.flop_rate.value or 0.0) / 1e18, 2)
    verb = "buys" if limit.kind == "budget" else "feeds"
    if language == "zh":
        doing = "可购" if limit.kind == "budget" else "可供"
        return f"{amount(limit)} {doing} {title} {count} 个：{chips} 个加速器，{rate} EFLOP/s。"
    return f"{amount(limit)} {verb} {count} of {title}: {chips} accelerators, {rate} EFLOP/s."
