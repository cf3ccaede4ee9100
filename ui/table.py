"""The comparison's table: a real one, with bars, marks and names that open a row."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st

import calc
from ui import cached, look, pictures, session
from ui.state import PageState

__all__ = ["comparison_table", "html_of"]

_SCROLLS_FROM = 5
"""Systems from which on the table scrolls sideways under its pinned first column."""

# The same text again leaves the page as it is, so that focus and scroll stay where they are; with
# another text, focus goes back to the name that had it, or that had opened what was just closed.
_SCRIPT = """
export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(':scope > .pc-root');
  if (!root) {
    root = document.createElement('div');
    root.className = 'pc-root';
    parentElement.appendChild(root);
  }
  const button = (name) => [...root.querySelectorAll('button')].find((one) => one.dataset.quantity === name);
  const opened = () => root.querySelector('tr.pc-open')?.dataset.quantity;
  if (root.drawn !== data.html) {
    const active = document.activeElement;
    const before = opened();
    const held = root.contains(active) ? active.dataset.quantity : undefined;
    root.innerHTML = data.html;
    root.drawn = data.html;
    const now = opened();
    const left = !active || active === document.body || active.closest('.st-key-side');
    const closed = before && !now && left ? before : undefined;
    if (held || closed) button(held || closed)?.focus({ preventScroll: Boolean(held) });
    if (now && now !== before && window.matchMedia('(max-width: 640px)').matches) {
      root.querySelector('tr.pc-open').scrollIntoView({ block: 'start' });
    }
  }
  root.onclick = (event) => {
    const row = event.target.closest('tr[data-quantity]');
    if (!row || window.getSelection().toString()) return;
    setTriggerValue('picked', row.dataset.quantity);
  };
  const escape = (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || !opened()) return;
    if (document.querySelector('[role="dialog"], [data-testid="stPopoverBody"], [role="listbox"]')) return;
    setTriggerValue('picked', '');
  };
  document.addEventListener('keydown', escape);
  return () => document.removeEventListener('keydown', escape);
}
"""

_component = st.components.v2.component("podcalc_comparison", js=_SCRIPT, isolate_styles=False)


def _bar(cell: Any, slot: int) -> str:
    """A ratio's bar: filled in the system's favour, outlined against it, thin and grey where neither."""
    if cell.reach is None:
        return ""
    kind = {True: "for", False: "against", None: "neither"}[cell.favours]
    side = "up" if cell.reach >= 0 else "down"
    tip = " pc-beyond" if cell.beyond else ""
    return (
        f'<span class="pc-bar pc-slot-{slot}" aria-hidden="true">'
        f'<i class="pc-{kind} pc-{side}{tip}" style="--pc-reach:{abs(cell.reach):.4f}"></i></span>'
    )


def _value(cell: Any) -> str:
    _ = session.say()
    if not cell.text:
        return f'<span class="pc-absent">{escape(_(cell.missing))}</span>'
    return f'<span class="pc-value">{cell.text}</span>{look.ring(cell.confidence, _(cell.confidence or ""))}'


def _verdict(favours: bool | None) -> str:
    _ = session.say()
    return {True: _("better"), False: _("worse"), None: _("neither better nor worse")}[favours]


def _head(found: calc.Comparison, state: PageState) -> str:
    _ = session.say()
    heads = [
        f'<th scope="col" class="pc-quantity">{_("Quantity")}<small>{_("convention")}</small></th>',
        f'<th scope="col" class="pc-unit">{_("Unit")}</th>',
    ]
    titles = pictures.titles_of(found)
    for system in (*state.others, state.base):
        base = f"<small>{_('baseline')}</small>" if system == state.base and state.others else ""
        own = " pc-own" if session.is_own(system) else ""
        name = f"{look.swatch(state.slot(system))}{escape(titles[system])}"
        heads.append(f'<th scope="col" class="pc-system{own}">{name}{base}</th>')
    if len(state.others) == 1:
        heads.append(f'<th scope="col" class="pc-ratio">{_("Ratio")}<small>{_("to baseline")}</small></th>')
        heads.append(
            '<td class="pc-bars" aria-hidden="true"><span class="pc-scale"><b>⅛</b><b>1</b><b>8×</b></span></td>'
        )
    return f'<tr role="row">{"".join(heads)}</tr>'


def _row(row: Any, state: PageState) -> str:
    pair = len(state.others) == 1
    opened = row.quantity.name == state.why
    name = escape(row.quantity.name)
    unit = f'<span class="pc-narrow-unit">{escape(row.unit)}</span>' if row.unit else ""
    cells = [
        f'<th scope="row" role="rowheader" class="pc-quantity"><button type="button" data-quantity="{name}"'
        f' aria-expanded="{str(opened).lower()}">{escape(row.label)}</button>'
        f'<span class="pc-convention">{escape(row.convention)}</span>{unit}</th>',
        f'<td role="cell" class="pc-unit">{escape(row.unit)}</td>',
    ]
    for system in (*state.others, state.base):
        cell = row.cells[system]
        under = ""
        if not pair and system != state.base and cell.reach is not None:
            under = (
                f'<span class="pc-under">{_bar(cell, state.slot(system))}'
                f'<b title="{_verdict(cell.favours)}">{cell.ratio}</b></span>'
            )
        cells.append(f'<td role="cell" class="pc-system">{_value(cell)}{under}</td>')
    if pair:
        cell = row.cells[state.others[0]]
        cells.append(f'<td role="cell" class="pc-ratio" title="{_verdict(cell.favours)}">{cell.ratio}</td>')
        cells.append(f'<td class="pc-bars" aria-hidden="true">{_bar(cell, state.slot(state.others[0]))}</td>')
    return f'<tr role="row" data-quantity="{name}"{" class=pc-open" if opened else ""}>{"".join(cells)}</tr>'


def html_of(found: calc.Comparison, shown: calc.Shown, state: PageState) -> str:
    """The table as HTML; every text that is not ours is escaped."""
    _ = session.say()
    columns = 2 + len(state.systems) + 2 * (len(state.others) == 1)
    body: list[str] = []
    group = ""
    for row in shown.rows:
        if row.quantity.group != group:
            group = row.quantity.group
            title = calc.names.GROUPS[group][session.language() == "zh"]
            head = f'<th scope="rowgroup" role="rowheader" colspan="{columns}">{escape(title)}</th>'
            body.append(f'<tr role="row" class="pc-group">{head}</tr>')
        body.append(_row(row, state))
    key = look.key_of_marks()
    if state.others:
        key += f' <span class="pc-key">{_("Bar: filled in its favour, outlined against it.")}</span>'
    if shown.equal:
        key += f' <span class="pc-key">{_("{count} equal rows hidden.").format(count=shown.equal)}</span>'
    kind = ("", " pc-pair", " pc-many")[min(len(state.others), 2)]
    values = len(state.systems) + (len(state.others) == 1)
    table = (
        f'<table role="table" class="pc pc-comparison{kind}" style="--pc-columns:{values}"><caption>{key}</caption>'
        f'<thead role="rowgroup">{_head(found, state)}</thead><tbody role="rowgroup">{"".join(body)}</tbody></table>'
    )
    return f'<div class="pc-scroll" tabindex="0">{table}</div>' if len(state.systems) >= _SCROLLS_FROM else table


def comparison_table(
    found: calc.Comparison, shown: calc.Shown, state: PageState, on_picked: Callable[[str], None]
) -> None:
    """Draw the table; picking a row calls `on_picked` with its quantity, or with nothing to close it."""

    def picked() -> None:
        quantity = st.session_state["comparison"].picked
        # The page may have been sent anything.
        if quantity == "" or (isinstance(quantity, str) and quantity in calc.names.QUANTITIES):
            on_picked(quantity)

    key = ("table", session.library().digest, state, session.language())
    html = cached.keep(key, lambda: html_of(found, shown, state))
    _component(data={"html": html}, key="comparison", on_picked_change=picked)
