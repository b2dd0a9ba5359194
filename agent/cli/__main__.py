"""`python -m agent.cli`."""

from agent.cli.entry import main

main()
