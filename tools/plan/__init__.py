"""The model presents its plan, and the user decides."""
