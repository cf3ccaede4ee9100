"""What the ranges of the figures come to: bands of the ratios, and the figures that one of them hangs on."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

import calc
from ui import cached, cite, look, range_charts, session
from ui.state import PageState

if TYPE_CHECKING:
    from calc.studies.sensitivity import Sensitivity
    from calc.studies.uncertainty import Bands

__all__ = ["spreads", "swings"]


def spreads(state: PageState, bands: Bands) -> None:
    """The ratios of the main rows with the bands of their draws."""
    _ = session.say()
    language, theme, library = session.language(), session.theme(), session.library()
    titles = bands.comparison.titles
    key = "".join(
        f' <span class="pc-key">{look.swatch(state.slot(system))}{escape(titles[system])}</span>'
        for system in (state.others if len(state.others) > 1 else ())
    )
    look.section(
        _("How sure each ratio is"),
        _("Ratio to {name}, log scale. ● in its favour, ○ against it; band: 80 % of draws, tick: their median.").format(
            name=titles[state.base]
        ),
        key=key,
    )
    drawn = calc.range_pictures.spreads(bands, language)
    if not drawn:
        look.refusal(_("No ratio to draw: add another system that has figures in common with the baseline."))
        return
    kept = ("spreads", library.digest, replace(state, view=(), why=""), language, theme)
    built = cached.keep(kept, lambda: range_charts.spreads(drawn, state, titles, language, theme))
    said = "; ".join(f"{titles[one.system]}, {one.label}: {one.text} ({one.span})" for one in drawn)
    look.chart(built, said, "chart_spreads")
    look.source_line(
        _("{count} draws, seed {seed}; each figure from the range that its source gives.").format(
            count=f"{bands.draws:,}", seed=bands.seed
        )
    )


def swings(state: PageState, hangs: Sensitivity, found: calc.Comparison) -> None:
    """A ratio with each figure at either end of its range, and whose word has what part of the variance."""
    _ = session.say()
    language, theme, library = session.language(), session.theme(), session.library()
    label = found.label_of(hangs.outcome.name, language)
    look.section(
        _("What it hangs on"),
        _(
            "Ratio of {quantity}, one figure at either end of its range. Filled: better for {name}, outlined: worse."
        ).format(quantity=label, name=found.titles[hangs.system]),
    )
    drawn = calc.range_pictures.swings(hangs, language)
    if not drawn:
        look.refusal(_("None of the figures behind this ratio has a range, or none of them moves it."))
        return
    kept = (
        "swings",
        library.digest,
        replace(state, view=(), why=""),
        hangs.system,
        hangs.outcome.name,
        language,
        theme,
    )
    built = cached.keep(kept, lambda: range_charts.swings(drawn, hangs.adopted, state, language, theme))
    said = "; ".join(f"{one.label} {one.text}: {one.answer}" for one in drawn)
    look.chart(built, f"{label}: {said}", "chart_swings")
    _stakes(state, hangs)


def _stakes(state: PageState, hangs: Sensitivity) -> None:
    _ = session.say()
    language, library = session.language(), session.library()
    rows = "".join(
        f'<tr><th scope="row" class="pc-left">{"".join(look.swatch(state.slot(system)) for system in one.systems)}'
        f"{escape(', '.join(one.labels))}<small>{escape(cite.title(one.source, library))}</small></th>"
        f'<td class="pc-strong">{one.first}</td><td>{one.total}</td></tr>'
        for one in calc.range_pictures.stakes(hangs, language)
    )
    if not rows:
        return
    heads = look.table_head((_("Part of the variance"), _("alone"), _("with others")))
    name = escape(_("Part of the variance"))
    st.html(
        f'<div class="pc-scroll" tabindex="0" role="region" aria-label="{name}">'
        f'<table class="pc pc-small pc-stakes">{heads}<tbody>{rows}</tbody></table></div>'
    )
    look.source_line(
        _("First and total Sobol indices of {count} draws; what one source says of one thing moves together.").format(
            count=f"{hangs.draws:,}"
        )
    )
