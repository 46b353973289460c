"""`python -m cloudinary_sandbox` runs the sandbox cloud alone, as `cloudinary-mcp sandbox` does."""

from cloudinary_sandbox.cli import main

if __name__ == "__main__":
    main()
