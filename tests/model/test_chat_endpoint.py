"""Where the model is served: addresses in every form people paste, and what the endpoint says it serves."""

from typing import Any

import pytest
from model_asking import LIMITS, ask, client, request
from model_server import ModelServer, Raw, Reply, Status, html

from model_runtime.client import ChatClient
from model_runtime.endpoint import Endpoint
from model_runtime.errors import ModelRefused, ModelUnavailable
from model_runtime.profiles import Profile

SECRET = "sk-very-secret"


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("http://127.0.0.1:30000", "http://127.0.0.1:30000/v1"),
        ("http://127.0.0.1:30000/", "http://127.0.0.1:30000/v1"),
        ("http://127.0.0.1:30000/v1/", "http://127.0.0.1:30000/v1"),
        (" http://h/v1/chat/completions ", "http://h/v1"),
        ("https://h/api/v1", "https://h/api/v1"),
        ("https://h/llm", "https://h/llm/v1"),
        ("https://h/v1beta/openai/", "https://h/v1beta/openai"),
        ("http://[::1]:8000", "http://[::1]:8000/v1"),
    ],
)
def test_a_base_url_works_with_and_without_v1(given: str, root: str) -> None:
    assert Endpoint(given).api_root() == root


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
async def test_every_form_of_the_address_reaches_the_server(suffix: str) -> None:
    with ModelServer(Reply(content="hi")) as server:
        url = server.url.removesuffix("/v1") + suffix
        chat = ChatClient(Endpoint(url), limits=LIMITS)
        assert (await ask(chat, request())).message.content == "hi"


@pytest.mark.parametrize(
    "given", ["", "localhost:30000", "ftp://h/v1", "http://", "http://h:port", "http://h/v1?key=x", "http://[::1"]
)
def test_an_address_that_is_none_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(ModelRefused, match="Example: --base-url http://") as caught:
        ChatClient(Endpoint(given))
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("key", ["ключ", "two\nlines", "nul\0"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_told(key: str) -> None:
    with pytest.raises(ModelRefused, match="MIMOSA_API_KEY") as caught:
        ChatClient(Endpoint("http://h", key))
    assert key not in str(caught.value)


async def test_the_key_is_sent_as_a_bearer_and_shown_nowhere() -> None:
    endpoint = Endpoint("http://user:password@h/v1", SECRET)
    assert SECRET not in repr(endpoint)
    assert endpoint.shown() == "http://h/v1"
    with ModelServer(Reply(content="hi")) as server:
        await ask(ChatClient(Endpoint(server.url, f" {SECRET}\n"), limits=LIMITS), request())
        assert server.asked[0].headers["Authorization"] == f"Bearer {SECRET}"


def test_an_invalid_address_does_not_show_its_password() -> None:
    with pytest.raises(ModelRefused) as caught:
        ChatClient(Endpoint("ftp://user:password@h"))
    assert "password" not in str(caught.value)


async def test_without_a_key_none_is_sent() -> None:
    with ModelServer(Reply(content="hi")) as server:
        await ask(client(server), request())
        assert "Authorization" not in server.asked[0].headers


async def test_the_server_is_asked_once_what_it_serves() -> None:
    with ModelServer(Reply(content="a"), Reply(content="b"), context_length=1000) as server:
        chat = ChatClient(Endpoint(server.url), limits=LIMITS)
        info = await chat.info()
        assert (info.model, info.context_length, info.owned_by) == ("mimo-v2-flash", 1000, "sglang")
        assert info.profile == "mimo-v2-flash"
        assert await chat.info() == info
        assert (await ask(chat, request())).message.content == "a"
        assert len(server.models_asked) == 1
        assert server.asked[0].json["model"] == chat.name == "mimo-v2-flash"


@pytest.mark.parametrize(("owner", "drops"), [("sglang", True), ("vllm", False), ("", False)])
async def test_whether_tool_choice_none_drops_the_tools_is_known(owner: str, drops: bool) -> None:
    with ModelServer(owned_by=owner) as server:
        chat = client(server)
        assert (await chat.info()).drops_tools_on_none is drops
        await chat.close()


async def info_of(models: Any, named: str = "", profile: Profile | None = None) -> Any:
    with ModelServer(models=models) as server:
        chat = ChatClient(Endpoint(server.url, SECRET, named), profile, limits=LIMITS)
        try:
            return await chat.info()
        finally:
            await chat.close()


@pytest.mark.parametrize(
    "models",
    [None, Raw((b"hello",), "text/plain"), Raw((b'{"models": {}}',), "application/json"), Status(405)],
    ids=["no route", "no JSON", "another shape", "not allowed"],
)
async def test_an_endpoint_that_lists_nothing_is_taken_at_the_users_word(models: Any) -> None:
    info = await info_of(models, "mimo-v2-flash")
    assert (info.model, info.context_length) == ("mimo-v2-flash", 262_144)
    with pytest.raises(ModelRefused, match="--model"):
        await info_of(models)


async def test_the_profile_knows_the_context_length_where_the_server_does_not_say() -> None:
    card = {"id": "some-model", "max_model_len": None}
    assert (await info_of([card])).context_length == 131_072
    assert (await info_of([card], profile=Profile(name="mine", context_length=99))).context_length == 99
    assert (await info_of([{**card, "context_length": 7}])).context_length == 7


async def test_a_model_that_is_not_served_is_refused_with_what_is() -> None:
    with pytest.raises(ModelRefused, match="It serves: mimo-v2-flash, other"):
        await info_of([{"id": "mimo-v2-flash"}, {"id": "other"}], "mimo")


async def test_of_several_models_one_must_be_named() -> None:
    cards = [{"id": f"m{i}"} for i in range(30)]
    with pytest.raises(ModelRefused, match=r"serves 30 models: m0, .*m9, …"):
        await info_of(cards)
    assert (await info_of(cards, "m29")).model == "m29"


async def test_an_endpoint_that_serves_nothing_says_so() -> None:
    with pytest.raises(ModelRefused, match="serves 0 models"):
        await info_of([])


async def test_a_web_page_instead_of_models_is_refused() -> None:
    for status in (200, 404):
        with pytest.raises(ModelRefused, match="no chat-completions endpoint"):
            await info_of(html("Sign in", status), "m")


async def test_a_key_refused_for_the_models_names_the_variable() -> None:
    with pytest.raises(ModelRefused, match="MIMOSA_API_KEY") as caught:
        await info_of(Status(401, f"bad key {SECRET}"))
    assert SECRET not in str(caught.value)


async def test_a_server_that_is_not_ready_is_unavailable() -> None:
    with pytest.raises(ModelUnavailable, match="3 attempts"):
        await info_of(Status(503, "loading"))
