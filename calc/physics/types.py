"""The types of what a formula gives."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "BoolArray", "FloatArray", "IntArray"]

Array = Any
"""A float or a numpy array of floats: what numpy's own functions give for the arguments at hand."""
FloatArray = NDArray[np.float64]
"""What a function gives that turns all of its arguments into arrays; of no dimension for plain numbers."""
IntArray = NDArray[np.int64]
"""The same of whole numbers, such as indices."""
BoolArray = NDArray[np.bool_]
"""The same of yes and no."""
