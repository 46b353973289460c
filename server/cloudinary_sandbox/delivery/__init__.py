"""Delivery URLs: originals, and derived files made on first request."""
