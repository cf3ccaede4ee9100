"""One spec file to what it says, or to the list of everything wrong with it."""

from __future__ import annotations

from typing import Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from calc import names, units
from calc.errors import Fault, UnknownNameError, nearest
from calc.spec import text
from calc.spec.datum import Datum
from calc.spec.schema import ID, MODELS, Maker, Reading, Scenario, Source, Study

__all__ = ["Compiled", "cited", "compile_scenario", "compile_sources", "compile_spec", "compile_study", "quantity_of"]

Compiled = dict[str, Any]
"""A checked file as plain values, ready to be kept as JSON."""

_MEANT = {
    "bandwidth": "does not say which way. Give bandwidth_per_direction; halve a two-way figure.",
    "memory": "is not said here; high-bandwidth memory stands under hbm",
    "tdp": "is not said here; a package's rated power stands under power",
}


def _allowed(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Keys that may stand where the last step of `path` does."""
    annotation: Any = model
    for step in path[:-1]:
        found = _models(annotation)
        field = next((m.model_fields[str(step)].annotation for m in found if str(step) in m.model_fields), None)
        annotation = field if field is not None else annotation
    return [name for found in _models(annotation) for name in found.model_fields]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) is None:
        return []
    return [model for part in get_args(annotation) for model in _models(part)]


def _message(error: Any, model: type[BaseModel]) -> tuple[tuple[str | int, ...], str]:
    """Our words for one of pydantic's errors, and the path it is about."""
    path = tuple(step for step in error["loc"] if step not in ("[key]",))
    last = str(path[-1]) if path else ""
    kind, context = error["type"], error.get("ctx", {})
    given = str(error.get("input"))[:60]
    if kind == "extra_forbidden":
        allowed = _allowed(model, path)
        if last in _MEANT and last not in allowed:
            return path, _MEANT[last]
        close = nearest(last, allowed)
        return (
            path,
            f"no such key; did you mean '{close}'?" if close else f"no such key; there are {', '.join(allowed)}",
        )
    if kind == "missing":
        if last == "source":
            return path, "is missing; every figure names its source, an id in sources.yaml"
        return path, "is missing"
    if kind == "literal_error":
        expected = context["expected"].replace(" or ", ", ").replace("'", "").split(", ")
        close = nearest(given, expected)
        hint = f"did you mean '{close}'? " if close else ""
        return path, f"'{given}' is not one of the words allowed; {hint}({', '.join(expected)})"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return path, f"'{given}' is a plain value; this takes keys of its own"
    if kind == "string_type":
        return path, "takes one plain value"
    if kind in (
        "too_short",
        "too_long",
        "string_too_long",
        "list_type",
        "int_parsing",
        "greater_than_equal",
        "less_than_equal",
    ):
        return path, f"'{given}': {error['msg'][0].lower()}{error['msg'][1:]}"
    if kind == "string_pattern_mismatch":
        return path, f"'{given}' is not an address; write https://…"
    return path, error["msg"]


def _faults(
    error: ValidationError, model: type[BaseModel], parsed: text.Parsed, file: str, root: tuple[str, ...] = ()
) -> list[Fault]:
    faults = []
    for item in error.errors():
        path, message = _message(item, model)
        path = root + path
        # A single reading is written without the list around it.
        if path not in parsed.places:
            path = tuple(s for i, s in enumerate(path) if not (s == 0 and path[: i + 1] not in parsed.places))
        line, column = parsed.place(path)
        faults.append(Fault(file, line, column, text.dotted(path), message))
    return faults


def compile_spec(data: bytes | str, file: str, spec_id: str) -> tuple[Compiled | None, list[Fault]]:
    """Check one spec file.

    Parameters
    ----------
    data : the file's content.
    file : its name, for messages and for the figures' places.
    spec_id : its id, which is the file's name without ``.yaml``.

    Returns
    -------
    compiled : the spec as plain values, or None where it has a fault.
    faults : everything wrong with it.
    """
    parsed = text.parse(data, file)
    values = parsed.values
    if values is None:
        return None, parsed.faults or [Fault(file, 1, 1, "", "is empty; see podcalc new")]
    if not isinstance(values, dict):
        return None, [*parsed.faults, Fault(file, 1, 1, "", "is not a mapping; a spec starts with 'kind: ...'")]
    faults = list(parsed.faults)
    if not ID.fullmatch(spec_id):
        faults.append(
            Fault(file, 1, 1, "", f"'{spec_id}' is not an id; name the file in lower-case letters, digits, '-' and '.'")
        )
    kind = values.get("kind")
    if kind not in MODELS:
        line, column = parsed.place(("kind",))
        close = nearest(str(kind), MODELS) if kind else None
        hint = f"did you mean '{close}'?" if close else f"there are {', '.join(MODELS)}"
        what = f"no kind '{kind}'; {hint}" if kind is not None else f"is missing; {hint}"
        return None, [*faults, Fault(file, line, column, "kind", what)]
    model = MODELS[str(kind)]
    try:
        spec = model.model_validate(values)
    except ValidationError as error:
        return None, faults + _faults(error, model, parsed, file)
    compiled: Compiled = {"id": spec_id, "kind": kind, "words": {}, "figures": {}, "claims": [], "places": {}}
    _flatten(spec, "", (), parsed, file, compiled)
    for name in compiled["words"].get("absent", {}):
        try:
            names.find(name)
        except UnknownNameError as fault:
            line, column = parsed.place(("absent", name))
            faults.append(Fault(file, line, column, f"absent.{name}", str(fault)))
    return (None if faults else compiled), faults


def cited(data: bytes | str, file: str) -> list[tuple[str, int, int, str]]:
    """Every source that a faulty file cites: its id, line, column and path."""
    parsed = text.parse(data, file)
    found = []

    def look(value: Any, path: tuple[str | int, ...]) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key == "source" and isinstance(inner, str):
                    found.append((inner, *parsed.place((*path, key)), text.dotted((*path, key))))
                else:
                    look(inner, (*path, key))
        elif isinstance(value, list):
            for i, inner in enumerate(value):
                look(inner, (*path, i))

    look(parsed.values, ())
    return found


def _flatten(
    value: Any, name: str, path: tuple[str | int, ...], parsed: text.Parsed, file: str, into: Compiled
) -> None:
    """Sort a checked model into figures by dotted path, and words."""
    if isinstance(value, list) and value and isinstance(value[0], Reading):
        into["figures"][name] = [_reading(reading, name, (*path, i), parsed) for i, reading in enumerate(value)]
    elif name == "claims":
        for i, claim in enumerate(value):
            entry = claim.model_dump(exclude_none=True)
            row = names.find(claim.quantity)
            entry |= {"si": units.parse(claim.value, row.unit), "line": parsed.place((*path, i))[0]}
            into["places"][f"claims[{i}].source"] = parsed.place((*path, i, "source"))
            into["claims"].append(entry)
    elif isinstance(value, list) and value and isinstance(value[0], Maker):
        into["words"][name] = [
            maker.model_dump(exclude_none=True) | {"place": parsed.place((*place_path((*path, i), parsed), "source"))}
            for i, maker in enumerate(value)
        ]
    elif isinstance(value, BaseModel):
        for key in type(value).model_fields:
            _flatten(getattr(value, key), f"{name}.{key}" if name else key, (*path, key), parsed, file, into)
    elif isinstance(value, dict) and name not in ("absent", "origin.unknown"):
        for key, inner in value.items():
            _flatten(inner, f"{name}.{key}", (*path, key), parsed, file, into)
    elif value is not None and name != "kind" and value != {} and value != []:
        into["words"][name] = value
        into["places"][name] = parsed.place(path)


def _reading(reading: Reading, name: str, path: tuple[str | int, ...], parsed: text.Parsed) -> dict[str, Any]:
    unit = names.find(quantity_of(name, parsed.values["kind"])).unit
    place = parsed.place(place_path(path, parsed))
    low, high = (units.parse(end, unit) for end in reading.range) if reading.range else (None, None)
    datum = Datum(
        path=name,
        value=units.parse(reading.value, unit),
        unit=unit,
        text=reading.value,
        source=reading.source,
        confidence=reading.confidence,
        at=reading.at or "",
        low=low,
        high=high,
        distribution=reading.distribution or "uniform",
        note=reading.note or "",
        currency_year=reading.currency_year,
        line=place[0],
    )
    kept = {key: getattr(datum, key) for key in Datum.__slots__ if key not in ("path", "unit", "file", "alternatives")}
    return kept | {"place": parsed.place((*place_path(path, parsed), "source"))}


def place_path(path: text.Path, parsed: text.Parsed) -> text.Path:
    """A reading's path in the file, where a single reading is written without the list around it."""
    return path if path in parsed.places else path[:-1]


def quantity_of(name: str, kind: str) -> str:
    """The nomenclature's name of a figure in a spec of some kind."""
    if kind == "chip":
        return f"chip.{name}"
    if kind == "link":
        return f"scale_up.link.{name}"
    if kind == "part":
        return f"part.{name}"
    return name


def compile_sources(data: bytes | str, file: str) -> tuple[dict[str, Compiled], list[Fault]]:
    """Check a ``sources.yaml``; every sound source is kept, whatever is wrong with the others."""
    parsed = text.parse(data, file)
    faults = list(parsed.faults)
    sources: dict[str, Compiled] = {}
    if parsed.values is None:
        return sources, faults
    if not isinstance(parsed.values, dict):
        return sources, [*faults, Fault(file, 1, 1, "", "is not a mapping of source ids")]
    adapter = TypeAdapter(Source)
    for source_id, entry in parsed.values.items():
        line, column = parsed.place((source_id,))
        if not ID.fullmatch(source_id):
            faults.append(Fault(file, line, column, source_id, "is not an id; lower-case letters, digits, '-' and '.'"))
            continue
        try:
            sources[source_id] = adapter.validate_python(entry).model_dump(exclude_none=True) | {"line": line}
        except ValidationError as error:
            faults += _faults(error, Source, parsed, file, (source_id,))
    return sources, faults


def compile_scenario(data: bytes | str, file: str) -> tuple[Compiled | None, dict[str, tuple[int, int]], list[Fault]]:
    """Check a scenario's file; what it says of systems has to be checked against a catalogue.

    Parameters
    ----------
    data : the file's content.
    file : its name, for messages.

    Returns
    -------
    compiled : its values, or None where it has a fault.
    places : line and column of every value, by dotted path.
    faults : everything wrong with it.
    """
    return _compile_asked(data, file, "scenario", Scenario)


def compile_study(data: bytes | str, file: str) -> tuple[Compiled | None, dict[str, tuple[int, int]], list[Fault]]:
    """Check a study's file; as `compile_scenario`."""
    return _compile_asked(data, file, "study", Study)


def _compile_asked(
    data: bytes | str, file: str, kind: str, model: type[BaseModel]
) -> tuple[Compiled | None, dict[str, tuple[int, int]], list[Fault]]:
    parsed = text.parse(data, file)
    places = {text.dotted(path): place for path, place in parsed.places.items()}
    values = parsed.values
    if not isinstance(values, dict):
        what = "is empty" if values is None else "is not a mapping"
        return (
            None,
            places,
            parsed.faults or [Fault(file, 1, 1, "", f"{what}; a {kind} starts with 'kind: {kind}'")],
        )
    if values.get("kind") != kind:
        line, column = parsed.place(("kind",))
        said = f"'{str(values['kind'])[:60]}' is not a {kind}" if "kind" in values else "is missing"
        return None, places, [*parsed.faults, Fault(file, line, column, "kind", f"{said}; write 'kind: {kind}'")]
    try:
        asked = model.model_validate(values)
    except ValidationError as error:
        return None, places, parsed.faults + _faults(error, model, parsed, file)
    return (None if parsed.faults else asked.model_dump()), places, parsed.faults
