"""What `mimosa eval` does, a module a command."""
