"""A sandbox of the expert's few commands, in process: a hundred times as fast, and equal to it byte for byte.

`tests/lessons` plays lessons again in a real sandbox and compares.
"""
