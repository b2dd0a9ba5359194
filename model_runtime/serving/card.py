"""What one model needs of a server: the `[serve]` table of a profile, as a value."""

from pydantic import Field

from model_runtime.messages import Frozen

KV_BYTES = 2  # The cache is BF16 unless --kv-cache-dtype says otherwise.


class Layers(Frozen):
    """Attention layers of one kind. Head dimensions are elements; K and V may differ."""

    count: int = Field(ge=1)
    heads: int = Field(ge=1)
    kv_heads: int = Field(ge=1)
    head_dim: int = Field(ge=1)
    v_head_dim: int = Field(ge=1)

    def kv_bytes(self, attention_tp: int = 1) -> int:
        """Bytes of cache a token on one GPU of `attention_tp`; a GPU keeps one KV head at least, so heads are
        repeated where there are fewer of them than GPUs (SGLang 0.5.23, `ModelConfig.get_num_kv_heads`)."""
        heads = max(1, self.kv_heads // attention_tp)
        return self.count * heads * (self.head_dim + self.v_head_dim) * KV_BYTES

    def parameters(self, hidden_size: int) -> tuple[int, int]:
        """Parameters of the Q, K and V projections, and of the output projection, all layers together."""
        qkv = self.heads * self.head_dim + self.kv_heads * (self.head_dim + self.v_head_dim)
        return self.count * qkv * hidden_size, self.count * self.heads * self.v_head_dim * hidden_size


class Experts(Frozen):
    """Routed experts: how many there are, how many a token visits, how wide each is (0 if not known)."""

    count: int = Field(ge=1)
    per_token: int = Field(ge=1)
    width: int = Field(default=0, ge=0)


class LinearLayers(Frozen):
    """Layers of linear attention (gated delta net, as in Qwen3.5): a state of one size a request, however long it
    is, and no cache a token. key_dim, value_dim: elements a head. kernel: tokens of the convolution."""

    count: int = Field(ge=1)
    key_heads: int = Field(ge=1)
    value_heads: int = Field(ge=1)
    key_dim: int = Field(ge=1)
    value_dim: int = Field(ge=1)
    kernel: int = Field(default=4, ge=2)

    def state_bytes(self) -> int:
        """Bytes of one request's state, on all GPUs together (SGLang 0.5.23, `Mamba2StateShape`): a matrix a value
        head in FP32, and the convolution's last inputs in BF16."""
        matrix = self.value_heads * self.key_dim * self.value_dim * 4
        inputs = 2 * self.key_heads * self.key_dim + self.value_heads * self.value_dim
        return self.count * (matrix + inputs * (self.kernel - 1) * 2)


class Drafter(Frozen):
    """A block drafter beside the model (DFlash), in BF16. folder: where it lies in the checkpoint. block: tokens
    that it drafts at once. weights: bytes. layers: its attention, with a slot for every token of context."""

    folder: str = "dflash"
    block: int = Field(ge=2)
    weights: int = Field(ge=1)
    layers: Layers


class Mtp(Frozen):
    """Multi-token prediction layers in the checkpoint. `weights`: bytes by precision, all layers together."""

    layers: int = Field(ge=1)
    weights: dict[str, int]


class Launch(Frozen):
    """Flags that belong to the model and not to the machine."""

    reasoning_parser: str = ""
    tool_call_parser: str = ""
    chunked_prefill_size: int = Field(default=4096, ge=128)
    max_running_requests: int = Field(default=128, ge=1)
    swa_full_tokens_ratio: float = Field(default=0.1, gt=0, le=1)
    trust_remote_code: bool = True
    draft_model_path: str = ""


class Card(Frozen):
    """One servable model.

    repository: a Hugging Face id or a folder. architecture: the class named in config.json. precision: what is
    published. weights: bytes by precision, without the MTP layers and the drafter. global_layers: None where the
    numbers of the cache are not known. window: tokens a sliding-window layer sees. speculation: mtp, dflash or
    none. gaps: what is not known about the model, in plain words.
    """

    name: str
    repository: str
    architecture: str = ""
    precision: str
    weights: dict[str, int]
    context_length: int = Field(gt=0)
    hidden_size: int = 0
    vocabulary: int = 0
    global_layers: Layers | None = None
    sliding_layers: Layers | None = None
    linear_layers: LinearLayers | None = None
    window: int = 0
    sinks: bool = False
    experts: Experts | None = None
    mtp: Mtp | None = None
    drafter: Drafter | None = None
    speculation: str = "none"
    launch: Launch = Launch()
    gaps: tuple[str, ...] = ()

    def attention_bytes(self, precision: str) -> int:
        """Bytes of what attention data parallelism repeats: the attention projections and the embedding. The
        output projection and the embedding stay in BF16 (`ignored_layers` in the checkpoint's config.json)."""
        width = {"bf16": 2, "fp16": 2, "fp32": 4}.get(precision, 1)
        total = self.vocabulary * self.hidden_size * 2
        for layers in (self.global_layers, self.sliding_layers):
            if layers is not None:
                qkv, output = layers.parameters(self.hidden_size)
                total += qkv * width + output * 2
        return total

    def draft_bytes(self, precision: str) -> int:
        """Bytes of the weights that draft: the MTP layers', in the published precision where they are not known in
        this one, or the drafter's."""
        if self.speculation == "dflash" and self.drafter is not None:
            return self.drafter.weights
        if self.speculation != "mtp" or self.mtp is None:
            return 0
        return self.mtp.weights.get(precision, self.mtp.weights[self.precision])

    @property
    def state_slots(self) -> int:
        """States of linear attention that a server keeps: five for each request that may run (SGLang 0.5.23,
        `_calculate_mamba_ratio`: three, and two while steps overlap), so that prefixes stay cached beside them."""
        return 5 * self.launch.max_running_requests if self.linear_layers else 0
