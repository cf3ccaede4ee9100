"""A commented spec file to fill in, written from the schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from calc.errors import CalcError
from calc.spec.schema import Leaf, Origin, described

__all__ = ["SOURCES", "STUDY", "template"]

_FIGURES = {
    "1": "1",
    "B": "128 GB",
    "B/s": "3.2 TB/s",
    "FLOP/s": "780 TFLOP/s",
    "W": "700 W",
    "USD": "3 MUSD",
    "m^2": "814 mm^2",
    "USD/J": "0.08 USD/kWh",
    "kg/J": "400 g/kWh",
}
_EXAMPLES = {
    "name": "Maker Model 1",
    "short": "Model 1",
    "vendor": "Maker",
    "country": "CN",
    "introduced": "2026-04",
    "checked": "2026-11-25",
    "status": "shipping",
    "note": "What a reader has to know of the whole.",
    "medium": "optical",
    "chip": "ascend-910c",
    "link": "nvlink-5",
    "within": "us",
    "topology": "switched",
    "absent": "{price: not published}",
    "type": "cpu",
    "source": "maker-model-1-datasheet-2026",
    "layers": "32",
    "hidden": "4096",
    "heads": "32",
    "kv_heads": "8",
    "head_size": "128",
    "ffn": "14336",
    "vocabulary": "128256",
}

SOURCES = """\
maker-model-1-datasheet-2026:
  title: Model 1 datasheet
  publisher: Maker
  date: 2026-04
  url: https://example.org/model-1.pdf  # put the real address here
"""
"""A ``sources.yaml`` with the source that the examples cite."""

STUDY = """\
# A study: figures at every point of a grid. Save it as study.yaml; see what it takes with
# podcalc sweep study.yaml --dry-run, and write it with: podcalc sweep study.yaml -o out/
kind: study
name: Power for bandwidth
systems: [cloudmatrix-384, gb200-nvl72]  # the outermost axis
baseline: gb200-nvl72  # ratios to it at the same point, as columns of their own
vary:  # each an axis; their product is the grid, the last one fastest
  pue: {from: 1.05, to: 1.6, steps: 12}  # from podcalc inputs SYSTEM, with units
  chip.hbm.bandwidth: {from: 2 TB/s, to: 8 TB/s, steps: 3, scale: log}
  cloudmatrix-384:power.all_in: [480 kW, 560 kW, 600 kW]  # of one system alone
  # precision: [bf16, int8]  # region and sparsity as well
