"""Every text of the pages is there in every language, and none is left over."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator

import pytest
from conftest import ROOT

import calc
from ui.text import CATALOGUES, catalogue, read_po, translator

SPOKEN = ("measured", "datasheet", "derived", "reported", "estimated", "assumed")
"""Texts that come from data: confidences, and the reasons for a missing figure that the library itself gives."""

REASONS = ("not published", "not in its spec", "on the chip", "none")


def _literals() -> Iterator[tuple[str, str]]:
    """Where each text stands, and the text: the argument of every call of ``_`` in a page."""
    for path in sorted((ROOT / "ui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_" and node.args:
                for word in _constants(node.args[0]):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", word


def _constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


def _slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", CATALOGUES)
def test_no_text_is_missing(language: str) -> None:
    texts = catalogue(language)
    missing = [
        f"{where}: {text!r} is not in {CATALOGUES[language].name}; add it"
        for where, text in _literals()
        if text not in texts
    ]
    missing += [
        f"{word!r} is not in {CATALOGUES[language].name}; add it" for word in (*SPOKEN, *REASONS) if word not in texts
    ]
    assert missing == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_no_text_is_left_over_or_empty(language: str) -> None:
    used = {text for _, text in _literals()} | set(SPOKEN) | set(REASONS) | set(calc.figures.PER)
    assert [text for text in catalogue(language) if text not in used] == []
    assert [text for text, said in catalogue(language).items() if not said.strip()] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_slots_are_the_same(language: str) -> None:
    assert [text for text, said in catalogue(language).items() if _slots(text) != _slots(said)] == []


def test_each_text_stands_once_in_its_catalogue() -> None:
    for path in CATALOGUES.values():
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("msgid ")]
        assert len(lines) == len(set(lines))


def test_catalogues_are_read_as_gettext_writes_them() -> None:
    text = '# a remark\nmsgid ""\nmsgstr "Language: zh_CN\\n"\n\n#: ui/app.py:1\nmsgid ""\n"Sha"\n"re \\"it\\""\nmsgstr "分享“它”"\n'
    assert read_po(text) == {'Share "it"': "分享“它”"}


def test_english_is_its_own_source() -> None:
    assert translator("en")("Share") == "Share"
    assert translator("zh")("Share") == "分享"
    assert translator("zh")("a reason from a spec file") == "a reason from a spec file"
