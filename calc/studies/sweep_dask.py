"""Chunks of a sweep on a Dask cluster; its workers write into the folder, so they have to see it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from calc.errors import CalcError
from calc.studies import dataset
from calc.studies.points import Plan

__all__ = ["on_dask"]

_AHEAD = 2
_CONNECT = "10s"
_MOST_DEATHS = 12
_agreed: set[str] = set()

Done = Iterator[tuple[int, str, bool]]


def on_dask(address: str, workers: int) -> Callable[[Plan, str, Path], Done]:
    """Run chunks on a cluster.

    Parameters
    ----------
    address : of its scheduler, such as ``tcp://10.0.0.1:8786``, or ``local`` for one on this machine.
    workers : processes of a local one.

    Raises
    ------
    CalcError : where Dask is not installed, nothing answers at the address, or the workers cannot do the work.
    """
    try:
        import distributed
    except ImportError:
        raise CalcError("Dask is not installed; pip install 'podcalc[dask]'") from None

    def run(plan: Plan, key: str, folder: Path) -> Done:
        # What goes wrong with a cluster is told in one sentence of ours.
        for name in list(logging.root.manager.loggerDict):
            if name.startswith("distributed"):
                logging.getLogger(name).setLevel(logging.CRITICAL)
        if address == "local":
            with (
                distributed.LocalCluster(  # type: ignore[no-untyped-call]
                    n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
                ) as cluster,
                distributed.Client(cluster) as client,  # type: ignore[no-untyped-call]
            ):
                yield from _chunks(client, address, plan, key, folder)
            return
        try:
            connected = distributed.Client(address, timeout=_CONNECT)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TimeoutError):
            raise CalcError(
                f"no Dask scheduler answers at {address}; is it running, and is that its address?"
            ) from None
        with connected as client:
            yield from _chunks(client, address, plan, key, folder)

    return run


def _work(plan: Plan, key: str, folder: Path, number: int) -> tuple[int, str, bool]:
    """One chunk, on a worker that has shown once that it would compute the same values."""
    if key not in _agreed:
        from socket import gethostname

        if dataset.read_manifest(folder) is None:
            raise CalcError(
                f"a worker on {gethostname()} does not see {folder}; Dask's workers need storage that they share"
            )
        if dataset.key_of(dataset.identity(plan)) != key:
            raise CalcError(
                f"a worker on {gethostname()} has another podcalc, numpy or other spec files; install the same"
            )
        _agreed.add(key)
    return (number, *dataset.write_chunk(plan, key, number, folder))


def _chunks(client: Any, address: str, plan: Plan, key: str, folder: Path) -> Done:
    import distributed
    from distributed.comm.core import CommClosedError
    from distributed.scheduler import KilledWorker

    from calc.studies.sweep import StoppedError

    place = folder.resolve()
    lost = StoppedError(f"lost the Dask scheduler at {address}")
    try:
        ready = sum(client.nthreads().values())
    except (OSError, RuntimeError):
        raise lost from None
    if not ready and address != "local":
        raise CalcError(f"the Dask scheduler at {address} has no workers; start some with 'dask worker {address}'")
    shared = client.scatter(plan, broadcast=True)
    waiting = iter(range(plan.chunks))
    running: dict[str, int] = {}
    results = distributed.as_completed()  # type: ignore[no-untyped-call]
    deaths = 0

    def submit(number: int) -> None:
        try:
            future = client.submit(_work, shared, key, place, number, pure=False)
        except Exception:
            # A client that has lost its scheduler says so in many ways.
            if client.status != "running":
                raise lost from None
            raise
        running[future.key] = number
        results.add(future)  # type: ignore[no-untyped-call]

    for _, number in zip(range(_AHEAD * max(ready, 1)), waiting, strict=False):
        submit(number)
    while running:
        future = next(results)
        number = running.pop(future.key)
        try:
            found: tuple[int, str, bool] = future.result()
        except KilledWorker:
            deaths += 1
            if deaths > _MOST_DEATHS:
                raise StoppedError(f"Dask's workers died {deaths} times with no chunk done in between") from None
            submit(number)
            continue
        except (distributed.CancelledError, CommClosedError, TimeoutError):
            raise lost from None
        deaths = 0
        following = next(waiting, None)
        if following is not None:
            submit(following)
        yield found
