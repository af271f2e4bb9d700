"""Preprocess a picture: the input's bytes, the tensor, and the placement of the picture in it."""

from dataclasses import dataclass

from edgegen.base.arrays import Float32, Uint8
from edgegen.model.spec import CENTRE_CROP, STRETCH, InputSpec
from edgegen.reference import LetterboxPlan, letterbox, plan_letterbox, resize_bilinear, to_tensor
from edgegen.tasks.classify import decode as classify


@dataclass(frozen=True)
class Prepared:
    """A preprocessed picture."""

    pixels: Uint8  # [height, width, 3], RGB
    tensor: Float32  # [1, 3, height, width]
    plan: LetterboxPlan  # with negative borders for parts that are cut off


def prepare(rgb: Uint8, spec: InputSpec) -> Prepared:
    """Preprocess a picture [h, w, 3] by the model's resize."""
    source, size = (rgb.shape[0], rgb.shape[1]), (spec.height, spec.width)
    if spec.resize == CENTRE_CROP:
        plan = classify.plan_crop(source, size, spec.shorter_side)
        pixels = classify.crop(rgb, plan, spec.interpolation)
        channels = pixels if spec.color == "RGB" else pixels[..., ::-1]
        tensor = classify.to_tensor(channels, spec.mean, spec.std, spec.scale)
        return Prepared(pixels, tensor if spec.steps is None else spec.steps.rounded(tensor), plan)
    if spec.resize == STRETCH:
        pixels, plan = resize_bilinear(rgb, *size), LetterboxPlan(*source, *size, *size, left=0, top=0)
    else:
        pixels, plan = letterbox(rgb, size, spec.pad_value), plan_letterbox(source, size)
    return Prepared(pixels, to_tensor(pixels, spec), plan)
