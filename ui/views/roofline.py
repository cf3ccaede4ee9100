"""Roofs of the basket: what memory and fabrics let a kernel attain, and on which side of each ridge it lies."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

import calc
from ui import cached, charts, look, session
from ui.state import PageState

__all__ = ["formats_of", "kinds_of", "render"]

_DEFAULT = ("hbm", "scale_up")


def kinds_of(state: PageState) -> tuple[str, ...]:
    """Which roofs are shown."""
    asked = state.get("roofs").split(",")
    return tuple(kind for kind in calc.roofline.KINDS if kind in asked) or _DEFAULT


def formats_of(state: PageState) -> tuple[str, ...]:
    """Which number formats have a peak of their own: that of the strip, and any others picked."""
    asked = state.get("formats").split(",")
    return tuple(one for one in calc.names.PRECISIONS if one == state.precision or one in asked)


def render(state: PageState) -> None:
    """Draw the view."""
    _ = session.say()
    language, library = session.language(), session.library()
    if not state.systems:
        st.html(look.sentence(_("Add a system to see its roofs"), "headline", "h1"))
        return
    scale = state.get("scale") if state.get("scale") in calc.roofline.PER else "chip"
    found = cached.roofline(library, state, scale, kinds_of(state), formats_of(state))
    kernels = calc.roofline.kernels(state.precision)
    own = [roof for roof in found.roofs if roof.precision == state.precision]
    reached = calc.roofline.reached(calc.roofline.Roofline(found.per, own, {}), kernels)
    headline, standfirst = calc.narrate_system.ridges(own, reached, language)
    st.html(
        look.sentence(headline or _("None of these systems has this number format"), "headline", "h1")
        + look.sentence(standfirst, "standfirst")
        + look.sentence(
            _("Peaks and bandwidths as published; fabrics count one direction. No kernel attains all of either."),
            "basis",
        )
    )
    with look.guarded("roofs"):
        _chart(state, found, kernels, scale)
    with look.guarded("kernels"):
        _table(state, reached)


def _pick(key: str, field: str) -> None:
    given = st.session_state[key]
    if field == "scale":
        said = "" if given == "chip" else given
    elif field == "roofs":
        said = "" if tuple(given) == _DEFAULT else ",".join(given)
    else:
        said = ",".join(given)
    session.update(lambda state: state.put(**{field: said}))


def _controls(state: PageState, scale: str) -> None:
    _ = session.say()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="roof_controls"):
        st.session_state["roof_scale"] = scale
        st.segmented_control(
            _("Of one"),
            calc.roofline.PER,
            format_func={"chip": _("chip"), "system": _("system")}.__getitem__,
            required=True,
            key="roof_scale",
            on_change=_pick,
            args=("roof_scale", "scale"),
        )
        st.session_state["roof_kinds"] = list(kinds_of(state))
        st.segmented_control(
            _("Roofs"),
            calc.roofline.KINDS,
            format_func={"hbm": "HBM", "scale_up": _("scale-up"), "scale_out": _("scale-out")}.__getitem__,
            selection_mode="multi",
            key="roof_kinds",
            on_change=_pick,
            args=("roof_kinds", "roofs"),
        )
        others = [one for one in calc.names.PRECISIONS if one != state.precision]
        st.session_state["roof_formats"] = [one for one in formats_of(state) if one != state.precision]
        st.multiselect(
            _("Further number formats"),
            others,
            format_func=str.upper,
            key="roof_formats",
            on_change=_pick,
            args=("roof_formats", "formats"),
            placeholder=_("none"),
            max_selections=3,
            width=260,
        )


def _chart(
    state: PageState, found: calc.roofline.Roofline, kernels: Sequence[calc.roofline.Kernel], scale: str
) -> None:
    _ = session.say()
    language, theme, library = session.language(), session.theme(), session.library()
    unit = calc.figures.scale(calc.names.find("flop_rate"), [roof.peak for roof in found.roofs]).unit
    of = _("one chip") if scale == "chip" else _("the whole system")
    look.section(
        _("Attainable throughput by arithmetic intensity"),
        _(
            "{unit} of {of}, up, against FLOP on each byte, across; both log. "
            "Solid HBM, dashed scale-up, dotted scale-out."
        ).format(unit=unit, of=of),
    )
    _controls(state, scale)
    titles = {system: library.get("system", system).short for system in state.systems}
    if found.roofs:
        key = ("roofs", library.digest, state, language, theme)
        drawn = cached.keep(key, lambda: charts.roofs(found, kernels, state, language, theme))
        alt = "; ".join(f"{roof.label(language)}: {calc.figures.number(roof.ridge, 0)} FLOP/B" for roof in found.roofs)
        look.chart(drawn, alt, "chart_roofs")
    else:
        look.refusal(_("There is no roof to draw: choose another number format."))
    words = {"hbm": "HBM", "scale_up": _("scale-up"), "scale_out": _("scale-out")}
    lacking = [
        f"{titles[system]}, {words[kind]} {precision.upper()}: {_(reason)}"
        for (system, precision, kind), reason in found.missing.items()
    ]
    if lacking:
        look.source_line(_("Not shown: {names}.").format(names="; ".join(lacking)))
    said = _("Kernels: intensities by formula for the shapes named, all matrices in {format}.")
    look.source_line(said.format(format=state.precision.upper()))


def _table(state: PageState, reached: Sequence[calc.roofline.Reached]) -> None:
    _ = session.say()
    language, library = session.language(), session.library()
    row = calc.names.find("flop_rate")
    look.section(
        _("What typical kernels attain"),
        _(
            "At most, under the roof of what their bytes cross: HBM, or the scale-up fabric "
            "for what is sent to other chips."
        ),
    )
    systems = [system for system in state.systems if any(one.roof.system == system for one in reached)]
    if not systems:
        look.refusal(_("No kernel to show without a roof."))
        return
    heads = "".join(
        f'<th scope="col">{look.swatch(state.slot(system))}{escape(library.get("system", system).short)}</th>'
        for system in systems
    )
    body = []
    for kernel in dict.fromkeys(one.kernel for one in reached):
        ones = {one.roof.system: one for one in reached if one.kernel == kernel}
        unit, texts = calc.figures.column(row, [one.attainable for one in ones.values()])
        said = dict(zip(ones, texts, strict=True))
        cells = "".join(
            f"<td>{said[system]}"
            f"<small>{escape(_('compute') if ones[system].by_compute else _('bandwidth'))}</small></td>"
            if system in ones
            else f'<td><span class="pc-absent">{escape(_("no roof"))}</span></td>'
            for system in systems
        )
        over = "HBM" if kernel.moves == "hbm" else _("scale-up")
        intensity = calc.figures.number(kernel.intensity, calc.figures.decimals([kernel.intensity]))
        body.append(
            f'<tr><th scope="row" class="pc-left">{escape(kernel.label(language))}'
            f'<span class="pc-convention">{escape(over)}</span>'
            f'<span class="pc-narrow-unit">{escape(unit)}</span></th><td>{intensity}</td>'
            f'<td class="pc-unit">{escape(unit)}</td>{cells}</tr>'
        )
    st.html(
        f'<table class="pc pc-small pc-kernels"><caption>{escape(_("Throughput; below it, what binds."))}</caption>'
        f'<thead><tr><th scope="col" class="pc-left">{escape(_("Kernel"))}</th><th scope="col">FLOP/B</th>'
        f'<th scope="col" class="pc-unit">{escape(_("Unit"))}</th>{heads}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>"
    )
