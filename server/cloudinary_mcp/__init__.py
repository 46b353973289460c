"""Serve a Cloudinary media library over the Model Context Protocol."""
