"""What only Python can do for jetson-vla: export and quantise. The `jetson-vla` program runs it; see protocol.py."""
