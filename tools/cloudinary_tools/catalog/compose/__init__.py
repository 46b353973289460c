"""The toolset `compose`: a module for each tool, named like it."""
