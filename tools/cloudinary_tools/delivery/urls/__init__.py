"""Delivery and download URLs: built, signed, parsed, and put into HTML."""
