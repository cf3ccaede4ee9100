"""Specs that a visitor brings: pasted or uploaded, checked beside their text, kept in the session only."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st

import calc
from ui import look, session
from ui.state import MOST

__all__ = ["Outcome", "faults_html", "render", "take"]

_OUTCOME, _TEXT, _FILES = "bring_outcome", "bring_text", "bring_files"


@dataclass(frozen=True)
class Outcome:
    """What came of the files that were last brought.

    Attributes
    ----------
    checked : the library's word on them.
    full : ids of the systems that no longer fitted into the basket.
    """

    checked: calc.pasted.Checked
    full: tuple[str, ...] = ()


def render() -> None:
    """Draw the section."""
    _ = session.say()
    left, right = st.columns(2, gap="large")
    with left:
        look.section(
            _("Bring your own"),
            _(
                "YAML, several files at once. A line ‘# file: NAME.yaml’ starts a file; "
                "without one the name is made from its own."
            ),
        )
        _template()
        st.text_area(
            _("Spec files as text"),
            key=_TEXT,
            height=340,
            placeholder="kind: system\nname: ...",
            label_visibility="collapsed",
        )
        st.file_uploader(
            _("or upload files, at most 1 MiB each"),
            type=["yaml", "yml"],
            accept_multiple_files=True,
            key=_FILES,
        )
        st.button(_("Check and add"), key="bring_check", type="primary", on_click=_check)
    with right:
        look.section(_("What was found"), _("Every fault as line:column, with what is allowed."))
        outcome = st.session_state.get(_OUTCOME)
        if isinstance(outcome, Outcome):
            _report(outcome)
        else:
            look.refusal(_("Nothing was checked yet."))
        _held()


def _template() -> None:
    _ = session.say()
    kinds = {
        "system": _("a system"),
        "chip": _("a chip"),
        "link": _("a link"),
        "part": _("a part"),
        "region": _("a region"),
    }
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="templates"):
        st.html(f'<p class="pc-note">{escape(_("Start from a template for"))}</p>')
        for kind, title in kinds.items():
            st.button(title, key=f"template_{kind}", type="tertiary", on_click=_start, args=(kind,))


def _start(kind: str) -> None:
    """Put a template below what is already typed, so that nothing is lost."""
    typed = str(st.session_state.get(_TEXT, "")).rstrip()
    text = calc.pasted.start(kind)
    st.session_state[_TEXT] = f"{typed}\n{text}" if typed else text


def _check() -> None:
    files = [(file.name, file.getvalue()) for file in st.session_state.get(_FILES) or []]
    st.session_state[_OUTCOME] = take(str(st.session_state.get(_TEXT, "")), files)


def take(text: str, files: list[tuple[str, bytes]]) -> Outcome:
    """Check what was brought; where it is clean it is kept in the session and its systems join the basket."""
    new = calc.pasted.split(text)
    unread = []
    for name, data in files:
        found = calc.pasted.decode(data, name)
        if isinstance(found, str):
            new.append((name, found))
        else:
            unread.append(calc.pasted.quote(found, ""))
    own = session.own_specs()
    if unread:
        return Outcome(calc.pasted.Checked(own, unread))
    checked = calc.pasted.check(new, own)
    if not checked.clean:
        return Outcome(checked)
    own.clear()
    own.update(checked.texts)
    full = []
    for system in checked.systems:
        if len(session.current().systems) >= MOST and system not in session.current().systems:
            full.append(system)
        else:
            session.join(system)
    return Outcome(checked, tuple(full))


def faults_html(checked: calc.pasted.Checked) -> str:
    """Every fault with its place, and the line it is about with a caret below."""
    said = []
    for quoted in checked.faults:
        lines = f"{quoted.line}\n{quoted.caret}" if quoted.line else ""
        shown = f'<pre class="pc-fault">{escape(lines)}</pre>' if lines else ""
        said.append(f'<li><span class="pc-fault">{escape(str(quoted.fault))}</span>{shown}</li>')
    return f'<ol class="pc-faults" tabindex="0">{"".join(said)}</ol>'


def _report(outcome: Outcome) -> None:
    _ = session.say()
    checked = outcome.checked
    if not checked.clean:
        count = len(checked.faults)
        said = (
            _("One fault; nothing was added and the basket is as it was.")
            if count == 1
            else _("{count} faults; nothing was added and the basket is as it was.").format(count=count)
        )
        st.html(f'<p class="pc-refusal" role="status">{escape(said)}</p>{faults_html(checked)}')
        return
    library = session.library()
    joined = [
        library.get("system", one).short
        for one in checked.systems
        if one not in outcome.full and one in library.ids("system")
    ]
    sentences = []
    if joined:
        sentences.append(_("No faults. In the basket now: {names}.").format(names=", ".join(joined)))
    else:
        sentences.append(_("No faults."))
    if checked.others:
        sentences.append(_("Kept: {names}.").format(names=", ".join(spec_id for _kind, spec_id in checked.others)))
    if checked.replaced:
        sentences.append(
            _("In this session they stand in place of the catalogue’s own: {names}.").format(
                names=", ".join(checked.replaced)
            )
        )
    if outcome.full:
        sentences.append(
            _("The basket is full; remove a system to add: {names}.").format(names=", ".join(outcome.full))
        )
    st.html(f'<p class="pc-refusal" role="status">{escape(" ".join(sentences))}</p>')


def _held() -> None:
    _ = session.say()
    own = session.own_specs()
    if not own:
        return
    look.section(_("In this session"), _("Nobody else sees these; they are gone when the page is closed."), minor=True)
    for name in sorted(own):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"held_{name}"):
            st.html(f'<p class="pc-note">{escape(name)}</p>')
            st.download_button(
                _("Download"), own[name], file_name=name.rpartition("/")[2], mime="application/yaml",
                key=f"held_download_{name}", on_click="ignore", type="tertiary",
            )  # fmt: skip
            st.button(_("Remove"), key=f"held_remove_{name}", type="tertiary", on_click=_remove, args=(name,))


def _remove(name: str) -> None:
    """Drop a file, and every system that can no longer be had without it."""
    session.own_specs().pop(name, None)
    st.session_state.pop(_OUTCOME, None)
    known = set(session.library().ids("system"))
    for system in session.current().systems:
        if system not in known:
            session.leave(system)
