"""Apply a unified diff over several files, whole or not at all."""
