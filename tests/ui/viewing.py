"""A view run without a browser, and what it says."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from conftest import ROOT
from streamlit.testing.v1 import AppTest

__all__ = ["html", "link", "opened", "text", "viewed", "widget"]


def _script(name: str) -> None:
    import importlib

    from ui import look, session, strip

    state = session.open_page(name)
    strip.draw(state, name)
    with look.guarded(name):
        importlib.import_module(f"ui.views.{name}").render(state)


def _run(page: AppTest, query: dict[str, str | list[str]]) -> AppTest:
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def opened(**query: str | list[str]) -> AppTest:
    """The home page, with all that stands around its view, as a link shows it."""
    return _run(AppTest.from_file(str(ROOT / "ui" / "app.py"), default_timeout=60), query)


def viewed(name: str, **query: str | list[str]) -> AppTest:
    """A view as a link shows it."""
    return _run(AppTest.from_function(_script, default_timeout=60, kwargs={"name": name}), query)


def html(page: AppTest) -> str:
    """Everything the page puts into HTML of its own."""
    return "\n".join(block.proto.body for block in page.get("html") if not block.proto.body.startswith("<style"))


def text(page: AppTest) -> str:
    """The same as readers see it."""

    class Text(HTMLParser):
        said = ""

        def handle_data(self, data: str) -> None:
            self.said += data

    parser = Text()
    parser.feed(html(page))
    return parser.said


def link(page: AppTest) -> dict[str, list[str]]:
    """The address's query."""
    return {key: [held] if isinstance(held, str) else list(held) for key, held in page.query_params.items()}


def widget(page: AppTest, kind: str, key: str) -> Any:
    """A widget by its key."""
    return next(one for one in page.get(kind) if one.key == key)
