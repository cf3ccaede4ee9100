"""What the server answers, whoever asks."""

from __future__ import annotations

import http.client
from contextlib import closing
from email.message import Message
from urllib.parse import urlsplit

import pytest

from ui.server import HEADERS


def get(address: str, path: str, **headers: str) -> tuple[int, Message, bytes]:
    """Status, headers and body; the path goes out as it is written."""
    where = urlsplit(address)
    with closing(http.client.HTTPConnection(str(where.hostname), where.port, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        with connection.getresponse() as answer:
            return answer.status, answer.headers, answer.read()


def test_health(server: str) -> None:
    status, _, body = get(server, "/_stcore/health")
    assert (status, body) == (200, b"ok")


@pytest.mark.parametrize("path", ["/", "/system", "/_stcore/health", "/_stcore/host-config"])
def test_every_answer_has_the_fences(server: str, path: str) -> None:
    _, headers, _ = get(server, path)
    for name, value in HEADERS.items():
        assert headers.get_all(name) == [value]


@pytest.mark.parametrize("path", ["/", "/_stcore/health"])
def test_a_name_that_is_not_its_own_is_refused(server: str, path: str) -> None:
    assert get(server, path, Host="elsewhere.example")[0] == 400


@pytest.mark.parametrize("path", ["/app/static/../../pyproject.toml", "/..%2f..%2fetc/passwd", "/static/%00"])
def test_no_file_of_the_machine_is_served(server: str, path: str) -> None:
    _, _, body = get(server, path)
    assert b"[project]" not in body
    assert b"root:" not in body
