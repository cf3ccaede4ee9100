"""One system taken apart: to scale, tier by tier, part by part, and its power from the facility to the chip."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

import calc
from ui import cached, cite, drawings, look, session
from ui.state import PageState

__all__ = ["render", "words"]


def render(state: PageState) -> None:
    """Draw the view."""
    _ = session.say()
    language, library = session.language(), session.library()
    if not state.systems:
        st.html(look.sentence(_("Add a system to see what it is made of"), "headline", "h1"))
        return
    asked = state.get("of")
    system = asked if asked in state.systems else (state.others or state.systems)[0]
    if len(state.systems) > 1:
        _chooser(state, system, library)
    found = cached.anatomy(library, state, system)
    power = cached.breakdown(library, state, system)
    st.html(
        look.sentence(calc.narrate_system.composition(found, language), "headline", "h1")
        + look.sentence(calc.narrate_system.unexplained(found, power, language), "standfirst")
    )
    with st.container(key="main_pair"):
        left, right = st.columns([55, 45], gap="large")
        with left:
            with look.guarded("racks"):
                _racks(state, library, system)
            with look.guarded("scale-up"):
                _scale_up(found, language)
            with look.guarded("scale-out"):
                _scale_out(found, language)
            with look.guarded("composition"):
                _composition(found)
        with right:
            with look.guarded("power"):
                _power(state, library, system)
            with look.guarded("claims"):
                _claims(library, system)
    with look.guarded("materials"):
        _materials(found, library)
    with look.guarded("sources"):
        _sources(library, system)


def words() -> Mapping[str, str]:
    """What parts, places and media are called on the page."""
    _ = session.say()
    return {
        "system": _("system"),
        "compute_rack": _("compute rack"),
        "network_rack": _("network rack"),
        "node": _("node"),
        "chip": _("accelerator"),
        "chips": _("accelerators"),
        "cpu": "CPU",
        "switch": _("switch"),
        "nic": _("network adapter"),
        "transceiver": _("optical module"),
        "cable": _("cables"),
        "copper cables": _("copper cables"),
        "server": _("server"),
        "cooling": _("cooling"),
        "conversion": _("power conversion"),
        "network": _("network"),
        "storage": _("storage"),
        "outside": _("other systems"),
        "board": _("on the board"),
        "copper": _("copper"),
        "optical": _("optical"),
        "mixed": _("copper and optical"),
        "unknown": _("bandwidth not known"),
        "in node": _("in the nodes"),
        "in rack": _("in the racks"),
        "in all_in": _("in network racks or beside them"),
        "host": _("host"),
        "scale_up": _("scale-up"),
        "scale_out": _("scale-out"),
        "cooling_and_conversion": _("cooling and conversion"),
    }


def _chooser(state: PageState, system: str, library: calc.Library) -> None:
    _ = session.say()
    st.session_state["system_of"] = system
    st.segmented_control(
        _("System to take apart"),
        state.systems,
        format_func=lambda one: library.get("system", one).short,
        required=True,
        key="system_of",
        on_change=session.put,
        args=("of", "system_of"),
        label_visibility="collapsed",
    )


def _racks(state: PageState, library: calc.Library, system: str) -> None:
    _ = session.say()
    ordered = [system, *(one for one in state.systems if one != system)]
    found = [cached.anatomy(library, state, one) for one in ordered]
    drawn = calc.anatomy.drawings([one.racks for one in found])
    each = drawn[0].chips_per_square
    title = (
        _("To scale: one square is one accelerator") if each == 1 else _("To scale: one square is {count} accelerators")
    )
    racks = found[0].racks
    if racks.known:
        said = _("{racks} compute racks of {nodes} nodes × {chips}, and {network} network racks").format(
            racks=racks.compute, nodes=racks.nodes_per_rack, chips=racks.chips_per_node, network=racks.network
        )
    else:
        said = _("{nodes} nodes × {chips}; its spec does not say how they fill racks").format(
            nodes=racks.nodes, chips=racks.chips_per_node
        )
    look.section(title.format(count=each), said)
    pieces = []
    for one, drawing, parts in zip(ordered, drawn, found, strict=True):
        count = calc.figures.number(parts.racks.chips, 0)
        held = parts.racks.compute + parts.racks.network
        in_racks = _("{chips} in {racks} rack") if held == 1 else _("{chips} in {racks} racks")
        caption = in_racks.format(chips=count, racks=held) if parts.racks.known else count
        if drawing.left_out:
            caption += " · " + _("{count} racks not drawn").format(count=drawing.left_out)
        pieces.append(drawings.racks_html(drawing, state.slot(one), parts.name, caption, _("network")))
    st.html(f'<div class="pc-scale-row">{"".join(pieces)}</div>')


def _scale_up(found: calc.anatomy.Anatomy, language: str) -> None:
    _ = session.say()
    tiers, hops = found.scale_up
    shapes = {"switched": _("switched"), "full_mesh": _("every chip to every other"), "torus": _("torus"), "": ""}
    said = [_("Bandwidth in one direction, all links together"), shapes[found.topology]]
    if found.oversubscription is not None:
        said.append(
            _("non-blocking")
            if found.oversubscription == 1
            else _("oversubscribed {ratio} to 1").format(ratio=f"{found.oversubscription:g}")
        )
    look.section(_("Scale-up fabric, tier by tier"), "; ".join(part for part in said if part))
    if not hops:
        look.refusal(_("Its spec describes no scale-up fabric."))
        return
    st.html(drawings.tiers_html(tiers, hops, words()))
    disputed = calc.narrate_system.tiers_disputed(found, language)
    if disputed:
        look.source_line(disputed)


def _scale_out(found: calc.anatomy.Anatomy, language: str) -> None:
    _ = session.say()
    tiers, hops = found.scale_out
    look.section(_("Scale-out"), _("To other systems; bandwidth in one direction, all links together"), minor=True)
    if not tiers:
        look.refusal(_("Its spec describes no links to other systems."))
        return
    st.html(drawings.tiers_html(tiers, hops, words()))


def _composition(found: calc.anatomy.Anatomy) -> None:
    _ = session.say()
    look.section(_("What it is made of"), _("Each count is inside one of the thing above it"), minor=True)
    st.html(f'<ul class="pc-tree">{drawings.tree_html(found.tree, words())}</ul>')


def _power(state: PageState, library: calc.Library, system: str) -> None:
    _ = session.say()
    language, theme = session.language(), session.theme()
    found = cached.flow(library, state, system, language)
    if found is None:
        look.section(_("Where its power goes"), "")
        look.refusal(_("Neither a published power nor that of any part is known."))
        return
    said = [_("Pale, outlined: published but unexplained.")]
    if "facility" in found.places:
        said.append(_("Cooling and losses at a PUE of {pue}, which is assumed.").format(pue=f"{found.pue:g}"))
    look.section(_("Where its power goes"), " ".join(said))
    st.echarts_chart(drawings.sankey(found, theme), height=330, key="chart_flow")
    st.html(f'<p class="pc-source">{escape(found.in_words(language))}</p>')
    if found.over:
        over = calc.figures.number(found.over, calc.figures.decimals([found.over]))
        look.source_line(
            _("The parts’ rated power adds up to {power} kW more than what is published.").format(power=over)
        )


def _claims(library: calc.Library, system: str) -> None:
    _ = session.say()
    language = session.language()
    found = calc.check_claims(system, library=library)
    look.section(_("Claims against our totals"), _("Computed from parts; a gap above 2 % is flagged and explained"))
    if not found:
        look.refusal(_("No published total stands in its spec."))
        return
    rows = []
    for claim in found:
        label = claim.quantity.zh if language == "zh" else claim.quantity.en
        label = label.format(precision=(claim.precision or "").upper(), currency_year="", pue="")
        sparse = f" {_('2:4 sparse')}" if claim.sparsity == "sparse_2_4" else ""
        unit, texts = calc.figures.column(claim.quantity, [claim.claimed, claim.computed])
        gap = "–" if claim.gap is None else calc.figures.change(1.0, claim.gap + 1.0)
        mark, word = ("✓", _("agrees")) if claim.agrees else ("!", _("differs"))
        strong = "" if claim.agrees else " class=pc-strong"
        why = f"<small>{escape(claim.explained)}</small>" if claim.explained and not claim.agrees else ""
        rows.append(
            f'<tr><th scope="row" class="pc-left">{escape(label + sparse)}'
            f'<span class="pc-convention">{escape(unit)}</span>'
            f"<small>{cite.cited(claim.source, library, claim.at, note=claim.note)}</small>{why}</th>"
            f"<td>{texts[0]}</td><td>{texts[1]}</td><td{strong}>{gap}</td>"
            f'<td><span role="img" aria-label="{escape(word)}" title="{escape(word)}">{mark}</span></td></tr>'
        )
    head = look.table_head((_("Total"), _("claimed"), _("computed"), _("gap"), _("verdict")))
    st.html(f'<table class="pc pc-small">{head}<tbody>{"".join(rows)}</tbody></table>')


def _materials(found: calc.anatomy.Anatomy, library: calc.Library) -> None:
    _ = session.say()
    called = words()
    power = calc.names.find("part.power")
    look.section(
        _("Bill of materials"),
        _("Everything its spec counts; rated power, so that parts can add up to more than is drawn"),
    )
    rows = []
    for line in found.materials:
        if line.total == 0:
            continue
        total = "–" if line.total is None else calc.figures.number(line.total, 0)
        held = _("in {title}").format(title=line.included_in) if line.included_in else _("not known")
        each = calc.figures.amount(power, line.power) if line.power is not None else "–"
        summed = f'<span class="pc-absent">{escape(held)}</span>'
        if line.total_power is not None:
            summed = calc.figures.amount(power, line.total_power)
        word = _(line.confidence or "")
        rows.append(
            f'<tr><th scope="row" class="pc-left">{escape(line.title)}</th>'
            f'<td class="pc-left">{escape(called.get(line.type, line.type))}</td>'
            f'<td class="pc-left">{escape(called.get(line.role, line.role))}</td>'
            f'<td class="pc-strong">{total}</td><td>{escape(each)}</td>'
            f"<td>{summed}</td><td>{look.ring(line.confidence, word)}</td>"
            f'<td class="pc-left pc-cited">{cite.cited(line.source, library, line.at) if line.source else ""}</td></tr>'
        )
    texts = (
        _("Part"),
        _("What"),
        _("For"),
        _("Count"),
        _("Power of each"),
        _("Power of all"),
        _("Basis"),
        _("Source of the count"),
    )
    st.html(
        f'<div class="pc-scroll" tabindex="0" role="region" aria-label="{escape(_("Bill of materials"))}">'
        f'<table class="pc pc-small">{look.table_head(texts, (0, 1, 2, 7))}'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _sources(library: calc.Library, system: str) -> None:
    _ = session.say()
    loaded = calc.load(system, library=library)
    cited = dict.fromkeys(source for spec in loaded.specs for source, _place, _path in spec.sources())
    with st.expander(_("All sources ({count})").format(count=len(cited))):
        items = []
        for source in cited:
            entry = library.known_sources.get(source, {})
            licence = f" · {escape(str(entry['licence']))}" if entry.get("licence") else ""
            title = escape(str(entry.get("title", "")))
            items.append(f"<li>{cite.cited(source, library)} · {title}{licence}<small>{escape(source)}</small></li>")
        st.html(f'<ul class="pc-tree">{"".join(items)}</ul>')
    with st.expander(_("The spec as a file")):
        text = calc.text_of(loaded.spec, session.own_specs())
        st.code(text, language="yaml", wrap_lines=True)
        st.download_button(
            _("Download the file"), text, file_name=f"{system}.yaml", mime="application/yaml",
            key="system_download", on_click="ignore", type="tertiary",
        )  # fmt: skip
