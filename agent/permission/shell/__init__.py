"""Shell commands, taken apart by a parser, never by searching in their text.

`script.py` says what a command consists of, `parse.py` finds it out, `wrapped.py` looks into commands that run
other commands, `readers.py` knows those that only read, `rules.py` matches patterns.
"""
