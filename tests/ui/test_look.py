"""The stylesheet, Streamlit's theme and the charts have the same colours."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT

from ui import look, server

STYLE = (ROOT / "ui" / "style.css").read_text(encoding="utf-8")


def test_slots_have_their_colours() -> None:
    assert re.findall(r"\.pc-slot-\d { --pc-slot: (#\w+); }", STYLE) == list(look.COLOURS)


@pytest.mark.parametrize(
    ("name", "pair"),
    [
        ("ink", look.INK),
        ("muted", look.MUTED),
        ("rule", look.RULE),
        ("paper", look.GROUND),
        ("raised", look.RAISED),
        ("link", look.LINK),
    ],
)
def test_grounds_have_their_colours(name: str, pair: dict[str, str]) -> None:
    assert f"--pc-{name}: light-dark({pair['light']}, {pair['dark']});" in STYLE


def test_fonts_are_the_same() -> None:
    assert f"--pc-sans: {look.FONT};" in STYLE
    assert f"--pc-serif: {look.HEADING_FONT};" in STYLE


def test_a_system_is_named_in_its_colour() -> None:
    options = server.config("127.0.0.1", 1, browser=False)
    named = {options[f"theme.{theme}.{word}Color"] for theme in ("light", "dark") for word in look.WORDS if word}
    assert named == set(look.COLOURS[:-1])


def test_every_class_of_the_stylesheet_is_used() -> None:
    pages = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "ui").rglob("*.py"))
    # Written with a slot in the middle: pc-{kind}.
    built = {"against", "basis", "down", "finding", "for", "full", "half", "headline", "neither", "up"}
    built |= {f"slot-{slot}" for slot in range(len(look.COLOURS))}
    classes = set(re.findall(r"\.pc-([a-z][a-z0-9-]*)", STYLE))
    assert sorted(name for name in classes - built if f"pc-{name}" not in pages) == []
