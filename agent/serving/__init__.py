"""The model's server as the commands see it: planned, started, waited for."""
