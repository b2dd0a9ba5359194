"""As in SGLang, where the flags are declared."""
