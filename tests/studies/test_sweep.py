"""Sweeps: the same dataset however it is run, and nothing lost to faults."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest
from conftest import ROOT
from small import write

import calc
from calc.cli import main
from calc.studies import dataset, points, sweep
from calc.studies.study import Study

A, B = "cloudmatrix-384", "gb200-nvl72"
LIBRARY = calc.library()
SMALL = Study(
    (A, B),
    {"pue": {"from": 1.1, "to": 1.6, "steps": 50}, "precision": ["bf16", "fp4"]},
    ("power.facility", "flop_rate"),
)
TEXT = f"""\
kind: study
systems: [{A}, {B}]
vary:
  pue: {{from: 1.05, to: 1.6, steps: 3000}}
  chip.hbm.bandwidth: {{from: 2 TB/s, to: 8 TB/s, steps: 1500}}
quantities: [power.facility, power_per_hbm_bandwidth]
"""
POINTS = 2 * 3000 * 1500


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Chunks small enough that a small study has several."""
    return lambda most: monkeypatch.setattr(points, "CHUNK", most)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The study of `TEXT` as a file, and the hash of its dataset where nothing goes wrong."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "study.yaml").write_text(TEXT, encoding="utf-8")
    assert main(["sweep", str(folder / "study.yaml"), "-o", str(folder / "out"), "--workers", "1"]) == 0
    said = _manifest(folder / "out")
    assert (said["points"], said["complete"]) == (POINTS, True)
    return folder / "study.yaml", said["dataset_sha256"]


def _manifest(folder: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return said


def _start(*words: str, **more: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "calc", "sweep", *words]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, **more
    )


