"""Whether a repository is trusted: until the user says so, nothing of its own runs on this machine or speaks to
the model as the user would.

state = settle_trust(repository, os.environ, ask)   # ask is None where nobody can be asked
loaded = load_settings(repository, os.environ)      # what counts now
"""

from agent.trust.look import Trust, look, remember
from agent.trust.settle import Ask, settle_trust

__all__ = ["Ask", "Trust", "look", "remember", "settle_trust"]
