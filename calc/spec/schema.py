"""What a spec file may say: one class per kind, strict, every attribute described.

Structure and words are checked by pydantic, quantities by `calc.units`; both report through the
same list of faults. The JSON Schemas that editors use are generated from these classes.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
    create_model,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from calc import names, units
from calc.errors import UnitError

__all__ = ["ID", "MODELS", "Maker", "Reading", "Scenario", "Study", "described", "json_schema"]

ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
NEEDS_RANGE = names.CONFIDENCES[3:]
_FROM_ONE = ("pue", "scale_up.oversubscription")


def _fault(message: str) -> PydanticCustomError:
    return PydanticCustomError("calc", message)


def _check_id(text: str) -> str:
    if not ID.fullmatch(text):
        raise _fault(f"'{text[:80]}' is not an id; an id is lower-case letters, digits, '-' and '.', and no path")
    return text


def _check_date(text: str) -> str:
    if not re.fullmatch(r"(19|20)\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", text, re.ASCII):
        raise _fault(f"'{text[:40]}' is not a date; write 2025, 2025-04 or 2025-04-16")
    return text


def _check_country(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", text, re.ASCII):
        raise _fault(f"'{text[:40]}' is not a country; write its two letters, such as CN or US")
    return text


def _check_node(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,2}(\.\d)? nm", text, re.ASCII):
        raise _fault(f"'{text[:40]}' is not a node; write its generation, such as 5 nm, and its own name under process")
    return text


def _check_text(text: str) -> str:
    if not text.strip() or _CONTROL.search(text):
        raise _fault("is empty or holds control characters; write words")
    return text


Id = Annotated[str, AfterValidator(_check_id)]
# An editor reads a plain 384 or 2025 as a number, where every scalar is text to us.
_TEXT_OR_NUMBER = WithJsonSchema({"type": ["string", "number"]})
Date = Annotated[str, AfterValidator(_check_date), _TEXT_OR_NUMBER]
Country = Annotated[str, AfterValidator(_check_country)]
Name = Annotated[str, Field(max_length=120), AfterValidator(_check_text)]
Note = Annotated[str, Field(max_length=2000), AfterValidator(_check_text)]
Confidence = Literal["measured", "datasheet", "derived", "reported", "estimated", "assumed"]


class _Strict(BaseModel):
    # What is said below an attribute is read in `described`: pydantic's own way takes longer than checking the whole
    # catalogue, and only templates and JSON Schemas need it.
    model_config = ConfigDict(extra="forbid", frozen=True)


_RANGE = "Lowest and highest value it may have; needed where it is reported, estimated or assumed."


class Reading(_Strict):
    """One figure as one source gives it."""

    value: str
    """The figure with its unit, as in ``3.2 TB/s``; a count is a number alone."""
    source: Id
    """Id of the source in ``sources.yaml``."""
    confidence: Confidence
    """How it is known: measured, datasheet, derived, reported, estimated or assumed."""
    at: Note | None = None
    """Where in the source: page, table, row, section."""
    range: list[str] | None = Field(default=None, min_length=2, max_length=2, description=_RANGE)
    distribution: Literal["uniform", "log_uniform", "triangular"] | None = None
    """How likely each value of the range is: all alike unless said, all ratios alike, or most at the value."""
    note: Note | None = None
    """What a reader has to know; needed where it is derived: from what, and how."""
    currency_year: int | None = Field(default=None, ge=2000, le=2100)
    """The year of the dollars; needed for a price."""


def _check_value(text: str, unit: str, whole: bool, least: int = 0) -> str:
    try:
        value = units.parse(text, unit)
    except UnitError as fault:
        raise _fault(str(fault)) from None
    if value < 0:
        raise _fault(f"'{text}' is negative; a figure is above zero")
    if value == 0 and not whole:
        raise _fault(f"'{text}' is zero; leave out what is not known, and say why under 'absent'")
    if whole and value != int(value):
        raise _fault(f"'{text}' is not a whole number; this is a count")
    if value < least:
        said = "every system has one at least" if whole else f"this ratio starts at {least}"
        raise _fault(f"'{text}' is below {least}; {said}")
    return text


def _check_reading(reading: Any, unit: str) -> Any:
    if reading.confidence in NEEDS_RANGE and reading.range is None:
        raise _fault(
            f"is {reading.confidence} but gives no range; add range: [lowest, highest],"
            " both equal to the value where the source gives no doubt"
        )
    if reading.confidence == "derived" and reading.note is None:
        raise _fault("is derived but gives no note; say from what, and how")
    if reading.range is not None:
        low, value, high = (units.parse(text, unit) for text in (reading.range[0], reading.value, reading.range[1]))
        # A range may be written in another unit than its value, so the last bit is let go.
        if not low * (1 - 1e-12) <= value <= high * (1 + 1e-12):
            raise _fault(f"'{reading.value}' lies outside its range '{reading.range[0]}' to '{reading.range[1]}'")
    if reading.distribution is not None and reading.range is None:
        raise _fault("gives a distribution but no range; add range: [lowest, highest]")
    if reading.distribution == "log_uniform" and reading.range and units.parse(reading.range[0], unit) == 0:
        raise _fault("is log_uniform from zero up, which has no ratios; start the range above zero")
    if unit == "USD" and reading.currency_year is None:
        raise _fault("is a price without currency_year; add the year of the dollars, such as 2025")
    return reading


@cache
def _reading_of(unit: str, whole: bool, least: int = 0) -> type[Reading]:
    """The class of a reading whose value has one unit, so that a fault knows its exact place."""
    text = Annotated[str, AfterValidator(lambda text: _check_value(text, unit, whole, least)), _TEXT_OR_NUMBER]
    kind = {"1": "a count or ratio"}.get(unit, f"a value in {unit}, with any SI or IEC prefix")
    built: type[Reading] = create_model(
        f"Reading in {unit}" if unit != "1" else ("Count" if whole else "Ratio"),
        __base__=Reading,
        __doc__=f"One figure as one source gives it: {kind}.",
        __validators__={"complete": model_validator(mode="after")(lambda self: _check_reading(self, unit))},  # type: ignore[dict-item]
        value=(text, Field(description=f"The figure: {kind}.")),
        range=(
            list[text] | None,
            Field(
                default=None,
                min_length=2,
                max_length=2,
                description=_RANGE,
            ),
        ),
    )
    return built


class Leaf:
    """Marks an attribute as a figure: one reading, or a list of them with the adopted one first.

    Parameters
    ----------
    quantity : its row in `calc.names`, which gives the unit.
    """

    def __init__(self, quantity: str) -> None:
        row = names.find(quantity)
        self.quantity = quantity
        self.unit = row.unit
        self.whole = row.whole
        self.least = 1 if quantity in names.NEVER_ZERO or quantity in _FROM_ONE else 0

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        reading = handler.generate_schema(_reading_of(self.unit, self.whole, self.least))
        return core_schema.no_info_before_validator_function(
            _as_list, core_schema.list_schema(reading, min_length=1, max_length=20)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        row = names.find(self.quantity)
        return {
            "description": row.meaning,
            "anyOf": [many["items"], {"type": "array", "items": many["items"], "minItems": 1}],
        }


def _as_list(given: Any) -> Any:
    if isinstance(given, dict):
        return [given]
    if isinstance(given, list):
        return given
    raise _fault(
        f"'{str(given)[:60]}' has no source; write {{value: {str(given)[:60]}, source: ..., at: ..., confidence: ...}}"
    )


Readings = list[Reading]


def _says_no(word: str, remedy: str) -> BeforeValidator:
    """Refuse a figure that stands where the word that tells its meaning is missing."""

    def check(given: Any) -> Any:
        figure = given[0] if isinstance(given, list) and given else given
        if (isinstance(figure, dict) and "value" in figure) or isinstance(figure, str):
            raise _fault(f"does not say {word}. {remedy}")
        return given

    return BeforeValidator(check)


class Rates(_Strict):
    """Throughput of one number format, dense and 2:4-sparse apart."""

    dense: Annotated[Readings, Leaf("chip.flop_rate")] | None = None
    """Rate on dense matrices."""
    sparse_2_4: Annotated[Readings, Leaf("chip.flop_rate")] | None = None
    """Rate counted on matrices with two of every four values zero; never half or double of dense by rule."""


Rate = Annotated[Rates, _says_no("dense or sparse", "Put it under dense or sparse_2_4.")]


class Memory(_Strict):
    """High-bandwidth memory of one package."""

    capacity: Annotated[Readings, Leaf("chip.hbm.capacity")] | None = None
    bandwidth: Annotated[Readings, Leaf("chip.hbm.bandwidth")] | None = None


class ChipScaleUp(_Strict):
    """How one package joins a scale-up fabric: its links, or only their sum where no source splits it."""

    link: Id | None = None
    """Id of the link in ``links/``."""
    links: Annotated[Readings, Leaf("chip.scale_up.links")] | None = None
    bandwidth_per_direction: Annotated[Readings, Leaf("chip.scale_up.bandwidth_per_direction")] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> ChipScaleUp:
        by_links = self.link is not None and self.links is not None
        if (self.link is None) != (self.links is None) or by_links == (self.bandwidth_per_direction is not None):
            raise _fault("gives neither or both; write link and links, or bandwidth_per_direction alone")
        return self


class _Spec(_Strict):
    name: Name
    """Full name, as its vendor writes it."""
    checked: Date
    """The day somebody last read the sources."""
    absent: dict[str, Note] = Field(default_factory=dict, max_length=60)
    """Quantities that cannot be given, each with the reason, such as ``not published``."""
    note: Note | None = None
    """What a reader has to know of the whole."""


class _Product(_Spec):
    vendor: Name
    """Who sells it."""
    country: Country
    """Two letters of the country it is designed in."""
    introduced: Date | None = None
    """When it was launched or first shipped."""
    status: Literal["shipping", "announced", "retired"] = "shipping"
    """Announced parts are left out of defaults."""


class Maker(_Strict):
    """Who does one step of making a part, as one source gives it."""

    company: Name | None = None
    """Who does it, in the fewest words: TSMC, SK hynix; left out where only the country is known."""
    country: Country | None = None
    """Two letters of the country it is done in; left out where it is not known."""
    process: Name | None = None
    """What the maker calls its process, such as 4NP or CoWoS-L."""
    node: Annotated[str, AfterValidator(_check_node)] | None = None
    """The generation of the process, such as 5 nm; only for what is fabricated."""
    stock: bool = False
    """Whether only what was made earlier is left of it."""
    source: Id
    """Id of the source in ``sources.yaml``."""
    confidence: Confidence
    """How it is known: measured, datasheet, derived, reported, estimated or assumed."""
    at: Note | None = None
    """Where in the source: page, table, row, section."""
    note: Note | None = None
    """What a reader has to know; needed where it is derived: from what, and how."""

    @model_validator(mode="after")
    def _says_something(self) -> Maker:
        if self.company is None and self.country is None:
            raise _fault("names neither company nor country; put the step under 'unknown' with the reason")
        if self.confidence == "derived" and self.note is None:
            raise _fault("is derived but gives no note; say from what, and how")
        return self


def _as_makers(given: Any) -> Any:
    if isinstance(given, dict):
        return [given]
    if isinstance(given, list):
        return given
    raise _fault(
        f"'{str(given)[:60]}' has no source; write {{company: {str(given)[:60]}, country: .., source: .., confidence: ..}}"
    )


class _OneOrMany(BeforeValidator):
    """One maker without a list around it, for editors as well."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


