"""The toolset `triggers`: a module for each tool, named like it."""
