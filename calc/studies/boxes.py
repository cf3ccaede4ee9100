"""Boxes of large arrays, and the parameters of a model cut to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import product
from math import prod
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["alike", "blocks", "part_of", "shape_of", "taken"]

T = TypeVar("T")


def blocks(shape: Sequence[int], most: int, first: int = 0) -> Iterator[tuple[slice, ...]]:
    """Boxes of at most so many elements that together are an array, cut along one axis first.

    Parameters
    ----------
    shape : of the array.
    most : elements of a box.
    first : the axis that is cut first; the others follow in order.

    >>> list(blocks((4, 3), 6))
    [(slice(0, 2, None), slice(0, 3, None)), (slice(2, 4, None), slice(0, 3, None))]
    """
    if not shape:
        yield ()
        return
    steps = list(shape)
    for axis in sorted(range(len(shape)), key=lambda one: (one != first % len(shape), one)):
        if prod(steps) > most:
            steps[axis] = max(most * steps[axis] // prod(steps), 1)
    cuts = [
        [slice(start, min(start + step, size)) for start in range(0, size, step)]
        for size, step in zip(shape, steps, strict=True)
    ]
    yield from product(*cuts)


def part_of(thing: T, box: tuple[slice, ...]) -> T:
    """Arrays, alone or as parameters of anything, cut to a box of what they broadcast to.

    Parameters
    ----------
    thing : an array, a number, or a dataclass of such.
    box : slices of the whole, one for each of its axes.
    """
    if is_dataclass(thing) and not isinstance(thing, type):
        moved = {field.name: part_of(getattr(thing, field.name), box) for field in fields(thing)}
        return replace(thing, **{name: value for name, value in moved.items() if value is not getattr(thing, name)})
    if not isinstance(thing, np.ndarray) or not thing.ndim:
        return thing
    own = box[len(box) - thing.ndim :]
    cut = tuple(slice(None) if size == 1 else one for size, one in zip(thing.shape, own, strict=True))
    return thing[cut]  # type: ignore[return-value]


def taken(thing: T, shape: Sequence[int], where: NDArray[Any]) -> T:
    """Arrays, alone or as parameters of anything, at places of the flattened shape they broadcast to.

    Parameters
    ----------
    thing : an array, a number, or a dataclass of such; an array that does not broadcast to the shape stays as it is.
    shape : of the whole.
    where : places in it.
    """
    if is_dataclass(thing) and not isinstance(thing, type):
        moved = {field.name: taken(getattr(thing, field.name), shape, where) for field in fields(thing)}
        return replace(thing, **{name: value for name, value in moved.items() if value is not getattr(thing, name)})
    if not isinstance(thing, np.ndarray) or not thing.ndim:
        return thing
    if np.broadcast_shapes(thing.shape, tuple(shape)) != tuple(shape):
        return thing
    chosen: Any = np.broadcast_to(thing, shape).reshape(-1)[where]
    return chosen  # type: ignore[no-any-return]


def shape_of(*things: Any) -> tuple[int, ...]:
    """What all arrays among things, and among their parameters, broadcast to.

    Parameters
    ----------
    things : arrays, numbers, or dataclasses of such.
    """
    shapes: list[tuple[int, ...]] = []
    for thing in things:
        if is_dataclass(thing) and not isinstance(thing, type):
            shapes.append(shape_of(*(getattr(thing, field.name) for field in fields(thing))))
        elif isinstance(thing, np.ndarray):
            shapes.append(thing.shape)
    return np.broadcast_shapes(*shapes)


def alike(found: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Every result in the shape that all of them broadcast to.

    Parameters
    ----------
    found : results by name.
    """
    shape = np.broadcast_shapes(*(values.shape for values in found.values()))
    return {name: values if values.shape == shape else np.broadcast_to(values, shape) for name, values in found.items()}
