"""The terminal itself: frames written at once, resizes, and its settings put back if the chat is killed."""
