"""The command that says where chips stand to export rules: ``podcalc control``."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import calc
from calc import names
from calc.model.scenario import Scenario, parse_setting
from calc.tables import Table

__all__ = ["add_command", "run"]


def add_command(add: Callable[..., argparse.ArgumentParser], output: argparse.ArgumentParser) -> None:
    """Add the command to a parser; as `calc.cli_workloads.add_commands`."""
    command = add("control", "say where chips stand to export rules of the United States", output)
    command.add_argument("chips", nargs="+", metavar="CHIP", help="ids of chips (podcalc list chips)")
    command.add_argument(
        "--set",
        dest="figures",
        action="append",
        default=[],
        metavar="CHIP:PATH=VALUE",
        help="set or add a figure, such as 'h20-sxm:die_area=814 mm^2'; without CHIP: for all",
    )
    command.add_argument(
        "--not-for-datacentres",
        action="store_true",
        help="take the chips to be neither designed nor marketed for data centres (Note 2 of 3A090)",
    )
    asked = command.add_mutually_exclusive_group()
    asked.add_argument(
        "--strongest", action="store_true", help="the largest share of each chip's rate that stays below each line"
    )
    asked.add_argument("--match", metavar="SYSTEM", help="how many chips, each below the line, equal a system's rate")
    command.add_argument(
        "--precision",
        dest="rates",
        metavar="P",
        help=f"number format that --match compares: {', '.join(names.PRECISIONS)} (default: bf16)",
    )


def run(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    """Do what the command asks.

    Raises
    ------
    CalcError : where the user can put something right.
    """
    from calc import report_control as report
    from calc.studies.export_control import control, matched, strongest

    given = dict(parse_setting(text) for text in options.figures)
    stray = sorted({path.partition(":")[0] for path in given if ":" in path} - set(options.chips))
    if stray:
        raise calc.UnknownNameError("chip among those asked for:", stray[0], options.chips)
    settings = Scenario(set=given)
    found = [
        control(library, chip, settings.settings(chip), datacentre=not options.not_for_datacentres)
        for chip in dict.fromkeys(options.chips)
    ]
    if options.rates and not options.match:
        raise calc.CalcError("--precision goes with --match SYSTEM; a chip's class counts every number format")
    if options.strongest:
        return report.strongest([(one, strongest(one)) for one in found])
    if options.match:
        system = calc.load(options.match, library=library)
        precision = (options.rates or "bf16").lower()
        return report.matched([row for one in found for row in matched(one, system, precision)], system, precision)
    return report.control(found)
