"""What the workload views ask of the library, as a link has it: a model, lengths, limits, parts of a mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import calc

if TYPE_CHECKING:
    from ui.state import PageState

__all__ = [
    "DEFAULTS",
    "KEYS",
    "LIMITS",
    "MODELS",
    "NUMBERS",
    "PARTS",
    "PHASES",
    "WHOLE",
    "WORDS",
    "Asked",
    "ask",
    "faults",
    "fixed",
    "fixed_text",
    "to_text",
    "with_format",
]

NUMBERS = {
    "chips": (1, 1_000_000),
    "batch": (1, 1_000_000),
    "seq": (1, 1_048_576),
    "in": (1, 1_000_000),
    "out": (1, 1_000_000),
    "limit": (0, 1_000_000),
    "accept": (0, 1),
}
"""Numbers that a link may hold, each with the least and the most that is allowed."""

KEYS = ("m", "num", "fix", "phase", *NUMBERS)
"""Names of what these views keep in the link."""

MODELS = {"train": "llama-3.1-405b", "serve": "deepseek-r1"}
"""The model that each view shows unless one is chosen."""

PHASES = ("decode", "prefill")
"""The phases of serving that can be looked at."""

LIMITS = {"decode": 50.0, "prefill": 2000.0}
"""The longest time per token, or to the first, unless another is chosen [ms]."""

PARTS = ("tp", "pp", "ep", "micro_batch")
"""Parts of a mapping that are numbers."""

WORDS = {"recompute": ("none", "selective", "full"), "sharding": ("zero1", "zero2", "zero3")}
"""Parts of a mapping that are words."""

DEFAULTS = {"batch": 1024.0, "seq": 4096.0, "in": 4096.0, "out": 1024.0, "accept": 0.0}
"""Numbers unless others are chosen."""

WHOLE = ("chips", "batch", "seq", "in", "out")
"""Those that are whole."""

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
_PART = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """A workload, as the library takes it.

    Attributes
    ----------
    doing : train, decode or prefill.
    model : id of the network.
    number_format : one of `calc.workloads.FORMATS`, or another number format of the strip.
    chips : of a training run; None for one system each.
    batch, sequence : of a training step.
    fixed : parts of the mapping that are given.
    input_len, output_len : tokens of a request.
    limit : longest time per output token, or to the first [s]; None for none.
    acceptance : share of drafted tokens that are accepted.
    """

    doing: str
    model: str
    number_format: str
    chips: int | None = None
    batch: int = 0
    sequence: int = 0
    fixed: tuple[tuple[str, int | str], ...] = ()
    input_len: int = 0
    output_len: int = 0
    limit: float | None = None
    acceptance: float = 0.0


def _number(key: str, text: str) -> float | None:
    """A number of the link; None where it is none, or none that is allowed."""
    if not _NUMBER.fullmatch(text) or (key in WHOLE and "." in text):
        return None
    least, most = NUMBERS[key]
    return float(text) if least <= float(text) <= most else None


def fixed(text: str) -> dict[str, int | str]:
    """Parts of a mapping from a link; those that make no sense are left out.

    >>> fixed("tp=8,recompute=full,pp=none,what=1")
    {'tp': 8, 'recompute': 'full'}
    """
    given: dict[str, int | str] = {}
    for piece in text.split(",")[:20]:
        part, _, value = piece.partition("=")
        if part in PARTS and _PART.fullmatch(value):
            given[part] = int(value)
        elif value in WORDS.get(part, ()):
            given[part] = value
    return given


def fixed_text(given: Mapping[str, int | str | None]) -> str:
    """The same as a link has it, always in one order.

    >>> fixed_text({"recompute": "full", "pp": None, "tp": 8})
    'tp=8,recompute=full'
    """
    return ",".join(f"{part}={given[part]}" for part in (*PARTS, *WORDS) if given.get(part))


def _format(state: PageState, view: str) -> str:
    """The number format asked for; serving is asked in each system's own 8-bit one unless something is said."""
    chosen = state.get("num")
    if chosen in calc.workloads.FORMATS:
        return chosen
    return calc.workloads.EIGHT_BIT if view == "serve" and state.precision == "bf16" else state.precision


def with_format(state: PageState, view: str, chosen: str) -> PageState:
    """The same page with a number format chosen in a view; the link says it only where it has to."""
    plain = state.put(num="")
    return plain if _format(plain, view) == chosen else state.put(num=chosen)


def ask(state: PageState, view: str, library: calc.Library) -> Asked:
    """What a view asks.

    Parameters
    ----------
    state : of the page.
    view : train or serve.
    library : the catalogue.
    """

    def number(key: str, default: float) -> float:
        value = _number(key, state.get(key))
        return default if value is None else value

    model = state.get("m") if state.get("m") in library.ids("model") else MODELS[view]
    asked = _format(state, view)
    if view == "train":
        return Asked(
            "train", model, asked,
            chips=int(number("chips", 0)) or None,
            batch=int(number("batch", DEFAULTS["batch"])),
            sequence=int(number("seq", DEFAULTS["seq"])),
            fixed=tuple(fixed(state.get("fix")).items()),
        )  # fmt: skip
    phase = state.get("phase") if state.get("phase") in PHASES else PHASES[0]
    limit = number("limit", LIMITS[phase])
    drafts = calc.workloads.model(library, model).drafts
    return Asked(
        phase, model, asked,
        input_len=int(number("in", DEFAULTS["in"])),
        output_len=int(number("out", DEFAULTS["out"])),
        limit=limit / 1e3 or None,
        acceptance=number("accept", DEFAULTS["accept"]) if drafts and phase == "decode" else 0.0,
    )  # fmt: skip


def to_text(value: float | None, default: float | None) -> str:
    """A number as a link has it; empty for the default.

    >>> to_text(50.0, 50.0), to_text(None, 50.0), to_text(0.7, 0.0), to_text(128, 1)
    ('', '0', '0.7', '128')
    """
    if value == default:
        return ""
    return "0" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


def faults(given: Mapping[str, str], library: calc.Library) -> dict[str, tuple[str, str]]:
    """What of a link these views cannot use, by its name: the kind of thing, and a hint.

    Parameters
    ----------
    given : the link's values by name.
    library : the catalogue it has to fit.
    """
    found: dict[str, tuple[str, str]] = {}
    models = library.ids("model")
    if given.get("m") and given["m"] not in models:
        near = calc.nearest(given["m"][:100], models)
        found["m"] = ("model", library.get("model", near).short if near else "")
    for key, (least, most) in NUMBERS.items():
        if given.get(key) and _number(key, given[key]) is None:
            found[key] = ("number", f"{least:,} … {most:,}")
    text = given.get("fix", "")
    if text and len(fixed(text)) < len(text.split(",")):
        found["fix"] = ("mapping", "")
    return found
