"""The type of everything a formula gives."""

from __future__ import annotations

from typing import Any

__all__ = ["Array"]

Array = Any
"""A float or a numpy array of floats: what numpy's own functions give for the arguments at hand."""
