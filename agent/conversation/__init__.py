"""A session that somebody talks to, without any screen: chat, `mimosa run` and editors drive the same one.

`opening.py` opens a `Conversation` (new, resumed, forked); `conversation.py` is what a screen talks to;
`equipment.py` is where further tools, head text and hooks join it.
"""
