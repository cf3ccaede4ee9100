"""One system in words: what it is made of, what of its power nobody explains, and under which roofs it works."""

from __future__ import annotations

from collections.abc import Sequence

from calc import figures, names
from calc.studies.anatomy import Anatomy
from calc.studies.narrate import strong
from calc.studies.power import PowerBreakdown
from calc.studies.roofline import Reached, Roof

__all__ = ["composition", "ridges", "tiers_disputed", "unexplained"]

_DIES = {1: ("", ""), 2: ("dual-die ", "双裸片"), 4: ("four-die ", "四裸片")}
_MEDIA = {
    "optical": ("optical", "光"),
    "copper": ("copper", "铜"),
    "board": ("on-board", "板上"),
    "mixed": ("copper and optical", "铜与光"),
}
_TOPOLOGIES = {"switched": ("", ""), "full_mesh": (" full-mesh", "全互连"), "torus": (" torus", "环面")}
_ROOFS = {
    "hbm": ("HBM", "HBM"),
    "scale_up": ("scale-up traffic", "纵向互联流量"),
    "scale_out": ("scale-out traffic", "横向互联流量"),
}


def _whole(value: float) -> str:
    return figures.number(value, 0)


def composition(found: Anatomy, language: str = "en") -> str:
    """What a system is made of, in one sentence without its full stop.

    Parameters
    ----------
    found : the system taken apart.
    language : en or zh.

    Returns
    -------
    str : numbers between `calc.studies.narrate.MARK`.
    """
    zh = language == "zh"
    chips = strong(_whole(found.racks.chips))
    dies = _DIES.get(int(found.dies or 1), (f"{found.dies:g}-die ", f" {found.dies:g} 裸片"))[zh]
    said = [f"{chips} 颗{dies}加速器" if zh else f"{chips} {dies}accelerators"]
    count = found.racks.compute + found.racks.network
    if found.racks.known:
        said.append(f"{strong(_whole(count))} 个机柜" if zh else f"{strong(_whole(count))} rack{'s' * (count != 1)}")
    if found.topology and found.domain:
        hops = found.scale_up[1]
        medium = _MEDIA.get(hops[-1].medium if hops else "", ("", ""))[zh]
        shape = _TOPOLOGIES[found.topology][zh]
        if found.domain >= found.racks.chips:
            said.append(
                f"一个{medium}{shape}纵向互联域" if zh else f"one {medium}{shape} scale-up domain".replace("  ", " ")
            )
        else:
            each = _whole(found.domain)
            said.append(
                f"{medium}{shape}纵向互联域各 {each} 颗"
                if zh
                else f"{medium}{shape} scale-up domains of {each}".strip()
            )
    return f"{found.name}：{'，'.join(said)}" if zh else f"{found.name}: {', '.join(said)}"


def unexplained(found: Anatomy, power: PowerBreakdown, language: str = "en") -> str:
    """What joins its chips, and how much of its published power no part accounts for."""
    zh = language == "zh"
    said = []
    carriers = [(title, count) for hop in found.scale_up[1] for title, count in hop.carriers]
    if carriers:
        copper = carriers[0][0] == "copper cables"
        count = strong(_whole(sum(count for _, count in carriers)))
        what = ("根铜缆" if copper else "个光模块") if zh else ("copper cables" if copper else "optical modules")
        chips = _whole(found.domain or found.racks.chips)
        said.append(
            f"{count} {what}把 {chips} 颗芯片连成一台机器。"
            if zh
            else f"{count} {what} make {chips} chips look like one machine."
        )
    scope = power.widest
    if scope is None:
        said.append(
            "未公布整机、机柜或节点功率。"
            if zh
            else "Nobody publishes its power, neither of a node nor of a rack nor in all."
        )
    else:
        title = {"all_in": ("", "整机"), "racks": ("rack ", "机柜"), "nodes": ("node ", "节点")}[scope.scope]
        total = figures.amount(names.find("power.all_in"), scope.published or 0.0)
        gap = scope.unexplained
        if gap is None:
            pass
        elif gap >= 0:
            rest = strong(figures.amount(names.find("power.all_in"), gap))
            said.append(
                f"公布的{title[1]}功率 {total} 中，{rest} 没有已知部件可以解释。"
                if zh
                else f"Of its published {title[0]}power of {total}, {rest} is not explained by any known part."
            )
        else:
            over = strong(figures.amount(names.find("power.all_in"), -gap))
            said.append(
                f"已知部件的额定功率之和比公布的{title[1]}功率 {total} 高 {over}。"
                if zh
                else f"The rated power of its known parts is {over} above its published {title[0]}power of {total}."
            )
    return ("" if zh else " ").join(said)


def tiers_disputed(found: Anatomy, language: str = "en") -> str:
    """That sources disagree about the tiers of switches; empty where they do not."""
    counts = list(dict.fromkeys(f"{reading.value:.0f}" for reading in found.tier_readings))
    if len(counts) < 2:
        return ""
    if language == "zh":
        return f"来源不一：此处采用 {counts[0]} 层交换，另有来源称 {'、'.join(counts[1:])} 层。"
    others = " or ".join(counts[1:])
    return f"Sources disagree: {counts[0]} tiers of switches are drawn here, another source counts {others}."


def ridges(roofs: Sequence[Roof], reached: Sequence[Reached], language: str = "en") -> tuple[str, str]:
    """Where each system's memory roof bends, and what a typical step attains under it.

    Parameters
    ----------
    roofs : those of one number format.
    reached : what kernels attain under them.
    language : en or zh.

    Returns
    -------
    headline, standfirst : sentences, the first without its full stop; empty where there is no roof.
    """
    zh = language == "zh"
    kind = "hbm" if any(roof.kind == "hbm" for roof in roofs) else roofs[0].kind if roofs else ""
    here = [roof for roof in roofs if roof.kind == kind]
    if not here:
        return "", ""
    pairs = [(roof.name, strong(figures.number(roof.ridge, figures.decimals([roof.ridge])))) for roof in here]
    what = _ROOFS[kind][zh]
    if zh:
        listed = "，".join(f"{name} 为 {value}" for name, value in pairs)
        headline = f"每字节 {what} 要做多少次运算才受算力限制：{listed} FLOP"
    else:
        first = f"{pairs[0][0]} is bound by compute from {pairs[0][1]} FLOP on each byte of {what}"
        headline = ", ".join([first, *(f"{name} from {value}" for name, value in pairs[1:])])
    return headline, _attained([one for one in reached if one.roof.kind == kind and one.roof in here], zh)


def _attained(reached: Sequence[Reached], zh: bool) -> str:
    """The two ends: a step that memory binds, and one that arithmetic does."""
    said = []
    for name in ("decode-64", "gemm"):
        ones = [one for one in reached if one.kernel.name == name]
        if not ones:
            continue
        unit, texts = figures.column(names.find("flop_rate"), [one.attainable for one in ones])
        label = ones[0].kernel.label("zh" if zh else "en")
        pairs = [f"{one.roof.name} {strong(text)}" for one, text in zip(ones, texts, strict=True)]
        bound = {one.by_compute for one in ones}
        why = (
            ("受算力限制" if bound == {True} else "受内存限制" if bound == {False} else "限制各异")
            if zh
            else (
                "bound by compute"
                if bound == {True}
                else "bound by memory"
                if bound == {False}
                else "bound differently"
            )
        )
        said.append(
            f"{label}（{why}）：{'，'.join(pairs)} {unit}。"
            if zh
            else f"{label[0].upper()}{label[1:]}, {why}: {', '.join(pairs)} {unit}."
        )
    return ("" if zh else " ").join(said)
