"""Plan mode: the model only reads until the user accepts its plan."""
