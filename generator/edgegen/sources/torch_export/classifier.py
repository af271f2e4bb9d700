"""Open classifiers of torch.export. The authority is the program itself, run by PyTorch."""

from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError, UsageError
from edgegen.base.files import file_sha256
from edgegen.model.facts import Facts, Preprocessing
from edgegen.model.spec import BILINEAR
from edgegen.sources.description import Description
from edgegen.sources.image_classifier import Classifier, check_names, check_task, torchvision_transforms
from edgegen.sources.torch_export.archive import read_program

_USUAL: Final = {
    "--resize": "256",
    "--crop": "224",
    "--mean": "0.485,0.456,0.406",
    "--std": "0.229,0.224,0.225",
}


def load(path: Path, description: Description) -> Classifier:
    """Open a program that takes [N, 3, H, W] and returns [N, classes].

    Raises:
        InputError: The file is damaged or asks for code, or its classes have no names.
        UsageError: An option that describes it is missing.
        UnsupportedModelError: Its inputs, outputs or operators are not supported.
    """
    program = read_program(path)
    how = _preprocessing(path, description, _input_side(path, program))
    module = _logits_module(path, program)
    classes = _classes(path, module, how.size[0])
    facts = Facts(
        task="classify",
        class_names=check_names(description.class_names, classes, path),
        imgsz=how.size,
        library="torch",
        description=f"{path.name}, a program of torch.export",
        docs="https://docs.pytorch.org/docs/stable/export.html",
        preprocessing=how,
        is_fixed_size=True,
    )
    return Classifier(path, file_sha256(path), facts, module, torchvision_transforms(how))


def _input_side(path: Path, program: Any) -> int | None:
    """Return the side of the input; None if it is dynamic."""
    inputs = [
        node.meta["val"] for node in program.graph.nodes if node.name in program.graph_signature.user_inputs
    ]
    shapes = ", ".join(str(list(each.shape)) for each in inputs if hasattr(each, "shape"))
    if len(inputs) != 1 or inputs[0].ndim != 4 or inputs[0].shape[1] != 3:
        raise UnsupportedModelError(
            f"the inputs {shapes or 'other than tensors'} ({path.name})",
            "edgegen takes one input [N, 3, height, width], of colour pictures",
        )
    if str(inputs[0].dtype) != "torch.float32":
        raise UnsupportedModelError(
            f"an input of {inputs[0].dtype} ({path.name})", "export it with a float32 example: model.float()"
        )
    batch, _, height, width = inputs[0].shape
    if isinstance(batch, int) and batch != 1:
        raise UnsupportedModelError(
            f"a batch of {batch} ({path.name})", "export it with a batch of 1, or a dynamic one"
        )
    if not isinstance(height, int) or not isinstance(width, int):
        return None
    if height != width:
        raise UnsupportedModelError(
            f"an input of {height}x{width} ({path.name})", "edgegen takes classifiers of square pictures"
        )
    return height


def _preprocessing(path: Path, description: Description, side: int | None) -> Preprocessing:
    """Return the preprocessing that the user gives; nothing is guessed."""
    if not description.task:
        raise UsageError(f"{path.name} does not say its task", "add --task classify")
    check_task(description, path)
    crop = description.crop or side
    given = {
        "--resize": description.shorter_side,
        "--crop": crop,
        "--mean": description.mean,
        "--std": description.std,
    }
    missing = [option for option, value in given.items() if value is None]
    if missing:
        example = " ".join(f"{option} {_USUAL[option]}" for option in missing)
        raise UsageError(
            f"{path.name} does not say how its pictures are prepared: there is no {', no '.join(missing)}",
            f"give the values of the training; ImageNet's are {example}",
        )
    if side is not None and crop != side:
        raise UsageError(f"--crop is {crop}, and the input of {path.name} is {side}", "leave out --crop")
    assert crop is not None and description.mean and description.std and description.shorter_side  # noqa: S101
    usual = Preprocessing((crop, crop), description.mean, description.std, description.shorter_side, BILINEAR)
    return description.applied_to(usual)


def _logits_module(path: Path, program: Any) -> Any:
    """Return the program as a module without a softmax at its end: `Classifier.module` adds it to logits."""
    import torch

    exported = program.module(check_guards=False)  # guards would be executed as Python
    module = torch.fx.GraphModule(exported, exported.graph)  # whose eval() works
    (output,) = (node for node in module.graph.nodes if node.op == "output")
    last = output.all_input_nodes[0]
    if last.target in (torch.ops.aten.softmax.int, torch.ops.aten._softmax.default):
        last.replace_all_uses_with(last.args[0])
        module.graph.erase_node(last)
        module.recompile()
    if last.target is torch.ops.aten.sigmoid.default:
        raise UnsupportedModelError(
            f"classifiers with several classes at once, by a sigmoid ({path.name})",
            "edgegen takes those with one class for a picture, by a softmax or none",
        )
    return module.eval()


def _classes(path: Path, module: Any, side: int) -> int:
    import torch

    try:
        with torch.inference_mode():
            output = module(torch.zeros(1, 3, side, side))
    except Exception as error:  # the program may raise anything
        raise InputError(
            f"{path} does not run on one picture of {side}x{side}: {str(error).splitlines()[0][:200]}",
            "export it with a batch of 1 or a dynamic batch",
        ) from error
    shapes = [list(each.shape) for each in (output if isinstance(output, tuple) else (output,))]
    if len(shapes) != 1 or len(shapes[0]) != 2 or shapes[0][0] != 1:
        raise UnsupportedModelError(
            f"the outputs {', '.join(map(str, shapes))} ({path.name})",
            "edgegen takes programs that return [1, classes]",
        )
    return int(shapes[0][1])
