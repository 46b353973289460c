"""The toolset `library`: a module for each tool, named like it."""
