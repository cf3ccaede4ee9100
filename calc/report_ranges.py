"""Bands, sensitivities, break-evens, frontiers and sweeps, as tables to print."""

from __future__ import annotations
