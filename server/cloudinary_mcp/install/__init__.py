"""`cloudinary-mcp install` and `uninstall`: put the server into the configuration of an MCP host, and take it out."""
