"""The doctor's questions to an endpoint, asked of servers with one fault each."""

from endpoints import (
    BREAKS_LINES,
    LOSES_NULL,
    UNESCAPES,
    altered,
    counts_nothing,
    drops_reasoning,
    forgets_one_token_replies,
    good,
    never_caches,
    never_calls,
    parser_that_always_thinks,
    streams_brokenly,
    without_reasoning_parser,
    without_tool_parser,
)
from model_server import ModelServer, Script, Status, html

from model_runtime.doctor.asker import Asker
from model_runtime.doctor.base import Finding, Verdict
from model_runtime.doctor.examine import PROBES, examine
from model_runtime.endpoint import Endpoint
from model_runtime.profiles import find_profile

MANY = 20
REASONING_FLAG, TOOL_FLAG = "--reasoning-parser mimo", "--tool-call-parser mimo"


async def examined(script: Script, model: str = "mimo-v2-flash") -> dict[str, Finding]:
    with ModelServer(*[script] * MANY, model=model) as server:
        return await at(server.url)


async def at(url: str) -> dict[str, Finding]:
    asker = Asker(Endpoint(url))
    try:
        return {finding.subject: finding async for finding in examine(asker)}
    finally:
        await asker.close()


def verdicts(findings: dict[str, Finding], *but: Verdict) -> set[str]:
    return {name for name, finding in findings.items() if finding.verdict in but}


async def test_a_good_endpoint_has_nothing_wrong() -> None:
    found = await examined(good)
    assert not verdicts(found, "wrong", "note"), found
    assert {"thinking on", "thinking off", "tool call", "tool call, streamed", "arguments"} <= verdicts(
        found, "right"
    )
    assert {"thoughts in history", "prefix cache"} <= verdicts(found, "right")
    assert found["acceptance"].verdict == "skipped", "this server has no /server_info"


async def test_a_missing_reasoning_parser_is_found_and_the_flag_told() -> None:
    found = await examined(altered(without_reasoning_parser))
    assert verdicts(found, "wrong") == {"thinking on"}
    assert "stand in the content" in found["thinking on"].said
    assert REASONING_FLAG in found["thinking on"].mend


async def test_a_parser_that_files_answers_as_thoughts_is_found_with_thinking_off() -> None:
    found = await examined(altered(parser_that_always_thinks))
    assert verdicts(found, "wrong") == {"thinking off"}
    assert "content is empty" in found["thinking off"].said
    assert REASONING_FLAG in found["thinking off"].mend


async def test_a_call_that_comes_as_text_is_found() -> None:
    found = await examined(altered(without_tool_parser))
    assert verdicts(found, "wrong") == {"tool call", "tool call, streamed"}
    assert TOOL_FLAG in found["tool call"].mend
    assert found["arguments"].verdict == "skipped"


async def test_a_call_that_breaks_in_the_stream_alone_costs_time_only() -> None:
    found = await examined(altered(streams_brokenly))
    assert found["tool call"].verdict == found["arguments"].verdict == "right"
    assert found["tool call, streamed"].verdict == "note"


async def test_a_model_that_calls_nothing_is_no_use() -> None:
    found = await examined(altered(never_calls))
    assert "I would rather not." in found["tool call"].said
    assert found["tool call"].verdict == "wrong"


async def test_html_that_is_unescaped_is_told_and_a_session_still_works() -> None:
    found = await examined(altered(UNESCAPES))
    assert found["arguments"].verdict == "note"
    assert "40633" in found["arguments"].mend
    assert not verdicts(found, "wrong")


async def test_a_null_that_mimosa_puts_right_is_right() -> None:
    found = (await examined(altered(LOSES_NULL)))["arguments"]
    assert found.verdict == "right"
    assert "puts right" in found.said


async def test_line_ends_that_arrive_as_letters_are_told() -> None:
    found = (await examined(altered(BREAKS_LINES)))["arguments"]
    assert found.verdict == "note"
    assert "line ends" in found.said


async def test_history_without_its_thoughts_is_found() -> None:
    found = await examined(altered(drops_reasoning))
    assert "thoughts in history" in verdicts(found, "wrong")


async def test_a_cache_that_never_hits_is_a_note() -> None:
    found = await examined(altered(never_caches))
    assert verdicts(found, "note") == {"prefix cache"}


async def test_a_cache_that_only_forgets_one_token_replies_is_right() -> None:
    found = await examined(forgets_one_token_replies())
    assert found["prefix cache"].verdict == "right"


async def test_what_is_not_counted_is_skipped_not_guessed() -> None:
    found = await examined(altered(counts_nothing))
    assert {"thoughts in history", "prefix cache"} <= verdicts(found, "skipped")


async def test_an_unknown_model_is_asked_as_any_and_told_so() -> None:
    found = await examined(good, model="some-other-model")
    assert found["profile"].verdict == "note"
    assert found["thinking off"].verdict == "skipped"
    assert not verdicts(found, "wrong")


async def test_an_endpoint_that_fails_in_the_middle_is_told_and_the_rest_goes_on() -> None:
    with ModelServer(Status(500, "out of cheese"), *[good] * MANY) as server:
        found = await at(server.url)
    assert found["thinking on"].verdict == "wrong"
    assert "out of cheese" in found["thinking on"].said
    assert found["thinking off"].verdict == "skipped"
    assert found["tool call"].verdict == "right"


async def test_no_endpoint_at_all_is_one_fault_and_no_more() -> None:
    with ModelServer() as gone:
        url = gone.url
    found = await at(url)
    assert verdicts(found, "wrong") == {"endpoint"}
    assert verdicts(found, "skipped") == {subject for probe in PROBES for subject in probe.subjects}


async def test_a_web_page_is_no_endpoint() -> None:
    with ModelServer(models=html("Welcome to the router")) as server:
        found = await at(server.url)
    assert found["endpoint"].verdict == "wrong"
    assert "Welcome to the router" in found["endpoint"].said + found["endpoint"].mend


async def test_a_context_too_short_for_a_session_is_wrong() -> None:
    with ModelServer(*[good] * MANY, context_length=4096) as server:
        found = await at(server.url)
    assert found["context"].verdict == "wrong"


async def test_the_probes_ask_without_chance_and_within_the_context() -> None:
    with ModelServer(*[good] * MANY, context_length=10_000) as server:
        asker = Asker(Endpoint(server.url), find_profile("mimo-v2-flash"))
        assert [finding async for finding in examine(asker)]
        await asker.close()
        bodies = [asked.json for asked in server.asked]
    assert {body["temperature"] for body in bodies} == {0.0}
    assert max(body["max_tokens"] for body in bodies) <= 2500
    assert sum(bool(body["stream"]) for body in bodies) == 1
