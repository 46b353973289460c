"""The toolset `delivery`: a module for each tool, named like it."""
