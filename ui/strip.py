"""The one line of controls above every view."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

import calc
from ui import asked, cached, cite, look, moved, session, share
from ui.state import MOST, PageState, fault_of
from ui.text import plain_markdown

__all__ = ["SHOWN", "draw"]

SHOWN = {
    "compare": ("basket", "precision", "per", "options", "export"),
    "system": ("basket", "options"),
    "what_if": ("basket", "precision", "per", "options", "export"),
    "ranges": ("basket", "precision", "options"),
    "economics": ("basket", "precision", "export"),
    "train": ("basket", "readings", "export"),
    "serve": ("basket", "readings", "export"),
    "supply": ("basket", "export"),
    "accuracy": (),
    "roofline": ("basket", "precision", "options"),
    "momentum": ("trend", "export"),
    "specs": (),
}
"""What each view is affected by; sharing and the language stand in all."""

_PRECISIONS = ("bf16", "fp8", "int8", "fp4")


def draw(state: PageState, view: str) -> None:
    """Draw the strip of a view."""
    shown = SHOWN[view]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="strip"):
        if "basket" in shown:
            _basket(state)
            _add(state)
        if "precision" in shown:
            _precision(state)
        if "per" in shown:
            _per(state)
        if "options" in shown:
            _options(state, view)
        if "readings" in shown:
            _readings(state)
        if "trend" in shown:
            _trend(state)
        st.space("stretch")
        if "trend" in shown:
            share.export_trend(state)
        elif "export" in shown and state.systems:
            if view in asked.MODELS:
                share.export_workload(state, view)
            elif view == "economics":
                share.export_costs(state)
            elif view == "supply":
                share.export_supply(state)
            else:
                share.export(state, charts=view == "compare")
        share.share(state)
        _language()


def _field(key: str, field: str) -> Callable[[], None]:
    return lambda: session.change(**{field: st.session_state[key]})


def _seed(key: str, value: object) -> str:
    """A widget shows what the state says, wherever that came from."""
    st.session_state[key] = value
    return key


def _title(system: str, library: calc.Library) -> str:
    return library.get("system", system).short


def _label(state: PageState, system: str, library: calc.Library) -> str:
    slot = state.slot(system)
    glyph = f":{look.WORDS[slot]}[{look.GLYPHS[slot]}]" if look.WORDS[slot] else look.GLYPHS[slot]
    return f"{glyph} {plain_markdown(_title(system, library))}"


def _basket(state: PageState) -> None:
    _ = session.say()
    if not state.systems:
        return
    library = session.library()
    own = [place for place, system in enumerate(state.systems, 1) if session.is_own(system)]
    if own:
        chips = ", ".join(f".st-key-strip_base button:nth-of-type({place})" for place in own)
        st.html(f"<style>{chips} {{ outline: 1.5px dotted var(--pc-muted); outline-offset: -4px; }}</style>")
    st.segmented_control(
        _("Systems · selected = baseline 1×"),
        state.systems,
        format_func=lambda system: _label(state, system, library),
        required=True,
        key=_seed("strip_base", state.base),
        on_change=_field("strip_base", "chosen"),
        wrap=False,
    )


def _precision(state: PageState) -> None:
    _ = session.say()
    offered = [*_PRECISIONS, *([state.precision] if state.precision not in _PRECISIONS else [])]
    st.segmented_control(
        _("Precision"),
        offered,
        format_func=str.upper,
        required=True,
        key=_seed("strip_precision", state.precision),
        on_change=_field("strip_precision", "precision"),
        wrap=False,
    )


def _per(state: PageState) -> None:
    _ = session.say()
    words = {"system": _("system"), "chip": _("chip"), "die": _("die"), "rack": _("rack"), "kW": "kW", "USD": "USD"}
    st.segmented_control(
        _("Per"),
        calc.figures.PER,
        format_func=lambda per: words[per],
        required=True,
        key=_seed("strip_per", state.per),
        on_change=_field("strip_per", "per"),
        wrap=False,
    )


def _keep(key: str, name: str, usual: str) -> None:
    """Keep what is not usual of a view's own; another board has windows of its own."""
    given = st.session_state[key]
    kept = {name: "" if given == usual else given}
    session.update(lambda state: state.put(**kept, **({"window": ""} if name == "board" else {})))


