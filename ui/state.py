"""What a page shows, as one frozen value, and the same as the query of a link.

The query holds only what is not default, by stable ids, with the version of its form. A link that
cannot be restored in full gives what can be, and says what could not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import calc
from calc import figures, names
from ui import asked, moved, priced, ranged, supplied

__all__ = [
    "DEFAULT_BASKET",
    "LANGUAGES",
    "MOST",
    "MOST_SAVED",
    "PINNED",
    "VIEW_KEYS",
    "Lost",
    "PageState",
    "restore",
    "to_query",
]

VERSION = "1"
DEFAULT_BASKET = ("cloudmatrix-384", "gb200-nvl72")
PINNED = {"cloudmatrix-384": 0, "gb200-nvl72": 1}
"""Systems whose colour is always the same, with their slots."""

MOST = 8
"""Systems a basket holds: as many as there are colours."""

LANGUAGES = ("en", "zh")
_LONGEST = 200
_MOST_SETTINGS = 40
MOST_SAVED = 4
"""Named scenarios a page holds: as many as stand side by side in a table."""

_BETWEEN = "~"

VIEW_KEYS = (
    "of", "x", "y", "goal", "kind", "spec", "find", "roofs", "scale", "formats", "runs", *asked.KEYS, *ranged.KEYS,
    *moved.KEYS, *priced.KEYS, *supplied.KEYS,
)  # fmt: skip
"""Names of what single views keep in the link, as short texts."""


@dataclass(frozen=True, slots=True)
class Lost:
    """One thing of a link that could not be restored.

    Attributes
    ----------
    what : the kind of thing: system, baseline, precision, per, source, setting, quantity, language,
        version, many, or of a workload model, number or mapping, an input, or a region.
    given : as the link has it, shortened.
    hint : the nearest there is, or what is wrong with it; empty where there is nothing to say.
    """

    what: str
    given: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class PageState:
    """Everything a page shows.

    Attributes
    ----------
    slots : ids of the basket's systems by colour slot; empty text where a slot is free.
    chosen : id of the baseline as chosen; empty where it is left to the default.
    precision, sparse, per : as `calc.compare` takes them.
    iec : whether bytes are shown in powers of 1024.
    only_differences : whether rows that are the same are hidden.
    every_row : whether rows beyond the main ones are shown.
    prefer : ids of preferred sources.
    settings : inputs that are set, as pairs of path and text.
    language : en or zh as chosen; empty for the reader's own.
    why : the quantity whose panel is open; empty for none.
    view : what single views keep, as pairs of a name in `VIEW_KEYS` and a text.
    saved : named scenarios, each a name and then its settings as ``path=text``.
    """

    slots: tuple[str, ...] = DEFAULT_BASKET
    chosen: str = ""
    precision: str = "bf16"
    sparse: bool = False
    per: str = "system"
    iec: bool = False
    only_differences: bool = False
    every_row: bool = False
    prefer: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    language: str = ""
    why: str = ""
    view: tuple[tuple[str, str], ...] = ()
    saved: tuple[tuple[str, ...], ...] = ()

    @property
    def systems(self) -> tuple[str, ...]:
        """Ids of the systems, in the order of their slots."""
        return tuple(system for system in self.slots if system)

    @property
    def base(self) -> str:
        """Id of the system that ratios are to; empty where the basket is."""
        if self.chosen in self.systems:
            return self.chosen
        if DEFAULT_BASKET[1] in self.systems:
            return DEFAULT_BASKET[1]
        return self.systems[-1] if self.systems else ""

    @property
    def others(self) -> tuple[str, ...]:
        """Ids of the systems that are not the baseline."""
        return tuple(system for system in self.systems if system != self.base)

    def slot(self, system: str) -> int:
        """The colour slot of a system, from 0."""
        return self.slots.index(system)

    def scenario(self) -> calc.Scenario:
        """The assumptions, as calc takes them."""
        return calc.Scenario(self.precision, self.sparse, dict(self.settings), self.prefer)

    def get(self, key: str, default: str = "") -> str:
        """What a view keeps under a name of `VIEW_KEYS`."""
        return dict(self.view).get(key, default)

    def put(self, **kept: str) -> PageState:
        """The same with some of a view's texts changed; an empty one is dropped."""
        view = {key: text for key, text in {**dict(self.view), **kept}.items() if text and key in VIEW_KEYS}
        return replace(self, view=tuple(sorted(view.items())))

    def join(self, system: str) -> PageState:
        """The same with a system added in the slot that is its own, or the lowest that is free."""
        if system in self.systems or len(self.systems) >= MOST:
            return self
        slots = list(self.slots) + [""] * (MOST - len(self.slots))
        free = [slot for slot in range(MOST) if not slots[slot]]
        own = [slot for slot in free if slot == PINNED.get(system)]
        shared = [slot for slot in free if slot not in PINNED.values()]
        slots[(own or shared or free)[0]] = system
        return replace(self, slots=_trimmed(slots))

    def leave(self, system: str) -> PageState:
        """The same without a system, and without what was set for it alone."""
        slots = _trimmed("" if here == system else here for here in self.slots)
        settings = tuple(pair for pair in self.settings if not pair[0].startswith(f"{system}:"))
        chosen = "" if self.chosen == system else self.chosen
        kept = ((name, *(one for one in ones if not one.startswith(f"{system}:"))) for name, *ones in self.saved)
        saved = tuple(scenario for scenario in kept if len(scenario) > 1)
        view = tuple(pair for pair in self.view if not pair[1].startswith(f"{system}:"))
        return replace(self, slots=slots, settings=settings, chosen=chosen, saved=saved, view=view)

    def set(self, path: str, text: str) -> PageState:
        """The same with an input set; with an empty text it is as published again."""
        settings = {**dict(self.settings), path: text}
        return replace(self, settings=tuple((path, text) for path, text in settings.items() if text))


