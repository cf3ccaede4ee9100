"""The commands that ask over ranges: bands, sensitivities, break-evens, frontiers and sweeps."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

import calc
from calc import names
from calc.errors import UnitError, UnknownNameError
from calc.model.scenario import Scenario
from calc.tables import Table

if TYPE_CHECKING:
    from calc.studies.outcomes import Outcome

__all__ = ["COMMANDS", "add_commands", "add_draws", "outcome", "pair", "share"]

_WORKLOADS = ("train", "serve")


def add_commands(
    add: Callable[..., argparse.ArgumentParser], asked: argparse.ArgumentParser, output: argparse.ArgumentParser
) -> None:
    """Add the commands to a parser.

    Parameters
    ----------
    add : adds one command by name and text, with the options of some parents.
    asked : options of a scenario.
    output : options of printing.
    """
    command = add("break-even", "find where an input, or any input, makes two systems level", asked, output)
    command.add_argument("quantity", metavar="QUANTITY", help="what they are to be level on")
    command.add_argument("system", metavar="SYSTEM")
    command.add_argument("baseline", metavar="BASELINE")
    command.add_argument(
        "path",
        nargs="?",
        metavar="PATH",
        help="input of SYSTEM to move, or SYSTEM:PATH of either; every one unless said",
    )
    command.add_argument("--from", dest="low", metavar="V", help="start of the range (default: a tenth of its value)")
    command.add_argument("--to", dest="high", metavar="V", help="end of the range (default: ten times its value)")
    command.add_argument(
        "--along",
        metavar="PATH=FROM..TO:STEPS",
        help="another input to go along, such as 'gb200-nvl72:power.all_in=130 kW..160 kW:7'; without SYSTEM: for both",
    )
    _add_workload(command)
    command = add("sensitivity", "show which figures an answer hangs on", asked, output)
    command.add_argument("quantity", metavar="QUANTITY", help="the figure in question")
    command.add_argument("system", metavar="SYSTEM")
    command.add_argument("baseline", nargs="?", metavar="BASELINE", help="system that the ratio is to")
    command.add_argument("--top", type=int, default=12, metavar="N", help="how many figures to print (default: 12)")
    add_draws(command, 1 << 14)
    _add_workload(command)
    command = add("frontier", "show which systems none does better than, by two or three quantities", asked, output)
    command.add_argument("x", metavar="X", help="a quantity")
    command.add_argument("y", metavar="Y", help="another")
    command.add_argument("z", metavar="Z", nargs="?", help="a third")
    command.add_argument(
        "--systems",
        nargs="+",
        default=(),
        metavar="SYSTEM",
        help="systems to show (default: all that are not merely announced)",
    )
    _add_workload(command)


def _add_workload(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--model", metavar="MODEL", help="network of results such as train.cost_per_token or serve.token_rate_per_chip"
    )
    command.add_argument(
        "--ask", action="append", default=[], metavar="KEY=VALUE", help="what the workload is asked with, such as tp=8"
    )


def outcome(options: argparse.Namespace, library: calc.Library, name: str) -> str | Outcome:
    """A quantity by its name, or a result of a workload.

    Raises
    ------
    CalcError : where a workload lacks its network, or a network its workload.
    UnknownNameError : where there is no such result.
    """
    kind = name.partition(".")[0]
    if kind not in _WORKLOADS:
        return name
    if not options.model:
        raise calc.CalcError(f"{name} is a result of a workload; name its network with --model (podcalc list models)")
    from calc.studies.study import WORKLOADS
    from calc.studies.workload_outcomes import workload_outcome

    asked = dict(map(pair, options.ask))
    stray = next((key for key in asked if key not in WORKLOADS[kind]), None)
    if stray is not None:
        raise UnknownNameError(f"key of {kind}:", stray, WORKLOADS[kind])
    return workload_outcome(kind, library, name, {**asked, "model": options.model}, options.specs)


def pair(text: str) -> tuple[str, str]:
    """Key and value of what a workload is asked with.

    Raises
    ------
    CalcError : where there is no ``=``.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip() or not value.strip():
        raise calc.CalcError(f"--ask '{text[:60]}' is not KEY=VALUE; write such as --ask tp=8")
    return key.strip(), value.strip()


