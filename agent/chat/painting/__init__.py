"""From events to what is printed once, and to what stands in the live region meanwhile."""