def _until(true: Callable[[], Any], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = true()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("it never came to be")


def _state(pid: int) -> list[str]:
    """What the system says of a process, from its state on; a state of nothing where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return ["Z", "0"]


def _runs(pid: int) -> bool:
    return _state(pid)[0] != "Z"


def _children(pid: int) -> list[int]:
    """Workers of a pool; the process that only keeps count of shared things is not among them."""
    found = [int(place.name) for place in Path("/proc").glob("[0-9]*")]
    found = [one for one in found if _state(one)[1] == str(pid) and _runs(one)]
    return [one for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def test_rows_are_those_of_the_study_and_unknown_cells_are_empty(tmp_path: Path) -> None:
    done = calc.sweep(SMALL, tmp_path / "out")
    frame = calc.read_sweep(tmp_path / "out")
    assert len(frame) == done.manifest["points"] == SMALL.points == 200
    assert list(frame.columns) == ["system", "precision", "pue", "power.facility", "flop_rate"]
    assert frame["flop_rate"].isna().sum() == 50
    one = frame.iloc[-1]
    assert (one["system"], one["precision"], one["pue"]) == (B, "fp4", 1.6)
    assert one["flop_rate"] == calc.evaluate(B, calc.Scenario("fp4")).get("flop_rate")
    table = parquet.read_table(tmp_path / "out" / "part-00000000.parquet", partitioning=None)
    assert table.schema.field("power.facility").metadata[b"unit"] == b"W"
    assert table.column("flop_rate").null_count == 50


def test_the_hash_can_be_made_from_what_the_manifest_says(tmp_path: Path, cut: Callable[[int], None]) -> None:
    from hashlib import sha256

    cut(50)
    done = calc.sweep(SMALL, tmp_path / "out")
    running = sha256()
    for number in range(done.manifest["chunks"]):
        one = sha256()
        frame = parquet.read_table(tmp_path / "out" / dataset.chunk_file(number), partitioning=None).to_pandas()
        for column in frame:
            values = frame[column]
            if values.dtype.kind != "f":
                one.update(len(values).to_bytes(8, "little") + str(values.iloc[0]).encode() + b"\0")
            else:
                one.update(values.to_numpy("<f8").tobytes())
        running.update(one.digest())
    assert running.hexdigest() == done.manifest["dataset_sha256"]


def test_manifest_says_what_the_result_rests_on(tmp_path: Path) -> None:
    said = calc.sweep(SMALL, tmp_path / "out").manifest
    assert said["versions"]["podcalc"] == calc.__version__
    assert "specs/chips/ascend-910c.yaml" in said["specs"]
    assert said["study"] == SMALL.plain()
    assert [column["unit"] for column in said["columns"]] == ["", "", "1", "W", "FLOP/s"]


def test_workers_of_any_kind_give_the_same_bits(whole: tuple[Path, str], tmp_path: Path) -> None:
    for name, more in (("pool", ["--workers", "2"]), ("dask", ["--dask", "local", "--workers", "2"])):
        assert main(["sweep", str(whole[0]), "-o", str(tmp_path / name), *more]) == 0
        assert _manifest(tmp_path / name)["dataset_sha256"] == whole[1]


def test_a_worker_that_is_killed_is_replaced(whole: tuple[Path, str], tmp_path: Path) -> None:
    run = _start(str(whole[0]), "-o", str(tmp_path / "out"), "--workers", "2")
    for _ in range(2):
        workers = _until(lambda: run.poll() is not None or _children(run.pid))
        if workers is True:
            break
        os.kill(workers[-1], signal.SIGKILL)
        _until(lambda: run.poll() is not None or not _runs(workers[-1]))  # noqa: B023
    out, error = run.communicate(timeout=120)
    assert (run.returncode, error) == (0, ""), error
    assert whole[1] in out
    assert _manifest(tmp_path / "out")["dataset_sha256"] == whole[1]
    assert not list((tmp_path / "out").glob(".*.tmp"))


def test_a_pool_that_breaks_while_it_is_given_work_loses_none(
    tmp_path: Path, cut: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(10)
    calls = []

    class Fragile:
        """A pool in this process that breaks now and then, before or after it has taken work."""

        def __init__(self, workers: int, context: Any, prepare: Callable[..., None], given: tuple[Any, ...]) -> None:
            self._processes: dict[int, Any] = {}
            sweep._Worker.task = (given[0], given[2], given[3])

        def submit(self, work: Callable[[int], Any], number: int) -> Future[Any]:
            calls.append(number)
            future: Future[Any] = Future()
            if len(calls) == 3:
                raise BrokenProcessPool
            if len(calls) == 5:
                future.set_exception(BrokenProcessPool())
            else:
                future.set_result(work(number))
            return future

        def shutdown(self, **_: Any) -> None:
            pass

    monkeypatch.setattr(sweep, "ProcessPoolExecutor", Fragile)
    done = calc.sweep(SMALL, tmp_path / "out", workers=3)
    assert len(calls) > 5
    assert (done.written, done.kept) == (20, 0)
    assert len(calc.read_sweep(tmp_path / "out")) == SMALL.points


def test_killed_ten_times_at_random_it_ends_in_the_same_dataset(whole: tuple[Path, str], tmp_path: Path) -> None:
    chance = random.Random(7)
    out = tmp_path / "out"
    killed = 0
    while killed < 10:
        run = _start(str(whole[0]), "-o", str(out), "--workers", "2", *(["--resume"] if out.exists() else []))
        _until(lambda: run.poll() is not None or (out / "manifest.json").exists())  # noqa: B023
        time.sleep(chance.uniform(0.05, 0.9))
        workers = _children(run.pid) if run.poll() is None else []
        target = chance.choice([run.pid, *workers])
        if run.poll() is None:
            os.kill(target, signal.SIGKILL)
        killed += 1
        run.communicate(timeout=120)
    assert main(["sweep", "-o", str(out), "--resume", "--workers", "2"]) == 0
    assert _manifest(out)["dataset_sha256"] == whole[1]
    assert len(calc.read_sweep(out)) == POINTS


def test_workers_end_when_the_run_is_killed(whole: tuple[Path, str], tmp_path: Path) -> None:
    run = _start(str(whole[0]), "-o", str(tmp_path / "out"), "--workers", "2")
    workers = _until(lambda: _children(run.pid))
    run.kill()
    run.communicate(timeout=30)
    _until(lambda: not any(map(_runs, workers)))


def _hears_interrupts() -> None:
    """What a shell starts in the background ignores them, and hands that on to its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupted_it_says_how_to_go_on(whole: tuple[Path, str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = _start(str(whole[0]), "-o", str(out), "--workers", "2", preexec_fn=_hears_interrupts)
    # At its first workers, not at its first chunk: on a busy machine the others may follow before it is stopped.
    _until(lambda: (out / "manifest.json").exists() and _children(run.pid))
    os.killpg(run.pid, signal.SIGINT)
    _, error = run.communicate(timeout=30)
    assert run.returncode == 130
    assert error.startswith("podcalc: stopped; ")
    assert f"chunks are whole and kept; podcalc sweep -o {out} --resume goes on" in error
    assert "Traceback" not in error
    assert _manifest(out)["complete"] is False
    with pytest.raises(calc.CalcError, match=r"is not complete; podcalc sweep -o .* --resume goes on with it"):
        calc.read_sweep(out)
    assert main(["sweep", str(whole[0]), "-o", str(out), "--resume"]) == 0
    assert _manifest(out)["dataset_sha256"] == whole[1]


def _limited() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_a_file_that_cannot_grow_stops_it_with_the_rest_kept(whole: tuple[Path, str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = _start(str(whole[0]), "-o", str(out), "--workers", "2", preexec_fn=_limited)
    _, error = run.communicate(timeout=60)
    assert run.returncode == 2
    assert error.startswith(f"podcalc: no room left in {out}; 0 of 10 chunks are whole and kept; ")
    assert not list(out.glob("*part-*"))
    assert main(["sweep", "-o", str(out), "--resume"]) == 0
    assert _manifest(out)["dataset_sha256"] == whole[1]


def test_a_full_disk_stops_it_with_the_rest_kept(
    tmp_path: Path, cut: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(50)
    replaced = dataset._replace

    def full(path: Path, data: Any) -> None:
        if path.name == dataset.chunk_file(2):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replaced(path, data)

    monkeypatch.setattr(dataset, "_replace", full)
    with pytest.raises(sweep.StoppedError, match=r"no room left in .*; 2 of 4 chunks are whole and kept"):
        calc.sweep(SMALL, tmp_path / "out")
    monkeypatch.undo()
    cut(50)
    done_again = calc.sweep(SMALL, tmp_path / "out", resume=True)
    assert (done_again.kept, done_again.written) == (2, 2)


@pytest.mark.parametrize("harm", ["torn", "altered", "empty", "gone", "another"])
def test_a_chunk_that_is_not_sound_is_done_again(harm: str, tmp_path: Path, cut: Callable[[int], None]) -> None:
    cut(50)
    first = calc.sweep(SMALL, tmp_path / "out")
    path = tmp_path / "out" / dataset.chunk_file(1)
    data = path.read_bytes()
    if harm == "torn":
        path.write_bytes(data[: len(data) // 2])
    elif harm == "altered":
        table = parquet.read_table(path, partitioning=None)
        columns = table.to_pydict()
        columns["power.facility"][3] += 1.0
        import pyarrow as pa

        parquet.write_table(pa.Table.from_pydict(columns, schema=table.schema), path)
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "gone":
        path.unlink()
    else:
        path.write_bytes((tmp_path / "out" / dataset.chunk_file(2)).read_bytes())
    (tmp_path / "out" / ".part-00000003.parquet.1.tmp").write_bytes(b"half")
    again = calc.sweep(SMALL, tmp_path / "out", resume=True)
    assert (again.kept, again.written) == (3, 1)
    assert again.manifest["dataset_sha256"] == first.manifest["dataset_sha256"]
    assert not list((tmp_path / "out").glob(".*.tmp"))


def test_two_sweeps_do_not_share_a_folder(tmp_path: Path) -> None:
    with dataset.locked(tmp_path), pytest.raises(calc.CalcError, match=r"another sweep is writing to .*; wait for it"):
        calc.sweep(SMALL, tmp_path)


def test_a_folder_is_not_written_over(tmp_path: Path) -> None:
    calc.sweep(SMALL, tmp_path / "out")
    with pytest.raises(
        calc.CalcError, match="holds a complete sweep; give --resume to go on with it, or another folder"
    ):
        calc.sweep(SMALL, tmp_path / "out")
    other = Study(SMALL.systems, SMALL.vary, ("power.facility",))
    with pytest.raises(calc.CalcError, match="holds another study: quantities differ; give another folder"):
        calc.sweep(other, tmp_path / "out", resume=True)
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "part-x.parquet").write_bytes(b"")
    with pytest.raises(calc.CalcError, match=r"holds Parquet files but no manifest\.json; give another folder"):
        calc.sweep(SMALL, tmp_path / "bare")
    (tmp_path / "file").write_text("")
    with pytest.raises(calc.CalcError, match="is a file; give a folder to write to"):
        calc.sweep(SMALL, tmp_path / "file")
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "manifest.json").write_text("{")
    with pytest.raises(calc.CalcError, match="cannot be read; give another folder, or remove it"):
        calc.sweep(SMALL, tmp_path / "odd", resume=True)
    with pytest.raises(calc.CalcError, match="holds no sweep to go on with; name a study"):
        calc.sweep(None, tmp_path / "nothing", resume=True)


def test_a_spec_that_changed_in_between_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path / "own")
    study = Study(("maker-system",), {"pue": [1.1, 1.2]}, ("power.facility",))
    calc.sweep(study, tmp_path / "out", specs=[folder])
    chip = folder / "chips" / "maker-chip.yaml"
    chip.write_text(chip.read_text().replace("4 TB/s", "5 TB/s"))
    with pytest.raises(calc.CalcError, match=r"maker-chip\.yaml changed since the sweep in .* began; put it back"):
        calc.sweep(study, tmp_path / "out", specs=[folder], resume=True)


def test_another_version_does_not_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calc.sweep(SMALL, tmp_path / "out")
    monkeypatch.setattr(np, "__version__", "9.9")
    with pytest.raises(calc.CalcError, match=r"numpy \(was .*, is 9\.9\) changed since the sweep"):
        calc.sweep(SMALL, tmp_path / "out", resume=True)


def test_what_is_too_large_is_refused_before_it_is_begun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sweep", A, "--vary", "pue=1..2:1000000000000000", "--quantities", "power.facility"]
    assert main([*words, "-o", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert "1,000,000,000,000,000 points take about" in error
    assert "free; take fewer steps, or another disk" in error
    assert not (tmp_path / "out").exists()
    assert main([*words, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "1,000,000,000,000,000  1 system × 1,000,000,000,000,000 pue" in said
    assert "years" in said


def test_an_estimate_says_what_it_will_take(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sweep", A, B, "--vary", "pue=1..2:1000", "--quantities", "power.all_in", "--dry-run", "--workers", "1"]
    assert main([*words, "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    done = calc.sweep(Study((A, B), {"pue": {"from": 1, "to": 2, "steps": 1000}}, ("power.all_in",)), tmp_path / "out")
    files = sum(path.stat().st_size for path in (tmp_path / "out").glob("*.parquet"))
    assert (said["points"], said["chunks"]) == (2000, done.manifest["chunks"])
    assert said["bytes"] == pytest.approx(files, rel=0.05)
    assert said["unmoved"] == ["pue"]
    assert said["seconds"] > 0


def test_draws_are_the_same_at_every_point_and_from_run_to_run(tmp_path: Path, cut: Callable[[int], None]) -> None:
    study = Study((A,), {"pue": [1.1, 1.2]}, ("power.all_in", "power.facility"), draws=64, seed=3)
    first = calc.sweep(study, tmp_path / "first").manifest
    frame = calc.read_sweep(tmp_path / "first")
    one, other = (frame[frame["pue"] == pue] for pue in (1.1, 1.2))
    assert np.array_equal(one["power.all_in"], other["power.all_in"])
    assert len(set(one["power.all_in"])) == 64
    assert calc.sweep(study, tmp_path / "again").manifest["dataset_sha256"] == first["dataset_sha256"]
    moved = Study((A,), study.vary, study.quantities, draws=64, seed=4)
    assert calc.sweep(moved, tmp_path / "other").manifest["dataset_sha256"] != first["dataset_sha256"]


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, as on machines of their own."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> subprocess.Popen[bytes]:
        run = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]], cwd=ROOT, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        started.append(run)
        return run

    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    for _ in range(2):
        start("dask_worker", address, "--nthreads", "1", "--no-dashboard")
    yield address, started
    for run in started:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait(10)


def _ready(address: str) -> None:
    import distributed

    with distributed.Client(address, timeout="60s") as client:  # type: ignore[no-untyped-call]
        client.wait_for_workers(2, timeout=60)


def test_a_cluster_goes_on_without_a_worker_and_leaves_what_is_whole_without_its_scheduler(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], whole: tuple[Path, str], tmp_path: Path
) -> None:
    address, (scheduler, worker, _) = cluster
    _ready(address)
    for name, gone, status in (("worker", worker, 0), ("scheduler", scheduler, 2)):
        out = tmp_path / name
        run = _start(str(whole[0]), "-o", str(out), "--dask", address)
        _until(lambda: list(out.glob("part-*")) or run.poll() is not None)  # noqa: B023
        os.killpg(gone.pid, signal.SIGKILL)
        _, error = run.communicate(timeout=90)
        assert run.returncode == status, error
        assert "Traceback" not in error
        if status:
            assert f"podcalc: lost the Dask scheduler at {address}; " in error
            assert main(["sweep", "-o", str(out), "--resume"]) == 0
        assert _manifest(out)["dataset_sha256"] == whole[1]


def test_where_no_scheduler_answers_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from calc.studies import sweep_dask

    monkeypatch.setattr(sweep_dask, "_CONNECT", "0.3s")
    with pytest.raises(calc.CalcError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1; is it running"):
        calc.sweep(SMALL, tmp_path / "out", dask="tcp://127.0.0.1:1")
    with pytest.raises(calc.CalcError, match="no Dask scheduler answers at nonsense"):
        calc.sweep(SMALL, tmp_path / "out", dask="nonsense", resume=True)
