"""What a system is made of: its tree, its bill of materials, racks to draw, and fabrics tier by tier.

Everything rests on the readings adopted in the scenario, as every other number does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from calc.model.evaluate import evaluate
from calc.model.result import Result
from calc.model.scenario import Scenario
from calc.spec.datum import Datum
from calc.spec.library import Spec
from calc.spec.system import System

__all__ = ["Anatomy", "Branch", "Drawing", "Hop", "Material", "Racks", "Tier", "anatomy", "drawings"]


@dataclass(frozen=True, slots=True)
class Branch:
    """One thing of the composition, and what is inside it.

    Attributes
    ----------
    kind : system, compute_rack, network_rack, node, chip, or a part's type.
    title : its name; empty where the kind says it.
    count : how many inside one of the thing above; None where not known.
    inside : what one of them holds.
    """

    kind: str
    title: str
    count: float | None
    inside: Sequence[Branch] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """One line of the bill of materials.

    Attributes
    ----------
    name, title, type, role : as in the system's spec; the chips are of the type ``chip``.
    total : how many there are; None where not known.
    power : of each [W]; None where not known, or counted in another part.
    total_power : of all [W]; None likewise.
    included_in : title of the part whose power includes it; empty where it stands for itself.
    confidence : the weakest that the count and the power rest on.
    source : id of the source of the count.
    at : where in that source.
    place : file and line of the count.
    """

    name: str
    title: str
    type: str
    role: str
    total: float | None
    power: float | None
    total_power: float | None
    included_in: str
    confidence: str | None
    source: str
    at: str
    place: str


@dataclass(frozen=True, slots=True)
class Racks:
    """How nodes fill racks.

    Attributes
    ----------
    nodes, chips_per_node : how many.
    nodes_per_rack : in a full rack; 0 where the spec does not say how nodes fill racks.
    network : how many racks hold switches only.
    """

    nodes: int
    chips_per_node: int
    nodes_per_rack: int
    network: int

    @property
    def known(self) -> bool:
        """Whether the spec says how nodes fill racks."""
        return self.nodes_per_rack > 0

    @property
    def compute(self) -> int:
        """Racks that hold chips; 0 where not known."""
        return math.ceil(self.nodes / self.nodes_per_rack) if self.known else 0

    @property
    def chips(self) -> int:
        """Chips in all of them."""
        return self.nodes * self.chips_per_node


@dataclass(frozen=True, slots=True)
class Drawing:
    """Racks as boxes of squares, to the same scale as those drawn beside them.

    Attributes
    ----------
    chips_per_square : chips that one square stands for.
    columns : squares in a row of a box.
    boxes : squares in each box that holds chips; all in one box where the racks are not known.
    network : boxes that hold switches only.
    left_out : racks that are not drawn, being too many.
    """

    chips_per_square: int
    columns: int
    boxes: Sequence[int]
    network: int
    left_out: int


_MOST_SQUARES = 2000
_MOST_BOXES = 80
_COLUMNS = 8


def drawings(found: Sequence[Racks]) -> Sequence[Drawing]:
    """Racks of several systems, all to one scale.

    Parameters
    ----------
    found : the racks of each.

    Returns
    -------
    drawings : one square is one chip, or the least power of two of them that keeps the squares countable.

    >>> drawings([Racks(48, 8, 4, 4), Racks(18, 4, 18, 0)])[0].boxes[:3]
    (32, 32, 32)
    """
    each = 1
    while sum(racks.chips / each for racks in found) > _MOST_SQUARES:
        each *= 2
    drawn = []
    for racks in found:
        if not racks.known:
            boxes: tuple[int, ...] = (math.ceil(racks.chips / each),) if racks.chips else ()
        else:
            full = racks.nodes_per_rack * racks.chips_per_node
            last = racks.chips - full * (racks.compute - 1)
            filled = [full] * (min(racks.compute, _MOST_BOXES) - 1) + [last if racks.compute <= _MOST_BOXES else full]
            boxes = tuple(math.ceil(chips / each) for chips in filled) if racks.chips else ()
        network = min(racks.network, _MOST_BOXES)
        left_out = max(0, racks.compute - _MOST_BOXES) + racks.network - network
        columns = racks.chips_per_node if each == 1 and racks.chips_per_node <= _COLUMNS * 2 else _COLUMNS
        drawn.append(Drawing(each, columns, boxes, network, left_out))
    return tuple(drawn)


@dataclass(frozen=True, slots=True)
class Tier:
    """A level of a fabric: the chips, or one layer of switches.

    Attributes
    ----------
    kind : chip, switch, node or outside.
    title : what stands there.
    count : how many.
    holder : where each stands: node, rack or all_in; empty for chips.
    """

    kind: str
    title: str
    count: float | None
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Hop:
    """What joins one tier to the next.

    Attributes
    ----------
    bandwidth : in one direction, all links together [B/s]; None where not known.
    medium : board, copper, optical or mixed; empty where not known.
    carriers : modules or cables on the way, each with its count.
    """

    bandwidth: float | None
    medium: str
    carriers: Sequence[tuple[str, float]] = ()


@dataclass(frozen=True, slots=True)
class Anatomy:
    """What a system is made of.

    Attributes
    ----------
    system, name : its id and short name.
    tree : its composition.
    materials : its bill of materials, the chips first.
    racks : to draw.
    scale_up, scale_out : tiers of each fabric with what joins each to the next; one tier fewer hops.
    topology : of the scale-up fabric.
    dies : compute dies in one package; None where not known.
    domain : chips that reach each other over the scale-up fabric; None where not known.
    oversubscription : of the scale-up fabric; None where it has no switches or it is not known.
    tier_readings : every reading of how many tiers of switches there are, the adopted one first.
    """

    system: str
    name: str
    tree: Branch
    materials: Sequence[Material]
    racks: Racks
    scale_up: tuple[Sequence[Tier], Sequence[Hop]]
    scale_out: tuple[Sequence[Tier], Sequence[Hop]]
    topology: str
    dies: float | None
    domain: float | None
    oversubscription: float | None
    tier_readings: Sequence[Datum]

    def to_json(self) -> dict[str, Any]:
        """The bill of materials as plain values, ``podcalc.anatomy/1``; W."""
        return {
            "schema": "podcalc.anatomy/1",
            "system": self.system,
            "racks": {"compute": self.racks.compute, "network": self.racks.network, "known": self.racks.known},
            "rows": [
                {
                    "part": line.name,
                    "title": line.title,
                    "type": line.type,
                    "role": line.role,
                    "total": line.total,
                    "power": line.power,
                    "total_power": line.total_power,
                    "included_in": line.included_in or None,
                    "confidence": line.confidence,
                    "source": line.source,
                }
                for line in self.materials
            ],
        }


def anatomy(system: System, scenario: Scenario | None = None) -> Anatomy:
    """Take a system apart.

    Parameters
    ----------
    system : the system.
    scenario : the assumptions.

    Returns
    -------
    Anatomy : by the readings adopted in the scenario.

    >>> from calc.spec.library import open_library
    >>> from calc.spec.system import compose
    >>> found = anatomy(compose(open_library(), "cloudmatrix-384"))
    >>> found.racks.compute, found.racks.network, found.racks.chips
    (12, 4, 384)
    """
    result = evaluate(system, scenario)
    tiers = result.inputs.get("scale_up.tiers")
    return Anatomy(
        system.id,
        system.short,
        _tree(system, result),
        _materials(system, result),
        _racks(result),
        _scale_up(system, result),
        _scale_out(system, result),
        system.topology,
        result.number("chip.dies"),
        result.number("scale_up.domain"),
        result.number("scale_up.oversubscription"),
        tuple(tiers.readings) if tiers else (),
    )


def _tree(system: System, result: Result) -> Branch:
    def parts(per: str) -> list[Branch]:
        return [
            Branch(part.type, part.title, count)
            for part in system.parts
            if part.per == per and (count := result.number(f"parts.{part.name}.count")) != 0
        ]

    chip = Branch("chip", system.chip.short, result.number("chips_per_node"), parts("chip"))
    racks = result.number("compute_racks")
    network = result.number("network_racks")
    inside: list[Branch] = []
    if racks:
        nodes = Branch("node", "", result.number("nodes_per_rack"), [chip, *parts("node")])
        inside.append(Branch("compute_rack", "", racks, [nodes, *parts("rack")]))
    else:
        inside += [Branch("node", "", result.number("nodes"), [chip, *parts("node")]), *parts("rack")]
    if network:
        inside.append(Branch("network_rack", "", network))
    return Branch("system", system.short, 1.0, [*inside, *parts("system")])


def _materials(system: System, result: Result) -> Sequence[Material]:
    titles = {part.name: part.title for part in system.parts}
    count = result.inputs.get("chips_per_node")
    listed = [
        Material(
            "chips", system.chip.short, "chip", "chips", result.number("chips"), result.number("chip.power"),
            result.number("power.chips"), "", result.confidence("power.chips") or result.confidence("chips"),
            *_said(count),
        )
    ]  # fmt: skip
    for part in system.parts:
        at = f"parts.{part.name}"
        held = bool(part.included_in)
        total_power = None if held else result.number(f"{at}.total_power")
        rests = f"{at}.total_power" if total_power is not None else f"{at}.total"
        listed.append(
            Material(
                part.name, part.title, part.type, part.role, result.number(f"{at}.total"),
                result.number(f"{at}.power"), total_power, titles.get(part.included_in, part.included_in),
                result.confidence(rests) if rests in result.values else None, *_said(result.inputs.get(f"{at}.count")),
            )
        )  # fmt: skip
    return tuple(listed)


def _said(datum: Datum | None) -> tuple[str, str, str]:
    return (datum.source, datum.at, datum.place) if datum else ("", "", "")


def _racks(result: Result) -> Racks:
    def count(path: str) -> int:
        return int(result.number(path) or 0)

    return Racks(count("nodes"), count("chips_per_node"), count("nodes_per_rack"), count("network_racks"))


def _link(system: System, fabric: str) -> Spec | None:
    words = system.chip.words if fabric == "scale_up" else system.spec.words
    link_id = words.get(f"{fabric}.link")
    return next((spec for spec in system.specs if spec.kind == "link" and spec.id == link_id), None)


def _medium(system: System, fabric: str) -> str:
    link = _link(system, fabric)
    return str(link.words["medium"]) if link else ""


def _carriers(
    system: System, result: Result, role: str, kinds: Sequence[str] = ("transceiver", "cable")
) -> list[tuple[str, float]]:
    found = []
    for part in system.parts:
        total = result.number(f"parts.{part.name}.total")
        if part.role == role and part.type in kinds and total:
            found.append((part.title if part.type == "transceiver" else "copper cables", total))
    return found


def _scale_up(system: System, result: Result) -> tuple[Sequence[Tier], Sequence[Hop]]:
    """Chips, then each layer of switches in the spec's order; a mesh or a torus joins chips to chips."""
    bandwidth = result.number("scale_up.bandwidth_per_direction")
    tiers = [Tier("chip", system.chip.short, result.number("chips"))]
    carriers = _carriers(system, result, "scale_up")
    switches = [part for part in system.parts if part.type == "switch" and part.role == "scale_up"]
    medium = _medium(system, "scale_up")
    if not system.topology:
        return tiers, ()
    if not switches:
        # The spec lists no switches of its own: what joins the chips is still known.
        return tiers, (Hop(bandwidth, medium, carriers),)
    hops = []
    between = (result.number("scale_up.oversubscription") or 1.0) if len(switches) > 1 else 1.0
    for i, part in enumerate(switches):
        tiers.append(Tier("switch", part.title, result.number(f"parts.{part.name}.total"), part.within))
        on_board = part.within == "node"
        last = i == len(switches) - 1
        hops.append(
            Hop(
                bandwidth if bandwidth is None or i == 0 else bandwidth / between,
                "board" if on_board else _carried_by(carriers, medium),
                carriers if not on_board and last else (),
            )
        )
    return tiers, hops


def _carried_by(carriers: Sequence[tuple[str, float]], medium: str) -> str:
    kinds = {"copper" if title == "copper cables" else "optical" for title, _ in carriers}
    return kinds.pop() if len(kinds) == 1 else "mixed" if kinds else medium


def _scale_out(system: System, result: Result) -> tuple[Sequence[Tier], Sequence[Hop]]:
    nics = [part for part in system.parts if part.type == "nic" and part.role == "scale_out"]
    link = _link(system, "scale_out")
    if link is None:
        return (), ()
    tiers = [Tier("node", "", result.number("nodes"))]
    hops = []
    bandwidth = result.number("scale_out.bandwidth_per_direction")
    for part in nics[:1]:
        tiers.append(Tier("nic", part.title, result.number(f"parts.{part.name}.total"), part.within))
        hops.append(Hop(bandwidth, "board"))
    per_node, nodes = result.number("scale_out.links_per_node"), result.number("nodes")
    total = None if per_node is None or nodes is None else per_node * nodes
    tiers.append(Tier("outside", link.short, total))
    hops.append(Hop(bandwidth, str(link.words["medium"]), _carriers(system, result, "scale_out")))
    return tiers, hops
