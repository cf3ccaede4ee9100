"""What the view of supply asks of the library, as a link has it: who is cut off, and what shares are of."""

from __future__ import annotations

from collections.abc import Mapping

import calc

__all__ = ["KEYS", "WEIGHTS", "cuts", "faults"]

KEYS = ("cut", "weight")
"""Names of what this view keeps in the link: words between commas, and one of `WEIGHTS`."""

WEIGHTS = ("chips", "parts", "power")
"""What shares are of, the usual first."""

_LONGEST = 200


def cuts(text: str) -> tuple[str, ...]:
    """The words of a link.

    >>> cuts("tsmc,korea-hbm")
    ('tsmc', 'korea-hbm')
    """
    return tuple(dict.fromkeys(word.strip() for word in text[:_LONGEST].split(",") if word.strip()))


def faults(given: Mapping[str, str], library: calc.Library) -> dict[str, tuple[str, str]]:
    """What of a link this view cannot use, by its name: the kind of thing, and the nearest there is.

    Parameters
    ----------
    given : the link's values by name.
    library : the catalogue it has to fit.
    """
    found: dict[str, tuple[str, str]] = {}
    if given.get("weight") and given["weight"] not in WEIGHTS:
        found["weight"] = ("input", calc.nearest(given["weight"][:_LONGEST], WEIGHTS) or "")
    if given.get("cut"):
        known = calc.cut_words(library)
        strays = [word for word in cuts(given["cut"]) if word not in known]
        if strays:
            found["cut"] = ("input", calc.nearest(strays[0], known) or "")
    return found
