"""The command line: ``podcalc``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import calc
from calc import (
    cli_catalogue,
    cli_control,
    cli_cost,
    cli_ranges,
    cli_supply,
    cli_sweep,
    cli_trends,
    cli_workloads,
    names,
    tables,
)
from calc.errors import CalcError, InfeasibleError, UnknownNameError
from calc.figures import PER
from calc.model.scenario import Scenario, parse_setting

if TYPE_CHECKING:
    from calc.studies.scenario_text import Question

__all__ = ["main"]

_LISTED = ("systems", "chips", "links", "parts", "regions", "models", "sources", "quantities")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, with the way to the help."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. ({self.prog} --help)\n")


def _parser() -> _Parser:
    library = _Parser(add_help=False)
    library.add_argument(
        "--specs",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder of further spec files; may be repeated, the first wins",
    )
    output = _Parser(add_help=False)
    output.add_argument("--format", choices=tables.FORMATS, default="table", help="how to print (default: table)")
    asked = _Parser(add_help=False)
    asked.add_argument(
        "--precision",
        metavar="P",
        help=f"number format of throughputs: {', '.join(names.PRECISIONS)} (default: bf16)",
    )
    asked.add_argument("--sparse", action="store_true", help="count 2:4 sparsity (default: dense)")
    asked.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SYSTEM:PATH=VALUE",
        help="set an input, such as 'gb200-nvl72:power.all_in=130 kW'; without SYSTEM: for all",
    )
    asked.add_argument(
        "--prefer",
        action="append",
        default=[],
        metavar="SOURCE",
        help="adopt the readings of a source wherever it has one; may be repeated",
    )
    asked.add_argument("--region", metavar="ID", help="region whose facility the systems stand in (default: global)")
    asked.add_argument(
        "--scenario",
        metavar="FILE",
        help="a file of 'kind: scenario' to start from; what is given beside it wins",
    )

    parser = _Parser(prog="podcalc", description="Compare AI compute systems from sourced spec files.")
    parser.add_argument("--version", action="version", version=f"podcalc {calc.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    def add(name: str, text: str, *parents: _Parser) -> _Parser:
        return commands.add_parser(
            name, help=text, description=text[0].upper() + text[1:] + ".", parents=[library, *parents]
        )

    command = add("compare", "compare two or more systems", asked, output)
    command.add_argument(
        "systems", nargs="*", metavar="SYSTEM", help="two or more; those of the scenario's file unless said"
    )
    command.add_argument("--baseline", metavar="SYSTEM", help="system that ratios are to (default: the last)")
    command.add_argument("--per", metavar="|".join(PER), help="divide what grows with the system (default: system)")
    command.add_argument(
        "--bands", action="store_true", help="draw every figure with a range, and show where results lie"
    )
    command.add_argument(
        "--odds",
        action="append",
        default=[],
        metavar="STATEMENT",
        help="how probable a statement is, such as 'power_per_flop_rate > 2x'; may be repeated",
    )
    command.add_argument(
        "--interval", type=float, default=80.0, metavar="N", help="per cent that a band holds (default: 80)"
    )
    cli_ranges.add_draws(command, 4096)
    command = add("why", "unfold a ratio between two systems into factors", asked, output)
    command.add_argument("system", metavar="SYSTEM")
    command.add_argument("baseline", metavar="BASELINE")
    command.add_argument("quantity", metavar="QUANTITY")
    command = add("parity", "count how many of one system equal another", asked, output)
    command.add_argument("system", metavar="SYSTEM")
    command.add_argument("--match", required=True, metavar="SYSTEM", help="system to equal")
    command = add("explain", "unfold a quantity down to its sources, file and line", asked, output)
    command.add_argument("system", metavar="SYSTEM")
    command.add_argument("quantity", metavar="QUANTITY")
    command = add("power", "break a system's power down by part and scope", asked, output)
    command.add_argument("system", metavar="SYSTEM")
    command = add("inputs", "list every input of a system, each of which --set takes", asked, output)
    command.add_argument("system", metavar="SYSTEM")
    command = add("claims", "check published totals against computed ones", output)
    command.add_argument("system", metavar="SYSTEM")
    command = add("list", "list what is in the catalogue", output)
    command.add_argument("what", nargs="?", default="systems", choices=_LISTED)
    command = add("show", "show a spec with its sources", output)
    command.add_argument("id", metavar="ID")
    command.add_argument("--kind", choices=tuple(names.KINDS), help="where an id is of two kinds")
    command = add("validate", "check spec files; the project's own where no path is given", output)
    command.add_argument("paths", nargs="*", metavar="PATH")
    cli_workloads.add_commands(add, asked, output)
    cli_ranges.add_commands(add, asked, output)
    cli_sweep.add_command(add, asked, output)
    cli_cost.add_command(add, asked, output)
    cli_control.add_command(add, output)
    cli_catalogue.add_commands(add, output)
    cli_trends.add_command(add, output)
    cli_supply.add_command(add, output)
    command = add("new", "print a commented spec file to fill in, or ask for what it needs")
    command.add_argument("kind", choices=(*names.KINDS, "sources", "study"))
    command.add_argument("--ask", action="store_true", help="ask for what a chip or a system needs, and write that")
    command.add_argument("--to", metavar="FILE.yaml", help="write it there; nothing is overwritten")
    for word in ("name", "vendor", "country"):
        command.add_argument(f"--{word}", metavar=word.upper(), help=f"its {word}, filled in")
    command = commands.add_parser(
        "import-model",
        help="print the spec of a network from its config.json",
        description="Print the spec of a network, commented, from the config.json that it is published with.",
    )
    command.add_argument("config", metavar="CONFIG.json", help="a decoder-only language network's, as on Hugging Face")
    command.add_argument("--id", metavar="ID", help="id to save it under (default: from the name)")
    command.add_argument("--name", metavar="NAME", help="its full name (default: the file's or the folder's)")
    command = commands.add_parser(
        "schema",
        help="print the JSON Schema of a kind of spec file",
        description="Print the JSON Schema of a kind of spec file, for editors.",
    )
    command.add_argument("kind", choices=(*names.KINDS, "kernels", "scenario", "sources", "study"))
    command = commands.add_parser(
        "ui", help="compare in the browser", description="Serve the browser pages on this machine until interrupted."
    )
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    command.add_argument("--port", type=int, default=8501, help="port to listen on (default: %(default)s)")
    command.add_argument("--no-browser", action="store_true", help="do not open a browser")
    command.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="a further name the server answers to"
    )
    return parser


def _question(options: argparse.Namespace, library: calc.Library) -> Question:
    """What is asked: the scenario's file, if any, with what is given beside it on top."""
    from calc.spec.library import file_bytes
    from calc.studies.scenario_text import Question, read

    asked = Question(())
    if options.scenario:
        asked = read(file_bytes(options.scenario), options.scenario, library)
    scenario = asked.scenario
    return replace(
        asked,
        systems=tuple(getattr(options, "systems", ())) or asked.systems,
        baseline=getattr(options, "baseline", None) or asked.baseline,
        per=getattr(options, "per", None) or asked.per,
        scenario=Scenario(
            (options.precision or scenario.precision).lower(),
            options.sparse or scenario.sparse,
            {**scenario.set, **dict(parse_setting(text) for text in options.set)},
            tuple(dict.fromkeys([*options.prefer, *scenario.prefer])),
            options.region or scenario.region,
        ),
    )


