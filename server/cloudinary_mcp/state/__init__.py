"""Where what must outlive a process is kept: files in the data folder, shared by several processes and versions."""