def add_draws(command: argparse.ArgumentParser, count: int) -> None:
    """Add the options of draws to a command.

    Parameters
    ----------
    command : the command.
    count : how many draws unless said.
    """
    command.add_argument(
        "--draws", type=int, default=count, metavar="N", help=f"how many draws, a power of two (default: {count})"
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="of the draws (default: 0)")


def share(per_cent: float) -> float:
    """The share that ``--interval`` asks for.

    Parameters
    ----------
    per_cent : as it was given.

    Raises
    ------
    CalcError : where no band holds so much.
    """
    if not 0.0 < per_cent < 100.0:
        raise calc.CalcError(f"--interval is {per_cent:g}; give a number of per cent above 0 and below 100, such as 80")
    return per_cent / 100.0


def _sensitivity(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    from calc import report_ranges as report
    from calc.cli_workloads import at_least_one
    from calc.studies.sensitivity import sensitivity

    ids = [options.system, *([options.baseline] if options.baseline else [])]
    systems = _loaded(ids, library, scenario)
    quantity = outcome(options, library, options.quantity)
    found = sensitivity(systems, quantity, scenario, count=options.draws, seed=options.seed)
    return report.sensitivity(found, at_least_one(options.top))


def _loaded(ids: Sequence[str], library: calc.Library, scenario: Scenario) -> list[calc.System]:
    """Systems by id, where the scenario speaks of no others and of sources that they have."""
    from calc.studies.compare import cited

    systems = [calc.load(system_id, library=library, scenario=scenario) for system_id in ids]
    stray = sorted(scenario.addressed() - frozenset(ids))
    if stray:
        raise UnknownNameError("system among those compared:", stray[0], ids)
    there = cited(systems) if scenario.prefer else set()
    unread = next((source for source in scenario.prefer if source not in there), None)
    if unread is not None:
        raise UnknownNameError("source with a reading of these systems:", unread, there, "podcalc inputs SYSTEM")
    return systems


def _end(option: str, text: str | None, path: str) -> float | None:
    """The SI value of an end of a range."""
    from calc.units import parse

    if text is None:
        return None
    try:
        return parse(text, names.find(path.partition(":")[2] or path).unit)
    except UnitError as error:
        raise UnitError(f"{option}: {error}") from None


def _break_even(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    from calc import report_ranges as report
    from calc.studies import break_even as study

    ours, theirs = both = _loaded([options.system, options.baseline], library, scenario)
    quantity = outcome(options, library, options.quantity)
    if options.path is None:
        stray = next((name for name in ("low", "high", "along") if getattr(options, name) is not None), None)
        if stray:
            option = {"low": "--from", "high": "--to", "along": "--along"}[stray]
            raise calc.CalcError(f"{option} goes with a PATH; name the input to move (podcalc inputs {ours.id})")
        every = study.what_would_have_to_be_true(ours, theirs, quantity, scenario)
        asked = {"quantity": options.quantity, "precision": scenario.precision}
        return report.what_would_have_to_be_true(every, asked, both)
    low, high = _end("--from", options.low, options.path), _end("--to", options.high, options.path)
    if options.along is None:
        one = study.break_even(ours, theirs, quantity, options.path, scenario, low, high)
        return report.break_even(one, both, scenario.precision)
    from calc.model.axes import axis, parse_axis

    path, given = parse_axis(options.along)
    moved = axis(path, given)
    values = moved.at(np.arange(len(moved)))[path]
    line = study.break_even_line(
        ours, theirs, quantity, options.path, scenario, along=path, values=values, low=low, high=high
    )
    return report.break_even_line(line, both, scenario.precision)


def _frontier(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    from calc import report_ranges as report
    from calc.studies.frontier import announced, frontier_of_systems

    promised = announced(library)
    sold = [one for one in library.ids("system") if one not in promised]
    systems = _loaded(options.systems or sold, library, scenario)
    quantities = [outcome(options, library, name) for name in (options.x, options.y, options.z) if name is not None]
    table = report.frontier(frontier_of_systems(systems, quantities, scenario), scenario.precision)
    if promised and not options.systems:
        table.notes = [*table.notes, f"Announced, so not among them unless named by --systems: {', '.join(promised)}."]
    return table


COMMANDS: Mapping[str, Callable[[argparse.Namespace, calc.Library, Scenario], Table]] = {
    "break-even": _break_even,
    "frontier": _frontier,
    "sensitivity": _sensitivity,
}
"""What each command prints, given its options, the catalogue and the scenario."""
