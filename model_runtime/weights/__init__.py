"""A model's files: what belongs to it, downloaded and checked."""
