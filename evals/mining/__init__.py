"""Instances of one's own: bug fixes with tests, found in a repository's history and tried before they count."""
