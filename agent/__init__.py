"""What is said: the loop, the history, the session on disk, limits and guards, the command line."""