Makers = Annotated[list[Maker], Field(min_length=1, max_length=20), _OneOrMany(_as_makers)]


class Origin(_Strict):
    """Where and by whom each step of making a part is done; several makers of a step are alternatives, not a sum."""

    designed: Makers | None = None
    """Who designs it; the vendor, in its country, unless said."""
    tools: Makers | None = None
    """Whose design tools (EDA) it is designed with."""
    fabricated: Makers | None = None
    """Who makes the wafers of its largest dies."""
    packaged: Makers | None = None
    """Who packages it."""
    memory: Makers | None = None
    """Who makes the high-bandwidth memory on its package."""
    optics: Makers | None = None
    """Who makes its lasers and detectors, where it is optical."""
    unknown: dict[Literal["designed", "tools", "fabricated", "packaged", "memory", "optics"], Note] = Field(
        default_factory=dict
    )
    """Steps whose makers are not known, or not all of them, each with the reason."""

    @model_validator(mode="after")
    def _nodes_are_fabricated(self) -> Origin:
        for step in ("designed", "tools", "packaged", "memory", "optics"):
            if any(maker.node for maker in getattr(self, step) or ()):
                raise _fault(f"gives a node under {step}; only what is fabricated has one")
        return self


class Chip(_Product):
    """An accelerator package: what one of them can do."""

    kind: Literal["chip"]
    """chip"""
    short: Name | None = None
    """Name for narrow columns."""
    dies: Annotated[Readings, Leaf("chip.dies")]
    die_area: Annotated[Readings, Leaf("chip.die_area")] | None = None
    flop_rate: dict[Literal["fp64", "fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp6", "fp4", "int4"], Rate] = Field(
        min_length=1
    )
    """Peak throughput per package by number format."""
    hbm: Memory | None = None
    """Its high-bandwidth memory."""
    scale_up: ChipScaleUp | None = None
    """Its links into the scale-up fabric."""
    power: Annotated[Readings, Leaf("chip.power")] | None = None
    price: Annotated[Readings, Leaf("chip.price")] | None = None
    origin: Origin | None = None
    """Where and by whom it is designed, fabricated and packaged, and its memory made."""


