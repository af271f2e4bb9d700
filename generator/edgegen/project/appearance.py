"""What results look like, the same in every app: colours, labels, and how long a benchmark runs."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Look:
    """The numbers that every app draws and measures by."""

    # Neighbouring class numbers get hues that are far apart: a golden angle each.
    golden_angle: float = 137.508  # degrees
    saturation: float = 0.85  # 0 to 1
    brightness: float = 0.95  # 0 to 1
    # How bright red, green and blue look (Rec. 601), and how bright a colour must be for black letters.
    luma_red: float = 0.299
    luma_green: float = 0.587
    luma_blue: float = 0.114
    darkest_for_black_letters: float = 140  # of 255
    # With more boxes than this, a label that finds no free place is left out. Boxes never are.
    many_labels: int = 20
    label_lines_away: int = 3  # how far from its box a label looks for a free place
    benchmark_runs: int = 50
    benchmark_threads: tuple[int, ...] = (1, 2, 4)  # and half of the cores


LOOK: Final = Look()
