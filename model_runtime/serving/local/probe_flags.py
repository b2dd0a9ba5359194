"""Runs in SGLang's interpreter, never in Mimosa's: are these flags known? Answers in one line of JSON.

Only the parser is built; no model is read, no GPU is touched. Written for any Python 3 that SGLang takes.
"""

import argparse
import importlib
import importlib.metadata
import importlib.util
import json
import sys


def answer(sglang: "str | None", complaint: str = "") -> None:
    print("MIMOSA" + json.dumps({"sglang": sglang, "complaint": complaint}), flush=True)
    sys.exit()


def main() -> None:
    if importlib.util.find_spec("sglang") is None:
        answer(None)
    try:
        version = importlib.metadata.version("sglang")
    except importlib.metadata.PackageNotFoundError:
        version = "of unknown version"

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> None:  # type: ignore[override]  # argparse ends the process here
            answer(version, message)

    parser = Parser(prog="sglang")
    importlib.import_module("sglang.srt.server_args").ServerArgs.add_cli_args(parser)
    parser.parse_args(sys.argv[1:])
    answer(version)


main()
