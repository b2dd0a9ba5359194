"""Attempts on the machines of a Ray cluster: each beside its sandbox, its files streamed back as they grow."""
