"""A system's power as a flow, from the facility down to its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calc import figures, names
from calc.studies.pictures import by_group
from calc.studies.power import PowerBreakdown

__all__ = ["Flow", "Stream", "flow"]

_LABELS = {
    "facility": ("Facility", "设施"),
    "cooling": ("Cooling and losses", "冷却与损耗"),
    "all_in": ("All-in", "整机"),
    "racks": ("Racks", "机柜"),
    "nodes": ("Nodes", "节点"),
    "itemised": ("Known parts", "已知部件"),
    "chips": ("Accelerators", "加速器"),
    "host": ("CPUs", "CPU"),
    "scale_up": ("Interconnect", "互联"),
    "cooling_and_conversion": ("Fans, conversion", "风扇与电源转换"),
    "scale_out": ("Scale-out, storage", "横向互联与存储"),
    "unexplained": ("Unexplained", "未解释"),
}


@dataclass(frozen=True, slots=True)
class Stream:
    """Power that goes from one place to another.

    Attributes
    ----------
    start, end : ids of the two.
    power : in kW.
    """

    start: str
    end: str
    power: float


@dataclass(frozen=True, slots=True)
class Flow:
    """Where a system's power goes.

    Attributes
    ----------
    places : every place by id, with its label and its power, in the order to draw them.
    streams : what goes from place to place, in kW.
    whole : id of the place that the parts are of: all_in, racks, nodes, or itemised where none is published.
    pue : what the facility is reckoned with.
    over : by how much the rated power of the parts exceeds what is published, in kW; 0 where it does not.
    """

    places: Mapping[str, str]
    streams: Sequence[Stream]
    whole: str
    pue: float
    over: float

    def in_words(self, language: str = "en") -> str:
        """The flow as a sentence, for those who do not see it."""
        listed = [text for place, text in self.places.items() if place not in ("facility", "cooling", self.whole)]
        joined = "，".join(listed) if language == "zh" else ", ".join(listed)
        return f"{self.places[self.whole]}：{joined}" if language == "zh" else f"{self.places[self.whole]}: {joined}"


def flow(found: PowerBreakdown, language: str = "en") -> Flow | None:
    """Arrange a system's power as a flow.

    Parameters
    ----------
    found : the system's power by part and scope.
    language : en or zh.

    Returns
    -------
    Flow : from the widest published scope down; None where neither a total nor a part is known.
    """
    scope = found.widest
    within = {"nodes": ("node",), "racks": ("node", "rack"), "all_in": ("node", "rack", "all_in")}
    inside = within[scope.scope if scope else "all_in"]
    powers = by_group([part for part in found.parts if part.within in inside])
    itemised = sum(powers.values())
    total = scope.published if scope and scope.published else itemised
    if not total:
        return None
    whole = scope.scope if scope else "itemised"
    if itemised < total:
        powers["unexplained"] = total - itemised
    streams = [Stream(whole, group, power / 1e3) for group, power in powers.items() if power > 0]
    sizes = {whole: total, **{group: power for group, power in powers.items() if power > 0}}
    if whole == "all_in" and found.facility and found.facility > total:
        streams = [
            Stream("facility", whole, total / 1e3),
            *streams,
            Stream("facility", "cooling", (found.facility - total) / 1e3),
        ]
        sizes = {"facility": found.facility, **sizes, "cooling": found.facility - total}
    row = names.find("power.all_in")
    places = {place: f"{_LABELS[place][language == 'zh']} {figures.amount(row, size)}" for place, size in sizes.items()}
    return Flow(places, tuple(streams), whole, found.pue, max(0.0, itemised - total) / 1e3)
