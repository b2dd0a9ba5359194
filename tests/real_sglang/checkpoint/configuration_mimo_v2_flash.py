"""The configuration class that ships with the checkpoint (`--trust-remote-code`)."""

from transformers.configuration_utils import PretrainedConfig


class MiMoV2FlashConfig(PretrainedConfig):
    model_type = "mimo_v2_flash"
    attribute_map = {"num_local_experts": "n_routed_experts"}  # noqa: RUF012 (transformers declares it so)

    def __init__(self, rope_theta: int = 5_000_000, rope_scaling: dict[str, object] | None = None, **rest: object):
        self.rope_theta = rope_theta
        self.rope_scaling = rope_scaling
        super().__init__(**rest)
