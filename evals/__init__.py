"""How well it works: instances, runs, grading, reports."""
