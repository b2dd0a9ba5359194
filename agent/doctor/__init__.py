"""Looks at everything that a session needs, and says what is right, what is wrong and how to mend it."""
