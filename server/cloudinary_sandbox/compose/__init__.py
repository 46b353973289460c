"""New files from several assets: archives, sprites, animations, pages, text images."""
