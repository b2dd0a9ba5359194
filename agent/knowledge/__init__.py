"""What the model is told of the project and of the user before the first word: instructions and skills."""
