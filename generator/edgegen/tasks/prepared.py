"""Preprocess a picture by the model's resize, in numpy."""

from dataclasses import dataclass

from edgegen.base.arrays import Float32, Uint8
from edgegen.model.spec import CENTRE_CROP, LETTERBOX_TOP_LEFT, STRETCH, InputSpec
from edgegen.reference import LetterboxPlan, letterbox, plan_letterbox, resize_bilinear, to_tensor
from edgegen.reference.letterbox import plan_letterbox_top_left
from edgegen.tasks.classify import decode as classify


@dataclass(frozen=True)
class Prepared:
    """A preprocessed picture."""

    pixels: Uint8  # [height, width, 3], RGB
    tensor: Float32  # [1, 3, height, width]
    plan: LetterboxPlan  # with negative borders for parts that are cut off


def plan_input(source_hw: tuple[int, int], spec: InputSpec) -> LetterboxPlan:
    """Return the place of a picture of source_hw (height, width) in the model's input."""
    size = spec.height, spec.width
    if spec.resize == CENTRE_CROP:
        return classify.plan_crop(source_hw, size, spec.shorter_side)
    if spec.resize == STRETCH:
        return LetterboxPlan(*source_hw, *size, *size, left=0, top=0)
    return (plan_letterbox_top_left if spec.resize == LETTERBOX_TOP_LEFT else plan_letterbox)(source_hw, size)


def prepare(rgb: Uint8, spec: InputSpec) -> Prepared:
    """Preprocess a picture [h, w, 3] by the model's resize."""
    plan = plan_input((rgb.shape[0], rgb.shape[1]), spec)
    if spec.resize == CENTRE_CROP:
        pixels = classify.crop(rgb, plan, spec.interpolation)
        channels = pixels if spec.color == "RGB" else pixels[..., ::-1]
        tensor = classify.to_tensor(channels, spec.mean, spec.std, spec.scale)
        return Prepared(pixels, tensor if spec.steps is None else spec.steps.rounded(tensor), plan)
    if spec.resize == STRETCH:
        pixels = resize_bilinear(rgb, spec.height, spec.width)
    else:
        pixels = letterbox(rgb, (spec.height, spec.width), spec.pad_value, plan)
    return Prepared(pixels, to_tensor(pixels, spec), plan)
