"""Texts in the reader's language, from gettext catalogues."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path

__all__ = ["CATALOGUES", "catalogue", "language_of", "plain_markdown", "read_po", "translator"]

CATALOGUES = {"zh": Path(__file__).parent / "locale" / "zh_CN" / "LC_MESSAGES" / "podcalc.po"}
"""The catalogue of each language; English is the source, and has none."""


def read_po(text: str) -> dict[str, str]:
    """The entries of a gettext catalogue that have neither plural nor context.

    >>> read_po('msgid "Share"\\nmsgstr ""\\n"分"\\n"享"')
    {'Share': '分享'}
    """
    entries: dict[str, str] = {}
    kind, said = "", {"msgid": "", "msgstr": ""}
    for line in [*text.splitlines(), 'msgid ""']:
        word, _, rest = line.strip().partition(" ")
        if word in said:
            if word == "msgid":
                entries[said["msgid"]] = said["msgstr"]
            kind, said[word] = word, ast.literal_eval(rest)
        elif line.startswith('"') and kind:
            said[kind] += ast.literal_eval(line)
    # The entry of the empty text is the catalogue's own head.
    entries.pop("", None)
    return entries


@cache
def catalogue(language: str) -> dict[str, str]:
    """Every text of a language by its English; empty for English."""
    path = CATALOGUES.get(language)
    return {} if path is None else read_po(path.read_text(encoding="utf-8"))


@cache
def translator(language: str) -> Callable[[str], str]:
    """A function from an English text to the language's own; English where there is none."""
    texts = catalogue(language)
    return lambda text: texts.get(text, text)


def language_of(locale: str | None) -> str:
    """The language to show to a browser's locale.

    >>> language_of("zh-CN"), language_of("de-DE"), language_of(None)
    ('zh', 'en', 'en')
    """
    return "zh" if (locale or "").lower().startswith("zh") else "en"


def plain_markdown(text: str) -> str:
    """A name as Markdown that shows it as it is.

    >>> plain_markdown("<b> 8*H100")
    '\\\\<b\\\\> 8\\\\*H100'
    """
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()<>#+-.!|~:$^" else sign for sign in text)
