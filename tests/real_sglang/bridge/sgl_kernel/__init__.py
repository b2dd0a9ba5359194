"""Stands where a CPU build of SGLang's kernels would, of which the package index has none: the few that
MiMo-V2-Flash calls, in plain PyTorch, correct rather than quick. Any other says its name when it is called.

Names, arguments and their order are SGLang 0.5.23's (`sglang/kernels/ops`, `intel_amx_backend.py`).
"""

from typing import Any, NoReturn

import torch

from sgl_kernel.attention import decode_attention_cpu, extend_attention_cpu
from sgl_kernel.cache import (
    assign_draft_cache_locs_contiguous_cpu,
    assign_extend_cache_locs_cpu,
    assign_req_to_token_pool_cpu,
    copy_all_layer_kv_cache_cpu,
)
from sgl_kernel.drafts import (
    build_tree_kernel_efficient_cpu,
    fill_accept_out_cache_loc_cpu,
    fill_bonus_tokens_cpu,
    rotate_input_ids_cpu,
    verify_tree_greedy_cpu,
)

__version__ = "0.4.10"
__all__ = [
    "assign_draft_cache_locs_contiguous_cpu",
    "assign_extend_cache_locs_cpu",
    "assign_req_to_token_pool_cpu",
    "build_tree_kernel_efficient_cpu",
    "copy_all_layer_kv_cache_cpu",
    "fill_accept_out_cache_loc_cpu",
    "fill_bonus_tokens_cpu",
    "rotate_input_ids_cpu",
    "verify_tree_greedy_cpu",
]

# The attention backend finds its two among torch's operators, not in this module.
for _kernel in (decode_attention_cpu, extend_attention_cpu):
    setattr(torch.ops.sgl_kernel, _kernel.__name__, _kernel)


def __getattr__(name: str) -> Any:
    """SGLang imports many kernels that this model never calls."""
    if name.startswith("__"):
        raise AttributeError(name)

    def absent(*_arguments: object, **_named: object) -> NoReturn:
        raise NotImplementedError(f"the bridge to the CPU has no kernel {name!r}")

    return absent