def _scenario(options: argparse.Namespace, library: calc.Library) -> Scenario:
    return _question(options, library).scenario


def _library(options: argparse.Namespace) -> calc.Library:
    library = calc.library(options.specs)
    if library.faults:
        files = {fault.file for fault in library.faults}
        more = " ..." if len(files) > 1 else ""
        said = f"{_counted(len(library.faults), 'fault')} in {_counted(len(files), 'spec file')}, left out"
        print(f"podcalc: {said}: podcalc validate {min(files)}{more}", file=sys.stderr)
    return library


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    int : 0, or 2 where the user can put something right, with one message on stderr.
    """
    options = _parser().parse_args(arguments)
    # What is printed is UTF-8 whatever the locale says, so that a mark never stops a command.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    try:
        status: int = _COMMANDS[options.command](options)
        sys.stdout.flush()
        return status
    except InfeasibleError as error:
        # That nothing fits is an answer, not a mistake.
        said = {"schema": f"podcalc.{options.command}/1", "feasible": 0, "reason": str(error)}
        print(tables.render(tables.Table((), (), said), "json") if options.format == "json" else str(error))
        return 0
    except CalcError as error:
        print(_message(error), file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader has gone; nothing more can be said on this stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as stop:
        if stop.args:
            print(f"podcalc: {stop}", file=sys.stderr)
        return 130


def _message(error: CalcError) -> str:
    return str(error) if isinstance(error, calc.SpecError) else f"podcalc: {error}"


def _print(table: tables.Table, options: argparse.Namespace) -> int:
    print(tables.render(table, options.format))
    return 0


def _compare(options: argparse.Namespace) -> int:
    from calc.report import comparison

    library = _library(options)
    asked = _question(options, library)
    if options.bands or options.odds:
        from calc.report_ranges import bands

        drawn = calc.bands(
            asked.systems, asked.baseline or None, asked.scenario, asked.per, draws=options.draws, seed=options.seed,
            interval=cli_ranges.share(options.interval), library=library,
        )  # fmt: skip
        return _print(bands(drawn, [calc.probability(drawn, statement) for statement in options.odds]), options)
    both = calc.compare(asked.systems, asked.baseline or None, asked.scenario, asked.per, library=library)
    return _print(comparison(both), options)


def _why(options: argparse.Namespace) -> int:
    from calc.report import factors

    library = _library(options)
    return _print(
        factors(
            calc.why(options.system, options.baseline, options.quantity, _scenario(options, library), library=library)
        ),
        options,
    )


def _parity(options: argparse.Namespace) -> int:
    from calc.report import matches

    library = _library(options)
    return _print(
        matches(calc.parity(options.system, options.match, _scenario(options, library), library=library)), options
    )


def _explain(options: argparse.Namespace) -> int:
    from calc.report import explanation

    library = _library(options)
    found = calc.explain(options.system, options.quantity, _scenario(options, library), library=library)
    return _print(explanation(found, options.system, library), options)


def _power(options: argparse.Namespace) -> int:
    from calc.report import power

    library = _library(options)
    return _print(power(calc.power_breakdown(options.system, _scenario(options, library), library=library)), options)


def _inputs(options: argparse.Namespace) -> int:
    from calc.report import inputs

    library = _library(options)
    scenario = _scenario(options, library)
    system = calc.load(options.system, library=library, scenario=scenario)
    return _print(inputs(calc.evaluate(system, scenario)), options)


def _claims(options: argparse.Namespace) -> int:
    from calc.report import claims

    library = _library(options)
    return _print(claims(options.system, calc.check_claims(options.system, library=library)), options)


def _list(options: argparse.Namespace) -> int:
    from calc.report import catalogue

    return _print(catalogue(_library(options), options.what), options)


def _show(options: argparse.Namespace) -> int:
    from calc.report import spec

    library = _library(options)
    kinds = [options.kind] if options.kind else [kind for kind in names.KINDS if (kind, options.id) in library.specs]
    if len(kinds) > 1:
        raise CalcError(f"{options.id!r} is a {' and a '.join(kinds)}; say which with --kind")
    if not kinds:
        if any(options.id in fault.file for fault in library.faults):
            library.get("chip", options.id)
        raise UnknownNameError("spec", options.id, [spec_id for _, spec_id in library.specs], "podcalc list")
    return _print(spec(library.get(kinds[0], options.id), library), options)


def _validate(options: argparse.Namespace) -> int:
    from calc.spec.library import built_in, check_files

    paths = options.paths or [built_in()]
    count, faults = check_files(paths, options.specs)
    if options.format == "json":
        rows: list[dict[str, Any]] = [
            {"file": f.file, "line": f.line, "column": f.column, "path": f.path, "message": f.message} for f in faults
        ]
        plain = {"schema": "podcalc.validate/1", "files": count, "rows": rows}
        print(tables.render(tables.Table((), (), plain), "json"))
    elif faults:
        print("\n".join(map(str, faults)), file=sys.stderr)
    else:
        print(f"{_counted(count, 'file')}, no faults")
    return 2 if faults else 0


def _new(options: argparse.Namespace) -> int:
    from calc.spec.asked import ASKED, answered, interview, written
    from calc.spec.template import template

    given = {word: getattr(options, word) for word in ("name", "vendor", "country") if getattr(options, word)}
    sources = ""
    if options.ask:
        if options.kind not in ASKED:
            raise CalcError(f"--ask knows {' and '.join(ASKED)}; podcalc new {options.kind} prints a file to fill in")
        if given:
            raise CalcError(f"--ask asks for the {next(iter(given))}; leave out --{next(iter(given))}")
        chips = tuple(_library(options).ids("chip")) if options.kind == "system" else ()
        text, sources = answered(options.kind, interview(options.kind, _ask, _say, chips))
    else:
        text = template(options.kind, given)
    if options.to:
        _say("wrote " + " and ".join(written(options.to, text, sources)))
        beside = Path(options.to).with_name("sources.yaml")
        if sources and sources.partition(":")[0] + ":" not in beside.read_text(encoding="utf-8").splitlines():
            _say(f"add its source to {beside}:\n{sources}")
    else:
        print(text + (f"\n# for sources.yaml:\n{sources}" if sources else ""), end="")
    return 0


def _ask(question: str) -> str | None:
    """An answer from the terminal; the question goes beside what may be redirected into a file."""
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline() or None


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _import_model(options: argparse.Namespace) -> int:
    from calc.studies.import_model import import_model

    print(import_model(options.config, options.id, options.name), end="")
    return 0


def _schema(options: argparse.Namespace) -> int:
    import json

    from calc.spec.schema import json_schema

    print(json.dumps(json_schema(options.kind), indent=1, ensure_ascii=False))
    return 0


def _table(options: argparse.Namespace) -> int:
    library = _library(options)
    scenario = _scenario(options, library) if hasattr(options, "prefer") else Scenario()
    return _print(_TABLES[options.command](options, library, scenario), options)


def _ui(options: argparse.Namespace) -> int:
    from calc.pages import serve

    serve(options.host, options.port, browser=not options.no_browser, hosts=options.allow_host)
    return 0


_TABLES = {
    **cli_workloads.COMMANDS,
    **cli_ranges.COMMANDS,
    "sweep": cli_sweep.run,
    "cost": cli_cost.run,
    "control": cli_control.run,
    **cli_catalogue.COMMANDS,
    "trend": cli_trends.run,
    "supply": cli_supply.run,
}

_COMMANDS = {
    **dict.fromkeys(_TABLES, _table),
    "compare": _compare,
    "why": _why,
    "parity": _parity,
    "explain": _explain,
    "power": _power,
    "inputs": _inputs,
    "claims": _claims,
    "list": _list,
    "show": _show,
    "validate": _validate,
    "new": _new,
    "import-model": _import_model,
    "schema": _schema,
    "ui": _ui,
}
