"""Stands where SGLang would: the same module names, flags, log lines and routes, and no model."""
