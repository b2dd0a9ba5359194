"""Find the line on which each key of a TOML document stands: `tomllib` gives values without positions.

Grammar: TOML 1.0. The text must have been accepted by `tomllib` first, so this reads only as closely as it must
to tell keys from values.
"""

import tomllib
from contextlib import suppress

KeyPath = tuple[str | int, ...]


def locate(text: str) -> dict[KeyPath, int]:
    """The line, from 1, on which each table, key and list item first appears: `("sandbox", "setup", 1)` is the
    second item of `setup` under `[sandbox]`. Items of `[[tables]]` share the path of their table."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


def last_key(text: str) -> tuple[KeyPath, int] | None:
    """Of a text that ends in the middle of a value: the key whose value has no end, and its line. None if there
    is no key at all."""
    scanner = _Scanner(text)
    with suppress(ValueError):  # the text is known to be broken; what was read until then is what is asked for
        scanner.document()
    keys = [(path, line) for path, line in scanner.lines.items() if isinstance(path[-1], str)]
    return keys[-1] if keys else None


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        while self._skip(" \t\r\n"):
            if self._peek() == "[":
                self._take("[")
                table = self._key(())
                self._take("]")
            else:
                self._pair(table)

    def _pair(self, table: KeyPath) -> None:
        path = self._key(table)
        self._take(" \t=")
        self._value(path)

    def _key(self, table: KeyPath) -> KeyPath:
        """A key with its dots; every part of it is recorded."""
        path = table
        while True:
            self._take(" \t")
            path = (*path, self._key_part())
            self.lines.setdefault(path, self.text.count("\n", 0, self.at) + 1)
            self._take(" \t")
            if self._peek() != ".":
                return path
            self._take(".")

    def _key_part(self) -> str:
        start = self.at
        if self._peek() in ("'", '"'):
            self._string()
            return str(tomllib.loads(f"key = {self.text[start : self.at]}")["key"])
        while self._peek().isalnum() or self._peek() in ("-", "_"):
            self.at += 1
        if self.at == start:
            raise ValueError(f"no key at offset {start}: the text is not valid TOML")
        return self.text[start : self.at]

    def _value(self, path: KeyPath) -> None:
        match self._peek():
            case "'" | '"':
                self._string()
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case _:
                while self._peek() not in ("", ",", "]", "}", "#", "\n"):
                    self.at += 1

    def _array(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while self._skip(" \t\r\n,") and self._peek() != "]":
            item = (*path, index)
            self.lines.setdefault(item, self.text.count("\n", 0, self.at) + 1)
            start = self.at
            self._value(item)
            if self.at == start:
                raise ValueError(f"no value at offset {start}: the text is not valid TOML")
            index += 1
        self.at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while self._skip(" \t\r\n,") and self._peek() != "}":
            self._pair(path)
        self.at += 1

    def _string(self) -> None:
        quote = self.text[self.at]
        fence = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(fence)
        while not self.text.startswith(fence, self.at):
            if self.at >= len(self.text):
                raise ValueError("a string has no end: the text is not valid TOML")
            self.at += 2 if quote == '"' and self._peek() == "\\" else 1
        self.at += len(fence)
        if len(fence) == 3:
            self._take(quote)  # one or two quotes may stand right before the closing three

    def _skip(self, blank: str) -> bool:
        """Pass blanks and comments; False at the end of the text."""
        while True:
            self._take(blank)
            if self._peek() != "#":
                return self.at < len(self.text)
            while self._peek() not in ("", "\n"):
                self.at += 1

    def _take(self, characters: str) -> None:
        while self.at < len(self.text) and self.text[self.at] in characters:
            self.at += 1

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]
