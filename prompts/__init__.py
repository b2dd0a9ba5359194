"""What the model is told: text files and one renderer."""
