"""Recognize folders of Hugging Face Transformers, whose files have the architecture, names and preprocessing.

Only this package imports transformers.
"""

import re
from pathlib import Path
from typing import Final

from edgegen.base.errors import InputError
from edgegen.sources.description import Description
from edgegen.sources.source import OpenableSource, OpenedModel
from edgegen.sources.transformers.folder import CONFIG, INDEX, PREPROCESSOR, WEIGHTS, check_folder, is_folder

# Names of files that are no names of the hub, although they have a slash: runs/best.pt.
_FILES: Final = r"\.(pt|pth|pt2|pte|onnx|ckpt|bin|safetensors|torchscript|tar|zip|ya?ml|json|engine|tflite)$"
_HUB_NAME: Final = re.compile(rf"(?!.*{_FILES})[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.IGNORECASE)


class Folder(OpenableSource):
    """A folder of Transformers with a detector."""

    takes_names = True

    def open(self, path: Path) -> OpenedModel:
        """Load the weights into their architecture."""
        from edgegen.sources.transformers import detector

        return detector.load(path, self.description)


class Transformers:
    """Recognizes folders with a config.json of Transformers."""

    name = "transformers"
    takes = (
        "a folder of Hugging Face Transformers with D-FINE, RT-DETRv2 or DEIMv2: "
        f"{CONFIG}, {WEIGHTS} and {PREPROCESSOR}"
    )

    def sniff(self, argument: str, path: Path, description: Description) -> Folder | None:
        """Accept folders with a config.json that names an architecture."""
        if description.architecture:
            return None
        if path.is_dir():
            if not is_folder(path):
                return None
            check_folder(path)
            return Folder(path, description)
        if path.is_file():
            if path.name in (CONFIG, WEIGHTS, PREPROCESSOR, INDEX) and is_folder(path.parent):
                raise InputError(
                    f"{path} is one file of a folder of Transformers", f"give the folder: {path.parent}"
                )
            return None
        if _HUB_NAME.fullmatch(argument) and not path.is_symlink() and not path.parent.exists():
            name = argument.rpartition("/")[2]
            raise InputError(
                f"there is no folder {argument}",
                "if it is a model of the Hugging Face hub, download it first with "
                f"`hf download {argument} --local-dir {name}`, and give {name}",
            )
        return None


SOURCE: Final = Transformers()