class Link(_Product):
    """One link or port of a fabric."""

    kind: Literal["link"]
    """link"""
    medium: Literal["copper", "optical", "board", "mixed"]
    """What carries it from chip to switch."""
    bandwidth_per_direction: Annotated[Readings, Leaf("scale_up.link.bandwidth_per_direction")]


class Part(_Product):
    """A part of a system other than its chips."""

    kind: Literal["part"]
    """part"""
    type: Literal[
        "cpu", "switch", "nic", "transceiver", "cable", "server", "cooling", "conversion", "network", "storage"
    ]
    """What it is; counted under this word."""
    power: Annotated[Readings, Leaf("part.power")] | None = None
    origin: Origin | None = None
    """Where and by whom it is designed, fabricated and packaged, and its optics made."""


class Used(_Strict):
    """A part in a system: how many, for what, and inside which published power it falls."""

    part: Id | None = None
    """Id of the part in ``parts/``."""
    type: (
        Literal["cpu", "switch", "nic", "transceiver", "cable", "server", "cooling", "conversion", "network", "storage"]
        | None
    ) = None
    """What it is, where it has no file of its own."""
    power: Annotated[Readings, Leaf("part.power")] | None = None
    """Its power, where it has no file of its own."""
    role: Literal["host", "scale_up", "scale_out", "cooling_and_conversion", "storage"]
    """What it is there for."""
    within: Literal["node", "rack", "all_in"]
    """The narrowest published power that includes it."""
    included_in: Id | None = None
    """Name of another part of the system whose power includes this one's."""
    per: Literal["chip", "node", "rack", "system"]
    """What the count is for each of; a rack is one that holds chips."""
    count: Annotated[Readings, Leaf("part.count")]

    @model_validator(mode="after")
    def _one_way(self) -> Used:
        if (self.part is None) == (self.type is None):
            raise _fault("gives neither or both of part and type; name a part's file, or say its type here")
        if self.part is not None and self.power is not None:
            raise _fault("gives both a part and a power; the power belongs in the part's own file")
        return self


