"""Who makes a system, in words; sentences are built as in `calc.studies.narrate`, one set for each language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from calc.studies.narrate import MARK

if TYPE_CHECKING:
    from calc.studies.supply import Step, Supply

__all__ = ["ANSWERS", "BASIS", "DISCLAIMER", "STEPS", "by_whom", "cut", "headline", "sentences", "standfirst"]

DISCLAIMER = {
    "en": "This is about new production at any volume: stocks, capacities and the time that a change of maker takes are"
    " not counted. A cut puts an unknown maker of a step in doubt only where who is cut off is known to do that step."
    " It is not a forecast.",
    "zh": "仅指新生产，不论产量：未计库存、产能以及更换厂商所需的时间。"
    "仅当已知被切断者从事某步骤时，该步骤的未知厂商才存疑。这不是预测。",
}
"""What is said below every answer."""

BASIS = {
    "chips": {
        "en": "Shares are of the steps that its accelerators are made in, each step weighing alike.",
        "zh": "份额按其加速器的制造步骤计，各步骤权重相同。",
    },
    "parts": {
        "en": "Shares are of its accelerators, CPUs, switch chips, adapters and transceivers by their number; the steps"
        " of one part weigh alike.",
        "zh": "份额按加速器、CPU、交换芯片、网卡与光模块的数量计；同一部件的各步骤权重相同。",
    },
    "power": {
        "en": "Shares are of its accelerators, CPUs, switch chips, adapters and transceivers by their rated power where"
        " it is known; the steps of one part weigh alike.",
        "zh": "份额按加速器、CPU、交换芯片、网卡与光模块的已知额定功率计；同一部件的各步骤权重相同。",
    },
}
"""What shares are of."""

STEPS = {
    "designed": {"en": "design", "zh": "设计"},
    "tools": {"en": "design tools", "zh": "设计工具"},
    "fabricated": {"en": "fabrication", "zh": "晶圆制造"},
    "packaged": {"en": "packaging", "zh": "封装"},
    "memory": {"en": "memory", "zh": "内存"},
    "optics": {"en": "optics", "zh": "光器件"},
}
"""What each step is called."""


ANSWERS = {
    True: {"en": "can be built", "zh": "可制造"},
    False: {"en": "cannot be built", "zh": "无法制造"},
    None: {"en": "an unknown origin decides", "zh": "取决于未知来源"},
}
"""Whether a system can be built."""

_CUTS = {
    "tsmc-advanced": {"en": "TSMC at 7 nm or below", "zh": "台积电 7 nm 及以下"},
    "korea-hbm": {"en": "high-bandwidth memory from Korea", "zh": "韩国高带宽内存"},
    "us-design-tools": {"en": "US design tools", "zh": "美国设计工具"},
}


def cut(word: str, language: str = "en") -> str:
    """What a word that is cut is called.

    >>> cut("korea-hbm")
    'high-bandwidth memory from Korea'
    """
    return _CUTS.get(word, {"en": word, "zh": word})[language]


def headline(found: Sequence[Supply], language: str = "en") -> str:
    """The answer for all systems where something is cut; else where the largest known share of each is made.

    Parameters
    ----------
    found : one for each system, at least one, with the same cuts.
    language : en or zh.

    Returns
    -------
    str : a sentence without its stop, numbers between marks.
    """
    zh = language == "zh"
    if found[0].cuts:
        words = ("、" if zh else ", ").join(cut(one.word, language) for one in found[0].cuts)
        groups = []
        for answer, said in ANSWERS.items():
            names = [one.name for one in found if one.buildable is answer]
            if names:
                listed = ("、" if zh else ", ").join(names)
                if zh:
                    groups.append(f"{listed} {said['zh']}")
                else:
                    groups.append(f"{said['en']} for {listed}" if answer is None else f"{listed} {said['en']}")
        return (f"若无{words}：" if zh else f"Without {words}: ") + ("；" if zh else "; ").join(groups)
    said_of = []
    for one in found:
        country, share = next(iter(one.by_country.items()), ("", 0.0))
        rest = f"{MARK}{_per_cent(one.unknown_country)}{MARK}"
        if not country:
            said_of.append(f"{one.name} 来源未知" if zh else f"the origin of {one.name} is unknown")
        elif zh:
            said_of.append(f"{one.name} 各部件的步骤有 {MARK}{_per_cent(share)}{MARK} 在 {country}，{rest} 未知")
        else:
            said_of.append(
                f"{MARK}{_per_cent(share)}{MARK} of the steps of {one.name}’s parts are done in {country},"
                f" {rest} unknown"
            )
    whole = ("；" if zh else "; ").join(said_of)
    return whole[0].upper() + whole[1:]


def standfirst(found: Sequence[Supply], language: str = "en") -> str:
    """How concentrated the suppliers of each system are, and how many have no alternative."""
    zh = language == "zh"
    said = []
    for one in found:
        value = one.hhi[0]
        alone = len({point.supplier for point in one.single_points})
        index = ("未知" if zh else "unknown") if value is None else f"{value:.2f}"
        if zh:
            said.append(f"{one.name}：供应商集中度（HHI）{MARK}{index}{MARK}，{MARK}{alone}{MARK} 家供应商无替代")
        else:
            said.append(
                f"{one.name}: the concentration of its known suppliers (HHI) is {MARK}{index}{MARK}, and"
                f" {MARK}{alone}{MARK} of them {'has' if alone == 1 else 'have'} no alternative"
            )
    return ("；" if zh else "; ").join(said) + ("。" if zh else ".")


def by_whom(found: Supply, of: str, language: str = "en") -> str:
    """Shares by country or supplier as a list, with the range of those who have alternatives.

    >>> from calc.spec.library import open_library
    >>> from calc.studies.supply import supply
    >>> by_whom(supply(open_library(), "dgx-h100"), "country")
    'DGX H100: TW 40 %, US 40 %, KR 20 %'
    """
    shares, ranges, unknown, most = (
        (found.by_country, found.country_range, found.unknown_country, found.unknown_country_range)
        if of == "country"
        else (found.by_supplier, found.supplier_range, found.unknown, found.unknown_range)
    )
    listed = [(name, share, ranges[name]) for name, share in shares.items()]
    if most[1] > 1e-9:
        listed.append(("未知" if language == "zh" else "unknown", unknown, most))
    said = []
    for name, share, (low, high) in listed:
        ends = f" ({low * 100:.0f}–{high * 100:.0f} %)" if high - low > 1e-9 else ""
        said.append(f"{name} {_per_cent(share)}{ends}")
    return f"{found.name}{'：' if language == 'zh' else ': '}{('、' if language == 'zh' else ', ').join(said)}"


def _per_cent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _listed(steps: tuple[Step, ...], language: str) -> str:
    words = list(dict.fromkeys((step.name, STEPS[step.step][language]) for step in steps))
    shown = [f"{name} {what}" if language == "zh" else f"{what} of {name}" for name, what in words[:4]]
    more = len(words) - len(shown)
    if language == "zh":
        return "、".join(shown) + (f"等 {len(words)} 项" if more else "")
    return ", ".join(shown) + (f" and {more} more" if more else "")


def sentences(found: Supply, language: str = "en") -> tuple[str, ...]:
    """What a system's supply comes to, a sentence each.

    Parameters
    ----------
    found : who makes it.
    language : en or zh.

    >>> from calc.spec.library import open_library
    >>> from calc.studies.supply import supply
    >>> sentences(supply(open_library(), "gb200-nvl72", ["tsmc"]))[-2].partition(":")[0]
    'Without tsmc, GB200 NVL72 cannot be built'
    """
    zh = language == "zh"
    shares = [f"{country} {_per_cent(share)}" for country, share in found.by_country.items()]
    if zh:
        said = [f"{found.name}：{'、'.join([*shares, f'来源未知 {_per_cent(found.unknown_country)}'])}。"]
    else:
        said = [f"{found.name}: {', '.join([*shares, f'{_per_cent(found.unknown_country)} of unknown origin'])}."]
    said.append(BASIS[found.weight][language])
    stock = [step for step in found.steps if any(maker.stock for maker in step.makers)]
    if stock:
        what = _listed(tuple(stock), language)
        said.append(
            f"以下步骤有厂商仅余库存，不计入：{what}。"
            if zh
            else f"Of some makers only stock is left, which does not count: {what}."
        )
    if found.cuts or found.uncut is not True:
        words = ("、" if zh else ", ").join(cut(one.word, language) for one in found.cuts)
        if not found.cuts:
            without = "即使无人被切断，" if zh else "Even with nobody cut off, "
        else:
            without = f"若无 {words}，" if zh else f"Without {words}, "
        same = bool(found.cuts) and found.buildable is found.uncut
        if found.buildable is False:
            what = _listed(found.missing, language)
            as_before = ("（无人被切断时亦然）" if zh else ", as with nobody cut off") if same else ""
            said.append(
                f"{without}{found.name} 无法制造{as_before}：无人承担{what}。"
                if zh
                else f"{without}{found.name} cannot be built{as_before}: nobody is left for the {what}."
            )
        elif found.buildable is None:
            what = _listed(found.undecided, language)
            as_before = ("（无人被切断时亦然）" if zh else ", as with nobody cut off") if same else ""
            said.append(
                f"{without}{found.name} 能否制造取决于未知来源{as_before}：{what}。"
                if zh
                else f"{without}an unknown origin decides whether {found.name} can be built{as_before}: {what}."
            )
        else:
            said.append(
                f"若无 {words}，{found.name} 仍可制造；{_per_cent(found.exposed)} 受影响。"
                if zh
                else f"Without {words}, {found.name} can still be built; {_per_cent(found.exposed)} of it is exposed."
            )
    return (*said, DISCLAIMER[language])
