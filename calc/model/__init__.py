"""One evaluation: inputs and formulas joined by name. No arithmetic of its own."""
