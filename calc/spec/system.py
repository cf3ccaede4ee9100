"""A system put together: its own file, its chip, links, parts and region, as one set of inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from calc.errors import CalcError, UnknownNameError
from calc.spec.datum import Datum
from calc.spec.library import Library, Spec

__all__ = ["PartUse", "System", "compose"]


@dataclass(frozen=True, slots=True)
class PartUse:
    """One entry of a system's parts.

    Attributes
    ----------
    name : its name in the system; its inputs are ``parts.<name>.count`` and ``.power``.
    title : what to call it.
    type : cpu, switch, nic, transceiver, cable, server, cooling, conversion or storage.
    role : host, scale_up, scale_out, cooling_and_conversion or storage.
    within : node, rack or all_in: the narrowest published power that includes it.
    per : chip, node, rack or system: what the count is for each of.
    included_in : name of the part whose power includes this one's; empty where it stands for itself.
    """

    name: str
    title: str
    type: str
    role: str
    within: str
    per: str
    included_in: str = ""


@dataclass(frozen=True)
class System:
    """Everything known of one system, ready to be evaluated.

    Attributes
    ----------
    id, name, short : its name to scripts, in full, and for narrow columns.
    spec : its own file; `chip` its chip's.
    inputs : every figure by dotted path: its own, ``chip.``, the links' and the parts'.
    parts : its parts other than chips.
    topology : of the scale-up fabric: switched, full_mesh or torus; empty where there is none.
    absent : quantities that cannot be given, each with the reason.
    claims : published totals, which no formula reads.
    """

    id: str
    name: str
    short: str
    spec: Spec
    chip: Spec
    inputs: Mapping[str, Datum] = field(repr=False)
    parts: Sequence[PartUse] = field(repr=False)
    topology: str
    absent: Mapping[str, str] = field(repr=False)
    claims: Sequence[Mapping[str, Any]] = field(repr=False)
    specs: Sequence[Spec] = field(repr=False, default=())

    def __getitem__(self, path: str) -> Datum:
        """The figure at a dotted path.

        Raises
        ------
        UnknownNameError : where the system has none there.
        """
        if path not in self.inputs:
            raise UnknownNameError("input", path, self.inputs, f"podcalc inputs {self.id}")
        return self.inputs[path]

    @property
    def vendor(self) -> str:
        """Who sells it."""
        return str(self.spec.words["vendor"])

    @property
    def country(self) -> str:
        """Two letters of the country it is designed in."""
        return str(self.spec.words["country"])

    def rates(self) -> dict[str, tuple[str, ...]]:
        """The number formats its chip has rates for, each with dense, sparse_2_4 or both."""
        found: dict[str, tuple[str, ...]] = {}
        for path in self.inputs:
            if path.startswith("chip.flop_rate."):
                _, _, precision, sparsity = path.split(".")
                found[precision] = (*found.get(precision, ()), sparsity)
        return found


def _moved(spec: Spec, prefix: str) -> dict[str, Datum]:
    return {prefix + path: replace(datum, path=prefix + path) for path, datum in spec.figures.items()}


def _around(library: Library, region: str) -> list[Spec]:
    """A region, those that it lies in, and the world, the narrowest first."""
    found = [library.get("region", region)]
    while found[-1].id != _WORLD:
        outer = library.get("region", found[-1].words.get("within", _WORLD))
        if outer in found:
            raise CalcError(f"region '{region}' lies within itself, by way of '{found[-1].id}'; mend its 'within'")
        found.append(outer)
    return found


def compose(library: Library, system_id: str, region: str = "global") -> System:
    """Put a system together from its spec files.

    Parameters
    ----------
    library : the catalogue.
    system_id : id of a system.
    region : id of the region whose facility it stands in.

    Returns
    -------
    System : the system with every figure it rests on.

    Raises
    ------
    UnknownNameError : where there is no such system or region.
    SpecError : where its files have faults.
    """
    key = (system_id, region)
    if key not in library.composed:
        library.composed[key] = _compose(library, system_id, region)
    found: System = library.composed[key]
    return found


def _compose(library: Library, system_id: str, region: str) -> System:
    spec = library.get("system", system_id)
    words = spec.words
    chip = library.get("chip", words["chip"])
    places = _around(library, region)
    used = [spec, chip]
    inputs = dict(spec.figures)
    inputs |= _moved(chip, "chip.")
    if "scale_up.link" in chip.words:
        link = library.get("link", chip.words["scale_up.link"])
        inputs |= _moved(link, "scale_up.link.")
        used.append(link)
    if "scale_out.link" in words:
        link = library.get("link", words["scale_out.link"])
        inputs |= _moved(link, "scale_out.link.")
        used.append(link)
    parts = []
    for name in dict.fromkeys(path.split(".")[1] for path in words if path.startswith("parts.")):
        at = f"parts.{name}."
        title, part_type = name.replace("-", " "), words.get(at + "type", "")
        if at + "part" in words:
            part = library.get("part", words[at + "part"])
            title, part_type = part.short, part.words["type"]
            inputs |= _moved(part, at)
            used.append(part)
        said = (words[at + "role"], words[at + "within"], words[at + "per"], words.get(at + "included_in", ""))
        parts.append(PartUse(name, title, part_type, *said))
    for place in reversed(places):
        inputs |= place.figures
    used += places
    absent = {
        f"chip.{name}" if not name.startswith("chip.") and f"chip.{name}" in _CHIP else name: reason
        for name, reason in chip.words.get("absent", {}).items()
    }
    return System(
        id=system_id,
        name=spec.name,
        short=spec.short,
        spec=spec,
        chip=chip,
        inputs=inputs,
        parts=tuple(parts),
        topology=str(words.get("scale_up.topology", "")),
        absent=absent | words.get("absent", {}),
        claims=spec.claims,
        specs=tuple({id(one): one for one in used}.values()),
    )


_WORLD = "global"
_CHIP = ("chip.power", "chip.price")
