"""What a model server and the GPUs say of themselves while they work."""
