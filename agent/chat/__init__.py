"""The terminal chat: what `mimosa` opens. It reads events and sends messages; nothing of the loop is in here."""
