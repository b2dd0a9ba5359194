"""A plan for programs: plain JSON, bytes and tokens as integers."""

import json

from model_runtime.serving.plan import Plan


def plan_json(plan: Plan) -> str:
    """One object. `memory_per_gpu` adds up to `total`; `commands` is empty where there is none to give."""
    fit, split, memory = plan.fit, plan.fit.split, plan.fit.memory
    return json.dumps(
        {
            "model": fit.card.name,
            "repository": fit.card.repository,
            "precision": fit.precision,
            "verdict": plan.verdict,
            "headline": plan.headline,
            "gpus": {
                "name": fit.machines.gpu.name,
                "per_node": fit.machines.per_node,
                "nodes": fit.machines.nodes,
                "idle": split.idle,
            },
            "tp": split.tp,
            "attention_dp": split.attention_dp,
            "replicas": split.replicas,
            "nodes_per_replica": split.nodes,
            "swa_full_tokens_ratio": fit.ratio if fit.card.sliding_layers else None,
            "memory_per_gpu": {"total": memory.total, "short": memory.short, **_parts(plan)},
            "context": plan.context,
            "pool_tokens": plan.pool,
            "sessions": {str(each.tokens): each.sessions for each in plan.capacity},
            "expected": _expected(plan),
            "cautions": plan.cautions,
            "gaps": plan.gaps,
            "remedies": [{"kind": each.kind, "text": each.text} for each in plan.remedies],
            "commands": [
                {
                    "node": command.node,
                    "replica": command.replica,
                    "port": command.port,
                    "argv": command.argv(),
                    "why": {flag.name: flag.why for flag in command.flags},
                }
                for command in plan.commands
            ],
        },
        indent=2,
    )


def _parts(plan: Plan) -> dict[str, int]:
    memory = plan.fit.memory
    return {
        "weights": memory.weights,
        "mtp": memory.mtp,
        "kv_global": memory.kv_global,
        "kv_sliding": memory.kv_sliding,
        "states": memory.states,
        "workspace": memory.workspace,
        "taken": memory.taken,
        "free": memory.free,
    }


def _expected(plan: Plan) -> dict[str, object] | None:
    if plan.expected is None:
        return None
    return {
        "measured": False,
        "acceptance_length": plan.expected.acceptance,
        "acceptance_range": plan.expected.acceptance_range,
        "speedup": plan.expected.speedup,
        "speedup_range": plan.expected.speedup_range,
        "requests_per_node": plan.expected.batch,
        "source": plan.expected.source,
    }
