"""What transformers makes of a checkpoint. Runs in SGLang's environment, not in Mimosa's.

    python transformers_reference.py FOLDER IDS COUNT OUT

IDS is a file with a JSON list of token ids. OUT gets `logits`, [ids, vocabulary], and `greedy`, the COUNT tokens
that follow, as NumPy's npz. In float32, one thread.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from transformers.models.mimo_v2_flash import MiMoV2FlashForCausalLM


def main(folder: Path, ids: list[int], count: int, out: Path) -> None:
    torch.set_num_threads(1)
    model = MiMoV2FlashForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        seen = model(torch.tensor([ids]), use_cache=True)
        logits, cache = seen.logits[0].numpy(), seen.past_key_values
        greedy = [int(logits[-1].argmax())]
        while len(greedy) < count:
            seen = model(torch.tensor([greedy[-1:]]), past_key_values=cache, use_cache=True)
            greedy.append(int(seen.logits[0, -1].argmax()))
    np.savez(out, logits=logits, greedy=greedy)


main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), int(sys.argv[3]), Path(sys.argv[4]))
