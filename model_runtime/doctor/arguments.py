"""What servers break in a call's arguments: quotes inside quotes, line ends, HTML entities, the string `null`."""

import html
from collections.abc import Sequence

from model_runtime.doctor.base import Finding, Verdict

SUBJECT = "arguments"
EXACT = "\n".join(
    (
        "He said: \"It's 'so', isn't it?\"",
        'print("a\\n", {"k": \'v\'})',
        "",
        '    if a &lt; b &amp;&amp; c: return "&quot;"',
    )
)
WORD = "null"


def judge_arguments(found: Sequence[dict[str, object]]) -> Finding:
    """`found`: the arguments of each call that came back parsed. The worst of all is told; what a model may have
    changed by itself is told only if no call was right."""
    texts = [_text_fault(each.get("text")) for each in found]
    fault = "" if "" in texts else next((text for text in texts if text == UNESCAPED), texts[0])
    words = [each.get("word", WORD) for each in found]
    said = [fault or "quotes, line ends and HTML entities are kept"]
    verdict: Verdict = "note" if fault else "right"
    if WORD in words:
        said.append("the string null is kept")
    elif None in words:
        said.append("the string null becomes None, which Mimosa puts right where a tool asks for a string")
    else:
        verdict = "note"
        said.append(f"the string null came back as {words[0]!r}")
    mend = "there is a change, not released yet: sglang pull request 40633" if fault == UNESCAPED else ""
    return Finding(SUBJECT, verdict, "; ".join(said), mend)


UNESCAPED = (
    "HTML entities are unescaped (`&lt;` arrives as `<`), so files that hold them cannot be written through a call"
)


def _text_fault(text: object) -> str:
    """ "" if the text is as it was written."""
    if text == EXACT:
        return ""
    if not isinstance(text, str):
        return f"the text came back as {type(text).__name__}"
    if text == html.unescape(EXACT):
        return UNESCAPED
    if text.strip() == EXACT.strip():
        return "white space at the ends is lost"
    if text == EXACT.replace("\n", "\\n"):
        return "line ends arrive as backslash and n"
    return f"the text came back changed, by the model or by the server: {text[:60]!r}"
