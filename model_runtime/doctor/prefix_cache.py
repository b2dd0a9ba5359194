"""Does a second request find the first one's prompt in the prefix cache?"""

from uuid import uuid4

from model_runtime.doctor.asker import Asker
from model_runtime.doctor.base import Finding
from model_runtime.messages import AssistantMessage, SystemMessage, UserMessage

SUBJECT = "prefix cache"
LINES = 120
HALF = 0.5
REPLY_TOKENS = 16
"""Of the first request. One that ends with its very first token is often not kept: of 58 such requests SGLang
0.5.23 with MTP had forgotten 27, of 47 with longer replies none."""


class PrefixCacheProbe:
    subjects = (SUBJECT,)

    async def look(self, asker: Asker) -> tuple[Finding, ...]:
        read, cached = await _ask_twice(asker)
        if not read:
            return (Finding(SUBJECT, "skipped", "the endpoint does not count the prompt's tokens"),)
        if cached >= read * HALF:
            return (
                Finding(SUBJECT, "right", f"a second request found {min(cached, read)} of {read} tokens in it"),
            )
        sglang = asker.facts is not None
        return (
            Finding(
                SUBJECT,
                "note",
                f"a second request found {cached} of {read} tokens in it, or the endpoint does not tell: "
                "each turn may be read anew",
                "start SGLang with --enable-cache-report and without --disable-radix-cache" if sglang else "",
            ),
        )


async def _ask_twice(asker: Asker) -> tuple[int, int]:
    """Tokens of a first request, and how many of them a second one, which goes on from it, found in the cache."""
    rules = "\n".join(f"Rule {number}: be exact." for number in range(LINES))
    first = (SystemMessage(content=f"{uuid4()}\n{rules}"), UserMessage(content="Name the first rule."))
    read = (await asker.ask(*first, most=REPLY_TOKENS)).reply.usage.prompt_tokens
    more = (AssistantMessage(content="Be exact."), UserMessage(content="And the second?"))
    return read, (await asker.ask(*first, *more, most=1)).reply.usage.cached_tokens
