"""The flags that a plan may hold, as SGLang 0.5.23 declares them (names, kinds, choices)."""

import argparse
import json
import os

TEXTS = (
    "--served-model-name",
    "--host",
    "--attention-backend",
    "--moe-runner-backend",
    "--speculative-algorithm",
    "--speculative-draft-model-path",
)
NUMBERS = (
    "--port",
    "--context-length",
    "--tp-size",
    "--attn-dp-size",
    "--max-running-requests",
    "--chunked-prefill-size",
    "--speculative-num-steps",
    "--speculative-eagle-topk",
    "--speculative-num-draft-tokens",
    "--base-gpu-id",
)
SWITCHES = (
    "--trust-remote-code",
    "--enable-cache-report",
    "--enable-metrics",
    "--enable-dp-lm-head",
)
PARSERS = ("mimo", "qwen3", "qwen3_coder", "deepseek-r1")


class ServerArgs:
    @staticmethod
    def add_cli_args(parser: argparse.ArgumentParser) -> None:
        renamed = os.environ.get("STANDIN_RENAMED", "")
        parser.add_argument("--model-path", required=True)
        parser.add_argument("--reasoning-parser", choices=PARSERS)
        parser.add_argument("--tool-call-parser", choices=PARSERS)
        parser.add_argument("--model-loader-extra-config", type=json.loads, default={})
        for name in ("--mem-fraction-static", "--swa-full-tokens-ratio"):
            parser.add_argument(name, type=float)
        for name in TEXTS:
            parser.add_argument(name)
        for name in NUMBERS:
            if name != renamed:
                parser.add_argument(name, type=int)
        for name in SWITCHES:
            parser.add_argument(name, action="store_true")
