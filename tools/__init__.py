"""What the model may call: one folder a tool, its code beside its description in markdown."""
