"""The toolset `assets`: a module for each tool, named like it."""