def _trend(state: PageState) -> None:
    """Weights, scale and window of the view that follows models over time."""
    _ = session.say()
    open_weights, scale, window = moved.asked_of(state)
    st.segmented_control(
        _("Weights"),
        ("all", "open"),
        format_func={"all": _("all models"), "open": _("open weights")}.__getitem__,
        required=True,
        key=_seed("trend_weights", "open" if open_weights else "all"),
        on_change=_keep,
        args=("trend_weights", "weights", "all"),
        wrap=False,
    )
    st.segmented_control(
        _("Scale"),
        calc.trends.SCALES,
        format_func={"raw": _("raw"), "style": _("style control")}.__getitem__,
        required=True,
        key=_seed("trend_board", scale),
        on_change=_keep,
        args=("trend_board", "board", "raw"),
        wrap=False,
    )
    offered = list(moved.WINDOWS[scale])
    shown = window if window in offered else moved.OTHER
    st.segmented_control(
        _("Window"),
        [*offered, *([moved.OTHER] if shown == moved.OTHER else [])],
        format_func=lambda one: (
            _("all") if one == moved.ALL else window if one == moved.OTHER else one.replace("..", " – ")
        ),
        required=True,
        key=_seed("trend_window", shown),
        on_change=_window,
        args=(offered[0],),
        wrap=False,
    )
    months = moved.months(scale)
    first, last = moved.ends(window, scale)
    with st.popover(_("Other window"), key="trend_other"):
        st.selectbox(_("From"), months, key=_seed("trend_from", first), on_change=_between, args=(offered[0],))
        st.selectbox(_("To"), months, key=_seed("trend_to", last), on_change=_between, args=(offered[0],))


def _window(usual: str) -> None:
    if st.session_state["trend_window"] != moved.OTHER:
        _keep("trend_window", "window", usual)


def _between(usual: str) -> None:
    text = f"{st.session_state['trend_from']}..{st.session_state['trend_to']}"
    session.update(lambda state: state.put(window="" if text == usual else text))


def _add(state: PageState) -> None:
    _ = session.say()
    with st.popover(_("＋ Add"), key="strip_add"):
        library = session.library()
        specs = {system: library.get("system", system) for system in library.ids("system")}
        find = st.text_input(_("Search"), key="add_find", placeholder=_("name, vendor or chip"), max_chars=60)
        left, right = st.columns(2)
        vendor = left.selectbox(
            _("Vendor"),
            sorted({str(spec.words["vendor"]) for spec in specs.values()}),
            index=None,
            key="add_vendor",
            placeholder=_("any"),
        )
        country = right.selectbox(
            _("Country"),
            sorted({str(spec.words["country"]) for spec in specs.values()}),
            index=None,
            key="add_country",
            placeholder=_("any"),
        )
        full = len(state.systems) >= MOST
        if full:
            st.caption(_("The basket holds {most}; remove one to add another.").format(most=MOST))
        found = [
            system
            for system, spec in specs.items()
            if vendor in (None, spec.words["vendor"])
            and country in (None, spec.words["country"])
            and all(
                word in f"{system} {spec.name} {spec.short} {spec.words['vendor']} {spec.words['chip']}".lower()
                for word in (find or "").lower().split()
            )
        ]
        with st.container(height=320, border=False, gap=None, key="add_list"):
            for system in found:
                inside = system in state.systems
                name = _label(state, system, library) if inside else plain_markdown(specs[system].short)
                vendor_name = plain_markdown(str(specs[system].words["vendor"]))
                if specs[system].words.get("status") == "announced":
                    vendor_name += f" · {_('announced')}"
                st.button(
                    f"{name} :small[{vendor_name} · {_('remove') if inside else _('add')}]",
                    key=f"add_{system}",
                    type="tertiary",
                    disabled=full and not inside,
                    on_click=session.leave if inside else session.join,
                    args=(system,),
                    width="stretch",
                )
            if not found:
                st.caption(_("No system matches; clear a filter."))


