"""Structured metadata: its fields, their lists of values, conditional rules, and the values of assets."""
