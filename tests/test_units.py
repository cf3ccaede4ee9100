"""Text to SI numbers: what is read, and what is refused with which words."""

from __future__ import annotations

import contextlib
import math
import re
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc import units
from calc.errors import UnitError


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("8 TB/s", "B/s", 8e12),
        ("2800 Gbit/s", "B/s", 350e9),
        ("128 GB", "B", 128e9),
        ("128 GiB", "B", 128 * 2**30),
        ("780 TFLOP/s", "FLOP/s", 780e12),
        ("1503 TOP/s", "FLOP/s", 1503e12),
        ("599821 W", "W", 599821.0),
        ("1.2kW", "W", 1200.0),
        ("3 MUSD", "USD", 3e6),
        ("384", "1", 384.0),
        ("5 pJ/bit", "J/bit", 5e-12),
        ("2 min", "s", 120.0),
        ("814 mm^2", "m^2", 814e-6),
        ("1 kWh", "J", 3.6e6),
        ("3 mW", "W", 3e-3),
    ],
)
def test_reads(text: str, unit: str, value: float) -> None:
    assert units.parse(text, unit) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "unit", "message"),
    [
        ("8 TB", "B/s", "'8 TB' is a size; this value needs a rate such as '8 TB/s'"),
        ("8 TB/s", "B", "'8 TB/s' is a rate; this value needs a size such as '128 GB'"),
        ("3 Gb/s", "B/s", "'b' is read as bit by some and as byte by others; write 'bit' or 'B'"),
        ("3 Gbps", "B/s", "write 'bit/s', with its prefix"),
        ("780 TFLOPS", "FLOP/s", "write 'FLOP/s', with its prefix"),
        ("72", "W", "'72' has no unit; this value needs a power such as '1.2 kW'"),
        ("8 chips", "1", "'8 chips' has the word 'chips'; this value is a number alone, such as '72'"),
        ("20k USD", "USD", "'20k USD': a prefix is joined to its unit; write '20 kUSD'"),
        ("2 P FLOP/s", "FLOP/s", "'2 P FLOP/s': a prefix is joined to its unit; write '2 PFLOP/s'"),
        ("72 W", "1", "'72 W' is a power; this value needs a plain number such as '72'"),
        ("1,2 TB/s", "B/s", "digits are not grouped here; write 599821, not 599,821"),
        ("599 821 W", "W", "digits are not grouped here"),
        ("~3 kW", "W", "'~3 kW' is not a number and a unit; write for example '1.2 kW'"),
        ("9**9**9 kW", "W", "a number is not an expression"),
        ("kW**9**9**9", "W", "is not a number and a unit"),
        ("1 kW^9", "W", "at most ^3"),
        ("nan W", "W", "is not a number and a unit"),
        ("inf W", "W", "is not a number and a unit"),
        ("1e999 W", "W", "is not a finite number"),
        ("1 TW/sec", "W", "no unit 'sec'"),
        ("1 GT/s", "B/s", "no unit 'GT'"),
        ("60 MCNY", "USD", "this value needs a price such as '3 MUSD'"),
        ("3 GB/s", "Hz", "'3 GB/s' is a rate"),
        ("٣ kW", "W", "is not a number and a unit"),
        ("1 " + "k" * 80, "W", "is longer than 60 characters"),
        ("", "W", "is not a number and a unit"),
    ],
)
def test_refuses(text: str, unit: str, message: str) -> None:
    with pytest.raises(UnitError, match=re.escape(message)):
        units.parse(text, unit)


@given(st.floats(1e-9, 1e9), st.sampled_from(["", "k", "M", "G", "T"]), st.sampled_from(["B", "W", "FLOP/s", "USD"]))
def test_prefix_is_a_factor(number: float, prefix: str, unit: str) -> None:
    factor = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[prefix]
    assert math.isclose(units.parse(f"{number!r} {prefix}{unit}", unit), number * factor, rel_tol=1e-12)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_at_once(text: str) -> None:
    started = time.perf_counter()
    with contextlib.suppress(UnitError):
        assert math.isfinite(units.parse(text, "W"))
    assert time.perf_counter() - started < 5.0


def test_threads_share_one_registry() -> None:
    seen: list[object] = []

    def read() -> None:
        seen.extend([units.parse("1.5 PFLOP/s", "FLOP/s"), id(units.registry)])

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {1.5e15, id(units.registry)}


def test_bits_and_bytes_and_flop_never_mix() -> None:
    assert units.quantity(8.0, "bit").to("B").magnitude == 1.0
    for text, unit in (("1 B", "FLOP"), ("1 FLOP", "1"), ("1 token", "1"), ("1 USD", "EUR"), ("1 bit", "1")):
        with pytest.raises(UnitError):
            units.parse(text, unit)
