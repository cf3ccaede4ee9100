"""One system as it is drawn: its power as a flow, its racks, fabrics and parts, from what the library found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import calc
from ui.look import FONT, GROUND, INK, MUTED, PARTS

__all__ = ["racks_html", "sankey", "tiers_html", "tree_html"]


def sankey(found: calc.power_flow.Flow, theme: str) -> dict[str, Any]:
    """Power from the facility to the parts, as an ECharts option; what no part explains is pale and outlined."""
    colours = {
        **PARTS,
        "facility": MUTED["light"],
        "cooling": PARTS["cooling_and_conversion"],
        found.whole: PARTS["chips"],
        "unexplained": MUTED[theme],
    }
    nodes = []
    for place, label in found.places.items():
        style: dict[str, Any] = {"color": colours[place], "borderWidth": 0}
        if place == "unexplained":
            style = {"color": GROUND[theme], "borderColor": MUTED[theme], "borderWidth": 1, "borderType": "dashed"}
        nodes.append({"name": label, "itemStyle": style, "label": {"position": "right"}})
    links = [
        {
            "source": found.places[stream.start],
            "target": found.places[stream.end],
            "value": stream.power,
            "lineStyle": {"color": colours[stream.end], "opacity": 0.12 if stream.end == "unexplained" else 0.3},
        }
        for stream in found.streams
    ]
    return {
        "animation": False,
        "textStyle": {"fontFamily": FONT},
        "tooltip": {"show": True, "confine": True, "valueFormatter": None},
        "series": [
            {
                "type": "sankey",
                "left": 2,
                "right": 150,
                "top": 8,
                "bottom": 8,
                "nodeWidth": 12,
                "nodeGap": 14,
                "layoutIterations": 0,
                "draggable": False,
                "emphasis": {"focus": "adjacency"},
                "lineStyle": {"curveness": 0.45},
                "label": {"color": INK[theme], "fontSize": 12.5, "fontFamily": FONT},
                "data": nodes,
                "links": links,
            }
        ],
    }


def racks_html(drawing: calc.anatomy.Drawing, slot: int, title: str, caption: str, network: str) -> str:
    """Racks as boxes of squares, with their caption."""
    box = "".join(f'<span class="pc-rack pc-slot-{slot}">{"<i></i>" * count}</span>' for count in drawing.boxes)
    switches = f'<span class="pc-rack pc-network"><small>{escape(network)}</small></span>' * drawing.network
    style = f"--pc-columns: {drawing.columns}"
    return (
        f'<figure class="pc-racks" style="{style}" role="img" aria-label="{escape(f"{title}: {caption}")}">'
        f'<div class="pc-boxes" aria-hidden="true">{box}{switches}</div>'
        f"<figcaption>{escape(title)}<br>{escape(caption)}</figcaption></figure>"
    )


def tiers_html(tiers: Sequence[calc.anatomy.Tier], hops: Sequence[calc.anatomy.Hop], names: Mapping[str, str]) -> str:
    """A fabric from the chips outwards: a box for each tier, and what joins it to the next."""
    said = []
    ring = len(tiers) == len(hops)
    for i, tier in enumerate(tiers):
        count = "" if tier.count is None else f"<b>{calc.figures.number(tier.count, 0)}</b> × "
        where = names.get(f"in {tier.holder}", "")
        title = tier.title or names[tier.kind]
        place = f"<small>{escape(where)}</small>" if where and tier.kind == "switch" else ""
        said.append(f'<li class="pc-tier"><span>{count}{escape(title)}</span>{place}</li>')
        if i < len(hops):
            said.append(f'<li class="pc-hop">{_hop(hops[i], names, around=ring)}</li>')
    return f'<ol class="pc-tiers">{"".join(said)}</ol>'


def _hop(hop: calc.anatomy.Hop, names: Mapping[str, str], *, around: bool) -> str:
    row = calc.names.find("scale_up.bandwidth_per_direction")
    parts = [
        f"{'↻' if around else '↕'} {calc.figures.amount(row, hop.bandwidth)}" if hop.bandwidth else names["unknown"]
    ]
    carried = [f"{calc.figures.number(count, 0)} {names.get(title, title)}" for title, count in hop.carriers]
    parts += carried or ([names[hop.medium]] if hop.medium else [])
    return escape(" · ".join(parts))


def tree_html(branch: calc.anatomy.Branch, names: Mapping[str, str]) -> str:
    """What a system is made of, as nested lists."""
    count = (
        "" if branch.count is None or branch.kind == "system" else f"<b>{calc.figures.number(branch.count, 0)}</b> × "
    )
    title = branch.title or names[branch.kind]
    kind = names.get(branch.kind, "") if branch.title and branch.kind not in ("system", "chip") else ""
    below = "".join(tree_html(inner, names) for inner in branch.inside)
    small = f" <span>{escape(kind)}</span>" if kind and kind.casefold() not in title.casefold() else ""
    return f"<li>{count}{escape(title)}{small}{f'<ul class=pc-tree>{below}</ul>' if below else ''}</li>"
