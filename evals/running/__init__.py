"""A run: many instances, workers, a journal."""
