"""Asks an endpoint what a session will need of it, by real calls: `examine` is the way in."""
