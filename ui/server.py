"""The server of the pages: Streamlit with the project's theme, its fences, and its imports made beforehand."""

from __future__ import annotations

import gc
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from ui.look import ACCENT, COLOURS, FONT, GROUND, HEADING_FONT, INK, LINK, RAISED, RULE, WORDS

__all__ = ["HEADERS", "LOCAL", "config", "make_app", "serve"]

LOCAL = ("localhost", "127.0.0.1", "[::1]", "::1")
"""Names a server on this machine alone answers to."""

_ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not bound to

_POLICY = (
    "default-src 'self'",
    # Charts are compiled in the page, and the component's script is loaded from a blob.
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self' ws: wss: data: blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
)
HEADERS = {
    "content-security-policy": "; ".join(_POLICY),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
"""Sent with every answer; nothing may be fetched from another host."""

_THEMES = {
    theme: {
        "backgroundColor": GROUND[theme],
        "secondaryBackgroundColor": RAISED[theme],
        "textColor": INK[theme],
        "primaryColor": ACCENT[theme],
        "linkColor": LINK[theme],
        "borderColor": RULE[theme],
    }
    for theme in ("light", "dark")
}
_BOTH = {
    "font": FONT,
    "headingFont": HEADING_FONT,
    "baseRadius": "3px",
    "buttonRadius": "3px",
    "linkUnderline": True,
    "headingFontWeights": [600, 600, 600, 600, 600, 600],
    "showWidgetBorder": True,
}


def config(host: str, port: int, *, browser: bool, hosts: Sequence[str] = ()) -> dict[str, Any]:
    """Streamlit's options.

    Parameters
    ----------
    host, port : where to listen.
    browser : whether to open one.
    hosts : names the server answers to; any, where it listens everywhere and none is given.
    """
    options: dict[str, Any] = {
        "server.address": host,
        "server.port": port,
        "server.headless": not browser,
        "server.maxUploadSize": 2,
        "server.maxMessageSize": 20,
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "server.enableStaticServing": False,
        "server.allowedHosts": list(_allowed(host, hosts)),
        "server.fileWatcherType": "none",
        "server.disconnectedSessionTTL": 60,
        "browser.gatherUsageStats": False,
        "runner.magicEnabled": False,
        # A whole collection after every run takes twice as long as the run, and holds back its last messages.
        "runner.postScriptGC": False,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "global.developmentMode": False,
        "logger.level": "warning",
        # Streamlit's own greeting comes with an offer to developers that it lays over the page.
        "logger.hideWelcomeMessage": True,
    }
    slots = [(word, colour) for word, colour in zip(WORDS, COLOURS, strict=True) if word]
    named = {f"{word}{kind}Color": colour for word, colour in slots for kind in ("", "Text")}
    for theme, colours in _THEMES.items():
        options |= {f"theme.{theme}.{key}": value for key, value in {**_BOTH, **colours, **named}.items()}
    return options


def _allowed(host: str, hosts: Sequence[str]) -> tuple[str, ...]:
    if hosts:
        return (*hosts, *LOCAL)
    return ("*",) if host in _ANYWHERE else (host, *LOCAL)


class _Headers:
    """Adds `HEADERS` to every answer, and to the names of its own that Streamlit gives twice."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                ours = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                theirs = [pair for pair in message.get("headers", []) if pair[0].lower().decode() not in HEADERS]
                message = {**message, "headers": [*theirs, *ours]}
            await send(message)

        await self._app(scope, receive, with_headers)


def _warm() -> None:
    """Import and compute what the first visitor would wait for."""
    import calc
    from ui import cached, pictures
    from ui.state import PageState
    from ui.text import catalogue
    from ui.views import accuracy, compare, roofline, serve, specs, system, train, what_if  # noqa: F401

    state, library = PageState(), cached.catalogue()
    catalogue("zh")
    if set(state.systems) <= set(library.ids("system")):
        calc.shown(cached.comparison(library, state))
        for draw in pictures.FIGURES.values():
            draw(state, library, "en", "light")
    # What is loaded by now stays; what visitors make is collected without looking through it.
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def _lifespan(app: Any) -> AsyncIterator[None]:
    threading.Thread(target=_warm, daemon=True).start()
    yield


def make_app(hosts: Sequence[str] = ("*",)) -> Any:
    """The application, for any ASGI server."""
    return st.App(
        Path(__file__).parent / "app.py",
        lifespan=_lifespan,
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts)), Middleware(_Headers)],
    )


def serve(host: str, port: int, *, browser: bool, hosts: Sequence[str] = ()) -> None:
    """Serve the pages until stopped; says where they are."""
    shown = LOCAL[0] if host in _ANYWHERE else f"[{host}]" if ":" in host else host
    print(f"podcalc: http://{shown}:{port} (Ctrl+C stops it)", flush=True)
    make_app(_allowed(host, hosts)).run(config=config(host, port, browser=browser, hosts=hosts))
