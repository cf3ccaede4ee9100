"""No finding of an accessibility checker on any view, in any of its forms."""

from __future__ import annotations

from typing import Any

import pytest
from browsing import Visit, settled

STREAMLITS_OWN = {"presentation-role-conflict": "stFileUploaderDropzone"}
"""What no page can mend: rules, and the part of Streamlit's that breaks them."""


def findings(page: Any) -> list[str]:
    checker = pytest.importorskip("axe_playwright_python.sync_playwright")
    settled(page)
    found = checker.Axe().run(page)
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:200]}"
        for one in found.response["violations"]
        for node in one["nodes"]
        if STREAMLITS_OWN.get(one["id"], "no part") not in node["html"]
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?v=1&why=power_per_flop_rate",
        "/?v=1&s=cloudmatrix-384,gb200-nvl72,gb300-nvl72,dgx-h100,mi300x-platform&rows=1",
        "/?v=1&s=none",
        "/?v=1&s=gb200-nvl27&lang=zh",
        "/system",
        "/what-if",
        "/ranges",
        "/momentum",
        "/supply",
        "/economics",
        "/train",
        "/serve?v=1&s=cloudmatrix-384,gb200-nvl72,dgx-h100,dgx-b200",
        "/serve?v=1&phase=prefill&lang=zh",
        "/accuracy",
        "/roofline",
        "/specs",
    ],
)
def test_wide(visit: Visit, path: str, dark: bool) -> None:
    assert findings(visit(path, dark=dark)) == []


def test_narrow_with_the_sheet_open(visit: Visit) -> None:
    assert findings(visit("/?v=1&why=power_per_flop_rate", width=390, height=844)) == []


def test_with_the_list_of_systems_open(visit: Visit) -> None:
    page = visit()
    page.get_by_role("button", name="＋ Add").click()
    page.wait_for_selector(".st-key-add_list")
    assert findings(page) == []
