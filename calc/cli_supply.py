"""The command that says who makes a system, and what can still be built: ``podcalc supply``."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import calc
from calc.model.scenario import Scenario
from calc.tables import Table

__all__ = ["add_command", "run"]


def add_command(add: Callable[..., argparse.ArgumentParser], output: argparse.ArgumentParser) -> None:
    """Add the command to a parser; as `calc.cli_workloads.add_commands`."""
    command = add("supply", "say who makes a system, and what can still be built where some no longer deliver", output)
    command.add_argument(
        "system", nargs="?", metavar="SYSTEM", help="a system (podcalc list systems); every one unless said"
    )
    command.add_argument(
        "--cut",
        action="append",
        default=[],
        metavar="WORD",
        help="who no longer delivers: tsmc-advanced, korea-hbm, us-design-tools, a supplier, a country's two letters,"
        " or STEP:WHO such as hbm:KR; may be repeated (podcalc supply --cuts lists them)",
    )
    command.add_argument(
        "--weight",
        default="chips",
        metavar="chips|parts|power",
        help="what shares are of: steps of the accelerators (default), all parts by number, or by rated power",
    )
    command.add_argument("--cuts", action="store_true", help="list what may be cut")
    command.add_argument("--best", action="store_true", help="the best that remains for each country, by dense BF16")
    command.add_argument("--announced", action="store_true", help="count systems that are only announced")


def run(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    """Do what the command asks.

    Raises
    ------
    CalcError : where the user can put something right.
    """
    from calc import report_supply as report
    from calc.studies.supply import cut_words, outlook

    if options.cuts:
        return report.cuts(cut_words(library))
    if options.system and not options.best:
        return report.supply(calc.supply(options.system, options.cut, weight=options.weight, library=library))
    if options.system:
        raise calc.CalcError("--best is of the whole catalogue; leave out the system, or --best")
    found = outlook(library, options.cut, options.weight, options.announced)
    return report.best(found) if options.best else report.outlook(found)
