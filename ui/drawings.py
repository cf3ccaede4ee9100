"""Charts of one system, of what-ifs and of roofs, as pure functions from what the library found to what is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import calc
from ui.look import COLOURS, FONT, GROUND, INK, MUTED, PARTS, RULE, SHAPES
from ui.state import PageState
from ui.text import translator
from ui.vega import ROW, chart, field, layer, names_axis, ratio_axis

__all__ = ["dumbbells", "racks_html", "roofs", "sankey", "tiers_html", "tree_html"]

_DASHES = {"hbm": [1, 0], "scale_up": [7, 3], "scale_out": [2, 3]}


def dumbbells(
    drawn: Sequence[calc.what_if.Stretch], state: PageState, system: str, language: str, theme: str
) -> dict[str, Any]:
    """Ratios to the baseline before and after: outlined as adopted, filled in the scenario."""
    _ = translator(language)
    colour, shape = COLOURS[state.slot(system)], SHAPES[state.slot(system)]
    rows = [
        {
            "row": one.label,
            "before": one.before,
            "after": one.after,
            _("Quantity"): one.label,
            _("As adopted"): calc.figures.ratio(one.before),
            _("In the scenario"): calc.figures.ratio(one.after),
            _("Change"): calc.figures.change(one.before, one.after),
        }
        for one in drawn
    ]
    low, high = calc.pictures.around([value for one in drawn for value in (one.before, one.after)], 0.8, 1.25)
    scale, axis = ratio_axis(low, high)
    y = names_axis([one.label for one in drawn], theme)
    tooltip = [f"{name}:N" for name in (_("Quantity"), _("As adopted"), _("In the scenario"), _("Change"))]
    mark = {"size": 80, "strokeWidth": 2, "opacity": 1, "shape": shape, "stroke": colour}
    before, after = field("before:Q", scale=scale), field("after:Q", scale=scale)
    one = {"x": field("one:Q", scale=scale, axis=axis)}
    layers = [
        layer([{"one": 1.0}], "rule", strokeWidth=1.5, color=INK[theme], channels=one),
        layer(rows, "rule", strokeWidth=1.5, color=MUTED[theme], channels={"x": before, "x2": "after:Q", "y": y}),
        layer(rows, "point", fill=GROUND[theme], **mark, channels={"x": before, "y": y, "tooltip": tooltip}),
        layer(rows, "point", fill=colour, **mark, channels={"x": after, "y": y, "tooltip": tooltip}),
    ]
    return chart(layers, len(rows) * ROW + 40, theme)


def roofs(
    found: calc.roofline.Roofline,
    kernels: Sequence[calc.roofline.Kernel],
    state: PageState,
    language: str,
    theme: str,
) -> dict[str, Any]:
    """Roofs on log scales, each labelled on its line, ridges as ticks, kernels as labelled hairlines."""
    _ = translator(language)
    row = calc.names.find("flop_rate")
    scaled = calc.figures.scale(row, [roof.peak for roof in found.roofs])
    many = len({roof.precision for roof in found.roofs}) > 1
    plan = calc.roofline.plan(found, kernels, scaled.factor)
    lines, labels, ridges = [], [], []
    for place in plan.lines:
        roof = place.roof
        colour = COLOURS[state.slot(roof.system)]
        title = f"{roof.label(language)} {roof.precision.upper()}" if many else roof.label(language)
        said = {
            _("Roof"): title,
            _("Peak"): calc.figures.amount(row, roof.peak),
            _("Bandwidth"): calc.figures.amount(calc.names.find("roof.bandwidth"), roof.bandwidth),
            _("Ridge"): f"{calc.figures.number(roof.ridge, calc.figures.decimals([roof.ridge]))} FLOP/B",
        }
        same = {"colour": colour, "kind": roof.kind, "line": title, **said}
        lines += [{"x": x, "y": y, **same} for x, y in zip(place.x, place.y, strict=True)]
        labels.append({"x": place.label[0], "y": place.label[1], "text": title})
        ridges.append(
            {
                "x": roof.ridge,
                "y": place.peak,
                "text": calc.figures.number(roof.ridge, calc.figures.decimals([roof.ridge])),
                "shape": SHAPES[state.slot(roof.system)],
                **same,
            }
        )
    x = {"type": "log", "domain": list(plan.across), "nice": False}
    y = {"type": "log", "domain": list(plan.up), "nice": False}
    ticks = {"format": ",~r", "labelOverlap": True}
    across = field("x:Q", scale=x, axis={"values": list(plan.decades_across), "grid": False, **ticks})
    up = field("y:Q", scale=y, axis={"values": list(plan.decades_up), **ticks})
    tooltip = [f"{name}:N" for name in (_("Roof"), _("Peak"), _("Bandwidth"), _("Ridge"))]
    hairs = [
        {"x": hair.kernel.intensity, "text": hair.kernel.label(language), "y": hair.foot, "left": hair.left}
        for hair in plan.kernels
    ]
    colour = field("colour:N", scale=None)
    dashes = field("kind:N", scale={"domain": list(_DASHES), "range": list(_DASHES.values())}, legend=None)
    layers = [layer(hairs, "rule", strokeWidth=1, color=RULE[theme], channels={"x": across})] if hairs else []
    layers.append(
        layer(
            lines,
            "line",
            strokeWidth=2,
            channels={
                "x": across,
                "y": up,
                "detail": "line:N",
                "color": colour,
                "strokeDash": dashes,
                "tooltip": tooltip,
            },
        )
    )
    for left in (True, False):
        named = [hair for hair in hairs if hair["left"] is left]
        turned = {"angle": 270, "align": "left", "dx": 4, "dy": -6 if left else 7, "baseline": "middle"}
        layers += _haloed(named, across, up, MUTED[theme], theme, **turned)
    layers += _haloed(labels, across, up, INK[theme], theme, align="left", baseline="middle")
    shape = field("shape:N", scale=None)
    ends = {"x": across, "y": up, "color": colour, "shape": shape, "tooltip": tooltip}
    layers.append(layer(ridges, "point", filled=True, size=70, opacity=1, channels=ends))
    layers += _haloed(ridges, across, up, INK[theme], theme, dy=-13, fontWeight=600)
    return chart(layers, 520, theme)


def _haloed(
    rows: Sequence[Mapping[str, Any]], x: Any, y: Any, colour: str, theme: str, **mark: Any
) -> list[dict[str, Any]]:
    """Text that lines may cross: drawn twice, first as a broad edge in the colour of the paper."""
    if not rows:
        return []
    channels = {"x": x, "y": y, "text": "text:N"}
    edge = {"stroke": GROUND[theme], "strokeWidth": 5, "strokeJoin": "round", "color": GROUND[theme]}
    return [
        layer(rows, "text", fontSize=12, **edge, **mark, channels=channels),
        layer(rows, "text", fontSize=12, color=colour, **mark, channels=channels),
    ]


def sankey(found: calc.power_flow.Flow, theme: str) -> dict[str, Any]:
    """Power from the facility to the parts, as an ECharts option; what no part explains is pale and outlined."""
    colours = {
        **PARTS,
        "facility": "#6B675F",
        "cooling": "#5E7A55",
        found.whole: "#4A6C8C",
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
    box = "".join(
        f'<span class="pc-rack pc-slot-{slot}" data-squares="{count}">{"<i></i>" * count}</span>'
        for count in drawing.boxes
    )
    switches = f'<span class="pc-rack pc-network"><small>{escape(network)}</small></span>' * drawing.network
    style = f"--pc-columns: {drawing.columns}"
    return (
        f'<figure class="pc-racks" style="{style}" role="img" aria-label="{escape(f"{title}: {caption}")}">'
        f'<div class="pc-boxes" aria-hidden="true">{box}{switches}</div>'
        f"<figcaption>{escape(title)}<br>{escape(caption)}</figcaption></figure>"
    )


def tiers_html(
    tiers: Sequence[calc.anatomy.Tier], hops: Sequence[calc.anatomy.Hop], names: Mapping[str, str], language: str
) -> str:
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
