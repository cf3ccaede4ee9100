"""Run a study: over one process, a pool of them, or a Dask cluster, to the same dataset."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from calc import figures, names
from calc.errors import CalcError
from calc.model.evaluate import evaluate
from calc.spec.library import Library
from calc.studies import dataset
from calc.studies.points import Plan, plan_of
from calc.studies.study import Study, check, of_plain, scenario_of

__all__ = ["Estimate", "StoppedError", "Swept", "estimate", "sweep"]

_MOST_DEATHS = 12
_PIPE = 1 << 15
_SPARE = 1.1
_LEFT_FREE = 64 << 20
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Swept:
    """What a sweep has written.

    Attributes
    ----------
    folder : where.
    manifest : what its manifest says.
    kept : chunks that were there already.
    written : chunks that were computed.
    seconds : how long it took.
    """

    folder: Path
    manifest: dict[str, Any]
    kept: int
    written: int
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """What a sweep would take.

    Attributes
    ----------
    points, chunks, columns : of the dataset.
    sizes : how the points come about: each axis with its values, in order.
    unmoved : axes that no figure of the study depends on.
    size : of the dataset, from its first chunk [B].
    time : with the workers asked for, from the first chunk [s].
    workers : how many.
    """

    points: int
    chunks: int
    columns: int
    sizes: tuple[tuple[str, int], ...]
    unmoved: tuple[str, ...]
    size: float
    time: float
    workers: int

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.sweep-estimate/1``; B and s."""
        return {
            "schema": "podcalc.sweep-estimate/1",
            "points": self.points,
            "chunks": self.chunks,
            "columns": self.columns,
            "axes": dict(self.sizes),
            "unmoved": list(self.unmoved),
            "bytes": self.size,
            "seconds": self.time,
            "workers": self.workers,
        }


class StoppedError(CalcError):
    """A sweep that came to a halt with all that it had written kept."""


def estimate(
    study: Study, library: Library, specs: Iterable[str | os.PathLike[str]] = (), workers: int = 1
) -> Estimate:
    """Say what a sweep would take, from its first chunk.

    Parameters
    ----------
    study : the study.
    library : the catalogue.
    specs : further folders of spec files.
    workers : how many processes are to share it.

    Raises
    ------
    CalcError : where something is wrong with the study.
    """
    check(study, library)
    plan = plan_of(study, specs)
    plan.chunk(0)  # what is read and fitted once is not timed
    started = time.perf_counter()
    table, _ = dataset.table_of(plan.columns, plan.chunk(0))
    size = dataset.encoded(table).size
    took = time.perf_counter() - started
    share = study.points / plan.rows(0)
    sizes = [(" & ".join(one.paths), len(one)) for one in (*study.words.axes, *study.numbers.axes)]
    if study.draws:
        sizes.append(("draw", study.draws))
    return Estimate(
        study.points, plan.chunks, len(plan.columns), tuple(sizes), unmoved(plan), size * share,
        took * share / min(workers, plan.chunks), workers,
    )  # fmt: skip


def unmoved(plan: Plan) -> tuple[str, ...]:
    """Axes of numbers that no quantity of a study rests on; of a workload it is not known without running it."""
    study = plan.study
    if study.workload:
        return ()
    words, first = plan.words(0), np.zeros(1, np.int64)
    start = {path: float(values.at(first)[0]) for one in study.numbers.axes for path, values in one.members}
    asked = scenario_of(study, words)
    rests: set[str] = set()
    for system_id in plan.systems:
        result = evaluate(plan.system(system_id, words), replace(asked, set={**asked.set, **start}))
        for path in {path for name in study.quantities for path in result.rests_on(name)}:
            # The rate of a number format stands for all of them in a formula.
            also = (f"chip.flop_rate.{asked.precision}.{asked.sparsity}",) if path == "chip.flop_rate" else ()
            rests |= {said for one in (path, *also) for said in (one, f"{system_id}:{one}")}
    return tuple(path for path in start if path not in rests)


