"""The list of what is to be done, kept by the model and seen by the user."""
