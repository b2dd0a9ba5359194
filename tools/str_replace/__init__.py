"""Replace one place in a file, or create a file."""
