"""The commands that predict: what kernels, training and serving would take."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import calc
from calc import names
from calc.errors import CalcError
from calc.model.scenario import Scenario
from calc.tables import Table

if TYPE_CHECKING:
    from calc.studies.serve import Served
    from calc.studies.workload_bands import Bands
    from calc.studies.workload_outcomes import WorkloadOutcome

__all__ = ["COMMANDS", "add_commands", "at_least_one", "progress"]

_PARTS = {
    "tp": "tensor parallel",
    "pp": "pipeline stages",
    "vp": "interleaved parts of a stage",
    "cp": "context parallel",
    "dp": "data parallel",
    "ep": "expert parallel",
    "micro-batch": "sequences of a micro-batch",
}
"""Parts of a mapping, in full."""


_SIZES = {"K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9, "T": 1e12}
_GOES = {
    "rate": "serving",
    "tpot": "decode",
    "ttft": "prefill",
    "tokens": "--phase train",
    "days": "--phase train",
    "chips": "--phase train",
}
_BANDS = "also where 80 %% of the rates lie when the system's figures and the model are off as far as they may be"
_TAKES = {"prefill": "--ttft", "decode": "--tpot"}


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
    command = add("train", "find the fastest way to train a network on a system, and what binds it", asked, output)
    command.add_argument("model", metavar="MODEL")
    command.add_argument("system", metavar="SYSTEM")
    command.add_argument("--chips", type=int, metavar="N", help="chips of the run (default: those of one system)")
    command.add_argument("--batch", type=int, default=1024, metavar="N", help="sequences of a step (default: 1024)")
    command.add_argument("--seq", type=int, default=4096, metavar="N", help="tokens of a sequence (default: 4096)")
    for part in ("tp", "pp", "vp", "cp", "ep", "micro-batch"):
        command.add_argument(f"--{part}", type=int, metavar="N", help=f"{_PARTS[part]}; searched where not given")
    command.add_argument("--recompute", help="none, selective or full; searched where not given")
    command.add_argument("--sharding", help="zero1, zero2 or zero3; searched where not given")
    command.add_argument(
        "--tokens", metavar="N", help="tokens of the whole run, such as 15.6T: its time, energy and cost"
    )
    command.add_argument("--top", type=int, default=5, metavar="N", help="how many mappings to print (default: 5)")
    command.add_argument("--bands", action="store_true", help=_BANDS)
    command = add("serve", "find the fastest way to serve a network on a system, and what binds it", asked, output)
    command.add_argument("model", metavar="MODEL")
    command.add_argument("system", metavar="SYSTEM")
    command.add_argument(
        "--phase", default="decode", help="prefill, decode, offline, or both in pools (default: decode)"
    )
    command.add_argument("--input-len", type=int, default=4096, metavar="N", help="tokens of a prompt (default: 4096)")
    command.add_argument(
        "--output-len", type=int, default=1024, metavar="N", help="tokens of an answer (default: 1024)"
    )
    command.add_argument(
        "--kv-len", type=int, metavar="N", help="tokens in the cache (default: prompt and half answer)"
    )
    command.add_argument("--batch-per-chip", type=float, metavar="N", help="sequences, or prompt tokens, of a chip")
    for part in ("tp", "dp", "ep"):
        command.add_argument(f"--{part}", type=int, metavar="N", help=f"{_PARTS[part]}; searched where not given")
    command.add_argument("--pp", type=int, metavar="N", help=f"{_PARTS['pp']} (default: 1)")
    command.add_argument("--tpot", type=float, metavar="MS", help="longest time per output token")
    command.add_argument("--ttft", type=float, metavar="MS", help="longest time to first token")
    command.add_argument("--acceptance", type=float, default=0.0, metavar="SHARE", help="of a token drafted each step")
    command.add_argument("--top", type=int, default=5, metavar="N", help="how many splits to print (default: 5)")
    command.add_argument("--bands", action="store_true", help=_BANDS)
    command = add(
        "search", "find the fewest chips of each system that meet a target, and how to use them", asked, output
    )
    command.add_argument("model", metavar="MODEL")
    command.add_argument("systems", nargs="+", metavar="SYSTEM[@PRECISION]", help="systems to size, such as h100@fp8")
    command.add_argument(
        "--phase", default="decode", help="train, prefill, decode, offline, or both in pools (default: decode)"
    )
    command.add_argument("--rate", metavar="N", help="tokens per second to serve, such as 1M")
    command.add_argument("--tokens", metavar="N", help="tokens to train on, such as 15.6T")
    command.add_argument("--days", type=float, metavar="N", help="longest time to train on them")
    command.add_argument("--chips", type=int, metavar="N", help="chips to train on, where no time is given")
    command.add_argument("--batch", type=int, default=1024, metavar="N", help="sequences of a step (default: 1024)")
    command.add_argument("--seq", type=int, default=4096, metavar="N", help="tokens of a sequence (default: 4096)")
    command.add_argument("--input-len", type=int, default=4096, metavar="N", help="tokens of a prompt (default: 4096)")
    command.add_argument(
        "--output-len", type=int, default=1024, metavar="N", help="tokens of an answer (default: 1024)"
    )
    command.add_argument("--tpot", type=float, metavar="MS", help="longest time per output token")
    command.add_argument("--ttft", type=float, metavar="MS", help="longest time to first token")
    command.add_argument("--acceptance", type=float, default=0.0, metavar="SHARE", help="of a token drafted each step")
    command = add("accuracy", "predict published measurements and show how far off", output)
    command.add_argument("--kind", help="gemm, collectives, training or serving (default: all)")
    command.add_argument("--runs", metavar="FILE.csv", help="a table of runs (default: the project's own sample)")
    command = add("collective", "time collective operations over the scale-up fabric, by size", output)
    command.add_argument("chip", metavar="CHIP")
    command.add_argument(
        "operation", metavar="OPERATION", help="all_reduce, all_gather, reduce_scatter, all_to_all or point_to_point"
    )
    command.add_argument("--ranks", type=int, default=8, metavar="N", help="chips that take part (default: 8)")
    command.add_argument(
        "--sizes", default="1 KiB,64 KiB,1 MiB,16 MiB,256 MiB,1 GiB", metavar="LIST", help="buffer sizes, with units"
    )


def at_least_one(top: int) -> int:
    """How many rows to print.

    Raises
    ------
    CalcError : where it is none.
    """
    if top < 1:
        raise CalcError(f"--top is {top}; give a whole number from 1 up")
    return top


def _train(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    from calc.report_workloads import trained
    from calc.studies.train import FIXED

    fixed = {part: value for part in FIXED if (value := getattr(options, part)) is not None}
    tokens = _count("tokens", options.tokens)
    found = calc.train(
        options.model,
        options.system,
        scenario,
        global_batch=options.batch,
        sequence=options.seq,
        chips=options.chips,
        fixed=fixed,
        tokens=tokens,
        top=at_least_one(options.top),
        library=library,
        specs=options.specs,
        progress=progress(" mappings"),
    )
    if not options.bands:
        return trained(found)
    from calc.studies.workload_outcomes import training_outcome

    outcome = training_outcome(
        library, "token_rate_per_chip", model=options.model, global_batch=options.batch, sequence=options.seq,
        chips=found.chips, mapping=fixed, specs=options.specs,
    )  # fmt: skip
    return trained(found, _bands(outcome, library, options, scenario))


def _bands(outcome: WorkloadOutcome, library: calc.Library, options: argparse.Namespace, scenario: Scenario) -> Bands:
    from calc.studies.workload_bands import bands

    system = calc.load(options.system, library=library, scenario=scenario)
    return bands(outcome.points, system, scenario, rests_on=outcome.rests_on(system, scenario))


def _count(name: str, text: str | None) -> float | None:
    """A large count as people write it."""
    if text is None:
        return None
    given = text.strip().replace(",", "")
    size = _SIZES.get(given[-1:].upper(), 1.0)
    try:
        value = float(given if size == 1.0 else given[:-1]) * size
    except ValueError:
        value = float("nan")
    if not 0 < value < float("inf"):
        raise CalcError(f"--{name} is '{text[:60]}'; give a number above zero, such as 500B or 15.6T")
    return value


def progress(unit: str) -> Callable[[int, int], None]:
    """A bar on stderr for what takes more than a second, with what it counts."""
    from tqdm import tqdm

    bars: list[tqdm[Any]] = []

    def advance(done: int, total: int) -> None:
        if not bars:
            bars.append(tqdm(total=total, unit=unit, unit_scale=True, delay=1.0, leave=False, disable=None))
        bars[0].update(done - bars[0].n)
        if done >= total:
            bars.pop().close()

    return advance


def _search(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    from calc.report_workloads import sized
    from calc.studies.search import search_serving, search_training

    asked = []
    for name in options.systems:
        system, at, precision = name.partition("@")
        if at and not precision:
            raise CalcError(f"'{name}' names no number format after @; there are {', '.join(names.PRECISIONS)}")
        own = replace(scenario, precision=precision.lower()) if at else scenario
        asked.append((calc.load(system, library=library, scenario=own), own))
    training = options.phase == "train"
    of_the_other = ("rate", "tpot", "ttft") if training else ("tokens", "days", "chips")
    for name in of_the_other:
        if getattr(options, name) is not None:
            raise CalcError(f"--{name} is not of --phase {options.phase}; {name} goes with {_GOES[name]}")
    if training:
        found = search_training(
            library, options.model, asked, global_batch=options.batch, sequence=options.seq, chips=options.chips,
            tokens=_count("tokens", options.tokens), time=None if options.days is None else options.days * 86400.0,
            specs=options.specs, progress=progress(" mappings"),
        )  # fmt: skip
    else:
        found = search_serving(
            library, options.model, asked, phase=options.phase, rate=_count("rate", options.rate),
            limits=_limits(options), input_len=options.input_len, output_len=options.output_len,
            acceptance=options.acceptance, specs=options.specs,
        )  # fmt: skip
    return sized(found)


def _limits(options: argparse.Namespace) -> dict[str, float]:
    """The longest times of the phases, in seconds, each refused where its phase is not run."""
    limits = {}
    for name, phase in (("ttft", "prefill"), ("tpot", "decode")):
        given = getattr(options, name)
        if given is None:
            continue
        if options.phase not in (phase, "both"):
            raise CalcError(f"--{name} is of {phase}; {options.phase} takes {_TAKES.get(options.phase, 'no limit')}")
        limits[phase] = given / 1e3
    return limits


def _serve(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    from calc.report_workloads import disaggregated, served
    from calc.studies.disaggregate import disaggregate

    limits = _limits(options)
    fixed = {part: value for part in ("tp", "dp", "ep", "pp") if (value := getattr(options, part)) is not None}
    if options.bands and options.phase not in ("prefill", "decode"):
        raise CalcError(f"--bands is of prefill or decode, not of {options.phase}")

    def run(phase: str, **more: Any) -> Served:
        return calc.serve(
            options.model,
            options.system,
            scenario,
            phase=phase,
            input_len=options.input_len,
            output_len=options.output_len,
            fixed=fixed,
            limit=limits.get(phase),
            top=at_least_one(options.top),
            library=library,
            specs=options.specs,
            **more,
        )

    if options.phase == "both":
        if options.batch_per_chip is not None:
            raise CalcError("--batch-per-chip is of one phase; both choose their own")
        decoding = {"kv_len": options.kv_len, "acceptance": options.acceptance}
        return disaggregated(disaggregate(run("prefill"), run("decode", **decoding)))
    found = run(
        options.phase, kv_len=options.kv_len, batch_per_chip=options.batch_per_chip, acceptance=options.acceptance
    )
    if not options.bands:
        return served(found)
    from calc.studies.workload_outcomes import serving_outcome

    outcome = serving_outcome(
        library, "token_rate_per_chip", model=options.model, phase=options.phase, input_len=options.input_len,
        output_len=options.output_len, kv_len=options.kv_len, batch_per_chip=options.batch_per_chip, mapping=fixed,
        limit=limits.get(options.phase), acceptance=options.acceptance, specs=options.specs,
    )  # fmt: skip
    return served(found, _bands(outcome, library, options, scenario))


def _accuracy(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    from calc.report_workloads import accuracy as table

    return table(calc.accuracy(options.kind, options.runs, options.specs))


def _collective(options: argparse.Namespace, library: calc.Library, scenario: Scenario) -> Table:
    from calc.report_workloads import collective as table

    sizes = [size.strip() for size in options.sizes.split(",")]
    return table(calc.collective(options.chip, options.operation, options.ranks, sizes, options.specs))


COMMANDS: Mapping[str, Callable[[argparse.Namespace, calc.Library, Scenario], Table]] = {
    "train": _train,
    "serve": _serve,
    "search": _search,
    "accuracy": _accuracy,
    "collective": _collective,
}
"""What each command prints, given its options, the catalogue and the scenario."""
