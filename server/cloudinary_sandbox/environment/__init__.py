"""The settings of a product environment: upload presets, named transformations, mappings, streaming profiles, usage."""
