"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import browser, pictures, server, visit  # noqa: F401 - fixtures for all tests

import calc

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither read nor write the user's cache, nor take their folders of specs."""
    kept = {name: os.environ.get(name) for name in ("PODCALC_CACHE", "PODCALC_SPECS")}
    os.environ["PODCALC_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    os.environ.pop("PODCALC_SPECS", None)
    yield
    for name, value in kept.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def library() -> calc.Library:
    return calc.library()


@pytest.fixture(scope="session")
def systems(library: calc.Library) -> list[calc.System]:
    return [calc.load(system_id, library=library) for system_id in library.ids("system")]
