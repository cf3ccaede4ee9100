"""The entry of the browser pages: navigation, the strip, what a link could not restore, and the view."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from ui import look, session, strip
from ui.state import Lost
from ui.views import (
    accuracy,
    compare,
    economics,
    momentum,
    ranges,
    roofline,
    serve,
    specs,
    supply,
    system,
    train,
    what_if,
)

VIEWS = {
    "compare": compare,
    "system": system,
    "what_if": what_if,
    "ranges": ranges,
    "economics": economics,
    "train": train,
    "serve": serve,
    "supply": supply,
    "accuracy": accuracy,
    "roofline": roofline,
    "momentum": momentum,
    "specs": specs,
}


def _lost_line(lost: list[Lost]) -> str:
    _ = session.say()
    kinds = {
        "system": _("system ‘{given}’"),
        "base": _("baseline ‘{given}’"),
        "p": _("number format ‘{given}’"),
        "per": _("divisor ‘{given}’"),
        "lang": _("language ‘{given}’"),
        "source": _("source ‘{given}’"),
        "setting": _("setting ‘{given}’"),
        "quantity": _("quantity ‘{given}’"),
        "version": _("form ‘{given}’ of link"),
        "more": _("{given} more systems"),
        "model": _("model ‘{given}’"),
        "number": _("number ‘{given}’"),
        "mapping": _("parts of a mapping ‘{given}’"),
        "input": _("input ‘{given}’"),
        "window": _("window ‘{given}’"),
        "region": _("region ‘{given}’"),
        "many": _("{given} systems beyond the {hint} that fit"),
    }
    said = []
    for item in lost:
        text = kinds[item.what].format(given=item.given, hint=item.hint)
        if item.hint and item.what in ("setting", "number", "window"):
            text += f" ({item.hint})"
        elif item.hint and item.what != "many":
            text += _(" (did you mean {hint}?)").format(hint=item.hint)
        said.append(text)
    return _("Could not restore: {what}. The rest is as sent.").format(what=_("; ").join(said))


def _page(name: str) -> None:
    state = session.open_page(name)
    look.stylesheet()
    strip.draw(state, name)
    if session.lost():
        st.html(f'<p class="pc-broken" role="status">{escape(_lost_line(session.lost()))}</p>')
    with look.guarded(name):
        VIEWS[name].render(state)


def main() -> None:
    """Draw the page that was asked for."""
    session.start()
    st.set_page_config("podcalc", layout="wide", initial_sidebar_state="collapsed")
    _ = session.say()
    titles = {
        "compare": _("Compare"),
        "system": _("System"),
        "what_if": _("What-if"),
        "ranges": _("Ranges"),
        "economics": _("Economics"),
        "train": _("Train"),
        "serve": _("Serve"),
        "supply": _("Supply and rules"),
        "accuracy": _("Accuracy"),
        "roofline": _("Roofline"),
        "momentum": _("Momentum"),
        "specs": _("Specs"),
    }
    pages = [
        st.Page(
            partial(_page, name),
            title=title,
            url_path=name.replace("_", "-") if name != "compare" else "",
            default=name == "compare",
        )
        for name, title in titles.items()
    ]
    st.navigation(pages, position="top").run()


main()
