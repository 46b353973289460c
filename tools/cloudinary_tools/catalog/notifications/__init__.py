"""The toolset `notifications`: a module for each tool, named like it."""
