"""Replies that are broken in known ways, put right: `mend` is the way in, and lists the faults."""