class Torus(_Strict):
    """Sides of a torus, in chips."""

    x: Annotated[Readings, Leaf("scale_up.torus.x")]
    y: Annotated[Readings, Leaf("scale_up.torus.y")]
    z: Annotated[Readings, Leaf("scale_up.torus.z")] | None = None


class SystemScaleUp(_Strict):
    """The fabric that joins the chips of one domain."""

    topology: Literal["switched", "full_mesh", "torus"]
    """How the chips are joined."""
    domain: Annotated[Readings, Leaf("scale_up.domain")]
    tiers: Annotated[Readings, Leaf("scale_up.tiers")] | None = None
    oversubscription: Annotated[Readings, Leaf("scale_up.oversubscription")] | None = None
    torus: Torus | None = None

    @model_validator(mode="after")
    def _fits_topology(self) -> SystemScaleUp:
        if (self.topology == "torus") != (self.torus is not None):
            raise _fault("a torus, and only a torus, gives its sides under torus: {x, y, z}")
        if self.topology != "switched" and (self.tiers or self.oversubscription):
            raise _fault(f"a {self.topology} has no switches; leave out tiers and oversubscription")
        return self


class SystemScaleOut(_Strict):
    """The links from a node to other systems."""

    link: Id
    """Id of the link in ``links/``."""
    links_per_node: Annotated[Readings, Leaf("scale_out.links_per_node")]


class PublishedPower(_Strict):
    """Power as published, each at its own scope."""

    node: Annotated[Readings, Leaf("power.node")] | None = None
    rack: Annotated[Readings, Leaf("power.rack")] | None = None
    all_in: Annotated[Readings, Leaf("power.all_in")] | None = None


