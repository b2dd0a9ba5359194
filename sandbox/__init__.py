"""Where commands run: Docker, or the bare host when the user insists. Knows nothing of agents.

`base` is the contract, `docker` and `local` keep it. `images` sees to what a sandbox is started from, `workspace`
brings the repository in, `channel` runs commands, `container` is one container, `delivery` takes the diff out.
"""
