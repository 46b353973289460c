"""The MCP side: tools, resources, prompts and questions, in both eras of the protocol."""
