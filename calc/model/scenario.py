"""What is asked: a number format, chosen readings, and inputs set to other values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from calc.errors import CalcError, UnknownNameError
from calc.names import PRECISIONS

__all__ = ["Scenario", "parse_setting"]


@dataclass(frozen=True)
class Scenario:
    """The assumptions of one evaluation; the same in a link, on the command line and in a notebook.

    Attributes
    ----------
    precision : number format of throughputs, one of `calc.names.PRECISIONS`.
    sparse : whether throughputs count 2:4 sparsity; dense unless said.
    set : inputs to replace, by dotted path or by ``system:path`` for one system alone. A value is a
        text with its unit (``"559 kW"``), an SI number, or an array of SI numbers, which makes
        every result an array of that shape.
    prefer : ids of sources whose readings are adopted wherever they have one, the first first.
    region : id of the region whose facility the systems stand in.

    Raises
    ------
    UnknownNameError : where the precision is not one.

    >>> Scenario(precision="fp8", set={"pue": 1.2}).sparsity
    'dense'
    """

    precision: str = "bf16"
    sparse: bool = False
    set: Mapping[str, Any] = field(default_factory=dict)
    prefer: tuple[str, ...] = ()
    region: str = "global"

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise UnknownNameError("precision", self.precision, PRECISIONS)
        if isinstance(self.prefer, str):
            object.__setattr__(self, "prefer", (self.prefer,))

    @property
    def sparsity(self) -> str:
        """``dense`` or ``sparse_2_4``, as spec files say it."""
        return "sparse_2_4" if self.sparse else "dense"

    def settings(self, system_id: str) -> dict[str, Any]:
        """The inputs to replace for one system; those for it alone win."""
        common = {path: value for path, value in self.set.items() if ":" not in path}
        own = {
            path.partition(":")[2]: value
            for path, value in self.set.items()
            if path.partition(":")[0] == system_id and ":" in path
        }
        return common | own

    def addressed(self) -> frozenset[str]:
        """Ids of the systems that some setting is for."""
        return frozenset(path.partition(":")[0] for path in self.set if ":" in path)


def parse_setting(text: str) -> tuple[str, str]:
    """Path and value of a setting as the command line takes it.

    Raises
    ------
    CalcError : where there is no ``=``.

    >>> parse_setting("gb200-nvl72:chip.power=1000 W")
    ('gb200-nvl72:chip.power', '1000 W')
    """
    path, equals, value = text.partition("=")
    if not equals or not path.strip() or not value.strip():
        raise CalcError(
            f"'{text[:80]}' is not a setting; write --set 'SYSTEM:path=value',"
            " such as 'gb200-nvl72:power.all_in=130 kW'"
        )
    return path.strip(), value.strip()
