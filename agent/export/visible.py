"""Make hostile text harmless to look at: nothing in a session may drive the reader's terminal or hide itself."""

import re

# Controls but newline and tab; the C1 range, which terminals may obey too; and what reorders text on the screen,
# so that code reads other than it runs ("Trojan Source", CVE-2021-42574).
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str) -> str:
    """`text` with each control character replaced by one that can be seen: ESC becomes ␛, U+202E becomes ⟨202E⟩.
    A carriage return before a newline is dropped."""
    return _HIDDEN.sub(_shown, text.replace("\r\n", "\n"))


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"⟨{code:04X}⟩"
