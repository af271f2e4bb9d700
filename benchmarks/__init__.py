"""How fast edgegen and its apps are: every figure measured beside what it is compared with, in one run."""

import sys
from pathlib import Path

# What is taken from the tests imports its neighbours as pytest lets it: by their names alone.
sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
