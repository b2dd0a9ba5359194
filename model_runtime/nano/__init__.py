"""mimosa-nano: a miniature of MiMo-V2-Flash that runs in this process."""
