"""One known number: its value, and on whose word it rests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

__all__ = ["Datum"]


@dataclass(frozen=True, slots=True)
class Datum:
    """A figure as one source gives it, with what other sources say beside it.

    Attributes
    ----------
    path : where it stands in its spec, such as ``hbm.bandwidth``.
    value : the value in `unit`.
    unit : the SI unit of `value`, `low` and `high`.
    text : the value as it is written in the spec, such as ``3.2 TB/s``.
    source : id of the source, in ``sources.yaml``.
    confidence : how it is known, one of `calc.names.CONFIDENCES`.
    at : where in the source, such as a page, a table or a row.
    low, high : the range it lies in, where it is not a datasheet fact.
    distribution : how likely each value of the range is: uniform, log_uniform, or triangular about the value.
    note : what a reader of the figure has to know.
    currency_year : the year of the dollars of a price.
    file, line : where it stands.
    alternatives : the other readings of the same figure, in the spec's order.
    """

    path: str
    value: float
    unit: str
    text: str
    source: str
    confidence: str
    at: str = ""
    low: float | None = None
    high: float | None = None
    distribution: str = "uniform"
    note: str = ""
    currency_year: int | None = None
    file: str = ""
    line: int = 0
    alternatives: tuple[Datum, ...] = ()

    @property
    def readings(self) -> Iterator[Datum]:
        """Every reading of the figure, the adopted one first."""
        yield replace(self, alternatives=())
        yield from self.alternatives

    def prefer(self, source: str) -> Datum:
        """The same figure with the reading of `source` adopted, where there is one.

        >>> low = Datum("power.all_in", 559378.0, "W", "559378 W", "first", "estimated")
        >>> Datum("power.all_in", 599821.0, "W", "599821 W", "second", "estimated",
        ...       alternatives=(low,)).prefer("first").text
        '559378 W'
        """
        if self.source == source:
            return self
        ordered = list(self.readings)
        chosen = next((reading for reading in ordered if reading.source == source), None)
        if chosen is None:
            return self
        ordered.remove(chosen)
        return replace(chosen, alternatives=tuple(ordered))

    @property
    def place(self) -> str:
        """``file:line`` of the figure."""
        return f"{self.file}:{self.line}"
