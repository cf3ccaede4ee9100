"""What is known: spec files, their schema, and the catalogue they make."""
