"""From a split and its numbers to SGLang's flags, each with its reason. Names are those of SGLang 0.5.23."""

from model_runtime.serving.card import Card
from model_runtime.serving.command import ROUTER, SERVER, Flag, LaunchCommand
from model_runtime.serving.gpus import Gpu, Machines
from model_runtime.serving.kernels import Choice, attention_backend, moe_runner
from model_runtime.serving.memory import TokenCost
from model_runtime.serving.parallel import Split

PORT = 30_000  # SGLang's own; the router takes it where there are replicas.
RENDEZVOUS = 20_000
EVERYONE = "the other machines must reach it; keep the port closed to anybody else"
FALLBACK_RATIO = 0.8
LOADER = '{"enable_multithread_load":true,"num_threads":64}'


def launch_commands(
    card: Card, precision: str, split: Split, machines: Machines, *, context: int, ratio: float, fraction: int
) -> tuple[LaunchCommand, ...]:
    """One command a replica and node, and the router's where there are several replicas. fraction: thousandths."""
    shared = (
        *_model(card, context),
        *_parallel(split, machines),
        *_memory(card, ratio, fraction),
        *_kernels(card, precision, machines.gpu),
        *_speculation(card, split),
        *_api(card),
    )
    here = [each for replica in range(split.replicas) for each in _replica(shared, split, machines, replica)]
    if split.replicas == 1:
        return tuple(here)
    return (*here, _router(here, split))


