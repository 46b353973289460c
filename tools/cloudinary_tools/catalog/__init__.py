"""The tools: a folder for each toolset, and in it a module for each tool, named like the tool."""