def _trimmed(slots: Iterable[str]) -> tuple[str, ...]:
    kept = list(slots)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def to_query(state: PageState) -> dict[str, list[str]]:
    """What a link has to say: nothing for the default state, and always the same order."""
    plain = PageState()
    query: dict[str, list[str]] = {}
    if state.slots != plain.slots:
        query["s"] = [",".join(state.slots) or "none"]
    if state.chosen and state.chosen != replace(state, chosen="").base:
        query["base"] = [state.chosen]
    if state.precision != plain.precision:
        query["p"] = [state.precision]
    if state.per != plain.per:
        query["per"] = [state.per]
    for key, held in (
        ("sparse", state.sparse),
        ("iec", state.iec),
        ("diff", state.only_differences),
        ("rows", state.every_row),
    ):
        if held:
            query[key] = ["1"]
    if state.prefer:
        query["prefer"] = [",".join(state.prefer)]
    if state.settings:
        query["set"] = [f"{path}={text}" for path, text in state.settings]
    if state.saved:
        query["save"] = [_BETWEEN.join(scenario) for scenario in state.saved]
    if state.language:
        query["lang"] = [state.language]
    if state.why:
        query["why"] = [state.why]
    query |= {key: [text] for key, text in state.view}
    return {"v": [VERSION], **query} if query else {}


def restore(query: Mapping[str, Sequence[str]], library: calc.Library) -> tuple[PageState, list[Lost]]:
    """The state a link describes, and what of it could not be restored.

    Parameters
    ----------
    query : values by name, as the address has them.
    library : the catalogue it has to fit.
    """
    lost: list[Lost] = []
    first = {key: values[0].strip() for key, values in query.items() if values}
    if first.get("v", VERSION) != VERSION:
        lost.append(Lost("version", _short(first["v"])))
    state = _basket(PageState(), first, library, lost)
    state = _choices(state, first, lost)
    state = _preferred(state, first, library, lost)
    state = _settings(state, query.get("set", ()), library, lost)
    state = _saved(state, query.get("save", ()), library, lost)
    if first.get("why"):
        rows = [row.name for row in names.QUANTITIES.values() if row.compared]
        if first["why"] in rows:
            state = replace(state, why=first["why"])
        else:
            lost.append(Lost("quantity", _short(first["why"]), calc.nearest(first["why"][:_LONGEST], rows) or ""))
    faults = asked.faults(first, library) | ranged.faults(first, state.systems, library) | moved.faults(first)
    faults |= supplied.faults(first, library)
    faults |= priced.faults(first, library)
    lost += [Lost(what, _short(first[key]), hint) for key, (what, hint) in faults.items()]
    kept = [key for key in VIEW_KEYS if first.get(key) and key not in faults]
    return state.put(**{key: first[key][:_LONGEST] for key in kept}), lost


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _basket(state: PageState, first: Mapping[str, str], library: calc.Library, lost: list[Lost]) -> PageState:
    known = library.ids("system")
    if "s" not in first:
        return replace(state, slots=tuple(system if system in known else "" for system in state.slots))
    if first["s"] == "none":
        return replace(state, slots=())
    slots: list[str] = []
    late: list[str] = []
    over = 0
    for place, system in enumerate(first["s"].split(",")):
        system = system.strip()
        if system and system not in known:
            lost.append(Lost("system", _short(system), _title(library, calc.nearest(system[:_LONGEST], known))))
            system = ""
        if system in slots or system in late:
            system = ""
        if place < MOST:
            slots.append(system)
        elif system:
            late.append(system)
    state = replace(state, slots=_trimmed(slots))
    for system in late:
        if len(state.systems) < MOST:
            state = state.join(system)
        else:
            over += 1
    if over:
        lost.append(Lost("many", str(over), str(MOST)))
    # Nothing that is sent can fill the page with one sentence.
    unknown = [item for item in lost if item.what == "system"]
    if len(unknown) > 4:
        lost[:] = [item for item in lost if item.what != "system" or item in unknown[:4]]
        lost.append(Lost("more", str(len(unknown[4:]))))
    return state


