"""Transformations: their reference, checks, serialisation to URL text and back."""
