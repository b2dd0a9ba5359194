"""Run a shell command, in the foreground or as a job."""
