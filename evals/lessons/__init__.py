"""Where the small model learns: packages with a bug, made by code, and sessions of an expert that repairs them."""
