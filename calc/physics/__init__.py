"""Formulas: one published relation each, on SI floats and arrays that broadcast.

A formula carries the name of the quantity it gives, and its parameters the names of the
quantities it takes, each with the dots as underscores (see `calc.names`).
"""
