"""One module for each view, each with a ``render(state)``."""
