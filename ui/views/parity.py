"""How many of one system equal another, on each total."""

from __future__ import annotations

from html import escape

import streamlit as st

import calc
from ui import cached, look, pictures, session
from ui.state import PageState
from ui.views import panel

__all__ = ["render"]


def render(state: PageState, found: calc.Comparison, system: str = "") -> None:
    """Draw the table of one system against the baseline: the one that is given, or the one that is chosen here."""
    _ = session.say()
    language, library, titles = session.language(), session.library(), pictures.titles_of(found)
    if not state.others:
        return
    given = system
    if not system:
        system = state.get("of") if state.get("of") in state.others else state.others[0]
    chip = next(one for one in found.systems if one.id == system).chip.short
    look.section(
        _("How many {chip} equal one {name}?").format(chip=chip, name=titles[state.base]),
        _("Accelerators needed to match each total; power and racks in proportion"),
    )
    if len(state.others) > 1 and not given:
        panel.choose_system(state, titles, system, "parity_of")
    matched = cached.parity(library, state, system)
    columns = [
        calc.figures.column(calc.names.find(name), [getattr(row, field) for row in matched.rows])
        for name, field in (
            ("chips", "chips"),
            ("power.all_in", "power"),
            ("racks", "racks"),
            ("power.overhead", "systems"),
        )
    ]
    heads = (_("To match its …"), _("chips"), columns[1][0], _("racks"), _("of a {name}").format(name=titles[system]))
    rows = "".join(
        f'<tr><th scope="row" class="pc-left">{escape(found.label_of(row.quantity.name, language))}</th>'
        + "".join(f"<td{' class=pc-strong' if j == 0 else ''}>{columns[j][1][i]}</td>" for j in range(4))
        + "</tr>"
        for i, row in enumerate(matched.rows)
    )
    st.html(f'<table class="pc pc-small">{look.table_head(heads)}<tbody>{rows}</tbody></table>')
    look.source_line(_("The network is scaled in proportion; that of a smaller or larger system is not modelled."))
