"""The toolset `delivery_extras`: a module for each tool, named like it."""
