"""The agent's image: the instance's, without the repository and its history, which come in from a snapshot."""

from typing import TYPE_CHECKING

from evals.images.build import EvalImage
from evals.images.layers import Layer, ensure_layer
from evals.images.plan import TRUST_EVERY_REPOSITORY
from sandbox.container.options import WORKSPACE
from sandbox.progress import Report, silent

if TYPE_CHECKING:
    from docker import DockerClient


def ensure_agent_image(
    client: "DockerClient", image: EvalImage, *, uid: int, gid: int, report: Report = silent
) -> str:
    """The name of the image that sandboxes of `uid` and `gid` start from.

    What the setup made stays in the workspace, such as compiled modules; the repository's own files and its `.git`
    go. The old folder becomes a link to the workspace, so that what was installed in place is still found.
    """
    folder = image.folder
    commands = (
        f"{TRUST_EVERY_REPOSITORY}; mkdir -p {WORKSPACE} && cp -a {folder}/. {WORKSPACE}/",
        f"cd {WORKSPACE} && if [ -e .git ]; then git ls-files -z | xargs -0 rm -f --; rm -rf .git; fi",
        f"find {WORKSPACE} -mindepth 1 -type d -empty -delete",
        f"cd / && rm -rf {folder} && ln -s {WORKSPACE} {folder}",
        f"chown -hR {uid}:{gid} {WORKSPACE}",
    )
    layer = Layer(what=f"{image.name}, for the agent", commands=commands, online=False)
    return ensure_layer(client, image.name, layer, report, kind="agent")
