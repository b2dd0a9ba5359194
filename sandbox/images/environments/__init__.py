"""How a repository's environment is found out: one small finder a kind of project."""
