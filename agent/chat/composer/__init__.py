"""What the user types: the input line, its keys, its completions."""
