"""Build HTML that cannot be broken out of: text is escaped unless it is already `Html`."""

from html import escape

from agent.export.visible import visible


class Html(str):
    """Finished HTML. Everything else is text, and is escaped where it is put in."""

    __slots__ = ()


def text(words: str) -> Html:
    """Text as HTML, with control characters made visible."""
    return words if isinstance(words, Html) else Html(escape(visible(words)))


def join(*parts: str) -> Html:
    return Html("".join(map(text, parts)))


def tag(name: str, *children: str, **attributes: str | bool | int) -> Html:
    """`<name …>children</name>`. `class_` is `class`, and an underscore elsewhere is a hyphen; an attribute that
    is False is left out, one that is True has no value."""
    return Html(f"<{name}{_attributes(attributes)}>{join(*children)}</{name}>")


def void(name: str, **attributes: str | bool | int) -> Html:
    """An element without content, such as `<rect>` in SVG."""
    return Html(f"<{name}{_attributes(attributes)}/>")


def _attributes(attributes: dict[str, str | bool | int]) -> str:
    words = []
    for name, value in attributes.items():
        if value is False:
            continue
        spelled = name.rstrip("_").replace("_", "-")
        words.append(f" {spelled}" if value is True else f' {spelled}="{escape(visible(str(value)))}"')
    return "".join(words)
