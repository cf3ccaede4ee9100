"""podcalc in the browser: pages that pick, call `calc`, and draw."""
