"""The toolset `account`: a module for each tool, named like it."""