class Claim(_Strict):
    """A total that somebody publishes, which the model never reads and a test compares."""

    quantity: Literal[
        "chips",
        "dies",
        "flop_rate",
        "hbm.capacity",
        "hbm.bandwidth",
        "scale_up.bandwidth_per_direction",
        "scale_out.bandwidth_per_direction",
        "scale_up.bisection_bandwidth",
        "transceivers",
        "scale_up.transceivers",
        "switches",
        "cpus",
        "racks",
        "nodes",
        "power.chips",
        "power_per_flop_rate",
        "power_per_hbm_bandwidth",
        "power_per_hbm_capacity",
        "power.all_in_per_chip",
        "copper_cables",
        "chip.scale_up.bandwidth_per_direction",
        "price_per_flop_rate",
    ]
    """What it is a total of."""
    precision: Literal["fp64", "fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp6", "fp4", "int4"] | None = None
    """Number format, where it is a throughput."""
    sparsity: Literal["dense", "sparse_2_4"] = "dense"
    """dense or sparse_2_4, where it is a throughput."""
    value: Annotated[str, _TEXT_OR_NUMBER]
    """The total with its unit; one direction, where it is a bandwidth."""
    source: Id
    """Id of the source in ``sources.yaml``."""
    at: Note | None = None
    """Where in the source."""
    note: Note | None = None
    """How the printed figure became this one, such as halved from both directions."""
    explained: Note | None = None
    """Why it differs from the computed total, where it does by more than 2 %."""

    @model_validator(mode="after")
    def _fits_quantity(self) -> Claim:
        row = names.find(self.quantity)
        _check_value(self.value, row.unit, row.whole)
        if ("flop_rate" in self.quantity) != (self.precision is not None):
            raise _fault("a throughput, and only a throughput, says its precision")
        return self


class System(_Product):
    """Chips joined into one machine: counts, fabrics, parts, published power and price."""

    kind: Literal["system"]
    """system"""
    short: Name | None = None
    """Name for narrow columns."""
    chip: Id
    """Id of its chip in ``chips/``."""
    chips_per_node: Annotated[Readings, Leaf("chips_per_node")]
    nodes: Annotated[Readings, Leaf("nodes")]
    nodes_per_rack: Annotated[Readings, Leaf("nodes_per_rack")] | None = None
    network_racks: Annotated[Readings, Leaf("network_racks")] | None = None
    scale_up: SystemScaleUp | None = None
    """Its scale-up fabric."""
    scale_out: SystemScaleOut | None = None
    """Its scale-out links."""
    parts: dict[Id, Used] = Field(default_factory=dict, max_length=60)
    """Everything but the chips, each under a name of its own."""
    power: (
        Annotated[
            PublishedPower,
            _says_no("its scope", "Put it under node, rack or all_in; a chip's own power is in the chip's file."),
        ]
        | None
    ) = None
    """Published power by scope."""
    price: Annotated[Readings, Leaf("price")] | None = None
    network_price: Annotated[Readings, Leaf("network_price")] | None = None
    claims: list[Claim] = Field(default_factory=list, max_length=60)
    """Published totals to check the computed ones against."""

    @model_validator(mode="after")
    def _parts_include_parts(self) -> System:
        for name, used in self.parts.items():
            whole = self.parts.get(used.included_in or name)
            if whole is None or whole.included_in is not None or used.included_in == name:
                raise _fault(
                    f"parts.{name}.included_in: '{used.included_in}' is not another part of this system that stands for"
                    f" itself; there are {', '.join(self.parts)}"
                )
        return self


class Region(_Spec):
    """A place, with what its facilities add, charge and lose."""

    kind: Literal["region"]
    """region"""
    within: Id | None = None
    """Id of the region it lies in, whose figures it takes where it has none of its own; the world's unless said."""
    pue: Annotated[Readings, Leaf("pue")] | None = None
    electricity_price: Annotated[Readings, Leaf("electricity_price")] | None = None
    grid_carbon_intensity: Annotated[Readings, Leaf("grid_carbon_intensity")] | None = None
    depreciation_period: Annotated[Readings, Leaf("depreciation_period")] | None = None
    hosting_price: Annotated[Readings, Leaf("hosting_price")] | None = None
    spares_share: Annotated[Readings, Leaf("spares_share")] | None = None
    share_in_use: Annotated[Readings, Leaf("share_in_use")] | None = None
    chip_interruption_interval: Annotated[Readings, Leaf("chip_interruption_interval")] | None = None
    transceiver_interruption_interval: Annotated[Readings, Leaf("transceiver_interruption_interval")] | None = None
    restart_time: Annotated[Readings, Leaf("restart_time")] | None = None
    checkpoint_bandwidth_per_chip: Annotated[Readings, Leaf("checkpoint_bandwidth_per_chip")] | None = None
    straggler_ratio: Annotated[Readings, Leaf("straggler_ratio")] | None = None


