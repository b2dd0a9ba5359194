"""One container for one sandbox, and what is left of those whose Mimosa was killed."""
