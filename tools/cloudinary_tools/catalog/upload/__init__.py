"""The toolset `upload`: a module for each tool, named like it."""
