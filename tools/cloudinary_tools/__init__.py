"""What an assistant can do with a Cloudinary media library: a typed Python library that knows no MCP."""
