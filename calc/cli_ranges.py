"""The commands that ask over ranges: bands, sensitivities, break-evens, frontiers and sweeps."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

import calc
from calc.model.scenario import Scenario
from calc.tables import Table

__all__ = ["COMMANDS", "add_commands"]


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


COMMANDS: Mapping[str, Callable[[argparse.Namespace, calc.Library, Scenario], Table]] = {}
"""What each command prints, given its options, the catalogue and the scenario."""
