"""The model says that it is done."""
