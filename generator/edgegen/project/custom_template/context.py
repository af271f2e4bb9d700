"""The values that a custom template can use: the name `edgegen`, described in docs/templates.md.

Removing a name breaks third-party templates.
"""

from dataclasses import asdict
from typing import Any, Final

from edgegen import __version__, tasks
from edgegen.base import pins
from edgegen.model.spec import ModelSpec
from edgegen.project.appearance import LOOK
from edgegen.project.context import Options
from edgegen.project.custom_template.claims import Claims

NAME: Final = "edgegen"


def context(spec: ModelSpec, options: Options, claims: Claims) -> dict[str, Any]:
    """Return the value of the name `edgegen`."""
    task, output = tasks.find(spec.task), spec.output
    return {
        "version": __version__,
        "executorch_version": pins.EXECUTORCH,
        "app_name": options.name,
        "slug": options.slug,
        "confidence": options.confidence,
        "iou": options.iou,
        "max_det": options.max_det,
        "keep_classes": list(options.keep_classes),
        "skeleton": [list(limb) for limb in options.skeleton],
        "look": asdict(LOOK),
        "model_dir": claims.model,
        "vectors_dir": claims.vectors,
        "contract": task.explain(output.contract),
        "tolerances": dict(task.decoder.tolerances),
        "model": {
            "name": spec.name,
            "task": spec.task,
            "class_names": list(spec.class_names),
            "num_classes": spec.num_classes,
            "input": asdict(spec.input),
            "output": {**asdict(output), "has_levels": output.has_levels, "needs_nms": output.needs_nms},
            "precision": spec.precision,
            "precision_in_words": spec.precision_in_words,
            "backends": list(spec.backends),
            "executorch_version": spec.executorch_version,
            "sha256": spec.sha256,
            "license": spec.license,
            "description": spec.description,
        },
    }
