"""The channel: whatever way the bytes come in, each request gets its own reply, or hears that none will come."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.channel.channel import NOTICES, REPLIES, Channel, ChannelLost, Reply
from sandbox.container.link import FRAME, DockerLink


class Far:
    """A far end that takes requests down and answers nothing by itself."""

    def __init__(self) -> None:
        self.notices: list[list[str]] = []
        self.written = b""
        self.closed = 0
        self.lost = 0
        self.channel = Channel(self.notices.append, self._count_loss, reply_timeout=0.2)
        self.channel.attach(self)

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed += 1

    def _count_loss(self) -> None:
        self.lost += 1


def chunks(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


payloads = st.lists(
    st.binary(max_size=200) | st.sampled_from([b"\n", b"\n0123", b"a 0\n", b"\n" * 9]), min_size=1, max_size=5
)
cuts = st.lists(st.integers(0, 5000), max_size=30)


@given(payloads, cuts)
def test_any_chunking_of_any_replies_gives_the_same_replies(payloads: list[bytes], cuts: list[int]) -> None:
    async def scenario() -> None:
        far = Far()
        asked = [asyncio.create_task(far.channel.request("x")) for _ in payloads]
        await asyncio.sleep(0)
        secret = far.channel.secret.encode()
        stream = b"".join(
            b"%b\n%b %d field-%d\n" % (data, secret, number, number) for number, data in enumerate(payloads)
        )
        for chunk in chunks(stream, cuts):
            far.channel.received(REPLIES, chunk)
        expected = [Reply(number, (f"field-{number}",), data) for number, data in enumerate(payloads)]
        assert await asyncio.gather(*asked) == expected

    asyncio.run(scenario())


@given(st.lists(st.tuples(st.sampled_from([REPLIES, NOTICES]), st.binary(max_size=100)), max_size=20), cuts)
def test_any_chunking_of_dockers_frames_gives_the_same_streams(
    frames: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    class Ear:
        def __init__(self) -> None:
            self.heard = {REPLIES: b"", NOTICES: b""}

        def received(self, stream: int, data: bytes) -> None:
            self.heard[stream] += data

        def lost(self) -> None: ...

    ear = Ear()
    link = DockerLink(ear)
    wire = b"".join(FRAME.pack(stream, len(data)) + data for stream, data in frames)
    for chunk in chunks(wire, cuts):
        link.data_received(chunk)
    for stream in (REPLIES, NOTICES):
        assert ear.heard[stream] == b"".join(data for number, data in frames if number == stream)


async def test_a_request_is_its_length_and_its_bytes() -> None:
    far = Far()
    far.channel.send("printf 'ü\n'")
    assert far.written == "12\nprintf 'ü\n'".encode()


async def test_notices_are_split_into_lines_and_words() -> None:
    far = Far()
    far.channel.received(NOTICES, b"at 1 2")
    far.channel.received(NOTICES, b"34\nend 1 0 1 1 0\nlo")
    assert far.notices == [["at", "1", "234"], ["end", "1", "0", "1", "1", "0"]]


async def test_a_far_end_that_falls_silent_is_lost_for_all_who_wait() -> None:
    far = Far()
    results = await asyncio.gather(far.channel.request("a"), far.channel.request("b"), return_exceptions=True)
    assert [type(result) for result in results] == [ChannelLost, ChannelLost]
    assert (far.lost, far.closed, far.channel.alive) == (1, 1, False)
    with pytest.raises(ChannelLost):
        far.channel.send("c")


async def test_a_far_end_that_is_slow_but_speaks_is_waited_for() -> None:
    far = Far()
    asked = asyncio.create_task(far.channel.request("a"))
    for _ in range(5):
        await asyncio.sleep(0.1)
        far.channel.received(REPLIES, b"more ")
    far.channel.received(REPLIES, f"\n{far.channel.secret} 0\n".encode())
    assert (await asked).payload == b"more " * 5


async def test_the_reply_to_a_caller_who_left_is_not_given_to_the_next() -> None:
    far = Far()
    gone = asyncio.create_task(far.channel.request("a"))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    stays = asyncio.create_task(far.channel.request("b"))
    await asyncio.sleep(0)
    mark = f"\n{far.channel.secret} 0\n".encode()
    far.channel.received(REPLIES, b"for a" + mark + b"for b" + mark)
    assert (await stays).payload == b"for b"


async def test_last_words_after_the_loss_are_not_heard() -> None:
    far = Far()
    far.channel.lost()
    far.channel.received(NOTICES, b"at 1 2\n")
    assert far.notices == []
