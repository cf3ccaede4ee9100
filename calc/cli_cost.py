"""The command for what systems cost and emit: ``podcalc cost``."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import calc
from calc.cli_ranges import add_draws
from calc.model.scenario import Scenario
from calc.tables import Table

__all__ = ["add_command", "run"]


def add_command(
    add: Callable[..., argparse.ArgumentParser], asked: argparse.ArgumentParser, output: argparse.ArgumentParser
) -> None:
    """Add the command to a parser; as `calc.cli_workloads.add_commands`."""
    command = add("cost", "show what systems cost and emit by the hour, and what a limit buys", asked, output)
    command.add_argument(
        "systems", nargs="+", metavar="SYSTEM[@REGION]", help="systems, each in its own region where one is named"
    )
    command.add_argument("--budget", metavar="USD", help="to spend on prices, such as '100 MUSD': what it buys")
    command.add_argument("--power", metavar="W", help="to draw at the meter, such as '100 MW': what it feeds")
    add_draws(command, 4096)


def run(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    """Do what the command asks.

    Raises
    ------
    CalcError : where the user can put something right.
    """
    from calc.report_cost import costs

    found = calc.cost(
        options.systems, scenario, budget=options.budget, power=options.power, draws=options.draws, seed=options.seed,
        library=library,
    )  # fmt: skip
    return costs(found)
