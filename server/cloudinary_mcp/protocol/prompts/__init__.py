"""Guided tasks: what a person picks from a menu, put into a few lines that name the right tools in the right order."""

from cloudinary_mcp.protocol.prompts.model import CompletionKind
from cloudinary_mcp.protocol.prompts.registry import PromptRegistry, UnknownPrompt

__all__ = ["CompletionKind", "PromptRegistry", "UnknownPrompt"]
