"""Shell commands are told apart by a parser: what hides in them is found, what is not understood not allowed."""

import json

import pytest

from agent.permission.base import Effect
from agent.permission.judged import judge
from agent.permission.rules import Rule
from agent.permission.shell.readers import only_reads
from agent.permission.shell.script import Unreadable
from agent.permission.shell.wrapped import all_commands
from model_runtime.messages import ToolCall


def reads(text: str) -> bool:
    try:
        return all(only_reads(command) for command in all_commands(text))
    except Unreadable:
        return False


READING = [
    "ls",
    "ls -la src | head -5",
    "cat a.txt && cat 'b c.txt'",
    "grep -rn \"def parse\" --include='*.py' . | sort | uniq -c | sort -rn | head",
    "cd src && git log --oneline -5 -- parser.py",
    "git -C sub status --short; git diff HEAD~3; git show HEAD:a.txt; git branch --show-current",
    "find . -name '*.py' -not -path './.git/*'",
    "find . -name '*.py' -exec grep -ln import {} +",
    "find . -type f | xargs grep -l TODO",
    "sed -n '10,20p' a.txt",
    'for f in *.txt; do echo $f; cat "$f"; done',
    'while read -r line; do echo "$line"; done < a.txt',
    "if [ -f a.txt ]; then cat a.txt; else echo none; fi",
    "ls 2>/dev/null; ls >/dev/null 2>&1",
    'echo "$(cat a.txt | wc -l) lines"',
    "timeout 10 cat a.txt; time ls; LC_ALL=C sort a.txt; env LC_ALL=C ls",
    "bash -c 'ls; pwd'",
    "n=$(wc -l <a.txt); echo $n",
    "diff <(sort a.txt) <(sort b.txt)",
    "python3 --version",
    "command -v rg && echo yes; echo $?",
    "cat a.txt # a comment; rm x",
]

CHANGING = [
    "ls; rm -rf x",
    "ls\nrm x",
    "ls & rm x",
    "ls | tee x",
    "ls && rm x || true",
    "ls $(rm x)",
    "ls `rm x`",
    'echo "$(rm x)"',
    "cat <(rm x)",
    "ls > x",
    "ls >> x",
    "ls >| x",
    "ls &> x",
    "ls 1<> x",
    "> x",
    "cat <<EOF > x\nhello\nEOF",
    "cat <<EOF\n$(rm x)\nEOF",
    "bash <<EOF\nrm x\nEOF",
    "bash <<< 'rm x'",
    "env rm x",
    "env X=1 rm x",
    "PATH=/tmp ls",
    "LD_PRELOAD=/tmp/x.so ls",
    "env PATH=/tmp ls",
    "PATH=/tmp; ls",
    "export PATH=/tmp; ls",
    "sudo ls",
    "ls | xargs rm",
    "ls | xargs -I{} rm {}",
    "find . -delete",
    "find . -exec rm {} \\;",
    "find . -exec rm {} +",
    "find . -execdir sh -c 'rm x' \\;",
    "find . -fprint x",
    "bash -c 'rm x'",
    'bash -c "$X"',
    "bash -lc 'ls; rm x'",
    "sh x",
    "eval 'rm x'",
    "eval ls",
    ". ./x",
    "source x",
    "exec rm x",
    "alias ls=rm; ls x",
    "ls() { rm x; }; ls",
    "function ls { rm x; }\nls",
    "trap 'rm x' EXIT",
    "$CMD x",
    "$(echo rm) x",
    "{rm,-rf,x}",
    "r\\m x",
    "/tmp/ls",
    "./ls",
    "time rm x",
    "timeout 5 rm x",
    "nohup rm x &",
    "nice -n 5 rm x",
    "command rm x",
    "builtin eval 'rm x'",
    "! rm x",
    "(rm x)",
    "{ rm x; }",
    "if rm x; then ls; fi",
    "for f in $(rm x); do ls; done",
    "while rm x; do :; done",
    "case x in x) rm x;; esac",
    "sort -o x a.txt",
    "sort --outp=x a.txt",
    "sort --compress-program=./evil a.txt",
    "uniq a.txt x",
    "sed -i s/a/b/ a.txt",
    "sed -n 'w x' a.txt",
    "sed -n '1e rm x' a.txt",
    "awk 'BEGIN{system(\"rm x\")}'",
    "git checkout .",
    "git -c alias.st='!rm x' st",
    "git -c core.pager=./evil log",
    "git diff --output=x",
    "git diff --outp=x",
    "git grep -O./evil foo",
    "git grep --open-files-in-pager=./evil foo",
    "git branch new",
    "git stash",
    "git log --ext-diff -p",
    "rg --pre ./evil foo",
    "tree -o x",
    "date 010101012030",
    "printf -v 'a[$(rm x)]' y",
    "test -v 'a[$(rm x)]'",
    "[[ -v 'a[$(rm x)]' ]]",
    "[[ $x -eq 1 ]]",
    "echo ${x@P}",
    "echo $((a[$(rm x)]))",
    "a[$(rm x)]=1",
    "read 'a[$(rm x)]' <a.txt",
    "cat < /dev/tcp/example.org/80",
    "echo x > /dev/tcp/example.org/80",
    "python3 -c 'import os'",
    "python3",
    "make",
    "{}2>&1ls",
    "ls 2>&1x",
    "node version x",
    "python3 x.py --version",
    "ls \x01; rm x",
    "ls 'unclosed",
    "l\\\ns; rm x",
    "mapfile -C 'rm x' -c 1 a < a.txt",
    "PROMPT_COMMAND='rm x'",
    "coproc rm x",
    "select f in a; do rm x; done",
]


