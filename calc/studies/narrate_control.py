"""Why a chip stands where it does to the export rules, in words.

Sentences are built as in `calc.studies.narrate`, one set for each language, here without marks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc import figures
from calc.physics import export_control as rule

if TYPE_CHECKING:
    from calc.studies.export_control import Control

__all__ = ["DISCLAIMER", "reason", "word"]

DISCLAIMER = {
    "en": "These are the rules' numbers only, without destinations and end users. This is not legal advice.",
    "zh": "仅按规则中的数值计算，未考虑目的地与最终用户。本结果不构成法律意见。",
}
"""What is said below every answer."""


def reason(found: Control, language: str = "en") -> str:
    """Why a chip stands where it does, by each rule, and that this is not legal advice.

    Parameters
    ----------
    found : where it stands.
    language : en or zh.

    Returns
    -------
    str : a few sentences.

    >>> from calc.spec.library import open_library
    >>> from calc.studies.export_control import control
    >>> reason(control(open_library(), "mtt-s5000")).partition(". ")[0]
    'MTT S5000 has a total processing performance (TPP) of 8,000: 1,000 dense TFLOP/s of FP8 times 8 bits'
    """
    said = [_measured(found, language), _classed(found, language), _before(found, language), _china(found, language)]
    said += [_tariff(found, language), _doubt(found, language), _letter(found, language), DISCLAIMER[language]]
    return ("" if language == "zh" else " ").join(filter(None, said))


def _number(value: float, places: int = 1) -> str:
    rounded = round(value, places)
    return figures.number(rounded, 0 if rounded == round(rounded) else places)


def _below(value: float, line: float, places: int) -> str:
    """A figure below a line, with as many decimals as it takes to look it."""
    while round(value, places) >= line and places < 9:
        places += 1
    return _number(value, places)


def _tpp(found: Control) -> str:
    lines = [least for _, least, _ in rule.LINES_2023 if found.tpp < least] + [rule.TPP_2026] * (
        found.tpp < rule.TPP_2026
    )
    return _below(found.tpp, min(lines), 1) if lines else _number(found.tpp)


def _density(value: float) -> str:
    lines = [dense for _, _, dense in rule.LINES_2023 if value < dense]
    return _below(value, min(lines), 2) if lines else _number(value, 2)


def _area(value: float) -> str:
    return f"{_number(value * 1e6)} mm²"


def _rate(value: float) -> str:
    return f"{_number(value / 1e9, 0)} GB/s"


def _measured(found: Control, language: str) -> str:
    unit = "TOP/s" if found.precision.startswith("int") else "TFLOP/s"
    rate = _number(found.flop_rate / 1e12)
    rate_doubt, area_doubt = _weak(found, "rate", language), _weak(found, "area", language)
    if language == "zh":
        said = (
            f"{found.name} 的总处理性能（TPP）为 {_tpp(found)}："
            f"{found.precision.upper()} 稠密算力 {rate} {unit}{rate_doubt}乘以 {found.bits} 位"
        )
        if found.performance_density is None or found.die_area is None:
            return f"{said}；裸片面积未知，因此性能密度未知。"
        density = _density(found.performance_density)
        return f"{said}；除以适用裸片面积 {_area(found.die_area)}{area_doubt}，性能密度为 {density}。"
    said = (
        f"{found.name} has a total processing performance (TPP) of {_tpp(found)}: {rate} dense {unit} of"
        f" {found.precision.upper()}{rate_doubt} times {found.bits} bits."
    )
    if found.performance_density is None or found.die_area is None:
        return f"{said} Its die area is not known, and so nor is its performance density."
    density = _density(found.performance_density)
    area = f"{_area(found.die_area)}{area_doubt}"
    return f"{said} Over {area} of applicable die area, its performance density is {density}."


def _weak(found: Control, what: str, language: str) -> str:
    """A clause where the figure is no more than estimated or assumed."""
    said = found.weak(what)
    if language == "zh":
        return {"estimated": "（估计值）", "assumed": "（假定值）"}.get(said, " " if what == "rate" else "")
    return f", {said}," if said else ""


def _classed(found: Control, language: str) -> str:
    word = found.rules["2023"]
    if not found.datacentre:
        return _elsewhere(word, language)
    if word == "undetermined":
        return _decided(found, language)
    least, dense = next(((least, dense) for name, least, dense in rule.LINES_2023 if name == word), (0.0, 0.0))
    if language == "zh":
        if word == "3A090.a.1":
            return "TPP 达到 4,800：属于 3A090.a.1，与裸片面积无关。"
        if word == "3A090.a.2":
            return "TPP 达到 1,600 且性能密度达到 5.92：属于 3A090.a.2。"
        if word != "not 3A090":
            return (
                f"TPP 达到 {least:,.0f} 且性能密度达到 {dense}，但低于 4,800 和 5.92："
                f"属于 {word}{_both(found, language)}，可使用许可例外 NAC。"
            )
        if not rule.reaches(found.tpp, 1600.0):
            return "TPP 低于 1,600：按数值不属于 3A090，与裸片面积无关。"
        line = 1.6 if rule.reaches(found.tpp, 2400.0) else 3.2
        return f"TPP 低于 {4800 if line == 1.6 else 2400:,} 且性能密度低于 {line}：按数值不属于 3A090。"
    if word == "3A090.a.1":
        return "Its TPP reaches 4,800: 3A090.a.1, whatever its die area."
    if word == "3A090.a.2":
        return "Its TPP reaches 1,600 and its density 5.92: 3A090.a.2."
    if word != "not 3A090":
        return (
            f"Its TPP reaches {least:,.0f} and its density {dense}, below 4,800 and 5.92:"
            f" {word}{_both(found, language)}; licence exception NAC is open to it."
        )
    if not rule.reaches(found.tpp, 1600.0):
        return "Its TPP is below 1,600: not 3A090 by its numbers, whatever its die area."
    line = 1.6 if rule.reaches(found.tpp, 2400.0) else 3.2
    return f"Its TPP is below {4800 if line == 1.6 else 2400:,} and its density below {line}: not 3A090 by its numbers."


def _both(found: Control, language: str) -> str:
    if found.rules["2023"] != "3A090.b.1" or not rule.reaches(found.performance_density or 0.0, 3.2):
        return ""
    return "（同时满足 3A090.b.2）" if language == "zh" else " (and 3A090.b.2 as well)"


def _elsewhere(word: str, language: str) -> str:
    if word == "not 3A090":
        if language == "zh":
            return "它并非为数据中心设计或销售，且 TPP 低于 4,800：按注释 2 不属于 3A090。"
        return "It is neither designed nor marketed for data centres, and its TPP is below 4,800: not 3A090, by Note 2."
    if language == "zh":
        return "TPP 达到 4,800：即使并非为数据中心设计或销售，也属于 3A090.a.1，但可使用许可例外 NAC 与 ACA。"
    return (
        "Its TPP reaches 4,800: 3A090.a.1 although it is neither designed nor marketed for data centres;"
        " licence exceptions NAC and ACA are open to it."
    )


def _decided(found: Control, language: str) -> str:
    parts = [(one.paragraph, _area(one.die_area)) for one in found.deciding]
    if language == "zh":
        said = "，".join(f"不超过 {area} 则属于 {paragraph}" for paragraph, area in parts)
        return f"其类别取决于裸片面积：{said}，更大则不属于 3A090。"
    said = ", ".join(f"{paragraph} up to {area}" for paragraph, area in parts)
    return f"Its die area decides: {said}, not 3A090 above."


def _before(found: Control, language: str) -> str:
    word, io_bandwidth = found.rules["2022"], found.io_bandwidth
    if not rule.reaches(found.tpp, rule.TPP_2022):
        return (
            "2022 年规则：TPP 低于 4,800，不受管制。"
            if language == "zh"
            else "Rule of 2022: not controlled, TPP below 4,800."
        )
    if word == "undetermined" or io_bandwidth is None:
        if language == "zh":
            return "2022 年规则：输入输出带宽未知，达到 600 GB/s 则受管制。"
        return "Rule of 2022: undetermined; its I/O is not known, and 600 GB/s would control it."
    if language == "zh":
        verb = "达到" if word == "controlled" else "低于"
        kept = "受管制" if word == "controlled" else "不受管制"
        return (
            f"2022 年规则：TPP 达到 4,800，双向互联带宽 {_rate(io_bandwidth)}，{verb} 600 GB/s，"
            f"{kept}（主机与网络端口未计）。"
        )
    verb = "reaches" if word == "controlled" else "stays below"
    return (
        f"Rule of 2022: {word}; its scale-up I/O of {_rate(io_bandwidth)}, both directions, {verb} 600 GB/s"
        " (host and network ports not counted)."
    )


def _china(found: Control, language: str) -> str:
    word, dram = found.rules["2026-china"], found.dram_bandwidth
    if word == "not applicable":
        if "2026-china" not in found.undetermined:
            return ""
        if language == "zh":
            return "2026 年对华审查规则仅在属于 3A090.a 时适用。"
        return "The review of 2026 for China applies only if it is 3A090.a."
    opening, meet = _opening(found, language), " meet a" if _home(found) else ""
    if rule.reaches(found.tpp, rule.TPP_2026):
        if language == "zh":
            return f"{opening}TPP 达到 21,000，推定拒绝。"
        return f"{opening}{meet} presumption of denial, as its TPP reaches 21,000."
    if dram is None:
        if language == "zh":
            return f"{opening}内存带宽未知，除非证明低于 6,500 GB/s，否则推定拒绝。"
        return (
            f"{opening}{meet} presumption of denial unless its memory bandwidth, not known here, is shown to be below"
            " 6,500 GB/s."
        )
    if word == "case-by-case":
        if language == "zh":
            memory = f"内存带宽 {_rate(dram)} 低于 6,500 GB/s" if dram else "没有 DRAM"
            return f"{opening}TPP 低于 21,000，{memory}；在出口商作出规定的证明后逐案审查，否则推定拒绝。"
        memory = f"its memory's {_rate(dram)} below 6,500 GB/s" if dram else "it has no DRAM of its own"
        # The answer to "would" is a verb.
        verb = "be decided case-by-case" if _home(found) else "case-by-case"
        return (
            f"{opening} {verb}, as its TPP is below 21,000 and {memory}; only where the exporter"
            " certifies what the rule asks, else presumption of denial."
        )
    if language == "zh":
        return f"{opening}内存带宽 {_rate(dram)} 达到 6,500 GB/s，推定拒绝。"
    return f"{opening}{meet} presumption of denial, as its memory's {_rate(dram)} reaches 6,500 GB/s."


def _home(found: Control) -> bool:
    """Whether its maker is in China: the review is of exports, and it need not be exported there."""
    return found.country == "CN"


def _opening(found: Control, language: str) -> str:
    if language == "zh":
        return f"{'若从美国出口，' if _home(found) else ''}对华许可（2026）："
    return (
        "Exported from the United States, a licence for China (2026) would"
        if _home(found)
        else ("A licence for China, 2026:")
    )


def _tariff(found: Control, language: str) -> str:
    if not found.tariff_band:
        return ""
    low, high, narrow, wide = rule.TARIFF_BANDS[found.tariff_band - 1]
    if language == "zh":
        memory = f"{_rate(narrow)} 至 {_rate(wide)}"
        return f"落入 2026 年 1 月 25 % 关税区间：TPP {low:,.0f} 至 {high:,.0f}，内存带宽 {memory}。"
    return (
        f"It falls into a band of the 25 % tariff of January 2026: TPP of {low:,.0f} to {high:,.0f}, memory at"
        f" {_rate(narrow)} to {_rate(wide)}."
    )


def word(said: str, language: str = "en") -> str:
    """The word of a rule, as a table says it.

    >>> word("not 3A090", "zh")
    '不属于 3A090'
    """
    return _ZH.get(said, said) if language == "zh" else said


def _name(word: str, language: str) -> str:
    if language == "zh":
        return _ZH.get(word, f"属于 {word}")
    return "undetermined, for its die area to decide" if word == "undetermined" else word


_ZH = {
    "not 3A090": "不属于 3A090",
    "undetermined": "取决于裸片面积",
    "controlled": "受 2022 年规则管制",
    "not controlled": "不受 2022 年规则管制",
    "case-by-case": "逐案审查",
    "presumption of denial": "推定拒绝",
    "not applicable": "对华审查规则不适用",
}


def _doubt(found: Control, language: str) -> str:
    """What the ranges of its figures, the rounding of a rate and the bits of TF32 may change."""
    said = []
    if found.also:
        if language == "zh":
            said.append(f"在其数据的来源范围内，也可能{'或'.join(_name(word, language) for word in found.also)}。")
        else:
            listed = " or ".join(_name(word, language) for word in found.also)
            said.append(f"Within what its sources give, it may also be {listed}.")
    for change, word in found.near:
        per_cent = f"{abs(change):.0%}".replace("%", " %")
        if language == "zh":
            said.append(f"算力{'高' if change > 0 else '低'} {per_cent} 则{_name(word, language)}。")
        else:
            said.append(
                f"A rate {per_cent} {'higher' if change > 0 else 'lower'} would make it {_name(word, language)}."
            )
    if found.tf32 is not None:
        tpp, words = found.tf32
        changed = [word for name, word in words.items() if word != found.rules[name]]
        if language == "zh":
            listed = "、".join(_name(word, language) for word in changed)
            said.append(f"若 TF32 按其存储的 32 位而非相乘的 19 位计（规则未明确），TPP 为 {_number(tpp)}：{listed}。")
        else:
            said.append(
                "TF32 is left out, as it is not settled whether its 32 stored or its 19 multiplied bits count; with 32,"
                f" the TPP would be {_number(tpp)}: {', '.join(changed)}."
            )
    return ("" if language == "zh" else " ").join(said)


def _letter(found: Control, language: str) -> str:
    if found.rules["2023"].startswith("3A090") or not found.reaches_h20:
        return ""
    if language == "zh":
        return "其内存或互联带宽不低于 H20；2025 年 4 月致 H20 厂商的通知函对达到此水平的芯片另行要求许可。"
    return (
        "It has the memory or interconnect bandwidth of an H20 or more, for which a letter of April 2025 to the H20's"
        " maker asks a licence apart from 3A090."
    )
