"""The command that evaluates a study at every point: ``podcalc sweep``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import calc
from calc.cli_ranges import pair
from calc.errors import CalcError
from calc.model.axes import parse_axis
from calc.model.scenario import Scenario
from calc.tables import Table

if TYPE_CHECKING:
    from calc.studies.study import Study

__all__ = ["add_command", "run"]

_PRINTED = 10_000
_MOST_POINTS = 2_000_000
_FILES = (".yaml", ".yml")


def add_command(
    add: Callable[..., argparse.ArgumentParser], asked: argparse.ArgumentParser, output: argparse.ArgumentParser
) -> None:
    """Add the command to a parser; as `calc.cli_workloads.add_commands`."""
    command = add("sweep", "evaluate every point of a study, and write or print them", asked, output)
    command.add_argument("study", nargs="*", metavar="STUDY.yaml|SYSTEM", help="a file of 'kind: study', or systems")
    command.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="AXIS",
        help="PATH=FROM..TO:STEPS, with :log behind for equal ratios, or PATH=A,B,C; may be repeated",
    )
    command.add_argument(
        "--tie", action="append", default=[], metavar="PATH,PATH", help="axes that move together; may be repeated"
    )
    command.add_argument("--quantities", metavar="LIST", help="what to compute, such as power.all_in,flop_rate")
    command.add_argument("--baseline", metavar="SYSTEM", help="system that ratios are to as well")
    command.add_argument("--draws", type=int, metavar="N", help="draw every figure with a range so often at each point")
    command.add_argument("--seed", type=int, metavar="N", help="of the draws (default: 0)")
    command.add_argument("--train", metavar="MODEL", help="train a network at every point")
    command.add_argument("--serve", metavar="MODEL", help="serve a network at every point")
    command.add_argument(
        "--ask", action="append", default=[], metavar="KEY=VALUE", help="what the workload is asked with, such as tp=8"
    )
    command.add_argument(
        "--frontier", metavar="LIST", help="print only the points that none does better than, by two or three results"
    )
    command.add_argument("-o", "--out", metavar="FOLDER", help="write a Parquet dataset there instead of printing")
    command.add_argument("--resume", action="store_true", help="go on with the sweep that the folder holds")
    command.add_argument("--workers", type=int, metavar="N", help="processes (default: one for each core)")
    command.add_argument("--dask", metavar="ADDRESS|local", help="run on a Dask cluster, such as tcp://10.0.0.1:8786")
    command.add_argument("--dry-run", action="store_true", help="only say what it would take")


def run(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    """Do what the command asks.

    Raises
    ------
    CalcError : where the user can put something right.
    """
    from calc.report_sweep import edge, estimated, rows, swept
    from calc.studies import sweep
    from calc.studies.points import plan_of
    from calc.studies.study import check

    if options.resume and not options.out:
        raise CalcError("--resume goes with -o FOLDER, the one to go on with")
    workers = _cores() if options.workers is None else options.workers
    given = options.study or options.vary or options.quantities
    study = None if options.resume and not given else _study(options, library, scenario)
    if options.dry_run:
        if study is None:
            raise CalcError("name a study to say what it would take")
        return estimated(sweep.estimate(study, library, options.specs, workers))
    if options.out:
        from calc.cli_workloads import progress

        return swept(
            sweep.sweep(
                study, options.out, library, specs=options.specs, workers=workers, dask=options.dask,
                resume=options.resume, progress=progress(" points"),
            )
        )  # fmt: skip
    if options.dask or options.workers:
        raise CalcError(f"--{'dask' if options.dask else 'workers'} goes with -o FOLDER")
    assert study is not None  # noqa: S101
    check(study, library)
    if options.frontier:
        if study.points > _MOST_POINTS:
            raise CalcError(f"{study.points:,} points are too many for a frontier; take up to {_MOST_POINTS:,}")
        return edge(plan_of(study, options.specs), _listed(options.frontier))
    if study.points > _PRINTED:
        raise CalcError(
            f"{study.points:,} points are too many to print; give -o FOLDER, or take up to {_PRINTED:,} (--dry-run says"
            " what a study takes)"
        )
    return rows(plan_of(study, options.specs))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _study(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Study:
    """What the file says, with what is given beside it on top."""
    from calc.spec.library import file_bytes
    from calc.studies.study import Study, read_study

    named = [one for one in options.study if one.endswith(_FILES) or Path(one).is_file()]
    if named and len(options.study) > 1:
        raise CalcError(f"'{named[0]}' is a file; give one study, or systems")
    study = read_study(file_bytes(named[0], "a study"), named[0], library) if named else Study(tuple(options.study))
    base = study.scenario
    more: dict[str, Any] = {
        "scenario": Scenario(
            scenario.precision if options.precision or options.scenario else base.precision,
            scenario.sparse or base.sparse,
            {**base.set, **scenario.set},
            tuple(dict.fromkeys([*scenario.prefer, *base.prefer])),
            scenario.region if options.region or options.scenario else base.region,
        ),
        "vary": {**study.vary, **dict(parse_axis(text) for text in options.vary)},
        "tie": (*study.tie, *(tuple(_listed(text)) for text in options.tie)),
    }
    if options.quantities:
        more["quantities"] = tuple(_listed(options.quantities))
    for name in ("baseline", "draws", "seed"):
        if getattr(options, name) is not None:
            more[name] = getattr(options, name)
    for kind in ("train", "serve"):
        if getattr(options, kind):
            more[kind] = {**(getattr(study, kind) or {}), "model": getattr(options, kind)}
    if options.ask:
        kind = next((one for one in ("train", "serve") if more.get(one) or getattr(study, one)), "")
        if not kind:
            raise CalcError("--ask goes with --train MODEL or --serve MODEL")
        more[kind] = {**(getattr(study, kind) or {}), **more.get(kind, {}), **dict(map(pair, options.ask))}
    return replace(study, **more)


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
