"""What all stories share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Visit", "settled"]

Visit = Callable[..., Any]
"""Opens an address in a browser of its own, and gives its page."""


def settled(page: Any) -> None:
    """Wait until the script has run and what it drew stands."""
    page.wait_for_function("!document.querySelector('[data-test-script-state=\"running\"]')")
    page.wait_for_function("!document.querySelector('[data-stale=\"true\"]')")
    page.wait_for_timeout(250)
