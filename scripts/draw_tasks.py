#!/usr/bin/env python3
"""Draw docs/images/tasks.png: the results of the Linux app of each task's tiny checkpoint.

Makes and builds a project of each checkpoint, as `make demo TASK=...` does.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
ROWS = (  # task, picture
    (("segment", "shapes.jpg"), ("pose", "shapes.jpg")),
    (("semantic", "shapes.jpg"), ("depth", "shapes.jpg")),
    (("obb", "bars.jpg"), ("classify", "triangle.jpg")),
)
HEIGHT, GAP = 280, 8  # pixels of a row, and between pictures
COLOURS = 255  # of the file: with all colours it is three times as large


def main() -> None:
    """Make and build the projects, and put their pictures side by side."""
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
        rows = [[draw_task(Path(folder), task, picture) for task, picture in row] for row in ROWS]
    widths = [sum(each.width for each in row) + GAP * (len(row) - 1) for row in rows]
    sheet = Image.new("RGB", (max(widths), len(rows) * (HEIGHT + GAP) - GAP), "white")
    for number, (row, width) in enumerate(zip(rows, widths, strict=True)):
        left = (sheet.width - width) // 2
        for picture in row:
            sheet.paste(picture, (left, number * (HEIGHT + GAP)))
            left += picture.width + GAP
    sheet.quantize(COLOURS, dither=Image.Dither.NONE).save(IMAGES / "tasks.png", optimize=True)


def draw_task(folder: Path, task: str, picture: str) -> Image.Image:
    """Return a picture with the detections of a task's app."""
    project = folder / task
    checkpoint = ROOT / "tests" / "tiny" / f"tiny-{task}.pt"
    edgegen = (
        sys.executable,
        "-m",
        "edgegen",
        "new",
        "--model",
        checkpoint,
        "--target",
        "linux-cpp",
        "--app",
        "studio",
    )
    run(*edgegen, "--name", f"Tiny {task}", "--output", project, where=folder)
    run("cmake", "--preset", "release", "-G", "Ninja", "--log-level=WARNING", where=project)
    run("cmake", "--build", "--preset", "release", "--target", "app", where=project)
    run(
        project / "build" / "release" / "app",
        IMAGES / picture,
        "--output",
        folder / "drawn" / task,
        where=folder,
    )
    with Image.open(folder / "drawn" / task / picture) as found:
        width = round(found.width * HEIGHT / found.height)
        return found.convert("RGB").resize((width, HEIGHT), Image.Resampling.LANCZOS)


def run(*command: object, where: Path) -> None:
    """Run a command in a folder. Its output goes to stderr; a failure raises an error."""
    subprocess.run([str(part) for part in command], cwd=where, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    main()
