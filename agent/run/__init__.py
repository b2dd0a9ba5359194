"""`mimosa run`: the chat without a screen. One task in, an answer out, for scripts, pipes and continuous
integration."""