def _editions(state: PageState) -> dict[str, str]:
    """Sources with a reading that is not the adopted one, by id, with a title."""
    library = session.library()
    return cached.keep(("editions", library.digest, state.systems), lambda: _other_editions(state, library))


def _other_editions(state: PageState, library: calc.Library) -> dict[str, str]:
    others: dict[str, str] = {}
    for system in state.systems:
        for datum in calc.load(system, library=library).inputs.values():
            for reading in datum.alternatives:
                others[reading.source] = cite.title(reading.source, library)
    return others


def _count(state: PageState) -> int:
    return sum(
        (
            state.sparse,
            state.iec,
            state.only_differences,
            bool(state.prefer),
            "pue" in dict(state.settings),
            state.precision not in _PRECISIONS,
        )
    )


def _options(state: PageState, view: str) -> None:
    _ = session.say()
    count = _count(state)
    label = _("Options") + (f" · {count}" if count else "")
    with st.popover(label, key="strip_options"):
        st.radio(
            _("Throughput"),
            (False, True),
            format_func=lambda sparse: _("2:4 sparse") if sparse else _("dense"),
            key=_seed("option_sparse", state.sparse),
            on_change=_field("option_sparse", "sparse"),
            horizontal=True,
        )
        st.selectbox(
            _("Number format"),
            calc.names.PRECISIONS,
            format_func=str.upper,
            key=_seed("option_precision", state.precision),
            on_change=_field("option_precision", "precision"),
        )
        st.radio(
            _("Bytes"),
            (False, True),
            format_func=lambda iec: _("IEC, 1024: GiB") if iec else _("SI, 1000: GB"),
            key=_seed("option_iec", state.iec),
            on_change=_field("option_iec", "iec"),
            horizontal=True,
        )
        if view == "compare":
            st.checkbox(
                _("Only differences"),
                key=_seed("option_differences", state.only_differences),
                on_change=_field("option_differences", "only_differences"),
            )
        _prefer(state)
        st.text_input(
            _("PUE of the facility"),
            key=_seed("option_pue", dict(state.settings).get("pue", "")),
            on_change=_pue,
            placeholder=_("as in the region's spec"),
            max_chars=12,
        )
        fault = st.session_state.get("option_pue_fault")
        if fault:
            st.html(f'<p class="pc-refusal">{escape(fault)}</p>')


def _prefer(state: PageState) -> None:
    _ = session.say()
    editions = _editions(state)
    if editions:
        st.multiselect(
            _("Readings to prefer"),
            list(editions),
            format_func=lambda source: editions.get(source, source),
            key=_seed("option_prefer", [source for source in state.prefer if source in editions]),
            on_change=lambda: session.change(prefer=tuple(st.session_state["option_prefer"])),
            placeholder=_("as adopted"),
        )


def _readings(state: PageState) -> None:
    _ = session.say()
    if _editions(state):
        with st.popover(_("Options") + (" · 1" if state.prefer else ""), key="strip_options"):
            _prefer(state)


def _pue() -> None:
    given = st.session_state["option_pue"].strip()
    fault = fault_of(session.current(), "pue", given, session.library()) if given else ""
    st.session_state["option_pue_fault"] = fault
    if not fault:
        session.update(lambda state: state.set("pue", given))


def _language() -> None:
    other = "en" if session.language() == "zh" else "zh"
    st.button(
        "English" if other == "en" else "中文",
        key="strip_language",
        on_click=session.change,
        kwargs={"language": other},
    )
