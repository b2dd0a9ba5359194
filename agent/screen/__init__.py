"""How events look on a terminal: finished things are printed once, into the scrollback."""