def sweep(
    study: Study | None,
    out: str | os.PathLike[str],
    library: Library,
    *,
    specs: Iterable[str | os.PathLike[str]] = (),
    workers: int = 1,
    dask: str | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Swept:
    """Evaluate a study and write its rows as a Parquet dataset.

    Parameters
    ----------
    study : the study; None to go on with the one that `out` holds.
    out : folder to write to.
    library : the catalogue.
    specs : further folders of spec files.
    workers : how many processes share it on this machine; 1 is this one.
    dask : address of a Dask scheduler, or ``local`` for a cluster of `workers` on this machine.
    resume : go on with what `out` holds.
    progress : called with the points done and their number.

    Raises
    ------
    CalcError : where something is wrong with the study, or `out` holds another.
    StoppedError : where the disk is full, workers keep dying, or the scheduler is lost; what was
        written is kept, and `resume` goes on from there.
    """
    if workers < 1:
        raise CalcError(f"{workers} workers; give a whole number from 1 up")
    folder, started = Path(out), time.perf_counter()
    held = dataset.read_manifest(folder)
    if study is None:
        if held is None:
            raise CalcError(f"{folder} holds no sweep to go on with; name a study")
        study = of_plain(held["study"])
    check(study, library)
    # What the manifest says is what is run, here and by every worker.
    plan = plan_of(of_plain(study.plain()), specs)
    said = dataset.identity(plan)
    if held is None:
        _room(plan, folder)
    with dataset.locked(folder):
        held = dataset.read_manifest(folder)
        _same(held, said, folder, resume)
        if held is None:
            dataset.write_manifest(folder, {**said, "hash": dataset.HASH, "dataset_sha256": None, "complete": False})
        dataset.clear_unfinished(folder)
        key = dataset.key_of(said)
        run = _runner(dask, workers, plan.chunks)
        digests: dict[int, str] = {}
        kept = done = 0
        try:
            for number, digest, was_there in run(plan, key, folder):
                digests[number] = digest
                kept += was_there
                done += plan.rows(number)
                if progress is not None:
                    progress(done, study.points)
        except (OSError, StoppedError) as error:
            raise StoppedError(_halted(error, folder, len(digests), plan.chunks)) from None
        except KeyboardInterrupt:
            stopped = StoppedError("stopped")
            raise KeyboardInterrupt(_halted(stopped, folder, len(digests), plan.chunks)) from None
        whole = sha256()
        for number in range(plan.chunks):
            whole.update(bytes.fromhex(digests[number]))
        manifest = {**said, "hash": dataset.HASH, "dataset_sha256": whole.hexdigest(), "complete": True}
        dataset.write_manifest(folder, manifest)
    return Swept(folder, manifest, kept, plan.chunks - kept, time.perf_counter() - started)


def _same(held: dict[str, Any] | None, said: dict[str, Any], folder: Path, resume: bool) -> None:
    """Refuse to mix a dataset with another's rows."""
    if held is None:
        if any(folder.glob("part-*.parquet")):
            raise CalcError(f"{folder} holds Parquet files but no {dataset.MANIFEST}; give another folder")
        return
    if not resume:
        state = "a complete sweep" if held.get("complete") else "a sweep that is not complete"
        raise CalcError(f"{folder} holds {state}; give --resume to go on with it, or another folder")
    was: dict[str, Any] = json.loads(json.dumps(said))
    if held.get("study") != was["study"]:
        keys = [
            key for key in {**was["study"], **held.get("study", {})} if held["study"].get(key) != was["study"].get(key)
        ]
        raise CalcError(f"{folder} holds another study: {', '.join(keys)} differ; give another folder")
    for what in ("specs", "versions"):
        before, now = held.get(what, {}), was[what]
        changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
        if changed:
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            names = (
                changed[0]
                if what == "specs"
                else f"{changed[0]} (was {before.get(changed[0])}, is {now.get(changed[0])})"
            )
            raise CalcError(
                f"{names}{more} changed since the sweep in {folder} began; put it back, or start anew in another folder"
            )


def _room(plan: Plan, folder: Path) -> None:
    """Refuse what cannot fit on the disk before anything is written."""
    table, _ = dataset.table_of(plan.columns, plan.chunk(0))
    size = dataset.encoded(table).size / plan.rows(0) * plan.study.points * _SPARE
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    if size > free - _LEFT_FREE:
        raise CalcError(
            f"{plan.study.points:,} points take about {_bytes(size)}, and {folder} has {_bytes(free)} free;"
            " take fewer steps, or another disk (--dry-run says what a study takes)"
        )


def _bytes(size: float) -> str:
    return figures.amount(names.find("chip.hbm.capacity"), size)


def _halted(error: Exception, folder: Path, done: int, chunks: int) -> str:
    if isinstance(error, OSError):
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        what = f"no room left in {folder}" if full else f"{folder}: {error.strerror or error}"
    else:
        what = str(error)
    return f"{what}; {done:,} of {chunks:,} chunks are whole and kept; podcalc sweep -o {folder} --resume goes on"


Done = Iterator[tuple[int, str, bool]]
Runner = Callable[[Plan, str, Path], Done]


def _runner(dask: str | None, workers: int, chunks: int) -> Runner:
    if dask is not None:
        from calc.studies.sweep_dask import on_dask

        return on_dask(dask, workers)
    return _here if min(workers, chunks) == 1 else lambda plan, key, folder: _pool(plan, key, folder, workers)


def _here(plan: Plan, key: str, folder: Path) -> Done:
    for number in range(plan.chunks):
        yield (number, *dataset.write_chunk(plan, key, number, folder))


class _Worker:
    """A process of the pool: what it works on, set once."""

    task: tuple[Plan, str, Path]

    @classmethod
    def prepare(cls, plan: Plan | None, specs: tuple[str, ...], key: str, folder: Path) -> None:
        """Take what to do, or read it from the folder; leave Ctrl-C to the parent, and end when the parent does."""
        import signal
        import threading
        from multiprocessing import parent_process
        from multiprocessing.connection import wait as ended

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        parent = parent_process()
        if parent is not None:

            def follow() -> None:
                ended([parent.sentinel])
                os._exit(1)

            threading.Thread(target=follow, daemon=True).start()
        if plan is None:
            plan = plan_of(of_plain((dataset.read_manifest(folder) or {})["study"]), specs)
        cls.task = (plan, key, folder)

    @classmethod
    def chunk(cls, number: int) -> tuple[int, str, bool]:
        """Do one chunk."""
        plan, key, folder = cls.task
        return (number, *dataset.write_chunk(plan, key, number, folder))


@contextmanager
def _unheard() -> Iterator[None]:
    """Hold Ctrl-C back, as processes that start meanwhile do for good; this one hears of it when done."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _pool(plan: Plan, key: str, folder: Path, workers: int) -> Done:
    """Chunks by this process and a pool beside it; one that dies is replaced, and what it was at is done again."""
    import pickle
    from multiprocessing import get_context

    # Whatever exceeds a pipe's buffer waits for ever for a reader that is killed while it starts.
    told = plan if len(pickle.dumps(plan)) < _PIPE else None
    beside = min(workers, plan.chunks) - 1
    waiting = iter(range(plan.chunks))
    again: list[int] = []
    redone: set[int] = set()
    deaths = 0
    while True:
        # A spawned process depends on nothing that this one has loaded.
        given = (told, plan.folders, key, folder)
        pool = ProcessPoolExecutor(beside, get_context("spawn"), _Worker.prepare, given)
        running: dict[Future[tuple[int, str, bool]], int] = {}
        try:
            while True:
                while len(running) < 2 * beside:
                    again = again or list(islice(waiting, 1))
                    if not again:
                        break
                    # It leaves the list only when the pool has it: one that breaks just now takes nothing more.
                    with _unheard():
                        running[pool.submit(_Worker.chunk, again[-1])] = again[-1]
                    again.pop()
                again = again or list(islice(waiting, 1))
                busy = bool(again)
                if busy:
                    own = again.pop()
                    yield (own, *dataset.write_chunk(plan, key, own, folder))
                elif not running:
                    return
                for one in wait(running, timeout=0 if busy else None, return_when=FIRST_COMPLETED).done:
                    number, digest, kept = one.result()
                    del running[one]
                    deaths = 0
                    yield number, digest, kept and number not in redone
        except BrokenProcessPool:
            deaths += 1
            again += sorted(running.values(), reverse=True)
            redone |= set(running.values())
            if deaths > _MOST_DEATHS:
                raise StoppedError(
                    f"workers died {deaths} times with no chunk of theirs done in between, perhaps for lack of memory;"
                    " take fewer workers"
                ) from None
        finally:
            # What a process has not put in place is not there, so none is waited for.
            for process in list((pool._processes or {}).values()):
                process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)