_Whole = Annotated[int, Field(ge=0, le=10**7)]


class Model(_Product):
    """The architecture of a language network, as its published configuration gives it."""

    kind: Literal["model"]
    """model"""
    source: Id
    """Id of the source of the whole configuration."""
    layers: _Whole
    """Layers, those without experts included."""
    hidden: _Whole
    """Width of the residual stream."""
    heads: _Whole
    """Query heads."""
    kv_heads: _Whole
    """Key-value heads."""
    head_size: _Whole
    """Width of one head."""
    ffn: _Whole
    """Inner width of a dense feed-forward layer; 0 where there is none."""
    vocabulary: _Whole
    """Rows of the embedding table."""
    gated: bool = True
    """Whether the feed-forward layer has a gate."""
    tied_embeddings: bool = False
    """Whether input and output share one table."""
    experts: _Whole = 0
    """Routed experts of a layer."""
    experts_per_token: _Whole = 0
    """Routed experts that each token visits."""
    shared_experts: _Whole = 0
    """Experts that every token visits."""
    expert_ffn: _Whole = 0
    """Inner width of one expert."""
    dense_layers: _Whole = 0
    """First layers without experts."""
    query_rank: _Whole = 0
    """Rank of the query's down-projection in latent attention."""
    kv_rank: _Whole = 0
    """Rank of the latent key-value vector; 0 unless attention is latent."""
    nope_head_size: _Whole = 0
    """Width of a latent-attention head without position."""
    rope_head_size: _Whole = 0
    """Width of its part with position."""
    value_head_size: _Whole = 0
    """Width of its value."""
    prediction_layers: _Whole = 0
    """Extra layers that predict further tokens while training."""
    window: _Whole = 0
    """Sliding window; 0 without one."""
    window_layers: _Whole = 0
    """Layers that use the window."""
    total_parameters: float | None = Field(default=None, gt=0)
    """Published total, which no formula reads and a test compares."""
    active_parameters: float | None = Field(default=None, gt=0)
    """Published parameters that each token uses, likewise."""


class KernelError(_Strict):
    """How far a fit was off on shapes that nothing was fitted to."""

    rows: int = Field(ge=0)
    """Shapes it was measured on; none where it is assumed."""
    median: float | None = Field(default=None, ge=0)
    """Median of the absolute relative error."""
    p90: float | None = Field(default=None, ge=0)
    """Its 90th percentile."""
    log_ratio_low: float
    """10th percentile of the logarithm of measured over predicted time."""
    log_ratio_high: float
    """90th percentile of the same."""


_Values = dict[str, Annotated[float, Field(allow_inf_nan=False)]]


class KernelFit(_Strict):
    """Fitted parameters of one kind of kernel, in SI units, named as the model names them."""

    confidence: Literal["derived", "assumed"]
    """derived where fitted to measurements of this chip, assumed where taken over from a relative."""
    relative: str | None = None
    """The chip and precision it is taken over from."""
    values: _Values | None = None
    """The model's own parameters."""
    gemm: _Values | None = None
    """Those of the matrix multiplications inside it."""
    low_latency: _Values | None = None
    middle: _Values | None = None
    bulk: _Values | None = None
    bulk_reduce: _Values | None = None
    in_switch: _Values | None = None
    exchange_short: _Values | None = None
    exchange: _Values | None = None
    one_shot: _Values | None = None
    two_shot: _Values | None = None
    error: dict[str, KernelError] | None = None
    """Its error, by regime."""


class Kernels(_Strict):
    """How long kernels take on a chip: parameters fitted to measurements, each with the fit's error."""

    kind: Literal["kernels"]
    """kernels"""
    for_chip: Id
    """Id of the chip, or scale-out for the fabrics between systems."""
    checked: Date
    """The day somebody last read the source."""
    source: Id
    """Id of the source of the measurements."""
    note: Note | None = None
    """What a reader has to know."""
    gemm: dict[str, KernelFit] | None = None
    """Matrix multiplications, by precision."""
    experts: dict[str, KernelFit] | None = None
    """Routed-expert layers, by precision."""
    attention: dict[str, dict[str, KernelFit]] | None = None
    """Attention, by kind, then by precision of arithmetic and cache."""
    collectives: KernelFit | None = None
    """Collective operations over the scale-up fabric."""
    dispatch: dict[str, KernelFit] | None = None
    """Dispatch and combine of experts, by mode."""
    scale_out: dict[str, KernelFit] | None = None
    """Collective operations over fabrics between systems, by fabric."""
    serving: dict[str, KernelFit] | None = None
    """Constants of serving engines, by engine."""
    training: KernelFit | None = None
    """Global constants of a training step, fitted to published runs."""


