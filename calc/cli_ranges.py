"""The commands that ask over ranges: bands, sensitivities, break-evens, frontiers and sweeps."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence

import numpy as np

import calc
from calc import names
from calc.errors import UnitError, UnknownNameError
from calc.model.scenario import Scenario
from calc.tables import Table

__all__ = ["COMMANDS", "add_commands", "add_draws"]


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
    command = add("sensitivity", "show which figures an answer hangs on", asked, output)
    command.add_argument("quantity", metavar="QUANTITY", help="the figure in question")
    command.add_argument("system", metavar="SYSTEM")
    command.add_argument("baseline", nargs="?", metavar="BASELINE", help="system that the ratio is to")
    command.add_argument("--top", type=int, default=12, metavar="N", help="how many figures to print (default: 12)")
    add_draws(command, 1 << 14)
    command = add("frontier", "show which systems none does better than, by two or three quantities", asked, output)
    command.add_argument("x", metavar="X", help="a quantity")
    command.add_argument("y", metavar="Y", help="another")
    command.add_argument("z", metavar="Z", nargs="?", help="a third")
    command.add_argument(
        "--systems", nargs="+", default=(), metavar="SYSTEM", help="systems to show (default: all of the catalogue)"
    )


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


def _sensitivity(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    from calc import report_ranges as report
    from calc.cli_workloads import at_least_one
    from calc.studies.sensitivity import sensitivity

    ids = [options.system, *([options.baseline] if options.baseline else [])]
    systems = _loaded(ids, library, scenario)
    found = sensitivity(systems, options.quantity, scenario, count=options.draws, seed=options.seed)
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

    ours, theirs = pair = _loaded([options.system, options.baseline], library, scenario)
    if options.path is None:
        stray = next((name for name in ("low", "high", "along") if getattr(options, name) is not None), None)
        if stray:
            option = {"low": "--from", "high": "--to", "along": "--along"}[stray]
            raise calc.CalcError(f"{option} goes with a PATH; name the input to move (podcalc inputs {ours.id})")
        every = study.what_would_have_to_be_true(ours, theirs, options.quantity, scenario)
        asked = {"quantity": names.find(options.quantity).name, "precision": scenario.precision}
        return report.what_would_have_to_be_true(every, asked, pair)
    low, high = _end("--from", options.low, options.path), _end("--to", options.high, options.path)
    if options.along is None:
        one = study.break_even(ours, theirs, options.quantity, options.path, scenario, low, high)
        return report.break_even(one, pair, scenario.precision)
    from calc.model.axes import axis, parse_axis

    path, given = parse_axis(options.along)
    moved = axis(path, given)
    values = moved.at(np.arange(len(moved)))[path]
    line = study.break_even_line(
        ours, theirs, options.quantity, options.path, scenario, along=path, values=values, low=low, high=high
    )
    return report.break_even_line(line, pair, scenario.precision)


def _frontier(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    from calc import report_ranges as report
    from calc.studies.frontier import frontier_of_systems

    systems = _loaded(options.systems or library.ids("system"), library, scenario)
    quantities = [name for name in (options.x, options.y, options.z) if name is not None]
    return report.frontier(frontier_of_systems(systems, quantities, scenario), scenario.precision)


COMMANDS: Mapping[str, Callable[[argparse.Namespace, calc.Library, Scenario], Table]] = {
    "break-even": _break_even,
    "frontier": _frontier,
    "sensitivity": _sensitivity,
}
"""What each command prints, given its options, the catalogue and the scenario."""
