"""Starting the browser pages: what is refused, what is fenced off, and that every name the server is told is Streamlit's."""

from __future__ import annotations

import importlib.util
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from calc import pages
from calc.cli import main
from calc.errors import CalcError
from ui import server


def test_the_pages_are_found_beside_the_checkout() -> None:
    assert Path(str(pages.package().__file__)).parent == ROOT / "ui"


def test_the_pages_are_found_inside_an_installed_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "calc"
    (package / "ui").mkdir(parents=True)
    (package / "ui" / "app.py").write_text("")
    (package / "ui" / "__init__.py").write_text("")
    monkeypatch.setattr(pages, "__file__", str(package / "pages.py"))
    monkeypatch.setitem(sys.modules, "ui", sys.modules["ui"])
    found = pages.package()
    assert Path(str(found.__file__)).parent == package / "ui"
    assert list(found.__path__) == [str(package / "ui")]


def test_without_streamlit_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        CalcError, match=r"the browser pages need Streamlit; install it with: pip install 'podcalc\[ui\]'"
    ):
        pages.package()


def test_a_port_in_use_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["ui", "--port", str(port), "--no-browser"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        f"podcalc: cannot listen on 127.0.0.1:{port}: Address already in use; choose another with --port or --host"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--port", "0"), "podcalc: --port 0 is no port; give one from 1 to 65535"),
        (("--port", "70000"), "podcalc: --port 70000 is no port; give one from 1 to 65535"),
        (("--host", "no.such.host.invalid"), "podcalc: cannot listen on no.such.host.invalid:8501:"),
    ],
)
def test_what_cannot_be_served_is_said(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert main(["ui", "--no-browser", *arguments]) == 2
    assert capsys.readouterr().err.startswith(message)


def test_the_command_passes_on_what_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {}
    monkeypatch.setattr(server, "serve", lambda host, port, **more: told.update(host=host, port=port, **more))
    monkeypatch.setattr(pages, "_check_free", lambda host, port: None)
    assert main(["ui", "--host", "0.0.0.0", "--port", "9000", "--no-browser", "--allow-host", "example.org"]) == 0
    assert told == {"host": "0.0.0.0", "port": 9000, "browser": False, "hosts": ["example.org"]}


def test_every_option_is_streamlits_own_and_the_fences_are_up() -> None:
    from streamlit.web.server.starlette.starlette_app import _validate_run_config

    options = server.config("127.0.0.1", 8501, browser=False)
    assert _validate_run_config(options) == options
    assert options["server.enableXsrfProtection"]
    assert options["server.maxUploadSize"] == 2
    assert options["browser.gatherUsageStats"] is False
    assert options["client.showErrorDetails"] == "none"
    assert options["server.enableStaticServing"] is False
    assert options["runner.magicEnabled"] is False
    assert all(name.startswith(("theme.light.", "theme.dark.")) for name in options if name.startswith("theme."))


def test_streamlit_lays_nothing_of_its_own_over_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.web import skills

    options = server.config("127.0.0.1", 1, browser=True)
    assert options["server.headless"] is False
    monkeypatch.setattr("streamlit.config.get_option", options.get)
    monkeypatch.setattr(skills, "agent_harness_present", lambda: True)
    assert skills.nudge_suppression_reason() == "welcome_hidden"


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "http://127.0.0.1:9000"), ("0.0.0.0", "http://localhost:9000"), ("::1", "http://[::1]:9000")],
)
def test_it_says_where_the_pages_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str, address: str
) -> None:
    class App:
        def run(self, config: Any) -> None:
            assert config["server.port"] == 9000

    monkeypatch.setattr(server, "make_app", lambda hosts: App())
    server.serve(host, 9000, browser=False)
    assert capsys.readouterr().out == f"podcalc: {address} (Ctrl+C stops it)\n"


def test_a_local_server_answers_to_local_names_only() -> None:
    assert server.config("127.0.0.1", 1, browser=False)["server.allowedHosts"] == ["127.0.0.1", *server.LOCAL]
    assert server.config("0.0.0.0", 1, browser=False)["server.allowedHosts"] == ["*"]
    assert server.config("0.0.0.0", 1, browser=False, hosts=["a.example"])["server.allowedHosts"] == [
        "a.example",
        *server.LOCAL,
    ]
    assert "http:" not in server.HEADERS["content-security-policy"]
    assert "https:" not in server.HEADERS["content-security-policy"]


def test_the_servers_colours_are_the_pages() -> None:
    from ui.look import COLOURS, GROUND, INK, WORDS

    options = server.config("127.0.0.1", 1, browser=False)
    for theme in ("light", "dark"):
        assert options[f"theme.{theme}.backgroundColor"] == GROUND[theme]
        assert options[f"theme.{theme}.textColor"] == INK[theme]
        for word, colour in zip(WORDS, COLOURS, strict=True):
            if word:
                assert options[f"theme.{theme}.{word}Color"] == options[f"theme.{theme}.{word}TextColor"] == colour
    sheet = (ROOT / "ui" / "style.css").read_text(encoding="utf-8")
    assert all(f".pc-slot-{slot} {{ --pc-slot: {colour}; }}" in sheet for slot, colour in enumerate(COLOURS))
