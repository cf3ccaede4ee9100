"""The catalogue to browse and to read, and a place to bring specs of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

import calc
from ui import bring, cached, cite, look, session
from ui.state import PageState

__all__ = ["filters_of", "render", "spec_html"]

_SEPARATOR = ";"
_WIDTH = 148


def render(state: PageState) -> None:
    """Draw the view."""
    _ = session.say()
    library = session.library()
    st.html(
        look.sentence(
            _("*{systems}* systems and *{chips}* chips, every figure with its source").format(
                systems=len(library.ids("system")), chips=len(library.ids("chip"))
            ),
            "headline",
            "h1",
        )
        + look.sentence(
            _("Read a spec with all its readings, or bring your own: it is checked here and joins the basket at once."),
            "standfirst",
        )
    )
    kind = state.get("kind", "system")
    kind = kind if kind in calc.catalogue.COLUMNS else "system"
    with st.container(key="main_pair"):
        left, right = st.columns([63, 37], gap="large")
        with left, look.guarded("catalogue"):
            chosen = _catalogue(state, kind, library)
            _coverage(kind, library)
        with right, st.container(key="reader"), look.guarded("reader"):
            _reader(state, kind, chosen, library)
    with st.container(key="low_pair"), look.guarded("bring"):
        bring.render()


def filters_of(text: str) -> dict[str, str]:
    """The texts of filters by column, as the link has them.

    >>> filters_of("vendor:Huawei;chips:>=10")
    {'vendor': 'Huawei', 'chips': '>=10'}
    """
    pairs = (pair.partition(":") for pair in text.split(_SEPARATOR))
    return {name.strip(): said.strip() for name, colon, said in pairs if colon and said.strip()}


def _kinds(_: Any) -> dict[str, str]:
    return {
        "system": _("Systems"),
        "chip": _("Chips"),
        "link": _("Links"),
        "part": _("Parts"),
        "region": _("Regions"),
    }


def _choose(key: str, field: str) -> None:
    chosen = st.session_state[key] or ""
    if field == "kind":
        session.update(lambda state: state.put(kind="" if chosen == "system" else chosen, spec="", find=""))
    else:
        session.update(lambda state: state.put(**{field: chosen}))


def _filter(columns: Sequence[str]) -> None:
    said = {name: str(st.session_state.get(f"filter_{name}", "")).replace(_SEPARATOR, ",").strip() for name in columns}
    text = _SEPARATOR.join(f"{name}:{given}" for name, given in said.items() if given)
    session.update(lambda state: state.put(find=text))


def _clear() -> None:
    session.update(lambda state: state.put(find=""))


def _catalogue(state: PageState, kind: str, library: calc.Library) -> Sequence[calc.catalogue.Entry]:
    _ = session.say()
    language = session.language()
    entries, columns = cached.browsed(library, state, kind)
    look.section(
        _("Catalogue"),
        _(
            "Filter figures with >=10, <5, 2..4 or 72, in the unit of the head or another; "
            "words with commas between them."
        ),
    )
    kinds = _kinds(_)
    st.session_state["specs_kind"] = kind
    st.segmented_control(
        _("Kind"),
        list(kinds),
        format_func=lambda one: kinds[one],
        required=True,
        key="specs_kind",
        on_change=_choose,
        args=("specs_kind", "kind"),
        label_visibility="collapsed",
    )
    texts = filters_of(state.get("find"))
    offered = [column for column in columns if column.name not in ("id", "checked", "introduced")]
    names = [column.name for column in offered]
    filters, faults = [], []
    with st.container(horizontal=True, gap="small", key="filters"):
        for column in offered:
            key = f"filter_{column.name}"
            st.session_state[key] = texts.get(column.name, "")
            st.text_input(
                column.label(language),
                key=key,
                max_chars=80,
                width=_WIDTH,
                placeholder=_("words") if not column.numeric else ">=10, 2..4",
                on_change=_filter,
                args=(names,),
            )
    for column in offered:
        try:
            found = calc.catalogue.parse_filter(column, texts.get(column.name, ""))
        except calc.CalcError as error:
            faults.append(str(error))
        else:
            filters += [found] if found else []
    for fault in faults:
        look.refusal(fault)
    shown = calc.catalogue.browse(entries, filters)
    with st.container(horizontal=True, vertical_alignment="center", key="filters_foot"):
        count = _("{shown} of {all} shown.").format(shown=len(shown), all=len(entries))
        st.html(f'<p class="pc-note" role="status">{escape(count)}</p>')
        if texts:
            st.button(_("Clear the filters"), key="filters_clear", type="tertiary", on_click=_clear)
    if shown:
        _grid(shown, columns, language)
    else:
        look.refusal(_("No spec matches every filter; clear one."))
    return shown


def _coverage(kind: str, library: calc.Library) -> None:
    """How much of the catalogue is known, by confidence."""
    _ = session.say()
    found = cached.covered(library, kind)
    total = found.total(kind)
    head = _("What is known: {share} % of {all} figures").format(share=round(total.share * 100), all=f"{total.of:,}")
    with st.expander(head):
        rows = [
            {
                _("Figure"): row.label(session.language()),
                _("known"): row.total,
                "%": round(row.share * 100),
                **{_(word): count for word, count in row.known.items()},
                _("absent, with reason"): row.absent,
                _("sources"): row.sources,
            }
            for row in found.figures
        ]
        st.dataframe(rows, hide_index=True, key="specs_coverage")
        if not found.unsourced:
            st.html(f'<p class="pc-note">{escape(_("No figure is without a source."))}</p>')


def _grid(shown: Sequence[calc.catalogue.Entry], columns: Sequence[calc.catalogue.Column], language: str) -> None:
    said = [column for column in columns if column.name != "id"]
    st.dataframe(
        calc.catalogue.frame(shown, said, language),
        hide_index=True,
        height="content" if len(shown) <= 14 else 530,
        key="specs_grid",
        on_select=_picked,
        selection_mode="single-row",
        column_config={
            column.label(language): st.column_config.NumberColumn(format=f"%.{column.places}f")
            for column in said
            if column.numeric
        },
    )
    st.session_state["specs_rows"] = [entry.id for entry in shown]


def _picked() -> None:
    rows = st.session_state["specs_grid"]["selection"]["rows"]
    listed = st.session_state.get("specs_rows", [])
    if rows and rows[0] < len(listed):
        session.update(lambda state: state.put(spec=listed[rows[0]]))


def _reader(state: PageState, kind: str, shown: Sequence[calc.catalogue.Entry], library: calc.Library) -> None:
    _ = session.say()
    ids = library.ids(kind)
    asked = state.get("spec")
    listed = [entry.id for entry in shown]
    chosen = asked if asked in ids else (listed or ids or [""])[0]
    look.section(_("Read a spec"), _("Every reading of every figure, the adopted one first."))
    if asked and asked not in ids:
        near = calc.nearest(asked, ids)
        look.refusal(
            _("No spec ‘{given}’ of this kind.").format(given=asked[:60])
            + (" " + _("Did you mean {hint}?").format(hint=near) if near else "")
        )
    if not chosen:
        return
    st.session_state["specs_spec"] = chosen
    st.selectbox(
        _("Spec"),
        ids,
        format_func=lambda one: library.get(kind, one).name,
        key="specs_spec",
        on_change=_choose,
        args=("specs_spec", "spec"),
        label_visibility="collapsed",
    )
    spec = library.get(kind, chosen)
    if kind == "system":
        inside = chosen in state.systems
        st.button(
            _("Remove from the basket") if inside else _("Add to the basket"),
            key="specs_basket",
            on_click=session.leave if inside else session.join,
            args=(chosen,),
        )
    st.html(spec_html(spec, library))
    text = calc.text_of(spec, session.own_specs())
    with st.expander(_("The file")):
        st.code(text, language="yaml", wrap_lines=True)
    st.download_button(
        _("Download the file"),
        text,
        file_name=f"{chosen}.yaml",
        mime="application/yaml",
        key="specs_download",
        on_click="ignore",
        type="tertiary",
    )


def spec_html(spec: calc.Spec, library: calc.Library) -> str:
    """A spec as HTML: what it is, every reading with its source, what is absent and why, and its claims."""
    _ = session.say()
    words = spec.words
    about = [
        words.get("vendor"),
        words.get("country"),
        words.get("introduced"),
        _("read {date}").format(date=words["checked"]),
    ]
    said = [f'<p class="pc-note">{escape(" · ".join(str(word) for word in about if word))}</p>']
    if words.get("note"):
        said.append(f'<p class="pc-note">{escape(str(words["note"]))}</p>')
    items = [_figure(path, datum, library) for path, datum in spec.figures.items()]
    refers = [
        f"<li>{escape(name)} <b>{escape(str(target))}</b></li>"
        for name, target in words.items()
        if name in ("chip", "scale_up.link", "scale_out.link", "scale_up.topology", "medium", "type")
        or name.endswith(".part")
    ]
    said.append(f'<ul class="pc-tree pc-readings">{"".join([*refers, *items])}</ul>')
    said += _absent(words.get("absent", {}))
    if spec.claims:
        claims = "".join(_claim(claim, library) for claim in spec.claims)
        said.append(
            f'<details class="pc-note"><summary>{escape(_("Published totals it is checked against"))}</summary>'
            f'<ul class="pc-tree">{claims}</ul></details>'
        )
    return "".join(said)


def _absent(absent: Mapping[str, Any]) -> list[str]:
    _ = session.say()
    if not absent:
        return []
    rows = "".join(f"<li>{escape(name)}<small>{escape(_(str(reason)))}</small></li>" for name, reason in absent.items())
    return [
        f'<details class="pc-note"><summary>{escape(_("Not given, and why"))}</summary>'
        f'<ul class="pc-tree">{rows}</ul></details>'
    ]


def _figure(path: str, datum: calc.Datum, library: calc.Library) -> str:
    _ = session.say()
    lines = []
    for i, reading in enumerate(datum.readings):
        word = _(reading.confidence)
        mark = look.ring(reading.confidence, word)
        start = escape(path) if i == 0 else escape(_("or"))
        year = f" ({reading.currency_year})" if reading.currency_year else ""
        lines.append(
            f"{start} <b>{escape(reading.text)}</b>{year} {mark} {escape(word)}"
            f"<small>{cite.reading(reading, library)}</small>"
        )
    return f"<li>{''.join(lines)}</li>"


def _claim(claim: Mapping[str, Any], library: calc.Library) -> str:
    note = str(claim.get("explained") or claim.get("note") or "")
    said = cite.cited(str(claim["source"]), library, str(claim.get("at") or ""), note=note)
    what = " ".join(str(claim[key]) for key in ("quantity", "precision") if claim.get(key))
    return f"<li>{escape(what)} <b>{escape(str(claim['value']))}</b><small>{said}</small></li>"
