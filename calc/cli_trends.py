"""The command that follows models and hardware over time: ``podcalc trend``."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import calc
from calc.model.scenario import Scenario
from calc.tables import Table

__all__ = ["add_command", "run"]

_SUBJECTS = ("models", "hardware", "pace")


def add_command(add: Callable[..., argparse.ArgumentParser], output: argparse.ArgumentParser) -> None:
    """Add the command to a parser; as `calc.cli_workloads.add_commands`."""
    command = add("trend", "follow models and hardware over time, with intervals and refusals", output)
    command.add_argument(
        "subject",
        metavar="|".join(_SUBJECTS),
        help="best models of the United States and China; growth of chips and systems; or the pace of CloudMatrix 384"
        " and GB200 NVL72 to their successors",
    )
    command.add_argument("--from", dest="start", metavar="DATE", help="first day or month of the window: 2024-07")
    command.add_argument("--to", dest="end", metavar="DATE", help="its last day or month")
    of_models = command.add_argument_group("models")
    of_models.add_argument(
        "--data", metavar="FILE.csv", help="a leaderboard of your own, in the columns of specs/trends/README.md"
    )
    of_models.add_argument("--open", action="store_true", help="only models with open weights")
    of_models.add_argument("--scale", metavar="SCALE", help="raw or style; or one of the file's (default: raw)")
    of_hardware = command.add_argument_group("hardware")
    of_hardware.add_argument(
        "--quantity", metavar="Q", help="flop_rate, hbm.capacity or hbm.bandwidth (default: flop_rate)"
    )
    of_hardware.add_argument("--per", metavar="chip|system|watt|usd", help="(default: chip)")
    of_hardware.add_argument(
        "--country", action="append", default=[], metavar="C", help="US, CN or all; may be repeated (default: each)"
    )
    of_hardware.add_argument("--frontier", action="store_true", help="only lines through those that set a record")
    of_hardware.add_argument("--announced", action="store_true", help="count what is merely announced")
    of_hardware.add_argument(
        "--precision", metavar="P", help="of dense rates (default: the larger of BF16 and FP16; of paces: bf16)"
    )


def _stray(options: argparse.Namespace) -> None:
    """Refuse what another subject is asked with, so that nothing given is without effect."""
    belongs = {
        "models": ("start", "end", "data", "open", "scale"),
        "hardware": ("start", "end", "quantity", "per", "country", "frontier", "announced", "precision"),
        "pace": ("quantity", "precision"),
    }
    words = {"start": "--from", "end": "--to"}
    every = dict.fromkeys(name for listed in belongs.values() for name in listed)
    for name in every:
        if getattr(options, name) and name not in belongs[options.subject]:
            homes = " or ".join(subject for subject, listed in belongs.items() if name in listed)
            raise calc.CalcError(f"{words.get(name, f'--{name}')} goes with trend {homes}, not {options.subject}")


def run(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    """Do what the command asks.

    Raises
    ------
    CalcError : where the user can put something right.
    """
    from calc import report_trends as report
    from calc.studies import trends, trends_hardware

    if options.subject not in _SUBJECTS:
        raise calc.UnknownNameError("subject of trends", options.subject, _SUBJECTS)
    _stray(options)
    precision = (options.precision or "").lower()
    if options.subject == "models":
        return report.models(
            trends.models(options.start, options.end, data=options.data, open_weights=options.open, scale=options.scale)
        )
    if options.subject == "pace":
        return report.paces(trends_hardware.pace(library, options.quantity or "flop_rate", precision or "bf16"))
    return report.hardware(
        trends_hardware.hardware(
            library, options.quantity or "flop_rate", options.per or "chip",
            precision=precision or trends_hardware.SIXTEEN,
            countries=tuple(dict.fromkeys(options.country)) or trends_hardware.GROUPS,
            start=options.start, end=options.end, announced=options.announced,
        ),
        frontier=options.frontier,
    )  # fmt: skip
