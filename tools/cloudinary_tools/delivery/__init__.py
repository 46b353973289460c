"""Transformations, delivery URLs and signed downloads of Cloudinary: pure functions, no network."""
