"""`python -m cloudinary_mcp` is the command `cloudinary-mcp`."""

from cloudinary_mcp.cli import main

main()
