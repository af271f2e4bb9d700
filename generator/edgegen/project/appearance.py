"""Colours, labels and benchmark settings, the same in every app."""

from dataclasses import dataclass
from typing import Final

from edgegen.model.skeleton import LEAST_VISIBLE

# Seven colours that colour-blind people can distinguish, 0xRRGGBB. Masataka Okabe and Kei Ito, "Color
# Universal Design", 2008, without black.
_OKABE_ITO: Final = (0xD55E00, 0x56B4E9, 0xF0E442, 0x009E73, 0xCC79A7, 0x0072B2, 0xE69F00)

# Viridis in equal steps, from dark to bright. Stefan van der Walt and Nathaniel Smith, matplotlib, CC0.
_VIRIDIS: Final = (
    0x440154, 0x470D60, 0x48186A, 0x482374, 0x472D7B, 0x453781, 0x424086, 0x3E4989,
    0x3B528B, 0x375B8D, 0x33638D, 0x2F6B8E, 0x2C728E, 0x297A8E, 0x26828E, 0x23898E,
    0x21908C, 0x1F978B, 0x1F9F88, 0x21A685, 0x27AD81, 0x31B57B, 0x3EBC74, 0x4DC26C,
    0x5CC863, 0x6ECE58, 0x82D34D, 0x95D840, 0xAADC32, 0xC0DF25, 0xD5E21A, 0xEAE51A,
    0xFDE725,
)  # fmt: skip


def _towards(colour: int, other: int, share: float) -> int:
    """Return a mix of two colours with this share (0 to 1) of the other one."""
    parts = (
        round(((colour >> shift) & 0xFF) * (1 - share) + ((other >> shift) & 0xFF) * share) << shift
        for shift in (16, 8, 0)
    )
    return sum(parts)


@dataclass(frozen=True)
class Look:
    """The constants of every app's drawing and benchmark."""

    # By class index, repeated after the last one: seven, then lighter and darker versions of them. 0xRRGGBB
    class_colours: tuple[int, ...] = (
        *_OKABE_ITO,
        *(_towards(colour, 0xFFFFFF, 0.5) for colour in _OKABE_ITO),
        *(_towards(colour, 0x000000, 0.45) for colour in _OKABE_ITO),
    )
    # From the least to the greatest distance, with mixed colours in between. 0xRRGGBB
    distance_colours: tuple[int, ...] = _VIRIDIS
    # The luma of red, green and blue (Rec. 601), and the least luma of a colour with black letters.
    luma_red: float = 0.299
    luma_green: float = 0.587
    luma_blue: float = 0.114
    darkest_for_black_letters: float = 100  # of 255; gives a contrast of 4.5 on each colour
    least_visible: float = LEAST_VISIBLE  # keypoints with a lower score, 0 to 1, are not drawn
    # With more boxes than this, a label without a free place is left out.
    many_labels: int = 20
    label_lines_away: int = 3  # the largest distance of a label from its box
    benchmark_runs: int = 50
    benchmark_threads: tuple[int, ...] = (1, 2, 4)  # and half of the cores


LOOK: Final = Look()
