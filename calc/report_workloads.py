"""Predictions of kernels, training and serving, as tables to print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from calc import figures, names
from calc.tables import Table

if TYPE_CHECKING:
    from calc.studies.accuracy import Accuracy
    from calc.studies.collective import Curve
    from calc.studies.disaggregate import Disaggregated
    from calc.studies.search import Found
    from calc.studies.serve import Served
    from calc.studies.train import Trained
    from calc.studies.whole_run import WholeRun
    from calc.studies.workload_bands import Bands

__all__ = ["accuracy", "collective", "disaggregated", "served", "sized", "trained"]

_LATENCY = {"prefill": "ms to first token", "decode": "ms per token", "offline": "ms of a step"}
_SPLITS = ("tp", "pp", "vp", "cp", "ep", "dp")


def accuracy(found: Accuracy) -> Table:
    """Errors of predictions, by kind and by source."""

    def per_cent(value: float | None) -> str:
        return "–" if value is None else f"{figures.number(value * 100, 1)}%"

    rows: list[list[str]] = []
    for title, group in (("By kind", found.kinds), ("By source", found.sources)):
        rows.append([title])
        for name, one in group.items():
            shown = [one.median_ape, one.mean_ape, one.p90_ape, one.bias, one.coverage80]
            rows.append([name, str(one.rows), str(one.skipped), *map(per_cent, shown)])
    skipped = dict.fromkeys(one.skipped for one in found.predictions if one.skipped)
    notes = ["Absolute relative errors; the last column is the share of runs inside the stated 80 % interval."]
    if found.left_out:
        said = [
            f"{name} {per_cent(one.median_ape)} and {per_cent(one.p90_ape)} of {one.rows:,}"
            for name, one in found.left_out.items()
        ]
        notes.append(
            "Constants of training and of serving engines were fitted to published runs, the project's own tables among"
            f" them. Median and 90th percentile on runs left out of the fit: {'; '.join(said)}."
        )
    notes += [f"Skipped: {reason}" for reason in skipped]
    columns = ["Predictions", "Runs", "Skipped", "Median", "Mean", "90th percentile", "Bias", "Inside 80 %"]
    records = [
        [one.run_id, one.kind, one.source, one.measured, one.predicted, one.low, one.high, one.skipped]
        for one in found.predictions
    ]
    heads = ["run_id", "kind", "source", "measured", "predicted", "low", "high", "skipped"]
    return Table(columns, rows, found.to_json(), "", notes, frozenset(range(1, 8)), records, heads)


def collective(found: Curve) -> Table:
    """A collective operation by size."""
    rows, records = [], []
    for size, time, low, high, bandwidth in zip(
        found.size, found.time, found.low, found.high, found.bus_bandwidth, strict=True
    ):
        binary = figures.scale(names.find("hbm.capacity"), [size], iec=True)
        shown = [figures.number(value * 1e6, 1) for value in (time, low, high)]
        rows.append(
            [
                f"{size * binary.factor:g} {binary.unit}",
                shown[0],
                f"{shown[1]} to {shown[2]}",
                figures.number(bandwidth / 1e9, 1),
            ]
        )
        records.append([size, time, low, high, bandwidth])
    title = f"{found.chip}: {found.operation} over {found.ranks} ranks ({found.confidence})"
    columns = ["Size", "us", "80 % interval", "Bus GB/s, one direction"]
    return Table(
        columns, rows, found.to_json(), title, (), frozenset({0, 1, 2, 3}), records, list(found.to_json()["rows"][0])
    )


def _interval_note(confidence: str) -> str:
    if confidence == "assumed":
        return (
            "They are taken over from another chip: no measured run stands behind these figures, and the"
            " intervals are judgement. Do not rank systems by them alone."
        )
    return "Intervals hold 80 % of published runs of chips with kernels of their own."


def _step_note(found: Trained | Served) -> str:
    whole = sum(found.breakdown.values())
    parts = [
        f"{part.replace('_', ' ')} {time / whole:.0%}"
        for part, time in sorted(found.breakdown.items(), key=lambda item: -item[1])
        if abs(time) / whole >= 0.005
    ]
    return f"Step of the first by part: {', '.join(parts)}. Bound by {found.bound_by.replace('_', ' ')}."


def _memory_parts(found: Trained | Served) -> str:
    return ", ".join(
        f"{part.replace('_', ' ')} {size / 1e9:.3g} GB" for part, size in found.memory.items() if size >= 5e7
    )


def _token_note(found: Trained | Served | Disaggregated) -> list[str]:
    """What a token takes, where that is known."""
    said = []
    if found.energy_per_token is not None:
        said.append(f"All-in energy: {found.energy_per_token:.3g} J per token.")
    if found.cost_per_token is not None:
        said.append(
            f"Cost, price written off and electricity: {found.cost_per_token * 1e6:.3g} USD per million tokens."
        )
    if found.emission_per_token is not None:
        said.append(f"CO2 of the facility's electricity: {found.emission_per_token * 1e9:.3g} g per million tokens.")
    return said


def _long(seconds: float) -> str:
    """A time in the unit that people would use."""
    for size, unit in ((86400.0, "days"), (3600.0, "hours"), (60.0, "min")):
        if seconds >= 2 * size:
            return f"{figures.number(seconds / size, 0 if seconds >= 100 * size else 1)} {unit}"
    return f"{seconds:.3g} s"


def _run_notes(run: WholeRun) -> list[str]:
    """A whole training run, and what fails in it."""
    said = f"{run.tokens:.4g} tokens take {_long(run.time)} ({_long(run.low)} to {_long(run.high)})"
    if run.energy is not None:
        said += f", {run.energy / 3.6e12:.3g} GWh of the facility"
    if run.cost is not None:
        said += f", {run.cost / 1e6:.3g} MUSD written off and in electricity"
    if run.emission is not None:
        said += f", {run.emission / 1e3:.3g} t of CO2"
    return [
        f"{said}.",
        f"Goodput {run.goodput:.1%}: an interruption every {_long(run.interruption_interval)}, {run.interruptions:,.0f}"
        f" in the run; a checkpoint takes {_long(run.checkpoint_time)}, best every"
        f" {_long(run.checkpoint_interval)}. How often parts fail is assumed: podcalc explain {{system}}"
        " interruption_interval.",
    ]


def _measured(found: Trained | Served, measures: Sequence[str]) -> list[list[Any]]:
    """For CSV: every mapping with its numbers."""
    values = zip(found.mappings, *(getattr(found, name) for name in measures), strict=True)
    return [[*mapping.values(), *row] for mapping, *row in values]


def _band_notes(bands: Bands | None) -> list[str]:
    """How far the best rate may be off, by what it rests on."""
    if bands is None:
        return []

    def said(ends: tuple[float, float]) -> str:
        return " to ".join(figures.number(end, 0 if end >= 100 else 1) for end in ends)

    many = f"{len(bands.moved)} figure{'s' * (len(bands.moved) != 1)}"
    drawn = f"{many} drawn {bands.draws:,} times, seed {bands.seed}, each with the best mapping"
    if bands.infeasible:
        drawn += f"; nothing fits or is fast enough {bands.infeasible:.1%} of the times, which are left out"
    return [
        f"80 % of the best tokens/s per chip lie from {said(bands.inputs)} by what sources say of the system"
        f" ({drawn if bands.moved else 'none of its figures has a range'}), from {said(bands.model)} by the model's own"
        f" error, from {said(bands.both)} by both.",
        "By both: every draw times a factor that is lognormal on either side of 1, with a tenth of it below the model's"
        " interval and a tenth above.",
    ]


def _with_bands(plain: dict[str, Any], bands: Bands | None) -> dict[str, Any]:
    return plain if bands is None else {**plain, "bands": bands.to_json()}


def trained(found: Trained, bands: Bands | None = None) -> Table:
    """The fastest mappings of a training run, and the best one's step and memory by part.

    Parameters
    ----------
    found : the mappings.
    bands : of the rate per chip, where they were asked for.
    """
    parts = list(found.mappings[0])
    rows: list[list[str]] = []
    for mapping, step, rate, low, high, mfu in zip(
        found.mappings, found.step_time, found.token_rate_per_chip, found.low, found.high, found.mfu, strict=True
    ):
        cells = [str(mapping[part]) for part in parts]
        interval = f"{figures.number(low, 0)} to {figures.number(high, 0)}"
        rows.append([*cells, f"{step:.3g}", figures.number(rate, 0), interval, f"{mfu:.1%}"])
    capacity, free = (
        size / 1e9 for size in (found.memory_capacity, found.memory_capacity - sum(found.memory.values()))
    )
    notes = [
        _step_note(found),
        f"Memory of its fullest chip: {_memory_parts(found)}; {free:.3g} of {capacity:.3g} GB free.",
        f"{found.candidates:,} mappings, {found.evaluated:,} evaluated, {found.feasible:,} fit."
        f" Kernels: {found.confidence}. {_interval_note(found.confidence)}",
    ]
    notes += _band_notes(bands)
    notes += _token_note(found)
    if found.run:
        notes += [note.format(system=found.system) for note in _run_notes(found.run)]
    title = (
        f"{found.model} on {found.chips:,} chips of {found.system}: batch {found.global_batch:,} of"
        f" {found.sequence:,} tokens, {found.precision.upper()}"
    )
    columns = [*parts, "Step s", "Tokens/s per chip", "80 % interval", "MFU"]
    right = frozenset(range(len(columns)))
    measures = ("step_time", "token_rate_per_chip", "low", "high", "mfu", "hfu")
    records = _measured(found, measures)
    plain = _with_bands(found.to_json(), bands)
    return Table(columns, rows, plain, title, notes, right, records, [*parts, *measures])


def served(found: Served, bands: Bands | None = None) -> Table:
    """The fastest splits of a serving system, and the best one's step and memory by part.

    Parameters
    ----------
    found : the splits.
    bands : of the rate per chip, where they were asked for.
    """
    prefill = found.phase == "prefill"
    rows = [
        [
            *(str(mapping[part]) for part in ("tp", "dp", "ep", "pp", "ranks")),
            figures.number(batch, 0 if batch >= 10 else 2),
            f"{latency * 1e3:.3g}",
            figures.number(rate, 0),
            f"{figures.number(low, 0)} to {figures.number(high, 0)}",
        ]
        for mapping, batch, latency, rate, low, high in zip(
            found.mappings, found.batch_per_chip, found.latency, found.token_rate_per_chip, found.low, found.high,
            strict=True,
        )
    ]  # fmt: skip
    notes = [
        _step_note(found),
        f"Memory of one rank: {_memory_parts(found)}; it has {found.memory_capacity / 1e9:.3g} GB.",
        f"{found.evaluated:,} splits and batches evaluated, {found.feasible:,} fit. Constants of the engine:"
        f" {found.engine}. Kernels: {found.confidence}. {_interval_note(found.confidence)}",
    ]
    notes += _band_notes(bands)
    notes += _token_note(found)
    if found.frontier:
        points = found.frontier[:: max(len(found.frontier) // 6, 1)]
        shown = "; ".join(f"{figures.number(user, 0)}: {figures.number(rate, 0)}" for user, rate in points)
        notes.append(f"Tokens/s per user: tokens/s per chip on the frontier: {shown}.")
    lengths = f"{found.input_len:,} tokens in" + ("" if prefill else f", {found.output_len:,} out")
    title = f"{found.model} on {found.system}: {found.phase}, {lengths}, {found.precision.upper()}"
    columns = [
        "tp", "dp", "ep", "pp", "Ranks", "Prompt tokens per chip" if prefill else "Sequences per chip",
        _LATENCY[found.phase], "Tokens/s per chip", "80 % interval",
    ]  # fmt: skip
    measures = ("batch_per_chip", "latency", "token_rate_per_chip", "low", "high")
    records = _measured(found, measures)
    record_columns = [*found.mappings[0], *measures]
    plain, right = _with_bands(found.to_json(), bands), frozenset(range(len(columns)))
    return Table(columns, rows, plain, title, notes, right, records, record_columns)


def disaggregated(found: Disaggregated) -> Table:
    """Pools of chips for prefill and for decode, and what whole requests come to."""
    rows = []
    for one, share in ((found.prefill, found.prefill_share), (found.decode, 1 - found.prefill_share)):
        mapping = one.mappings[0]
        rows.append(
            [
                one.phase,
                f"{share:.0%}",
                *(str(mapping[part]) for part in ("tp", "dp", "ep")),
                f"{one.latency[0] * 1e3:.3g}",
                figures.number(one.token_rate_per_chip[0], 0),
                f"{figures.number(one.low[0], 0)} to {figures.number(one.high[0], 0)}",
            ]
        )
    notes = [
        f"Of both pools: {figures.number(found.token_rate_per_chip, 0)} output tokens/s per chip"
        f" ({figures.number(found.low, 0)} to {figures.number(found.high, 0)}),"
        f" {found.request_rate_per_chip:.3g} requests/s per chip.",
        "ms is to the first token in prefill, and per token in decode; the hand-over of the cache is not counted.",
        f"Constants of the engine: {found.decode.engine}. Kernels: {found.decode.confidence}."
        f" {_interval_note(found.decode.confidence)}",
        *_token_note(found),
    ]
    title = (
        f"{found.decode.model} on {found.decode.system}: prefill and decode apart,"
        f" {found.decode.input_len:,} tokens in, {found.decode.output_len:,} out, {found.decode.precision.upper()}"
    )
    columns = ["Pool", "Chips", "tp", "dp", "ep", "ms", "Tokens/s per chip", "80 % interval"]
    records = [
        [
            one.phase,
            share,
            *one.mappings[0].values(),
            one.latency[0],
            one.token_rate_per_chip[0],
            one.low[0],
            one.high[0],
        ]
        for one, share in ((found.prefill, found.prefill_share), (found.decode, 1 - found.prefill_share))
    ]
    heads = ["phase", "share", *found.decode.mappings[0], "latency", "token_rate_per_chip", "low", "high"]
    return Table(columns, rows, found.to_json(), title, notes, frozenset(range(1, 8)), records, heads)


def sized(found: Found) -> Table:
    """How many chips of each system meet a target."""
    rows, records, notes = [], [], []
    for row in found.rows:
        if row.chips is None:
            rows.append([row.system, row.precision.upper(), "–", "–", "–", "–", "–", "–", ""])
            notes.append(f"{row.system}: {row.reason}")
        else:
            shown = [_known(row.power, 1e6), _known(row.price, 1e6), _known(row.cost_rate, 1 / 3600.0)]
            rows.append(
                [
                    row.system,
                    row.precision.upper(),
                    f"{row.chips:,}",
                    figures.number(row.systems or 0.0, 0 if float(row.systems or 0.0).is_integer() else 1),
                    *shown,
                    "; ".join(_reached(one) for one in row.found),
                    "; ".join(_split(one) for one in row.found),
                ]
            )
        records.append(
            [row.system, row.precision, row.chips, row.systems, row.power, row.price, row.cost_rate, row.reason]
        )
    target = found.target
    if "time" in target:
        asked = f"{target['tokens']:.4g} tokens in {target['time'] / 86400:g} days"
        notes.append(
            "Fewest whole systems in numbers without a prime factor above 5, with interruptions and checkpoints."
        )
    elif "rate" in target:
        asked = f"{target['rate']:,.6g} tokens/s"
        notes.append("Fewest chips in whole replicas; rates are predictions, so leave room for their intervals.")
    else:
        asked = "best of one run" if found.phase == "train" else "best of one replica"
    doing = {"train": "training", "both": "prefill and decode apart"}.get(found.phase, found.phase)
    columns = ["System", "Precision", "Chips", "Systems", "MW of the facility", "MUSD", "USD/h", "Reached", "Mapping"]
    heads = ["system", "precision", "chips", "systems", "power", "price", "cost_rate", "reason"]
    title = f"{found.model}, {doing}: {asked}"
    return Table(columns, rows, found.to_json(), title, notes, frozenset(range(2, 7)), records, heads)


def _known(value: float | None, size: float) -> str:
    return "not known" if value is None else f"{value / size:,.3g}" if value / size < 1000 else f"{value / size:,.0f}"


def _reached(one: Trained | Served) -> str:
    rate = f"{figures.number(one.token_rate_per_chip[0], 0)} tokens/s per chip"
    if hasattr(one, "latency"):
        return f"{rate} at {one.latency[0] * 1e3:.3g} ms"
    return f"{_long(one.run.time)}, {rate}" if one.run else rate


def _split(one: Trained | Served) -> str:
    split = [f"{part}{value}" for part, value in one.mappings[0].items() if part in _SPLITS and value != 1]
    return " ".join(split) or "tp1"
