"""Serving whole requests with chips that only read prompts and chips that only produce tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from calc.studies.serve import Served

__all__ = ["Disaggregated", "disaggregate"]


@dataclass(frozen=True)
class Disaggregated:
    """Two pools of chips of which neither waits for the other.

    Attributes
    ----------
    prefill, decode : what the chips of either pool do.
    prefill_share : share of all chips that read prompts [1].
    request_rate_per_chip : whole requests, over the chips of both pools [1/s].
    token_rate_per_chip, low, high : output tokens over the chips of both pools, and the 80 % interval [1/s].
    energy_per_token : all-in energy of both pools for each output token [J]; None where no all-in power is known.
    cost_per_token : likewise [USD]; None where the price or the power is not known.
    emission_per_token : likewise, CO2 of the electricity [kg]; None where no power is known.
    """

    prefill: Served
    decode: Served
    prefill_share: float
    request_rate_per_chip: float
    token_rate_per_chip: float
    low: float
    high: float
    energy_per_token: float | None
    cost_per_token: float | None
    emission_per_token: float | None

    @property
    def token_rate_per_power(self) -> float | None:
        """Output tokens per joule [1/J]; None where no all-in power is known."""
        return self.energy_per_token and 1.0 / self.energy_per_token

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.serve/1``; s, 1/s, B, J, USD."""
        return {
            "schema": "podcalc.serve/1",
            "model": self.decode.model,
            "system": self.decode.system,
            "phase": "both",
            "precision": self.decode.precision,
            "input_len": self.decode.input_len,
            "output_len": self.decode.output_len,
            "prefill_share": self.prefill_share,
            "request_rate_per_chip": self.request_rate_per_chip,
            "token_rate_per_chip": self.token_rate_per_chip,
            "low": self.low,
            "high": self.high,
            "energy_per_token": self.energy_per_token,
            "cost_per_token": self.cost_per_token,
            "emission_per_token": self.emission_per_token,
            "prefill": self.prefill.to_json(),
            "decode": self.decode.to_json(),
        }


def disaggregate(prefill: Served, decode: Served) -> Disaggregated:
    """Size the pools so that prompts are read as fast as answers are produced.

    Parameters
    ----------
    prefill, decode : the best of either phase, of the same model, system and lengths; the rates are without
        the time to hand the cache over, which is hidden behind other requests.

    Notes
    -----
    A request takes ``input_len / p`` seconds of a prefill chip and ``output_len / d`` of a decode chip; the
    pools are as these two. Both rates come from the same kernels, so their errors are taken to go together.
    """

    def requests(end: str) -> tuple[float, float]:
        reading = decode.input_len / getattr(prefill, end)[0]
        return reading, reading + decode.output_len / getattr(decode, end)[0]

    reading, whole = requests("token_rate_per_chip")
    output = decode.output_len

    def both(name: str) -> float | None:
        first, then = getattr(prefill, name), getattr(decode, name)
        return None if first is None or then is None else first * decode.input_len / output + then

    return Disaggregated(
        prefill=prefill,
        decode=decode,
        prefill_share=reading / whole,
        request_rate_per_chip=1.0 / whole,
        token_rate_per_chip=output / whole,
        low=output / requests("low")[1],
        high=output / requests("high")[1],
        energy_per_token=both("energy_per_token"),
        cost_per_token=both("cost_per_token"),
        emission_per_token=both("emission_per_token"),
    )
