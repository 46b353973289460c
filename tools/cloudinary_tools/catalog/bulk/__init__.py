"""The toolset `bulk`: a module for each tool, named like it."""
