"""The toolset `search`: a module for each tool, named like it."""
