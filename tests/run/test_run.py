"""`mimosa run`: one task in, an answer out, and an exit code that says how it went."""

import json
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from model_server import ModelServer, Reply, Status
from runs import Command, bash


def said(server: ModelServer) -> str:
    return [m["content"] for m in server.asked[-1].json["messages"] if m["role"] == "user"][-1]


def test_the_answer_alone_is_on_standard_output(run: Command, server: ModelServer, repository: Path) -> None:
    server.will(bash("cat a.txt; echo uno >a.txt"), Reply(content="It says **one**."))
    done = run("what is in a.txt?")
    assert done.returncode == 0
    assert done.stdout == "It says **one**.\n"
    assert "NO ISOLATION" in done.stderr and "1 changed file in the sandbox" in done.stderr
    assert (repository / "a.txt").read_text() == "one\n"
    id_ = run.sessions[0].rpartition("-")[2]
    later = run("--resume", id_, "--apply")
    assert later.returncode == 0 and "1 file applied" in later.stderr, later.stderr
    assert (repository / "a.txt").read_text() == "uno\n"


def test_standard_input_is_the_context_of_a_task(run: Command, server: ModelServer) -> None:
    server.will(Reply(content="ok"))
    assert run("explain this", stdin="Traceback: boom\n").returncode == 0
    assert said(server) == "explain this\n\n<stdin>\nTraceback: boom\n</stdin>"


def test_without_a_task_standard_input_is_the_task(run: Command, server: ModelServer) -> None:
    server.will(Reply(content="ok"), Reply(content="ok too"))
    assert run(stdin="do this\n").stdout == "ok\n"
    assert said(server) == "do this"
    assert run.mimosa(stdin="and this\n").stdout == "ok too\n", "mimosa in a pipe is mimosa run"
    assert said(server) == "and this"


def test_json_says_all_of_it(run: Command, server: ModelServer, repository: Path) -> None:
    server.will(bash("echo uno >a.txt"), Reply(content="done"))
    done = run("go", "--json", "--apply")
    result = json.loads(done.stdout)
    assert result["exit_code"] == done.returncode == 0
    assert (result["ended"], result["answer"], result["applied"], result["changed"]) == (
        "answered",
        "done",
        ["a.txt"],
        [],
    )
    assert result["cost"]["turns"] == 2 and result["cost"]["prompt_tokens"] > 0
    assert result["server"]["tokens_per_s"] > 0
    assert (repository / "a.txt").read_text() == "uno\n"


def test_stream_json_is_every_event_as_it_happens(run: Command, server: ModelServer) -> None:
    server.will(bash("true"), Reply(content="done"))
    lines = [json.loads(line) for line in run("go", "--stream-json").stdout.splitlines()]
    types = [line["event"]["type"] for line in lines[:-1]]
    assert types[0] == "session_started" and types[-1] == "turn_ended"
    assert "content_streamed" in types and "tool_finished" in types
    assert lines[-1]["result"]["answer"] == "done"


def test_it_goes_on_with_the_last_session_here(run: Command, server: ModelServer) -> None:
    server.will(
        bash("echo 1 >n"), Reply(content="a"), bash("cat n"), Reply(content="b"), bash("cat n"), Reply(content="c")
    )
    run("first")
    assert run("-c", "second").stdout == "b\n"
    assert server.asked[3].json["messages"][-1]["content"].startswith("1\n")
    assert run("-c", "--fork", "third").stdout == "c\n"
    assert len(run.sessions) == 2
    listed = run("--resume")
    assert listed.returncode == 2 and "first" in listed.stderr and run.sessions[0] in listed.stderr


def test_read_only_and_ask_refuse_in_words_that_the_model_reads(run: Command, server: ModelServer) -> None:
    server.will(bash("touch x"), Reply(content="I may not."), bash("touch x"), Reply(content="I may not."))
    assert run("go", "--mode", "read-only").returncode == 0
    assert "the session is read-only" in server.asked[1].json["messages"][-1]["content"]
    run("go", "--mode", "ask")
    assert "nobody is there to be asked" in server.asked[3].json["messages"][-1]["content"]


def test_exit_codes(run: Command, server: ModelServer) -> None:
    server.will(bash("true"))
    limited = run("go", "--steps", "1")
    assert limited.returncode == 4 and "limit of 1 step" in limited.stderr
    server.will(Status(400, "no such thing"))
    failed = run("go")
    assert failed.returncode == 2 and "no such thing" in failed.stderr and "mimosa run --resume" in failed.stderr
    assert run().returncode == 2
    assert run("go", "--mode", "wild").returncode == 2
    server.close()
    assert run("go").returncode == 75


def test_an_interrupt_ends_it_in_order_and_it_goes_on(run: Command, server: ModelServer) -> None:
    server.will(bash("echo x >made-by-the-interrupted; sleep 60"))
    process = run.start("go")
    assert server.reached.wait(60)
    deadline = time.monotonic() + 60
    while not list(Path(tempfile.gettempdir()).glob("mimosa-*/workspace/made-by-the-interrupted")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "mimosa run --resume" in errors
    server.will(bash("cat made-by-the-interrupted"), Reply(content="it is there"))
    assert run("-c", "go on").stdout == "it is there\n"


def test_a_silent_pipe_is_told_and_not_waited_for_in_silence(run: Command, server: ModelServer) -> None:
    server.will(Reply(content="ok"))
    process = run.start("go", stdin=subprocess.PIPE)
    assert process.stdin is not None and process.stderr is not None
    assert "reading standard input" in process.stderr.readline()
    answer, _ = process.communicate("late\n", timeout=60)
    assert answer == "ok\n" and "late" in said(server)
