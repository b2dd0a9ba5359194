"""A tiny MiMo-V2-Flash checkpoint that plays scenes. Runs in SGLang's environment, not in Mimosa's.

    python make.py FOLDER SCENES SHAPE

FOLDER is made; its name becomes the served model's. SHAPE is a name of `shape.py`. SCENES is a JSON file:

    {"scenes": {"bash": ["the first reply", "the second"], "think": ["…"]}, "corpus": ["text", …]}

The chat template chooses the scene by the first tool's name (without tools `think`, or `plain` where thinking is
off), and the reply by how many the assistant has given. The corpus is what the tokenizer learns its words from.
"""

import json
import sys
from pathlib import Path

from shape import SHAPES, Shape, config_json
from tokens import Script, build_tokenizer
from weights import model_weights, save_weights

CONTEXT = 32_768
CONFIG_CLASS = "configuration_mimo_v2_flash.py"
HERE = Path(__file__).parent


def main(folder: Path, scenes: Path, shape: Shape) -> None:
    told = json.loads(scenes.read_text(encoding="utf-8"))
    script = Script(told["scenes"])
    tokenizer = build_tokenizer(script, told["corpus"])
    vocabulary = -(-tokenizer.get_vocab_size() // 64) * 64
    end, pad = tokenizer.token_to_id("<|im_end|>"), tokenizer.token_to_id("<|endoftext|>")
    follows = {tokenizer.token_to_id(token): tokenizer.token_to_id(after) for token, after in script.follows()}

    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    template = (HERE / "template.jinja").read_text(encoding="utf-8")
    write(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": CONTEXT,
            "eos_token": "<|im_end|>",
            "pad_token": "<|endoftext|>",
            "clean_up_tokenization_spaces": False,
            "chat_template": template.replace("SCENES", json.dumps(script.lengths())),
        },
    )
    write(folder / "generation_config.json", {"eos_token_id": [end, pad], "pad_token_id": pad})
    write(folder / "config.json", config_json(shape, vocabulary, CONTEXT, end=end, pad=pad))
    # As the model's own repository does; transformers' class nests what SGLang 0.5.23 cannot hash.
    (folder / CONFIG_CLASS).write_text((HERE / CONFIG_CLASS).read_text(encoding="utf-8"), encoding="utf-8")
    save_weights(folder, model_weights(shape, vocabulary, follows))


def write(file: Path, value: dict[str, object]) -> None:
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")


main(Path(sys.argv[1]), Path(sys.argv[2]), SHAPES[sys.argv[3]])
