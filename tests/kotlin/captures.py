"""Captures of the app's code between camera and screen, on the JVM with the real runtime."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edgegen_kits.android.kit import Kit
from edgegen_kits.common.executorch import executorch_sdk
from tests.helpers.places import ROOT
from tests.kotlin.compiler import HERE, stdlib
from tests.kotlin.jvm import JAVA_FLAGS

KOTLIN = Path("app", "src", "main", "kotlin")
PACKAGE = "org.example.shapes"
# The app's own classes that a picture passes through; none of them needs Android.
PASSED = {
    **{
        f"{name}.kt": ROOT / "templates" / "android" / KOTLIN / "edgegen" / f"{name}.kt"
        for name in ("Detector", "Picture")
    },
    **{
        f"{name}.kt": ROOT / "templates" / "android" / KOTLIN / "__package__" / f"{name}.kt.jinja"
        for name in ("Processed", "ResultProcessor")
    },
}
SPARE = 12  # bytes at the end of a row, as a camera's have


@dataclass(frozen=True)
class Stored:
    """A picture as it is stored in memory, with its rotation and mirroring."""

    rgb: npt.NDArray[np.uint8]  # [h, w, 3]
    rotation: int = 0
    mirrored: bool = False


@dataclass(frozen=True)
class Job:
    """A picture to be captured."""

    export: Path  # the model's folder
    picture: Stored
    capture: Path
    confidence: str = ""  # empty: the app's own


@dataclass(frozen=True)
class App:
    """Compiled classes of an app; earlier folders have priority."""

    kit: Path
    classes: Sequence[Path]
    overlay: Sequence[Path] = field(default=())

    def capture(self, *jobs: Job) -> None:
        """Write captures, one after the other."""
        lines = []
        for number, job in enumerate(jobs):
            height, width = job.picture.rgb.shape[:2]
            rows = np.full((height, 4 * width + SPARE), 77, np.uint8)
            rows[:, : 4 * width] = np.dstack([job.picture.rgb, rows[:, :width]]).reshape(height, -1)
            pixels = job.capture.with_name(f"{job.capture.stem}-{number}.rgba")
            pixels.write_bytes(rows.tobytes())
            turn = (job.picture.rotation, str(job.picture.mirrored).lower())
            fields = (job.export, pixels, width, height, rows.shape[1], *turn, job.confidence, job.capture)
            lines.append("\t".join(map(str, fields)))
        places = [*self.overlay, *self.classes, *libraries_of(self.kit), stdlib(self.kit)]
        answer = subprocess.run(
            [
                *("java", *JAVA_FLAGS),
                f"-Djava.library.path={self.kit / 'native'}",
                *("-cp", os.pathsep.join(map(str, places)), "harness.CaptureKt"),
            ],
            input="\n".join(lines),
            env={**os.environ, "LD_LIBRARY_PATH": str(executorch_sdk() / "lib")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout.count("written") == len(jobs), answer.stdout


def libraries_of(kit: Path) -> list[Path]:
    """Return what the app's sources need. A crop is a Bitmap, which no test here makes."""
    return [kit / "doubles.jar", Kit(kit).stubs, *kit.glob("aar/androidx.core*/classes.jar")]


def app_sources(folder: Path) -> list[Path]:
    """Write the app's sources that process a picture; return them with the test's driver."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, template in PASSED.items():
        text = template.read_text(encoding="utf-8")
        (folder / name).write_text(text.replace("{{ package | kotlin_package }}", PACKAGE), encoding="utf-8")
    return [*(folder / name for name in PASSED), HERE / "capturing" / "Capture.kt"]
