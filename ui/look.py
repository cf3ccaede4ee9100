"""The page's look: colours, shapes, section heads, and the one stylesheet."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from uuid import uuid4

import streamlit as st

import calc
from ui import session

__all__ = [
    "ACCENT",
    "COLOURS",
    "FONT",
    "GLYPHS",
    "GROUND",
    "HEADING_FONT",
    "INK",
    "LINK",
    "MUTED",
    "PARTS",
    "RAISED",
    "RULE",
    "SHAPES",
    "WORDS",
    "chart",
    "guarded",
    "key_of_marks",
    "promised_line",
    "refusal",
    "ring",
    "section",
    "sentence",
    "source_line",
    "stylesheet",
    "swatch",
    "table_head",
]

COLOURS = ("#D55E00", "#1B7FC0", "#0A9271", "#6F7681", "#6B8E23", "#A67C00", "#8E63B5", "#C0507F")
"""One colour for each slot of the basket, readable on both grounds."""

GLYPHS = ("●", "■", "▲", "◆", "▼", "✚", "►", "◄")
"""One shape for each slot, as text."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right", "triangle-left")
"""The same shapes, as charts name them."""

WORDS = ("orange", "blue", "green", "gray", "yellow", "red", "violet", "")
"""Streamlit's colour word for each slot, to which the theme gives the slot's colour; the last has none."""

PARTS = {
    "chips": "#4A6C8C",
    "host": "#7A6E5D",
    "scale_up": "#94682A",
    "cooling_and_conversion": "#5E7A55",
    "scale_out": "#7F6590",
    "storage": "#7F6590",
}
"""Muted colours for the parts of a whole, by role."""

INK = {"light": "#1F1E1C", "dark": "#E8E6E1"}
MUTED = {"light": "#6B675F", "dark": "#A3A09A"}
RULE = {"light": "#DAD6CC", "dark": "#3A3E44"}
GROUND = {"light": "#FCFBF8", "dark": "#16181B"}
RAISED = {"light": "#F1EFE9", "dark": "#202327"}
ACCENT = {"light": "#33475B", "dark": "#AFC0D0"}
LINK = {"light": "#24598C", "dark": "#8FBDE6"}
"""Ink, muted text, hairlines, paper, raised paper, controls and links on either ground.

Charts and Streamlit's theme take them from here; the stylesheet says them again, and a test compares the two.
"""

FONT = "'Source Sans', 'Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
HEADING_FONT = "'Source Serif', 'Noto Serif SC', 'Noto Serif CJK SC', 'Songti SC', 'SimSun', serif"

_RINGS = {
    "measured": "full",
    "datasheet": "full",
    "derived": "half",
    "reported": "half",
    "estimated": "empty",
    "assumed": "empty",
}
_log = logging.getLogger("podcalc.ui")


@cache
def _style() -> str:
    return f"<style>{(Path(__file__).parent / 'style.css').read_text(encoding='utf-8')}</style>"


def stylesheet() -> None:
    """Put the stylesheet into the page, once a run."""
    st.html(_style())


def sentence(text: str, kind: str, tag: str = "p") -> str:
    """A sentence of the library as HTML, its numbers set apart and never broken."""
    pieces = escape(text).split(calc.narrate.MARK)
    inner = "".join(f"<b>{piece}</b>" if i % 2 else piece for i, piece in enumerate(pieces))
    return f'<{tag} class="pc-{kind}">{inner}</{tag}>'


def section(title: str, subtitle: str = "", *, minor: bool = False, key: str = "") -> None:
    """The head of a section: a rule, its title, and one line saying measure, unit and key.

    Parameters
    ----------
    title, subtitle : texts.
    minor : whether the rule is a thin one.
    key : HTML after the subtitle, such as swatches.
    """
    under = f'<p class="pc-sub">{escape(subtitle)}{key}</p>' if subtitle or key else ""
    st.html(f'<div class="pc-head{" pc-minor" if minor else ""}"><h2>{escape(title)}</h2>{under}</div>')


def source_line(text: str) -> None:
    """The line below a chart or a table that says whose word it is."""
    st.html(f'<p class="pc-source">{escape(text)}</p>')


def promised_line(systems: Sequence[str]) -> None:
    """The line that names the announced systems which a chart of the catalogue leaves out."""
    library = session.library()
    left_out = [library.get("system", one).short for one in calc.announced(library) if one not in systems]
    if left_out:
        _ = session.say()
        source_line(_("Announced, so not shown unless in the basket: {names}.").format(names=", ".join(left_out)))


def refusal(text: str) -> None:
    """A sentence in the place of a result that cannot be had."""
    st.html(f'<p class="pc-refusal">{escape(text)}</p>')


def table_head(texts: Sequence[str], left: Sequence[int] = (0,)) -> str:
    """The head of a table as HTML.

    Parameters
    ----------
    texts : what its columns are called.
    left : columns whose text begins at their left, from 0.
    """
    heads = (
        f'<th scope="col"{" class=pc-left" if i in left else ""}>{escape(text)}</th>' for i, text in enumerate(texts)
    )
    return f"<thead><tr>{''.join(heads)}</tr></thead>"


def swatch(slot: int) -> str:
    """A system's shape in its colour, as HTML."""
    return f'<span class="pc-swatch pc-slot-{slot}" aria-hidden="true">{GLYPHS[slot]}</span>'


def ring(confidence: str | None, word: str) -> str:
    """The mark of a confidence, as HTML, with the word for readers and on hover."""
    if confidence is None:
        return ""
    said = escape(word)
    return f'<span class="pc-ring pc-{_RINGS[confidence]}" role="img" aria-label="{said}" title="{said}"></span>'


def key_of_marks() -> str:
    """The key of the confidence marks, as HTML."""
    _ = session.say()
    pairs = (
        ("full", _("measured, datasheet")),
        ("half", _("derived, reported")),
        ("empty", _("estimated, assumed")),
    )
    marks = "".join(
        f'<span class="pc-key"><span class="pc-ring pc-{kind}"></span> {word}</span>' for kind, word in pairs
    )
    return f"{_('Basis:')} {marks}"


def chart(drawn: dict[str, Any], alt: str, key: str) -> None:
    """A chart in the width of its column, with its headline in words for readers."""
    st.container(key=key).vega_lite_chart(drawn, width="stretch", theme=None, alt=alt)


@contextmanager
def guarded(name: str) -> Iterator[None]:
    """A section of a page: what goes wrong in it is said in its place, and the page lives.

    Parameters
    ----------
    name : of the section, for the log.
    """
    _ = session.say()
    try:
        yield
    except calc.CalcError as error:
        refusal(str(error))
    except Exception:
        mark = uuid4().hex[:8]
        _log.exception("section %s could not be drawn (%s)", name, mark)
        refusal(_("This part could not be drawn ({mark}). The rest of the page is as it should be.").format(mark=mark))
