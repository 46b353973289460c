"""The MCP prompts: tasks that a person picks from a menu, each a few lines that name the tools to call, in order."""

from cloudinary_mcp.protocol.prompts.model import CompletionKind
from cloudinary_mcp.protocol.prompts.registry import PromptRegistry, UnknownPrompt

__all__ = ["CompletionKind", "PromptRegistry", "UnknownPrompt"]
