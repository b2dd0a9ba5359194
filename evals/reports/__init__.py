"""What a run came to, in words, figures and pages."""
