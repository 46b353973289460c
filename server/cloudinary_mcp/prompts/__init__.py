"""Guided tasks: what a person picks from a menu, put into a few lines that name the right tools in the right order."""

from cloudinary_mcp.prompts.menu import Prompts, UnknownPrompt
from cloudinary_mcp.prompts.model import CompletionKind

__all__ = ["CompletionKind", "Prompts", "UnknownPrompt"]
