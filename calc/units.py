"""Text to SI numbers and back, by our own registry. The only importer of pint.

A quantity is a plain number and, unless it is a count, a unit: ``8 TB/s``, ``2800 Gbit/s``,
``1.2 kW``. The text is checked against that grammar before any part of it is looked up, so
nothing a user types is ever evaluated.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pint

from calc.errors import UnitError, nearest

__all__ = ["MAX_TEXT", "parse", "quantity", "registry", "split"]

MAX_TEXT = 60
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_TERM = r"[A-Za-z]{1,12}(?:\^[1-3])?"
_UNIT = re.compile(rf"{_TERM}(?:\s?[*/]\s?{_TERM}){{0,4}}", re.ASCII)
_APART = re.compile(r"([kMGTPE]i?) ([A-Za-z]{1,12}(?:/[A-Za-z]{1,12})?)", re.ASCII)
_GROUPED = re.compile(r"[\s_]?[0-9]")

# What a value of each unit is called in a message, and an example of one.
_KINDS = {
    "1": ("a plain number", "72"),
    "B": ("a size", "128 GB"),
    "B/s": ("a rate", "8 TB/s"),
    "FLOP/s": ("a throughput", "780 TFLOP/s"),
    "FLOP": ("an amount of computation", "1 EFLOP"),
    "W": ("a power", "1.2 kW"),
    "J": ("an energy", "5 pJ"),
    "J/bit": ("an energy per bit", "5 pJ/bit"),
    "s": ("a time", "1.5 us"),
    "USD": ("a price", "3 MUSD"),
    "m^2": ("an area", "814 mm^2"),
    "kg/J": ("an intensity of emissions", "400 g/kWh"),
}

# Spellings that other tables use, each of which means two things or is not a unit here.
_MISREAD = {
    "b": "'b' is read as bit by some and as byte by others; write 'bit' or 'B'",
    "bps": "write 'bit/s', with its prefix",
    "Bps": "write 'B/s', with its prefix",
    "FLOPS": "write 'FLOP/s', with its prefix",
    "FLOPs": "write 'FLOP' for an amount, 'FLOP/s' for a rate",
    "OPS": "write 'OP/s', with its prefix",
    "TOPS": "write 'TOP/s'",
    "flops": "write 'FLOP/s', with its prefix",
    "w": "write 'W' for watts, with its prefix",
    "bits": "write 'bit'",
    "bytes": "write 'B'",
    "usd": "write 'USD'",
    "$": "write 'USD'",
}
_PREFIXES = ("", "k", "K", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "m", "u", "n")


def _build() -> pint.UnitRegistry[Any]:
    """One registry, read whole at import: a lazily read one is not safe among threads."""
    definitions = Path(__file__).with_name("units.txt")
    built: pint.UnitRegistry[Any] = pint.UnitRegistry(str(definitions), case_sensitive=True)
    built.Quantity(1.0, "kW").to("W")
    return built


registry = _build()
pint.set_application_registry(registry)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=4096)
def split(text: str) -> tuple[float, str]:
    """The number and the unit text of a quantity.

    Raises
    ------
    UnitError : where the text is not a number followed by a unit.

    >>> split("2800 Gbit/s")
    (2800.0, 'Gbit/s')
    """
    stripped = text.strip()
    if len(stripped) > MAX_TEXT:
        raise UnitError(f"'{stripped[:20]}…' is longer than {MAX_TEXT} characters; give a number and a unit")
    found = _NUMBER.match(stripped)
    if not found:
        raise UnitError(f"'{stripped}' is not a number and a unit; write for example '1.2 kW'")
    unit = stripped[found.end() :]
    if unit.startswith(",") or _GROUPED.match(unit):
        raise UnitError(f"'{stripped}': digits are not grouped here; write 599821, not 599,821")
    unit = unit.strip()
    apart = _APART.fullmatch(unit)
    if apart:
        raise UnitError(f"'{stripped}': a prefix is joined to its unit; write '{found.group()} {apart[1]}{apart[2]}'")
    if unit and not _UNIT.fullmatch(unit):
        raise UnitError(
            f"'{stripped}' is not a number and a unit; a unit is names joined by * and /, each with"
            " at most ^3, and a number is not an expression"
        )
    number = float(found.group())
    if not math.isfinite(number):
        raise UnitError(f"'{stripped}' is not a finite number")
    return number, "".join(unit.split())


@lru_cache(maxsize=4096)
def _factor(unit: str, wanted: str) -> float:
    """What one `unit` is in `wanted`; cached, as a look-up costs a hundred times the rest."""
    for name in re.findall(r"[A-Za-z]+", unit):
        if name in registry:
            continue
        for prefix in _PREFIXES:
            rest = name.removeprefix(prefix) if name.startswith(prefix) else ""
            if rest in _MISREAD:
                raise UnitError(f"unit '{name}': {_MISREAD[rest]}")
        if wanted == "1":
            raise UnitError(f"has the word '{name}'; this value is a number alone, such as '72'")
        close = nearest(name, _known())
        hint = f"; did you mean '{close}'?" if close else f"; there are {', '.join(_SYMBOLS)} with SI or IEC prefixes"
        raise UnitError(f"no unit '{name}'{hint}")
    given = registry.Quantity(1.0, registry.parse_units(unit) if unit else registry.Unit(""))
    target = registry.parse_units("" if wanted == "1" else wanted)
    if given.dimensionality != target.dimensionality:
        kind, example = _KINDS.get(wanted, (f"a value in {wanted}", f"1 {wanted}"))
        if not unit:
            raise UnitError(f"has no unit; this value needs {kind} such as '{example}'")
        is_a = next(
            (word for known, (word, _) in _KINDS.items() if _same_dimension(known, given)),
            f"a value in {unit}",
        )
        raise UnitError(f"is {is_a}; this value needs {kind} such as '{example}'")
    return float(given.to(target).magnitude)


_SYMBOLS = (
    "B",
    "bit",
    "FLOP",
    "OP",
    "W",
    "J",
    "Wh",
    "s",
    "min",
    "h",
    "day",
    "year",
    "m",
    "g",
    "t",
    "Hz",
    "token",
    "USD",
    "CNY",
    "EUR",
)


@lru_cache(maxsize=1)
def _known() -> tuple[str, ...]:
    prefixes = ("", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "m", "u", "n", "p")
    return tuple(prefix + symbol for symbol in _SYMBOLS for prefix in prefixes)


def _same_dimension(unit: str, given: Any) -> bool:
    dimension = registry.parse_units("" if unit == "1" else unit).dimensionality
    return bool(dimension == given.dimensionality)


def parse(text: str, unit: str) -> float:
    """The value of a quantity's text in the SI unit named.

    Parameters
    ----------
    text : a number and a unit, such as ``8 TB/s``; a number alone where `unit` is ``1``.
    unit : the SI unit the value is wanted in, such as ``B/s``.

    Returns
    -------
    float : the value in `unit`.

    Raises
    ------
    UnitError : where the text is not a quantity, or is one of another dimension.

    >>> parse("2800 Gbit/s", "B/s")
    350000000000.0
    >>> parse("8 TB", "B/s")
    Traceback (most recent call last):
    calc.errors.UnitError: '8 TB' is a size; this value needs a rate such as '8 TB/s'
    """
    try:
        number, given = split(text)
    except UnitError as fault:
        if unit == "1" and "for example '1.2 kW'" in str(fault):
            raise UnitError(f"'{text.strip()}' is not a number; write for example '1.2'") from None
        raise
    try:
        factor = _factor(given, unit)
    except UnitError as fault:
        said = str(fault)
        joined = said if said.startswith(("is ", "has ")) else f"has {said}"
        raise UnitError(f"'{text.strip()}' {joined}") from None
    value = number * factor
    if not math.isfinite(value):
        raise UnitError(f"'{text.strip()}' is not a finite number")
    return value


def quantity(value: Any, unit: str) -> Any:
    """A pint Quantity, in this registry, of an SI value or array.

    >>> round(quantity(1.8e17, "FLOP/s").to("PFLOP/s").magnitude)
    180
    """
    return registry.Quantity(value, "" if unit == "1" else unit)
