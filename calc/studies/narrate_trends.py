"""What may be said of a trend, in words, with its interval, and what may not.

Sentences are built as in `calc.studies.narrate`, one set for each language, numbers between its `MARK`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from calc import figures
from calc.studies.narrate import strong

if TYPE_CHECKING:
    from calc.studies.trends import Estimate, ModelTrend, Refusal
    from calc.studies.trends_hardware import Growth, HardwareTrend, Paces

__all__ = [
    "basis",
    "by_number_of_chips",
    "called",
    "caveats",
    "doubling",
    "frontiers_in_words",
    "gap_in_words",
    "hardware_caveats",
    "hardware_in_words",
    "headline",
    "paces_in_words",
    "per_cents",
    "refusal",
    "said_of",
    "signed",
    "span",
    "standfirst",
]

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_COUNTRIES = {
    "US": ("the United States", "美国"), "CN": ("China", "中国"), "rest": ("the rest of the world", "其他国家"),
    "all": ("all countries", "所有国家"),
}  # fmt: skip
_SCALES = {
    "raw": ("as first published, without style control", "原始尺度（未做风格控制）"),
    "style": ("with style control", "风格控制尺度"),
}
_EXCLUDED = {
    "tuned for the board; not the checkpoint that was released under this name": "专为榜单调校，并非以此名发布的权重",
    "known only as a hosted snapshot; the board gives it the licence of the open models of its maker": (
        "仅以托管快照提供；榜单给出的是其厂商开放模型的许可证"
    ),
}


def called(country: str, language: str = "en") -> str:
    """A country's name in a sentence.

    >>> called("US"), called("CN", "zh")
    ('the United States', '中国')
    """
    pair = _COUNTRIES.get(country, (country, country))
    return pair[language == "zh"]


def _first(text: str) -> str:
    """A text with a capital, as a sentence begins."""
    return text[:1].upper() + text[1:]


def signed(value: float, places: int = 0) -> str:
    """A number with its sign.

    >>> signed(6.2), signed(-23.8), signed(0.01)
    ('+6', '−24', '0')
    """
    said = figures.number(value, places)
    if not said.strip("−0.,"):
        return said.removeprefix("−")
    return said if said.startswith("−") else f"+{said}"


def span(one: Estimate, places: int = 0) -> str:
    """The ends of an interval.

    >>> from calc.studies.trends import Estimate
    >>> span(Estimate(6.2, -23.8, 37.2))
    '−24 … +37'
    """
    return f"{signed(one.low, places)} … {signed(one.high, places)}"


def _many(count: float | str, one: str, several: str) -> str:
    """A count with its noun: in the singular where it is shown as 1."""
    text = figures.number(count, 0) if not isinstance(count, str) else count
    return f"{text} {one if text.strip('+−') == '1' else several}"


def _points(value: float) -> str:
    """Points to the nearest, the number marked."""
    text = figures.number(value, 0)
    return f"{strong(text)} {'point' if text.strip('−') == '1' else 'points'}"


def _when(day: date, language: str) -> str:
    return f"{day.year} 年 {day.month} 月" if language == "zh" else f"{_MONTHS[day.month - 1]} {day.year}"


def _month(said: str, language: str) -> str:
    """A month written as 2034-11, or never, in a sentence."""
    if said == "never":
        return "永不" if language == "zh" else "never"
    return _when(date.fromisoformat(f"{said}-01"), language)


def _lead(gap: float, language: str) -> str:
    """A gap with who is ahead."""
    if language == "zh":
        size = strong(figures.number(abs(gap), 0))
        return f"{'美国' if gap > 0 else '中国'}领先 {size} 分" if gap else f"{size} 分"
    size = _points(abs(gap))
    return f"{size} for {called('US' if gap > 0 else 'CN')}" if gap else size


def headline(found: ModelTrend, language: str = "en") -> str:
    """How far both frontiers rose, and what became of the gap; or why that cannot be said.

    Parameters
    ----------
    found : the trend.
    language : en or zh.

    >>> from calc.studies.narrate import plain
    >>> from calc.studies.trends import models
    >>> plain(headline(models())).partition("; ")[2]
    'the gap went from 47 to 48 points'
    """
    zh = language == "zh"
    if found.refused is not None:
        return "此窗口无法比较两国" if zh else "The two countries cannot be compared over this window"
    rises = [found.frontier[country][-1].score - found.frontier[country][0].score for country in ("US", "CN")]
    first, last = (found.extremes[word][1] for word in ("first", "last"))
    when = [_when(day, language) for day in (found.start, found.end)]
    us, cn = (strong(figures.number(rise, 0)) for rise in rises)
    same = first >= 0 and last >= 0
    if zh:
        kind = "最佳开放权重模型" if found.open_weights else "最佳模型"
        gap = (
            f"差距由 {strong(figures.number(first, 0))} 分变为 {strong(figures.number(last, 0))} 分"
            if same
            else f"由{_lead(first, language)}变为{_lead(last, language)}"
        )
        between = f"{when[0]}内" if when[0] == when[1] else f"{when[0]}至 {when[1]}"
        return f"{between}，美国{kind}上升 {us} 分，中国上升 {cn} 分；{gap}"
    kind = " open-weight" if found.open_weights else ""
    gap = (
        f"the gap went from {strong(figures.number(first, 0))} to {_points(last)}"
        if same
        else f"the lead went from {_lead(first, language)} to {_lead(last, language)}"
    )
    between = f"In {when[0]}" if when[0] == when[1] else f"From {when[0]} to {when[1]}"
    return f"{between} the best US{kind} model rose {_points(rises[0])} and the best Chinese one {cn}; {gap}"


def standfirst(found: ModelTrend, language: str = "en") -> str:
    """The slopes with their intervals, and when the lines would meet; or why there are none."""
    from calc.studies.trends import Window, month

    zh = language == "zh"
    fit = found.refused if found.refused is not None else found.fit
    if fit is None:
        return ""
    if not isinstance(fit, Window):
        return refusal(fit, language)
    us, cn, gain = (
        f"{strong(signed(one.value))} [{signed(one.low)}, {signed(one.high)}]"
        for one in (fit.us, fit.cn, fit.difference)
    )
    date_of, low, high = (
        _month(month(fit.origin, value), language)
        for value in (fit.crossover.value, fit.crossover.low, fit.crossover.high)
    )
    never = not math.isfinite(fit.crossover.value)
    past = math.isfinite(fit.crossover.value) and month(fit.origin, fit.crossover.value) <= found.end.isoformat()[:7]
    if zh:
        distinct = "与零可区分" if fit.difference.distinct else "与零无法区分"
        meeting = (
            f"若两线不变，{strong('永不')}相交 [{low}，{high}]" if never
            else f"两线{'已' if past else '若不变，将'}于 {strong(date_of)}相交 [{low}，{high}]"
        )  # fmt: skip
        return f"斜率：美国每年 {us} 分，中国 {cn}。差值 {gain}，{distinct}；{meeting}。"
    distinct = "which can be told from zero" if fit.difference.distinct else "which cannot be told from zero"
    meeting = (
        f"kept straight, the lines {strong('never')} meet [{low}, {high}]" if never
        else f"the lines met in {strong(date_of)} [{low}, {high}]" if past
        else f"kept straight, the lines would meet in {strong(date_of)} [{low}, {high}]"
    )  # fmt: skip
    slopes = f"Slopes: {us} points a year for the United States, {cn} for China."
    return f"{slopes} The difference is {gain}, {distinct}; {meeting}."


def basis(found: ModelTrend, language: str = "en") -> str:
    """That a straight line is no forecast, and how the intervals are had; empty where there are no lines."""
    from calc.studies.trends import Window

    if not isinstance(found.fit, Window):
        return ""
    if language == "zh":
        return "方括号内为 95% 区间，由 4,000 次按三个月分块重抽残差得出。直线外推不是预测。"
    return (
        "In brackets 95 % intervals, from 4,000 draws of residuals in blocks of three months."
        " A straight line drawn on is not a forecast."
    )


def said_of(found: ModelTrend, language: str = "en") -> list[tuple[str, str, str]]:
    """What may be said, as rows of a label, a value and its interval; the en dash where there is none.

    >>> from calc.studies.trends import models
    >>> said_of(models())[2], said_of(models())[4]
    (('Difference', '+6', '−24 … +37'), ('Level', '2034-11', '2026-09 … never'))
    """
    from calc.studies.trends import Estimate, Lag, Window, month

    zh = language == "zh"
    rows: list[tuple[str, str, str]] = []
    if isinstance(fit := found.fit, Window):
        ends = [month(fit.origin, value) for value in (fit.crossover.value, fit.crossover.low, fit.crossover.high)]
        level, low, high = ("永不" if zh and end == "never" else end for end in ends)
        rows += [
            ("斜率，美国" if zh else "Slope, United States", signed(fit.us.value), span(fit.us)),
            ("斜率，中国" if zh else "Slope, China", signed(fit.cn.value), span(fit.cn)),
            ("差值" if zh else "Difference", signed(fit.difference.value), span(fit.difference)),
            ("中国更快的概率" if zh else "Probability that China is faster", f"{fit.positive:.2f}", "–"),
            ("持平" if zh else "Level", level, f"{low} … {high}"),
        ]
    if found.extremes:
        rows += [(label, figures.number(abs(gap), 0), day.isoformat()) for label, gap, day in _ends_of_gap(found, zh)]
    if found.probability:
        last = found.probability[-1]
        known = math.isfinite(last.low)
        rows.append(
            (
                "美国模型胜出的概率" if zh else "Probability that the US model is preferred",
                f"{last.value:.2f}",
                f"{last.low:.2f} … {last.high:.2f}" if known else ("评分无区间" if zh else "ratings without interval"),
            )
        )
    if isinstance(found.open_fit, Estimate):
        gains = "开放权重追赶最佳（+）或落后（−）" if zh else "Open weights gain on the best (+) or fall back (−)"
        rows.append((gains, signed(found.open_fit.value), span(found.open_fit)))
    if found.leads and found.leads[-1][1] == "CN":
        # A mean lag over days on which it led would say the contrary of what is.
        rows.append(("中国领先始于" if zh else "China in the lead since", found.leads[-1][0].isoformat(), "–"))
    elif isinstance(found.lag, Lag) and found.lag.mean is not None:
        lag = found.lag
        counted = lag.days - lag.censored
        rows.append(
            (
                f"中国落后（月），{lag.days} 天中 {counted} 天的均值" if zh
                else f"China behind, months, mean of {counted} of {_many(lag.days, 'day', 'days')}",
                f"{lag.mean:.1f}",
                f"{'最短与最长' if zh else 'least and most'} {lag.low:.1f} … {lag.high:.1f}",
            )
        )  # fmt: skip
    return rows


def _ends_of_gap(found: ModelTrend, zh: bool) -> list[tuple[str, float, date]]:
    """The smallest and the largest gap, called after who leads, as a label, the gap and its day."""
    (least_day, least), (most_day, most) = found.extremes["min"], found.extremes["max"]
    if least >= 0:
        labels = ("最小差距", "最大差距") if zh else ("Smallest gap", "Largest gap")
    elif most <= 0:
        labels = ("中国最大领先", "中国最小领先") if zh else ("Largest lead of China", "Smallest lead of China")
    else:
        labels = (
            ("中国最大领先", "美国最大领先") if zh else ("Largest lead of China", "Largest lead of the United States")
        )
    return [(labels[0], least, least_day), (labels[1], most, most_day)]


def caveats(found: ModelTrend, language: str = "en") -> list[str]:
    """What a reader has to know beside the figures.

    >>> from calc.studies.trends import models
    >>> caveats(models())[1]
    'One scale: as first published, without style control; source llm-leaderboard-csv.'
    """
    from calc.studies.trends import Estimate, Lag, Window

    zh = language == "zh"
    said = [
        "评分衡量聊天偏好；取最大值会偏高，厂商试验的变体越多越偏高。"
        if zh
        else "Scores say what people prefer in chats; the best of many models reads too high, more so where makers"
        " try many variants."
    ]
    if found.source:
        scale = _SCALES.get(found.scale, (found.scale, found.scale))[zh]
        said.append(
            f"单一尺度：{scale}；来源 {found.source}。" if zh else f"One scale: {scale}; source {found.source}."
        )
    if isinstance(found.fit, Window) and found.linked is not None:
        us, cn = (figures.number(value, 0) for value in found.linked)
        said.append(
            f"尺度本身在窗口内有漂移：除去同一模型的平均变化，斜率为 {us} 与 {cn}；差距与斜率之差不受影响。"
            if zh
            else "The scale itself drifted in the window: without the mean shift of models that did not change, the"
            f" slopes are {us} and {cn}; the gap and the difference stay as they are."
        )
    if isinstance(found.fit, Window) and found.others:
        gains = [one.difference.value for one in found.others]
        ends = f"{signed(min(gains))} … {signed(max(gains))}"
        said.append(
            f"两端各缩短至多三个月，差值在 {ends} 之间。"
            if zh
            else f"With up to three months less at either side, the difference lies in {ends}."
        )
    if isinstance(found.open_fit, Estimate):
        said.append(
            "开放权重一行为各国最佳开放权重模型的斜率减去各国全部模型中最佳者的斜率（分/年）：正值表示开放权重在追赶，"
            "负值表示差距在拉大。"
            if zh
            else "The row on open weights is the slope of the best open-weight model of any country less that of the"
            " best model of any, in points a year: above zero open weights catch up, below it they fall further behind."
        )
    if isinstance(found.lag, Lag) and found.lag.low == 0.0:
        said.append(
            "中国领先或持平之日，落后按 0 计。"
            if zh
            else "On days on which China leads or is level, its lag counts as 0."
        )
    if isinstance(found.lag, Lag) and found.lag.censored:
        said.append(
            f"在 {found.lag.days} 天中的 {found.lag.censored} 天，只知落后不短于窗口已过的时间，未计入均值；"
            f"美国的 {found.lag.unmatched} 次前沿上升在窗口内未被追上。"
            if zh
            else f"On {found.lag.censored} of {found.lag.days} days all that is known is that China was behind by no"
            " less than the window so far; these are left out of the lag."
            f" {_many(found.lag.unmatched, 'rise', 'rises')} of the US frontier"
            f" {'was' if found.lag.unmatched == 1 else 'were'} not matched in the window."
        )
    if found.source == "ai-arena-history":
        said.append(
            "此来源未收录部分中国厂商，评分无区间：中国前沿可能偏低，差距可能偏大。"
            if zh
            else "This source leaves out some makers of China and gives no intervals: China's frontier may read too"
            " low, and the gap too large."
        )
    for row in found.excluded:
        if zh:
            why = _EXCLUDED.get(row.excluded, row.excluded)
            said.append(f"{row.model}（{row.day}）未计入：{why}。")
        else:
            said.append(f"{row.model} ({row.day}) is left out: {row.excluded}.")
    return said


def refusal(one: Refusal, language: str = "en") -> str:
    """Why the data cannot carry an answer, and what would.

    >>> from calc.studies.trends import Refusal
    >>> refusal(Refusal("short", ("7", "8")))
    'The window holds 7 ends of months; a slope needs at least 8. Widen it.'
    """
    zh, values = language == "zh", one.values
    if one.why == "short":
        if zh:
            return f"窗口内只有 {values[0]} 个月末；斜率至少需要 {values[1]} 个。请扩大窗口。"
        ends = _many(values[0], "end of a month", "ends of months")
        return f"The window holds {ends}; a slope needs at least {values[1]}. Widen it."
    if one.why == "scales":
        if zh:
            return (
                f"窗口混合了不同的尺度或来源：{values[2]} 起由 {values[0]} 变为 {values[1]}，两者的分数不可比。"
                "请在此日之前结束，或从此日开始。"
            )
        return (
            f"The window mixes scales or sources: from {values[0]} to {values[1]} on {values[2]}, and scores of the two"
            " cannot be compared. End it before that day, or start it there."
        )
    if one.why == "missing":
        who = called(values[0], language)
        if zh:
            return f"窗口内没有{who}的{'开放权重' if values[1] == 'open' else ''}模型。"
        kind = "model with open weights" if values[1] == "open" else "model"
        return f"The window holds no {kind} of {who}."
    if one.why in ("few", "prices"):
        who = called(values[2], language)
        if zh:
            what = "兼有此数值与价格的芯片" if one.why == "prices" else "数据点"
            return f"{who}：只有 {values[0]} 个{what}；趋势至少需要 {values[1]} 个。"
        nouns = (
            ("chip with both the figure and a price", "chips with both the figure and a price")
            if one.why == "prices" else ("point", "points")
        )  # fmt: skip
        return f"{_first(who)}: {_many(values[0], *nouns)}; a trend needs at least {values[1]}."
    if one.why == "paces":
        if zh:
            return (
                f"每条产品线至多 {values[0]} 个系统，其中多数仅为发布计划；趋势至少需要 {values[1]} 个。"
                "因此只列各代之间的变化，不给出持平日期。"
            )
        return (
            f"Systems in a line are {values[0]} at most, some merely announced; a trend needs at least {values[1]}. So"
            " the steps between neighbours are given as facts, and no date of level: no interval can be had for one."
        )
    if zh:
        return "没有可用来源按日期、按国家给出已部署的算力，因此不给出其增长。"
    return "No source at hand gives deployed compute by date and country, so its growth is not given."


def frontiers_in_words(found: ModelTrend, language: str = "en") -> str:
    """What the chart of the frontiers shows."""
    points = {country: found.frontier[country] for country in ("US", "CN") if country in found.frontier}
    if language == "zh":
        return "；".join(
            f"{called(country, language)}由 {line[0].score:,.0f} 升至 {line[-1].score:,.0f}（{line[-1].model}）"
            for country, line in points.items()
        )
    return "; ".join(
        f"{_first(called(country))}: {line[0].score:,.0f} to {line[-1].score:,.0f} ({line[-1].model})"
        for country, line in points.items()
    )


def gap_in_words(found: ModelTrend, language: str = "en") -> str:
    """What the chart of the gap shows."""
    zh, last = language == "zh", found.extremes["last"][1]
    ends = _ends_of_gap(found, zh)
    if zh:
        at_end = f"{'' if last >= 0 else '中国领先 '}{figures.number(abs(last), 0)} 分"
        return "，".join(f"{label} {abs(gap):.0f} 分（{day}）" for label, gap, day in ends) + f"，最后{at_end}"
    at_end = f"{_many(abs(last), 'point', 'points')}{'' if last >= 0 else ' for China'}"
    said = "; ".join(f"{label}: {_many(abs(gap), 'point', 'points')} ({day})" for label, gap, day in ends)
    return f"{said}; at the end {at_end}"


def doubling(one: Growth, language: str = "en") -> tuple[str, str]:
    """A doubling time and its interval in years, ``never`` where it does not grow."""
    if one.doubling is None:
        return "–", "–"
    never = "永不" if language == "zh" else "never"
    value, low, high = (
        f"{years:.1f}" if math.isfinite(years) else never
        for years in (one.doubling.value, one.doubling.low, one.doubling.high)
    )
    return value, f"{low} … {high}"


def hardware_in_words(found: HardwareTrend, language: str = "en") -> str:
    """How fast records double in each country, or why that is not said."""
    said = []
    for line in found.lines:
        if line.group == "all" or line.frontier:
            continue
        if line.refused is not None:
            said.append(refusal(line.refused, language))
            continue
        value, ends = doubling(line, language)
        name = called(line.group, language)
        never = line.doubling is not None and not math.isfinite(line.doubling.value)
        if language == "zh":
            word = f"翻倍时间{strong(value)}" if never else f"每 {strong(f'{value} 年')}翻倍"
            said.append(f"{name}：{word} [{ends}]（{len(line.made)} 款）。")
        else:
            word = strong(value if never else f"{value} years")
            said.append(
                f"{name[0].upper()}{name[1:]}: doubles {'' if never else 'in '}{word} [{ends}], over {len(line.made)}."
            )
    return ("" if language == "zh" else " ").join(said)


def per_cents(ends: Sequence[float]) -> str:
    """Growth in percent from least to most, once where the two are one.

    >>> per_cents((-0.03, 0.43)), per_cents((0.66, 0.66))
    ('−3% … +43%', '+66%')
    """
    return " … ".join(dict.fromkeys(f"{value:+.0%}".replace("-", "−") for value in ends))


def _other_windows(found: HardwareTrend, zh: bool) -> list[str]:
    """How much another window moves the growth, by country, or nothing where no other holds enough."""
    moved = []
    for line in found.lines:
        if (reach := line.reach) is None or line.growth is None or line.frontier:
            continue
        ends = per_cents(reach)
        years = f"{line.made[0].day.year} … {line.made[-1].day.year}"
        grown = f"{line.growth.value:+.0%}".replace("-", "−")
        name = called(line.group, "zh" if zh else "en")
        moved.append(f"{name} {years} {grown}，{ends}" if zh else f"{name} {years}: {grown}, {ends}")
    if not moved:
        return []
    if zh:
        return [f"任一端缩短一年或两年，每年增长随之变动：{'；'.join(moved)}。"]
    return [f"A window one or two years shorter at either side moves the growth a year: {'; '.join(moved)}."]


def hardware_caveats(found: HardwareTrend, language: str = "en") -> list[str]:
    """What a reader has to know beside the growth of hardware."""
    zh = language == "zh"
    said = [
        "按目录中各芯片的推出日期；目录的选取会影响拟合。已宣布未出货者和晶圆级芯片未计入。"
        if zh
        else "By day of introduction, for what the catalogue holds: what it leaves out moves the fit. What is merely"
        " announced, and wafers, are not counted."
    ]
    said += _other_windows(found, zh)
    if found.quantity == "flop_rate":
        rate = (
            found.precision.upper()
            if found.precision != "16-bit"
            else ("BF16 与 FP16 中较大者" if zh else "the larger of BF16 and FP16")
        )
        said.append(f"稠密峰值：{rate}。" if zh else f"Dense peak: {rate}.")
    if found.per == "watt":
        said.append(
            "功率为芯片额定功率，从不与机柜或整机功率混用。"
            if zh
            else "Power is that of the chip as rated, never mixed with a rack's or a whole system's."
        )
    if found.per == "usd":
        said.append(
            "价格取自不同年份与来源，未按通胀折算。"
            if zh
            else "Prices are of different years and sources, not brought to one year's dollars."
        )
    if found.per == "system":
        said.append(
            "系统大小由厂商选定：增长也反映规模的选择。"
            if zh
            else "How large a system is, its maker chooses: growth tells of that too."
        )
    said.append(
        "残差分块重抽得出区间；“纪录”只经过创纪录者，取最大值会偏高。"
        if zh
        else "Intervals are from residuals drawn in blocks. Records are the best of many, and so read high."
    )
    return said


def by_number_of_chips(language: str = "en") -> str:
    """That a step between systems is partly one of how many accelerators each holds."""
    if language == "zh":
        return "各代系统的加速器数量不同：整机数值的变化包含数量的变化，并非单芯片的进步。"
    return (
        "Systems differ in how many accelerators they hold: a step of a whole system counts these too, and is not that"
        " of one chip."
    )


def paces_in_words(found: Paces, language: str = "en") -> list[str]:
    """Each step from a system to its successor as a fact, then why no date of level is given."""
    zh = language == "zh"
    said = []
    for one in found.paces:
        before, after = found.names[one.before], found.names[one.after]
        times, grown = strong(figures.short_ratio(one.ratio)), one.growth
        yearly, low, high = (
            (figures.short_ratio(1.0 + value) for value in (grown.value, grown.low, grown.high))
            if grown
            else ("", "", "")
        )
        more = one.chips_ratio is not None and one.chips_ratio != 1.0
        chips = figures.short_ratio(one.chips_ratio) if more and one.chips_ratio else ""
        if zh:
            pace = f"，即每年 {yearly} [{low}，{high}]" if grown else "；推出日期只知年份，无法折算为每年"
            of_chips = f"（加速器数量为 {chips}）" if more else ""
            said.append(f"{after} 是 {before} 的 {times}{of_chips}{pace}。")
        else:
            of_chips = f" with {chips} the accelerators" if more else ""
            vague = "; their dates are known by the year alone, so no pace a year"
            said.append(
                f"{after}: {times} {before}{of_chips}{f', {yearly} a year [{low}, {high}]' if grown else vague}."
            )
    return [*said, by_number_of_chips(language), refusal(found.level, language), refusal(found.deployed, language)]
