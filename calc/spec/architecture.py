"""A network's architecture, from its spec file."""

from __future__ import annotations

from dataclasses import fields

from calc.physics.transformer import Architecture
from calc.spec.library import Library

__all__ = ["architecture"]


def architecture(library: Library, model: str) -> Architecture:
    """The architecture of a model.

    Parameters
    ----------
    library : the catalogue.
    model : id of a model.

    Raises
    ------
    UnknownNameError : where there is no such model.
    SpecError : where its file has faults.
    """
    words = library.get("model", model).words
    return Architecture(**{field.name: words[field.name] for field in fields(Architecture) if field.name in words})
