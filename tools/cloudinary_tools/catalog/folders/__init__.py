"""The toolset `folders`: a module for each tool, named like it."""
