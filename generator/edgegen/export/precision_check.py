"""Measure what a precision changes in a model's results, before any device runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from edgegen import tasks
from edgegen.base.arrays import Float32
from edgegen.model.spec import ModelSpec, Program
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import Authority
from edgegen.parity.goldens import Golden
from edgegen.runtimes.runtime import Forward
from edgegen.tasks import extras
from edgegen.tasks.prepared import prepare
from edgegen.tasks.stage import Comparison, worst_difference

MARGIN: Final = 4  # a tolerance in measured differences: a device sums and rounds in another order
FLOOR: Final = 2  # the smallest tolerances in those of float32
# The greatest tolerances. With more, other objects would count as the same.
GREATEST: Final = {
    "score": 0.1,
    "corner": 8.0,
    "keypoint": 8.0,
    "rotated_corner": 8.0,
    "angle": 0.1,
    "probability": 0.1,
    "relative": 0.1,
    "lead": 0.5,
    "raw": 2.0,
}
LEAST_MASK_IOU: Final = 0.9
_NOT_FINITE: Final = "an output is NaN or infinite"


@dataclass(frozen=True)
class PrecisionCheck:
    """What a precision changes."""

    tolerances: Mapping[str, float]
    pictures: tuple[str, ...]  # whose results are the same within the tolerances
    problem: str = ""  # a result with the default confidence that is not the same, in words
    worst: str = ""  # the largest differences of the same results, in words: "score by up to 0.002"


def emulated(module: Any) -> Forward:
    """Return a function that runs a torch module as if it were in float16.

    Weights, inputs and the result of each operator are rounded to float16. Sums inside of an operator stay
    float32, as on most processors.
    """
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_map

    def rounded(value: Any) -> Any:
        is_float = isinstance(value, torch.Tensor) and value.dtype == torch.float32
        return value.half().float() if is_float else value

    class Float16(TorchDispatchMode):  # type: ignore[no-untyped-call]
        """Rounds what goes into each operator, and what comes out of it."""

        def __torch_dispatch__(
            self, operator: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
        ) -> Any:
            kwargs = dict(kwargs or {})
            if operator._schema.is_mutable:  # it writes into its argument, which must stay the same tensor
                result = operator(*args, **kwargs)
                for argument, value in zip(operator._schema.arguments, args, strict=False):
                    is_written = argument.alias_info is not None and argument.alias_info.is_write
                    if is_written and isinstance(value, torch.Tensor) and value.dtype == torch.float32:
                        value.copy_(value.half())
                return result
            if any(returned.alias_info for returned in operator._schema.returns):  # a view
                return operator(*args, **kwargs)
            args, kwargs = tree_map(rounded, (args, kwargs))
            return tree_map(rounded, operator(*args, **kwargs))

    def forward(tensor: Float32) -> Sequence[Float32]:
        with torch.no_grad(), Float16():  # type: ignore[no-untyped-call]
            outputs = module(torch.from_numpy(tensor).half().float())
        given = outputs if isinstance(outputs, tuple) else (outputs,)
        return [np.asarray(output) for output in given]

    return forward


def check_precision(
    spec: ModelSpec, authority: Authority, forward: Forward, pictures: Sequence[Golden]
) -> PrecisionCheck:
    """Compare a precision with the authority on pictures, each with the thresholds of its golden vectors.

    A tolerance is MARGIN times the greatest difference, at least FLOOR times the task's. A picture with a
    lowered confidence that has other results proves nothing: rounding decides between its weak boxes.
    forward: from `emulated`.
    """
    default = tasks.find(spec.task).decoder.tolerances
    worst, results = dict[str, float](), list[_Compared]()
    for golden in pictures:
        compared = _compare(spec, authority, forward, golden)
        if compared is None:
            return PrecisionCheck(dict(default), (), f"{golden.picture.name}: {_NOT_FINITE}")
        results.append(compared)
        differences = {**compared.with_tolerances(None, spec).worst, "raw": compared.raw}
        wide = tolerances_for(default, differences)
        if (
            all(_is_small(name, wide[name]) for name in default)
            and compared.with_tolerances(wide, spec).passed
        ):
            for name, value in differences.items():
                before = worst.get(name, value)
                worst[name] = min(before, value) if name == "mask_iou" else max(before, value)
    tolerances = tolerances_for(default, worst)
    same, problem = list[str](), ""
    for compared in results:
        difference = compared.difference(tolerances, spec)
        if not difference:
            same.append(compared.name)
        elif compared.thresholds.confidence >= Thresholds().confidence:
            problem = problem or difference
    in_words = ", ".join(
        f"{name.replace('_', ' ')} {'at least' if name == 'mask_iou' else 'by up to'} {value:.3g}"
        for name, value in worst.items()
        if name != "raw"
    )
    return PrecisionCheck(tolerances, tuple(same), problem, in_words)


def check_weights(
    spec: ModelSpec, authority: Authority, forward: Forward, pictures: Sequence[Golden]
) -> PrecisionCheck:
    """Compare rounded weights with the authority. Results have the task's tolerances, on all pictures.

    Only the tolerance of outputs is wider, MARGIN times the greatest difference: a logit of -30 may change by
    more than one near a threshold. forward: runs the program with these weights.
    """
    default = tasks.find(spec.task).decoder.tolerances
    results = list[_Compared]()
    for golden in pictures:
        compared = _compare(spec, authority, forward, golden)
        if compared is None:
            return PrecisionCheck(dict(default), (), f"{golden.picture.name}: {_NOT_FINITE}")
        results.append(compared)
    tolerances = dict(default)
    if "raw" in default:
        tolerances["raw"] = max(default["raw"], float(f"{MARGIN * max(each.raw for each in results):.3g}"))
    differences = (compared.difference(tolerances, spec) for compared in results)
    names = tuple(compared.name for compared in results)
    return PrecisionCheck(tolerances, names, next(filter(None, differences), ""))


def unchanged_precision(spec: ModelSpec, pictures: Sequence[Golden]) -> PrecisionCheck:
    """Return the check of a program in float32: the smallest tolerances, on all pictures."""
    default = tasks.find(spec.task).decoder.tolerances
    none = {name: 1.0 if name == "mask_iou" else 0.0 for name in default}
    return PrecisionCheck(tolerances_for(default, none), tuple(each.picture.name for each in pictures))


def check_program(
    spec: ModelSpec,
    program: Program,
    authority: Authority,
    forward: Forward,
    pictures: Sequence[Golden],
) -> str:
    """Return the first difference of a program's results from the authority's; "" for none.

    Only the pictures that prove the program count. forward: runs the program.
    """
    for golden in pictures:
        name = golden.picture.name
        if program.pictures and name not in program.pictures:
            continue
        compared = _compare(spec, authority, forward, golden)
        if compared is None:
            return f"{name}: {_NOT_FINITE}"
        if difference := compared.difference(program.tolerances, spec):
            return difference
    return ""


@dataclass(frozen=True)
class _Compared:
    """The results for a picture."""

    name: str
    thresholds: Thresholds
    result: Any
    reference: Any
    raw: float  # the largest difference of outputs

    def with_tolerances(self, tolerances: Mapping[str, float] | None, spec: ModelSpec) -> Comparison:
        """Compare the results within these tolerances; None: those of float32."""
        compared: Comparison = self.result.compare(self.reference, self.thresholds, spec.output, tolerances)
        return compared

    def difference(self, tolerances: Mapping[str, float], spec: ModelSpec) -> str:
        """Return what differs by more than the tolerances; "" for nothing. {}: those of float32."""
        comparison = self.with_tolerances(tolerances or None, spec)
        raw = (tolerances or tasks.find(spec.task).decoder.tolerances).get("raw", np.inf)
        if not comparison.passed:
            return f"{self.name}: {comparison}"
        return "" if self.raw <= raw else f"{self.name}: an output differs by {self.raw:.3g} of {raw:.3g}"


def _compare(spec: ModelSpec, authority: Authority, forward: Forward, golden: Golden) -> _Compared | None:
    """Run both on a picture. None if an output is NaN or infinite."""
    picture, thresholds = golden.picture, golden.thresholds
    given = prepare(picture.rgb, spec.input)
    theirs, ours = authority.outputs(given.tensor), forward(given.tensor)
    if not all(np.isfinite(output).all() for output in ours):
        return None
    return _Compared(
        picture.name,
        thresholds,
        tasks.find(spec.task).decoder.result(ours, spec.output, given.plan, thresholds),
        authority.result(picture.rgb, thresholds),
        _raw(ours, theirs, spec),
    )


def _raw(ours: Sequence[Float32], theirs: Sequence[Float32], spec: ModelSpec) -> float:
    """Return the largest difference of outputs that the tolerance `raw` is for."""
    decoder = tasks.find(spec.task).decoder
    raw = decoder.tolerances.get("raw")
    stages = decoder.compare_outputs(ours, theirs, spec.output)
    worst = [stage.worst for stage in stages if stage.tolerance == raw]
    if spec.output.has_levels:
        pairs = (extras.extra_outputs(each, spec.output) for each in (ours, theirs))
        worst += [worst_difference(mine, right) for mine, right in zip(*pairs, strict=True)]
    return max(worst, default=0.0)


def _is_small(name: str, tolerance: float) -> bool:
    """Return whether a tolerance is one that a program may have."""
    return tolerance >= LEAST_MASK_IOU if name == "mask_iou" else tolerance <= GREATEST.get(name, np.inf)


def tolerances_for(default: Mapping[str, float], worst: Mapping[str, float]) -> dict[str, float]:
    """Return the tolerances for these differences: MARGIN times each, at least FLOOR times the task's."""
    found = dict(default)
    for name, value in worst.items():
        if name == "mask_iou":
            found[name] = min(1 - FLOOR * (1 - default[name]), 1 - MARGIN * (1 - value))
        elif name in default:
            found[name] = max(FLOOR * default[name], MARGIN * value)
    if "score" in default:
        found["confidence_margin"] = max(default["confidence_margin"], found["score"])
        found["iou_margin"] = MARGIN * default["iou_margin"]
    return {name: float(f"{value:.3g}") for name, value in found.items()}
