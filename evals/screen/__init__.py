"""What is seen of a run while it goes on: a live region on a terminal, plain lines in a pipe."""
