"""The agent sees the past alone: its repository is rebuilt from the ancestors of the base commit, and proved."""