@pytest.mark.parametrize("text", READING)
def test_what_only_reads_is_known(text: str) -> None:
    assert reads(text), all_commands(text)


@pytest.mark.parametrize("text", CHANGING)
def test_what_may_change_something_is_not_taken_for_reading(text: str) -> None:
    assert not reads(text)


def allowed(pattern: str, text: str) -> bool:
    call = ToolCall(id="1", name="bash", arguments=json.dumps({"command": text}))
    return judge(call, Effect.CHANGES).allowed_by([Rule(pattern)])


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("pytest *", "pytest"),
        ("pytest *", "pytest -q tests/test_a.py"),
        ("pytest *", "cd src && pytest -q 2>&1 | tail -5"),
        ("pytest *", "timeout 60 pytest -q"),
        ("pytest *", "bash -c 'pytest -q'"),
        ("make", "make"),
        ("npm run *", "npm run test -- --watch=false"),
        ("pytest * -q", "pytest $FILE -q"),
        ("PYTHONPATH= pytest *", "PYTHONPATH=src pytest"),
        ("= make && ./run", "make && ./run"),
    ],
)
def test_a_pattern_allows_what_it_fits(pattern: str, text: str) -> None:
    assert allowed(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("ls *", "ls; rm -rf x"),
        ("pytest *", "pytest > x"),
        ("pytest *", "pytest | tee x"),
        ("pytest *", "pytest; rm x"),
        ("pytest *", "pytest $(rm x)"),
        ("pytest *", "PYTHONPATH=evil pytest"),
        ("pytest *", "sudo pytest"),
        ("pytest *", "find . -exec pytest {} \\; -delete"),
        ("pytest *", "pytest <<EOF\nx\nEOF"),
        ("pytest *", "./pytest"),
        ("pytest *", "alias pytest='rm x'; pytest"),
        ("pytest *", "pytest() { rm x; }; pytest"),
        ("pytest *", "pytest && (rm x)"),
        ("pytest *", "ls | xargs rm; pytest"),
        ("pytest -q", "pytest -q -x"),
        ("pytest -q", "pytest $X"),
        ("pytest -q", "ls | xargs pytest -q"),
        ("make", "make install"),
        ("= make && ./run", "make && ./run; rm x"),
        ("edit:*", "rm x"),
        ("*", "rm x; rm y z"),
    ],
)
def test_a_pattern_allows_nothing_else(pattern: str, text: str) -> None:
    assert not allowed(pattern, text)
