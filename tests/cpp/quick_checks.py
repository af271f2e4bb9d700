"""The comparisons that detect a mutant of the core, each in a few seconds."""

from tests.cpp import box_comparisons, int8, letterbox_comparisons, one_to_one
from tests.cpp.native import Core
from tests.cpp.native_letterbox import RESIZES


def letterbox(core: Core) -> None:
    letterbox_comparisons.check_letterbox(core, 1, 300)


def stored(core: Core) -> None:
    letterbox_comparisons.check_stored(core, 1, 300)


def tensor(core: Core) -> None:
    letterbox_comparisons.check_tensor(core, 1, 200)


def bytes_in(core: Core) -> None:
    int8.check_tensor(core, 1, 120)


def bytes_out(core: Core) -> None:
    int8.check_decode(core, 1, 150)


def plan(core: Core) -> None:
    letterbox_comparisons.check_plan(core, letterbox_comparisons.sizes_at_halves((640,)))
    sizes = [*((height, 64) for height in range(1, 200)), (1, 5000), (5000, 1)]
    for resize in RESIZES:
        letterbox_comparisons.check_plan(core, [(size, (64, 64)) for size in sizes], resize)


def raw(core: Core) -> None:
    box_comparisons.check_decode_raw(core, 1, 150)


def decoded(core: Core) -> None:
    box_comparisons.check_decode_decoded(core, 1, 150)


def multilabel(core: Core) -> None:
    box_comparisons.check_decode_multilabel(core, 1, 60)


def top_k(core: Core) -> None:
    one_to_one.check_top_k(core, 1, 200)


def detections(core: Core) -> None:
    one_to_one.check_detections(core, 1, 150)


def first(core: Core) -> None:
    one_to_one.check_first(core, 1, 100)


def nms(core: Core) -> None:
    box_comparisons.check_nms(core, 1, 300)


def last_bit(core: Core) -> None:
    box_comparisons.check_nms_last_bit(core, 1, 300)


def image(core: Core) -> None:
    box_comparisons.check_to_image(core, 1, 50)
