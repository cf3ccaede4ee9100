"""A server and a real browser for the stories; pictures of the pages go to a temporary folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

__all__ = ["Visit", "browser", "headline", "no_sideways", "pictures", "query", "server", "settled", "shoot", "visit"]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT = 30_000
ROOT = Path(__file__).resolve().parent.parent


Visit = Callable[..., Any]
"""Opens an address in a browser of its own, and gives its page."""


def settled(page: Any) -> None:
    """Wait until the script has run and what it drew stands."""
    page.wait_for_function("!document.querySelector('[data-test-script-state=\"running\"]')")
    page.wait_for_function("!document.querySelector('[data-stale=\"true\"]')")
    page.wait_for_timeout(250)


def headline(page: Any) -> str:
    """The page's first sentence, in one line."""
    settled(page)
    return str(page.inner_text("h1.pc-headline")).replace("\n", " ")


def query(page: Any) -> dict[str, list[str]]:
    """What the address says."""
    return parse_qs(urlsplit(page.url).query)


def no_sideways(page: Any) -> None:
    """Nothing of the page lies beyond its right edge."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('[data-testid=stMain]'))")


def shoot(page: Any, folder: Path, name: str, *, whole: bool = False) -> None:
    """A picture of the window, or of the whole page."""
    settled(page)
    size = page.viewport_size
    if whole:
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": min(height + 20, 5000)})
        page.wait_for_timeout(400)
    page.screenshot(path=folder / f"{name}.png")
    if whole:
        page.set_viewport_size(size)


def _lacking(reason: str) -> None:
    """Skip where a developer has no browser; where everything has to be tested, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=2) as answer:
        return str(answer.read().decode())


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server started as a user starts it."""
    port = free_port()
    log = tmp_path_factory.mktemp("server") / "log"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "calc", "ui", "--port", str(port), "--no-browser"],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(120):
                if process.poll() is not None:
                    pytest.fail(f"the server stopped: {log.read_text()}")
                try:
                    if _get(f"{address}/_stcore/health") == "ok":
                        break
                except OSError:
                    time.sleep(0.25)
            else:
                pytest.fail(f"the server did not become ready: {log.read_text()}")
            yield address
        finally:
            process.terminate()
            process.wait(10)
    # No section of any page failed; a browser that goes away may make the server itself complain.
    assert "could not be drawn" not in log.read_text()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium."""
    path = os.environ.get("PODCALC_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        _lacking("no Chromium: install it (apt-get install chromium), or give its path in PODCALC_CHROMIUM")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _lacking("no playwright: pip install playwright")
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: PODCALC_PICTURES, or a temporary folder."""
    folder = Path(os.environ.get("PODCALC_PICTURES") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def visit(server: str, browser: Any) -> Iterator[Visit]:
    """Opens an address of the server in a browser of its own, with nothing kept from others.

    What the page asks of other hosts, and what it writes to the console as an error, fails the test.
    """
    contexts, faults = [], []

    def opened(
        path: str = "/",
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        locale: str = "en-US",
        wait: str = "h1.pc-headline",
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale=locale,
            permissions=["clipboard-read", "clipboard-write"],
            has_touch=width < 640,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.on("request", lambda request: faults.append(request.url) if _foreign(request.url, server) else None)
        page.on(
            "console", lambda said: faults.append(said.text) if said.type == "error" and not _harmless(said) else None
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(server + path if path.startswith("/") else path)
        page.wait_for_selector(wait)
        settled(page)
        return page

    yield opened
    # What a page says while it is being closed is no fault of it.
    said = list(faults)
    for context in contexts:
        context.close()
    assert said == [], said


def _foreign(url: str, server: str) -> bool:
    return not url.startswith((server, server.replace("http", "ws"), "data:", "blob:"))


def _harmless(said: Any) -> bool:
    # A view's address makes Streamlit's page ask for two of its own below it.
    where = str(said.location.get("url", "")) if said.location else ""
    return where.endswith(("/_stcore/health", "/_stcore/host-config"))