class Scenario(_Strict):
    """A comparison to ask for: systems, a number format, chosen readings, inputs set to other values."""

    kind: Literal["scenario"]
    """scenario"""
    name: Name | None = None
    """What to call it."""
    systems: list[Id] = Field(min_length=1, max_length=60)
    """Ids of the systems, in order."""
    baseline: Id | None = None
    """Id of the system that ratios are to; the last unless said."""
    precision: Literal["fp64", "fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp6", "fp4", "int4"] = "bf16"
    """Number format of throughputs."""
    sparsity: Literal["dense", "sparse_2_4"] = "dense"
    """Whether throughputs count 2:4 sparsity."""
    per: Literal["system", "chip", "die", "rack", "kW", "USD"] = "system"
    """What quantities that grow with the system are divided by."""
    region: Id = "global"
    """Id of the region whose facility the systems stand in."""
    prefer: list[Id] = Field(default_factory=list, max_length=60)
    """Ids of sources whose readings are adopted wherever they have one, the first first."""
    set: dict[str, Annotated[str, _TEXT_OR_NUMBER]] = Field(default_factory=dict, max_length=200)
    """Inputs set to other values with their units, by path, or by ``system:path`` for one system alone."""


class Training(_Strict):
    """A training run at every point; what is left out of its mapping is searched."""

    model: Id | None = None
    """Id of the network, unless it is moved."""
    global_batch: int | None = Field(default=None, ge=1, le=10**9)
    """Sequences of a step."""
    sequence: int | None = Field(default=None, ge=1, le=10**9)
    """Tokens of a sequence."""
    chips: int | None = Field(default=None, ge=1, le=10**9)
    """Chips of the run; those of one system unless said."""
    tokens: float | None = Field(default=None, ge=1, le=1e18)
    """Tokens of the whole run, for its time and cost."""
    tp: int | None = Field(default=None, ge=1)
    """Tensor parallel."""
    pp: int | None = Field(default=None, ge=1)
    """Pipeline stages."""
    vp: int | None = Field(default=None, ge=1)
    """Interleaved parts of a stage."""
    cp: int | None = Field(default=None, ge=1)
    """Context parallel."""
    ep: int | None = Field(default=None, ge=1)
    """Expert parallel."""
    micro_batch: int | None = Field(default=None, ge=1)
    """Sequences of a micro-batch."""
    recompute: Literal["none", "selective", "operations", "full"] | None = None
    """What is computed again in the backward pass."""
    sharding: Literal["none", "zero1", "zero2", "zero3", "fsdp"] | None = None
    """What data-parallel ranks share out."""


class Serving(_Strict):
    """Serving at every point; what is left out of its split is searched."""

    model: Id | None = None
    """Id of the network, unless it is moved."""
    phase: Literal["prefill", "decode"] = "decode"
    """What is run."""
    input_len: int | None = Field(default=None, ge=1, le=10**9)
    """Tokens of a prompt."""
    output_len: int | None = Field(default=None, ge=1, le=10**9)
    """Tokens of an answer."""
    kv_len: int | None = Field(default=None, ge=1, le=10**9)
    """Tokens in the cache; prompt and half the answer unless said."""
    batch_per_chip: float | None = Field(default=None, gt=0)
    """Sequences, or prompt tokens, of a chip."""
    limit: Annotated[str, _TEXT_OR_NUMBER] | None = None
    """Longest time per token, or to the first, such as 50 ms."""
    acceptance: float | None = Field(default=None, ge=0, le=1)
    """Share of a token that is drafted each step."""
    tp: int | None = Field(default=None, ge=1)
    """Tensor parallel."""
    dp: int | None = Field(default=None, ge=1)
    """Data parallel."""
    ep: int | None = Field(default=None, ge=1)
    """Expert parallel."""
    pp: int | None = Field(default=None, ge=1)
    """Pipeline stages."""


_VALUE = {"type": ["string", "number"]}
_AXIS = WithJsonSchema(
    {
        "anyOf": [
            {"type": "array", "items": _VALUE, "minItems": 1, "description": "Values, each with its unit."},
            {
                "type": "object",
                "additionalProperties": False,
                "required": ["from", "to", "steps"],
                "properties": {
                    "from": {**_VALUE, "description": "The first value, with its unit."},
                    "to": {**_VALUE, "description": "The last value, with its unit."},
                    "steps": {"type": "integer", "minimum": 2, "description": "How many values."},
                    "scale": {"enum": ["linear", "log"], "description": "Equal steps, or equal ratios."},
                },
            },
        ]
    }
)


