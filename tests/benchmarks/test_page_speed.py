"""How fast the pages are, over the wire that a browser uses; nothing here asserts a time.

One client is a WebSocket that speaks Streamlit's messages, so that no browser takes a share of the
cores that the server is measured on.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest
from conftest import ROOT
from pytest_benchmark.fixture import BenchmarkFixture
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect
from websockets.typing import Subprotocol

pytestmark = pytest.mark.benchmark

SIX = "v=1&s=cloudmatrix-384,gb200-nvl72,gb300-nvl72,dgx-b200,dgx-h200,trn2-ultraserver"


class Client:
    """One visitor, who tells the server what a browser does: address, page, what is held already, what was pressed."""

    def __init__(self, port: int) -> None:
        address = f"ws://127.0.0.1:{port}/_stcore/stream"
        origin: Any = f"http://127.0.0.1:{port}"
        self._open = ExitStack()
        self._socket = self._open.enter_context(
            connect(address, subprotocols=[Subprotocol("streamlit")], origin=origin, max_size=None)
        )
        self._known: dict[str, bytes] = {}
        self._controls: dict[str, str] = {}
        self._page = ""
        self.query = ""

    def press(self, control: str, option: str) -> tuple[float, str]:
        """Press an option of a segmented control, by its key and what it says; the rest as `ask`."""
        pressed = WidgetState(id=self._controls[control])
        pressed.string_array_value.data.append(option)
        return self.ask(self.query, pressed)

    def ask(self, query: str, *widgets: WidgetState) -> tuple[float, str]:
        """Seconds until the script has finished, and what it sent as text."""
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_script_hash = self._page
        message.rerun_script.widget_states.widgets.extend(widgets)
        message.rerun_script.cached_message_hashes.extend(self._known)
        message.rerun_script.context_info.locale = "en-US"
        self.query = query
        started = time.perf_counter()
        self._socket.send(message.SerializeToString())
        sent: list[bytes] = []
        while True:
            data = self._socket.recv(timeout=60)
            assert isinstance(data, bytes)
            found = ForwardMsg.FromString(data)
            kind = found.WhichOneof("type")
            if kind == "ref_hash":
                sent.append(self._known[found.ref_hash])
            elif kind == "delta":
                if found.metadata.cacheable:
                    self._known[found.hash] = data
                control = found.delta.new_element.button_group.id
                self._controls[control.rpartition("-")[2]] = control
                sent.append(data)
            elif kind == "navigation":
                self._page = found.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.query = found.page_info_changed.query_string
            elif kind == "script_finished":
                assert found.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY, found
                return time.perf_counter() - started, b"".join(sent).decode("utf-8", "replace")

    def close(self) -> None:
        self._open.close()


def _memory(process: subprocess.Popen[bytes]) -> float:
    """Resident memory of a process [MB]."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1e3


def _started() -> tuple[subprocess.Popen[bytes], int, float]:
    """A server as users start it, its port, and the seconds until the first page was whole."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "calc", "ui", "--port", str(port), "--no-browser"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT,
    )  # fmt: skip
    while True:
        try:
            client = Client(port)
            break
        except OSError:
            assert process.poll() is None
            assert time.perf_counter() - began < 60
            time.sleep(0.02)
    _, text = client.ask("")
    took = time.perf_counter() - began
    assert "CloudMatrix 384" in text
    client.close()
    return process, port, took


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    process, port, _ = _started()
    yield process, port
    process.terminate()
    process.wait(10)


def test_start_to_first_text(benchmark: BenchmarkFixture) -> None:
    def start() -> None:
        process, _, took = _started()
        process.terminate()
        process.wait(10)
        print(f"\n{benchmark.name}: {took:.2f} s from the command to the first page, whole")

    benchmark.pedantic(start, rounds=3)  # type: ignore[no-untyped-call]


def test_warm_rerun_of_six_systems(
    benchmark: BenchmarkFixture, server: tuple[subprocess.Popen[bytes], int], request: pytest.FixtureRequest
) -> None:
    client = Client(server[1])
    client.ask(SIX)
    offered = ("FP8", "INT8", "BF16")
    for option in offered:
        client.press("strip_precision", option)
    turns = 60 if request.config.getoption("benchmark_only") else 6
    times = []
    for option in (offered * turns)[:turns]:
        took, text = client.press("strip_precision", option)
        times.append(took)
        assert f"dense {option}" in text
        assert ("p=" + option.lower() in client.query) is (option != "BF16")
    benchmark.extra_info |= {"median_ms": median(times) * 1e3, "largest_ms": max(times) * 1e3}
    print(f"\n{benchmark.name}: median {median(times) * 1e3:.0f} ms, largest {max(times) * 1e3:.0f} ms of {len(times)}")
    turning = cycle(offered)
    benchmark.pedantic(lambda: client.press("strip_precision", next(turning)), rounds=5)  # type: ignore[no-untyped-call]
    client.close()


def test_sessions_at_once(
    benchmark: BenchmarkFixture, server: tuple[subprocess.Popen[bytes], int], request: pytest.FixtureRequest
) -> None:
    """Twenty of thirty interactions each; among the other tests fewer, as errors show with few too."""
    whole = request.config.getoption("benchmark_only")
    sessions, interactions = (20, 30) if whole else (4, 5)
    process, port = server
    before = _memory(process)
    times: list[float] = []
    wrong: list[str] = []
    clients = [Client(port) for _ in range(sessions)]

    def visit(number: int) -> None:
        try:
            for turn in range(interactions):
                # A power that no other session and no other turn has, to be found in the answer.
                power = 1000 + 100 * number + turn
                took, text = clients[number].ask(f"v=1&set=cloudmatrix-384:power.all_in={power}kW")
                times.append(took)
                if f"{power:,}" not in text:
                    wrong.append(f"session {number}, turn {turn}: {power:,} kW is not there")
        except Exception as error:
            wrong.append(f"session {number}: {error!r}")

    def load() -> None:
        threads = [threading.Thread(target=visit, args=(number,)) for number in range(sessions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    benchmark.pedantic(load, rounds=1)  # type: ignore[no-untyped-call]
    each = (_memory(process) - before) / sessions
    assert wrong == []
    print(
        f"\n{benchmark.name}: {len(times)} interactions, median {median(times) * 1e3:.0f} ms, 95th percentile"
        f" {quantiles(times, n=20)[-1] * 1e3:.0f} ms, {each:.1f} MB a session of {before:.0f} MB before"
    )
    for client in clients:
        client.close()