# tie:  # axes that move together, as many values each
#   - [pue, precision]
quantities: [power.facility, power_per_hbm_bandwidth]  # podcalc list quantities
# draws: 1024  # draw every figure with a range so often at each point: a power of two
# seed: 0
# set: {electricity_price: 0.08 USD/kWh}  # what is the same at every point
# train: {model: llama-3.1-405b, chips: 16384, global_batch: 2048, sequence: 8192, tp: 8}
# serve: {model: deepseek-r1, phase: decode, limit: 50 ms}  # their keys may be axes too
"""
"""A study to start from."""

_MAKERS = {
    "designed": "Maker, country: CN",
    "tools": "Cadence, country: US",
    "fabricated": "TSMC, country: TW",
    "packaged": "ASE, country: TW",
    "memory": "SK hynix, country: KR",
    "optics": "Coherent, country: US",
}

_SOURCE = "maker-model-1-datasheet-2026"

# Keys that need not be there, but nearly always are.
_SHOWN = {"pue", "hbm", "capacity", "bandwidth", "scale_up", "scale_out", "tiers", "oversubscription", "parts"}

_HEAD = """\
# yaml-language-server: $schema=../.schema/{kind}.json
# A {kind}. Save it as <id>.yaml in a folder of yours, with its sources in sources.yaml beside it
# (podcalc new sources), and check it with: podcalc validate <folder>
# A figure is one reading, or a list of them with the one to adopt first:
#   {{value: 780 TFLOP/s, source: <id>, at: table 2, confidence: reported, range: [752 TFLOP/s, 800 TFLOP/s]}}
# confidence: measured, datasheet, derived (with a note), reported, estimated, assumed (these with a range).
# Lines that start with '# ' and a key are optional.
"""


def template(kind: str, words: Mapping[str, str] | None = None) -> str:
    """A spec file of a kind with every key, described, and an example at each.

    Parameters
    ----------
    kind : a kind of spec file, ``sources`` or ``study``.
    words : words to fill in, such as its ``name`` and ``vendor``.

    Returns
    -------
    str : YAML that `podcalc validate` finds no fault with but the address of the source, which is invented.

    Raises
    ------
    CalcError : where such a file has no place for one of the words.
    """
    if words:
        text = template(kind)
        for key, value in words.items():
            line = f"{key}: {json.dumps(value, ensure_ascii=False)}"
            text, count = re.subn(rf"^{key}: .*$", line.replace("\\", r"\\"), text, count=1, flags=re.MULTILINE)
            if not count:
                raise CalcError(f"a {kind} has no {key}; leave out --{key}")
        return text
    if kind == "study":
        return STUDY
    if kind == "sources":
        lines = [f"#   {name}: {_words(field)}" for name, field in described()["sources"].model_fields.items()]
        return "# Sources by id; each figure cites one.\n" + "\n".join(lines) + "\n" + SOURCES
    return _HEAD.format(kind=kind) + "\n".join(_model(described()[kind], 0, kind)) + "\n"


def _words(field: FieldInfo) -> str:
    return (field.description or "").replace("``", "'").replace("\n", " ")


def _model(model: type[BaseModel], depth: int, kind: str) -> Iterator[str]:
    indent = "  " * depth
    fields = model.model_fields
    for name in (
        sorted(fields, key=lambda name: (not fields[name].is_required(), list(fields).index(name)))
        if depth
        else _ordered(fields)
    ):
        field = fields[name]
        lines = list(_field(name, field, depth, kind))
        words = "" if name == "kind" else _words(field) or _leaf_words(field)
        if words:
            yield f"{indent}# {words}"
        if field.is_required() or name in _SHOWN:
            yield from lines
        else:
            yield from (f"{indent}# {line[len(indent) :]}" for line in lines)


def _ordered(fields: dict[str, FieldInfo]) -> list[str]:
    first = ["kind", "name", "short", "vendor", "country", "introduced", "status", "checked"]
    rest = [name for name in fields if name not in first and name not in ("absent", "note")]
    return [name for name in first if name in fields] + rest + [name for name in ("absent", "note") if name in fields]


def _leaf(annotation: Any, field: FieldInfo | None = None) -> Leaf | None:
    for mark in (field.metadata if field else []) + list(get_args(annotation)):
        if isinstance(mark, Leaf):
            return mark
    return next((found for part in get_args(annotation) if (found := _leaf(part))), None)


def _leaf_words(field: FieldInfo) -> str:
    from calc.names import find

    leaf = _leaf(field.annotation, field)
    return find(leaf.quantity).meaning if leaf else ""


def _figure(leaf: Leaf) -> str:
    value = {
        "power.all_in": "600 kW",
        "chips_per_node": "8",
        "nodes": "48",
        "scale_up.domain": "384",
        "pue": "1.2",
        "depreciation_period": "5 year",
        "chip_interruption_interval": "50000 h",
        "transceiver_interruption_interval": "1000000 h",
        "restart_time": "10 min",
        "checkpoint_bandwidth_per_chip": "200 MB/s",
        "scale_up.oversubscription": "1",
    }.get(leaf.quantity) or _FIGURES[leaf.unit]
    year = ", currency_year: 2026" if leaf.unit.startswith("USD") else ""
    return f"{{value: {value}, source: {_SOURCE}, at: table 2, confidence: datasheet{year}}}"


def _field(name: str, field: FieldInfo, depth: int, kind: str) -> Iterator[str]:
    indent = "  " * depth
    leaf = _leaf(field.annotation, field)
    inner = _inner_model(field.annotation)
    if name == "kind":
        yield f"kind: {kind}"
    elif name == "flop_rate":
        yield f"{indent}flop_rate:"
        yield f"{indent}  bf16:"
        yield f"{indent}    dense: {_figure(Leaf('chip.flop_rate'))}"
    elif name == "parts":
        yield f"{indent}parts:"
        yield f"{indent}  cpus:"
        yield f"{indent}    {{type: cpu, role: host, within: node, per: node, count: {_figure(Leaf('part.count'))}}}"
    elif name == "claims":
        yield f"{indent}claims:"
        yield f"{indent}  - {{quantity: flop_rate, precision: bf16, value: 300 PFLOP/s, source: {_SOURCE}}}"
    elif name in Origin.model_fields and kind in ("chip", "part"):
        node = ", process: N5, node: 5 nm" if name == "fabricated" else ""
        yield f"{indent}{name}: " + (
            "{optics: not published}"
            if name == "unknown"
            else f"{{company: {_MAKERS[name]}{node}, source: {_SOURCE}, confidence: datasheet}}"
        )
    elif inner is not None and leaf is None:
        yield f"{indent}{name}:"
        if inner.__name__ == "ChipScaleUp":
            yield f"{indent}  bandwidth_per_direction: {_figure(Leaf('chip.scale_up.bandwidth_per_direction'))}"
            yield f"{indent}  # or, where the links are known: link: <id of a link>, and links: how many of them"
        else:
            yield from _model(inner, depth + 1, kind)
    elif leaf is not None:
        yield f"{indent}{name}: {_figure(leaf)}"
    else:
        yield f"{indent}{name}: {_EXAMPLES.get(name, name)}"


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (list, dict):
        return None
    return next((found for part in get_args(annotation) if (found := _inner_model(part))), None)
