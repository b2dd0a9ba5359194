"""What a sandbox is started from: the engine, the base image, the environment that a repository needs."""