def _replica(
    shared: tuple[Flag, ...], split: Split, machines: Machines, replica: int
) -> tuple[LaunchCommand, ...]:
    side_by_side = max(1, split.replicas // machines.nodes)
    place = replica % side_by_side
    first = replica // side_by_side * split.nodes
    port = PORT if split.replicas == 1 else PORT + 1 + place
    several = machines.nodes > 1
    host = Flag("--host", "0.0.0.0", EVERYONE) if several else Flag("--host", "127.0.0.1", "this machine alone")
    flags = [*shared, host, Flag("--port", str(port), "where it listens")]
    if place:
        flags.append(Flag("--base-gpu-id", str(place * split.tp), "the GPUs after those of the replica before"))
    commands = []
    for rank in range(split.nodes):
        nodes = _nodes(split, first, rank) if split.nodes > 1 else ()
        commands.append(LaunchCommand(SERVER, (*flags, *nodes), first + rank, replica, port))
    return tuple(commands)


def _nodes(split: Split, first: int, rank: int) -> tuple[Flag, ...]:
    return (
        Flag("--nnodes", str(split.nodes), "machines a replica spans"),
        Flag("--node-rank", str(rank), "which of them this is"),
        Flag("--dist-init-addr", f"NODE{first}:{RENDEZVOUS}", f"put the address of machine {first} here"),
    )


def _router(servers: list[LaunchCommand], split: Split) -> LaunchCommand:
    first = [each for each in servers if each.node % split.nodes == 0 or split.nodes == 1]
    alone = len({each.node for each in first}) == 1
    urls = [f"http://{'127.0.0.1' if alone else f'NODE{each.node}'}:{each.port}" for each in first]
    flags = (
        Flag("--worker-urls", urls[0], "the replicas", tuple(urls[1:])),
        Flag("--policy", "cache_aware", "a session goes where its prefix is cached"),
        Flag("--host", "127.0.0.1", "this machine alone"),
        Flag("--port", str(PORT), "where it listens"),
    )
    return LaunchCommand(ROUTER, flags, 0, None, PORT)


def _model(card: Card, context: int) -> tuple[Flag, ...]:
    trust = Flag("--trust-remote-code", None, "the checkpoint ships its own configuration class")
    return (
        Flag("--model-path", card.repository, "the weights"),
        Flag("--served-model-name", card.name, "the name that clients ask for"),
        *((trust,) if card.launch.trust_remote_code else ()),
        Flag("--context-length", str(context), "the longest session"),
    )


def _parallel(split: Split, machines: Machines) -> tuple[Flag, ...]:
    flags = [Flag("--tp-size", str(split.tp), "as many GPUs hold one copy of the weights")]
    if split.attention_dp > 1:
        why = (
            f"attention in {split.attention_dp} groups of {split.attention_tp}: no finer than the global KV heads"
        )
        flags.append(Flag("--attn-dp-size", str(split.attention_dp), why))
    if split.idle:
        flags[0] = Flag("--tp-size", str(split.tp), f"a power of two; {split.idle} of {machines.count} stay idle")
    return tuple(flags)


def _memory(card: Card, ratio: float, fraction: int) -> tuple[Flag, ...]:
    requests, chunk = str(card.launch.max_running_requests), str(card.launch.chunked_prefill_size)
    cost = TokenCost.of(card, 1)
    ours, fallback = (cost.per_context_token(each) / 1000 for each in (ratio, FALLBACK_RATIO))
    why = f"{ours:.0f} kB a token of context; SGLang's own {FALLBACK_RATIO} would cost {fallback:.0f}"
    sliding = Flag("--swa-full-tokens-ratio", f"{ratio:g}", why)
    states = Flag("--max-mamba-cache-size", str(card.state_slots), "states of linear attention, five a request")
    return (
        Flag(
            "--mem-fraction-static", f"{fraction / 1000:g}", "weights and cache; the rest is graphs and workspace"
        ),
        Flag("--max-running-requests", requests, "most requests at once; sizes the decode graphs"),
        Flag("--chunked-prefill-size", chunk, "tokens a prefill step; sizes the workspace"),
        *((sliding,) if card.sliding_layers else ()),
        *((states,) if card.linear_layers else ()),
    )


def _kernels(card: Card, precision: str, gpu: Gpu) -> tuple[Flag, ...]:
    choices: tuple[tuple[str, Choice], ...] = (
        ("--attention-backend", attention_backend(card, gpu)),
        ("--moe-runner-backend", moe_runner(card, precision, gpu)),
    )
    return tuple(Flag(name, choice.value, choice.why) for name, choice in choices if choice.value)


def _speculation(card: Card, split: Split) -> tuple[Flag, ...]:
    if card.speculation == "mtp" and card.mtp is not None:
        layers = card.mtp.layers
        return (
            Flag("--speculative-algorithm", "EAGLE", "SGLang runs the model's MTP layers under this name"),
            Flag("--speculative-num-steps", str(layers), "one step an MTP layer"),
            Flag("--speculative-eagle-topk", "1", "a chain, no tree"),
            Flag("--speculative-num-draft-tokens", str(layers + 1), "the drafts and the token before them"),
        )
    if card.speculation == "dflash" and card.launch.draft_model_path:
        head = Flag("--enable-dp-lm-head", None, "DFLASH asks for it beside attention data parallelism")
        tokens = str(card.drafter.block) if card.drafter else ""
        block = Flag("--speculative-num-draft-tokens", tokens, "a block of the drafter")
        return (
            Flag("--speculative-algorithm", "DFLASH", "the model's block drafter"),
            Flag("--speculative-draft-model-path", card.launch.draft_model_path, "the drafter's weights"),
            *((block,) if card.drafter else ()),
            *((head,) if split.attention_dp > 1 else ()),
        )
    return ()


def _api(card: Card) -> tuple[Flag, ...]:
    parsers = (
        ("--reasoning-parser", card.launch.reasoning_parser, "reasoning arrives in its own field"),
        ("--tool-call-parser", card.launch.tool_call_parser, "calls arrive parsed"),
    )
    loader = Flag("--model-loader-extra-config", LOADER, "reads the shards side by side")
    return (
        *(Flag(name, value, why) for name, value, why in parsers if value),
        *((loader,) if card.experts else ()),
        Flag("--enable-cache-report", None, "the prefix cache's hits are counted in each reply"),
        Flag("--enable-metrics", None, "acceptance and load can be watched"),
    )
