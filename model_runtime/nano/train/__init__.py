"""How mimosa-nano came to be: `python -m model_runtime.nano.train`. Needs the `train` extra (torch)."""
