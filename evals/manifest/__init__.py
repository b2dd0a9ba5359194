"""What a run was made of, so that somebody else can make it again.

manifest = begin_manifest(run=…, request=request, dataset=path, instances=rows, model=facts)
write_manifest(folder, manifest)      # before the first attempt
…
write_manifest(folder, finish_manifest(manifest, lines))
"""

from evals.manifest.collect import begin_manifest, finish_manifest
from evals.manifest.model import Manifest, ModelFacts
from evals.manifest.storage import read_manifest, write_manifest

__all__ = [
    "Manifest",
    "ModelFacts",
    "begin_manifest",
    "finish_manifest",
    "read_manifest",
    "write_manifest",
]