def _title(library: calc.Library, system: str | None) -> str:
    return library.get("system", system).short if system else ""


def _choices(state: PageState, first: Mapping[str, str], lost: list[Lost]) -> PageState:
    changed: dict[str, Any] = {}
    for key, field, allowed in (
        ("base", "chosen", state.systems),
        ("p", "precision", names.PRECISIONS),
        ("per", "per", figures.PER),
        ("lang", "language", LANGUAGES),
    ):
        given = first.get(key)
        if given is None:
            continue
        if given in allowed:
            changed[field] = given
        else:
            lost.append(Lost(key, _short(given), calc.nearest(given[:_LONGEST], allowed) or ""))
    for key, field in (("sparse", "sparse"), ("iec", "iec"), ("diff", "only_differences"), ("rows", "every_row")):
        changed[field] = first.get(key) == "1"
    return replace(state, **changed)


def _preferred(state: PageState, first: Mapping[str, str], library: calc.Library, lost: list[Lost]) -> PageState:
    if not first.get("prefer"):
        return state
    cited = _cited(state.systems, library)
    kept = []
    for source in first["prefer"].split(",")[:_MOST_SETTINGS]:
        if source in cited:
            kept.append(source)
        else:
            lost.append(Lost("source", _short(source), calc.nearest(source[:_LONGEST], cited) or ""))
    return replace(state, prefer=tuple(dict.fromkeys(kept)))


def _cited(systems: Iterable[str], library: calc.Library) -> set[str]:
    return {
        reading.source
        for system in systems
        for datum in calc.load(system, library=library).inputs.values()
        for reading in datum.readings
    }


def _settings(state: PageState, given: Sequence[str], library: calc.Library, lost: list[Lost]) -> PageState:
    for text in given[:_MOST_SETTINGS]:
        path, _, value = text[:_LONGEST].partition("=")
        fault = fault_of(state, path.strip(), value.strip(), library)
        if fault:
            lost.append(Lost("setting", _short(text), fault))
        else:
            state = state.set(path.strip(), value.strip())
    return state


def _saved(state: PageState, given: Sequence[str], library: calc.Library, lost: list[Lost]) -> PageState:
    kept = []
    for text in given[:MOST_SAVED]:
        name, *settings = text[: _LONGEST * 10].split(_BETWEEN)
        alone = _settings(replace(state, settings=()), settings, library, lost)
        if name.strip() and alone.settings:
            kept.append((name.strip()[:60], *(f"{path}={value}" for path, value in alone.settings)))
    return replace(state, saved=tuple(kept))


def fault_of(state: PageState, path: str, text: str, library: calc.Library) -> str:
    """What is wrong with setting an input of the basket's systems; empty where nothing is."""
    system, colon, _ = path.partition(":")
    if not path or not text:
        return "path=value"
    if colon and system not in state.systems:
        return f"no system '{_short(system)}' in the basket"
    for each in (system,) if colon else state.systems:
        try:
            calc.evaluate(each, calc.Scenario(state.precision, state.sparse, {path: text}), library=library)
        except calc.CalcError as error:
            return str(error)
    return ""


def without_strays(state: PageState, library: calc.Library) -> PageState:
    """The same without what rests on systems that have left the basket."""
    cited = _cited(state.systems, library) if state.prefer else set()
    return replace(state, prefer=tuple(source for source in state.prefer if source in cited))
