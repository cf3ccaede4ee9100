"""A model's spec file, from the ``config.json`` that the model is published with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from textwrap import wrap

from calc.errors import CalcError
from calc.physics.transformer import Architecture, active_parameters, total_parameters
from calc.spec.library import file_bytes
from calc.spec.model_config import Configured, plain, read_config
from calc.spec.schema import ID, described
from calc.spec.template import SOURCES

__all__ = ["import_model"]

_WIDTH = 112
_PLAIN_NAME = re.compile(r"[A-Za-z][\w.+-]*( [\w.+-]+)*", re.ASCII)

_SCHEMA = "# yaml-language-server: $schema=../.schema/model.json"
_HEAD = (
    "A model, from its {file}. Save it as {id}.yaml in a folder of yours, with its source in sources.yaml"
    " beside it (podcalc new sources), and check it with: podcalc validate <folder>",
    "A configuration says neither who made the network nor where it is published: fill in vendor, country and source.",
)


def import_model(path: str, id: str | None = None, name: str | None = None) -> str:
    """A spec of the network that a configuration describes.

    Parameters
    ----------
    path : a Hugging Face ``config.json``.
    id : id to save it under; made from the name unless given.
    name : its full name; the file's, its folder's or the configuration's own unless given.

    Returns
    -------
    str : YAML that `podcalc validate` finds no fault with once vendor, country and source are filled in.

    Raises
    ------
    SpecError : where the file cannot be read.
    CalcError : where it is not the configuration of a decoder-only language network, lacks something, or where an
        id or a name is none.
    """
    if id is not None and not ID.fullmatch(id):
        raise CalcError(
            f"--id '{plain(id)}' is not an id; an id is lower-case letters, digits, '-' and '.', and no path"
        )
    if name is not None and (not name.strip() or len(name) > 120 or not name.isprintable()):
        raise CalcError(f"--name '{plain(name)}' is not a name; write 1 to 120 letters, digits and signs")
    found = read_config(file_bytes(path, "a config.json"), path)
    name = name or _named(Path(path), found)
    id = id or re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")[:64].rstrip("-.") or "model"
    head = [line for said in _HEAD for line in _remark(said.format(file=plain(Path(path).name), id=id))]
    return "\n".join([_SCHEMA, *head, *_lines(found, name)]) + "\n"


def _named(path: Path, found: Configured) -> str:
    """The best name at hand: that of the file, of what it was published as, of its folder, of its type."""
    stem = re.sub(r"(^|[-_.])config$", "", path.stem)
    named = stem or found.called.rpartition("/")[2] or path.parent.name or found.kind or "model"
    return plain(named, 120).strip() or "model"


def _text(text: str) -> str:
    """A text as YAML reads it back."""
    return text if _PLAIN_NAME.fullmatch(text) else json.dumps(text)


def _lines(found: Configured, name: str) -> Iterator[str]:
    network = found.architecture
    yield from _remark(_parameters(network))
    if found.remarks:
        yield "# What the configuration says and a spec does not:"
        for said in found.remarks:
            yield from _remark(said, "# - ", "#   ")
    yield "kind: model"
    given = {
        "name": f"name: {_text(name)}",
        "vendor": "vendor:",
        "country": "country:",
        "introduced": "# introduced: 2026-04",
        "checked": f"checked: {date.today().isoformat()}",
        "source": f"source: {SOURCES.partition(':')[0]}",
        "total_parameters": "# total_parameters:",
        "active_parameters": "# active_parameters:",
    }
    usual = {field.name: field.default for field in fields(Architecture)}
    schema = described()["model"].model_fields
    first = ["name", "vendor", "country", "introduced", "checked"]
    for key in [*first, *(key for key in schema if key not in first)]:
        line = given.get(key, "")
        if key in usual:
            value = getattr(network, key)
            if value == usual[key]:
                continue
            shown = str(value).lower() if isinstance(value, bool) else str(value)
            origin = found.origins.get(key)
            line = f"{key}: {shown}  # {origin}" if origin else f"{key}: {shown}"
        if line:
            yield f"# {schema[key].description}"
            yield line


def _parameters(network: Architecture) -> str:
    total, active = total_parameters(network), active_parameters(network)
    used = (
        "of which each token uses all" if active == total else f"of which each token uses {active:,} ({_short(active)})"
    )
    said = f"Parameters computed from it: {total:,} ({_short(total)}), {used}"
    if extra := total_parameters(network, prediction=True) - total:
        said += f"; layers that predict further tokens come to {extra:,} more"
    return f"{said}. What the maker publishes goes into total_parameters and active_parameters."


def _short(count: int) -> str:
    return f"{count / 1e9:,.3g}B" if count < 1e12 else f"{count / 1e12:,.3g}T"


def _remark(text: str, first: str = "# ", rest: str = "# ") -> list[str]:
    return wrap(text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
