"""The supervisor at the far end of three pipes, and what the host says to it: commands, jobs, files."""