class Study(_Strict):
    """What to evaluate at every point of a grid: systems, what is moved over which values, figures wanted."""

    kind: Literal["study"]
    """study"""
    name: Name | None = None
    """What to call it."""
    systems: list[Id] = Field(default_factory=list, max_length=1000)
    """Ids of the systems, the outermost axis; leave it out where system stands under vary."""
    baseline: Id | None = None
    """Id of a system that ratios are to as well."""
    precision: Literal["fp64", "fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp6", "fp4", "int4"] = "bf16"
    """Number format of throughputs, unless it is moved."""
    sparsity: Literal["dense", "sparse_2_4"] = "dense"
    """Whether throughputs count 2:4 sparsity."""
    region: Id = "global"
    """Id of the region whose facility the systems stand in."""
    prefer: list[Id] = Field(default_factory=list, max_length=60)
    """Ids of sources whose readings are adopted wherever they have one, the first first."""
    set: dict[str, Annotated[str, _TEXT_OR_NUMBER]] = Field(default_factory=dict, max_length=200)
    """Inputs set to other values with their units, by path, or by ``system:path`` for one system alone."""
    vary: dict[str, Annotated[Any, _AXIS]] = Field(default_factory=dict, max_length=40)
    """What is moved, by path, each an axis: a list of values, or from, to and steps."""
    tie: list[list[str]] = Field(default_factory=list, max_length=40)
    """Groups of axes that move together."""
    quantities: list[str] = Field(default_factory=list, max_length=200)
    """What to compute at every point; results of the workload where there is one."""
    draws: int = Field(default=0, ge=0)
    """How many times every figure with a range is drawn at each point; a power of two."""
    seed: int = Field(default=0, ge=0)
    """Of the draws."""
    train: Training | None = None
    """A training run at every point."""
    serve: Serving | None = None
    """Serving at every point."""


class Source(_Strict):
    """Something that can be pointed at."""

    title: Name
    """Its title."""
    publisher: Name
    """Who published it."""
    date: Date
    """When it was published, or last changed when it was read."""
    url: Annotated[str, Field(max_length=500, pattern=r"^https?://\S+$")]
    """Where it can be read."""
    via: Note | None = None
    """The copy or relay it was read in, where not the source itself."""
    licence: Name | None = None
    """Licence of its data, where one is stated."""


MODELS: dict[str, type[_Strict]] = {
    "chip": Chip,
    "link": Link,
    "part": Part,
    "system": System,
    "region": Region,
    "model": Model,
    "kernels": Kernels,
}
"""The class of every kind of spec file."""


@cache
def described() -> Mapping[str, type[_Strict]]:
    """The class of every kind of file by its kind, each attribute described by what stands below it in this module.

    Returns
    -------
    classes : as `MODELS`, with ``scenario``, ``study`` and ``sources``, the class of one source.
    """
    words: dict[str, dict[str, str]] = {}
    for node in ast.parse(Path(__file__).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            words[node.name] = {
                attribute.target.id: inspect.cleandoc(below.value.value)
                for attribute, below in pairwise(node.body)
                if isinstance(attribute, ast.AnnAssign)
                and isinstance(attribute.target, ast.Name)
                and isinstance(below, ast.Expr)
                and isinstance(below.value, ast.Constant)
                and isinstance(below.value.value, str)
            }
    classes = list(_below(_Strict))
    for each in classes:
        for name, field in each.model_fields.items():
            for base in each.__mro__:
                if field.description is None and name in words.get(base.__name__, {}):
                    field.description = words[base.__name__][name]
    # Parts first, so that a whole is rebuilt from rebuilt parts.
    for _ in range(2):
        for each in classes:
            each.model_rebuild(force=True)
    return {**MODELS, "scenario": Scenario, "study": Study, "sources": Source}


def _below(model: type[_Strict]) -> Iterator[type[_Strict]]:
    for each in model.__subclasses__():
        yield each
        yield from _below(each)


def json_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind of spec file, of ``scenario``, ``study`` or ``sources``, for editors."""
    classes = described()
    if kind == "sources":
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "sources",
            "type": "object",
            "additionalProperties": classes["sources"].model_json_schema(),
        }
    schema = classes[kind].model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
