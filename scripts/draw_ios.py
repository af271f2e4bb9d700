#!/usr/bin/env python3
"""Draw docs/images/ios-layout.jpg: detections on synthetic pictures, in the layout of the iOS app.

The bridge of a project of the tiny checkpoint detects. The project's plain Swift lays out boxes, labels and
chips. Both run on this computer. The picture does not show SwiftUI's layout, Apple's fonts or materials: this
script chooses the font and places the chips. Needs the iOS kit.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from edgegen.parity.pictures import draw_scene
from edgegen_kits.common.commands import Commands
from edgegen_kits.common.executorch import executorch_sdk
from edgegen_kits.ios import bridge_build, bridge_calls, logic_tests
from edgegen_kits.ios.kit import Kit, locate_kit

ROOT = Path(__file__).resolve().parents[1]
SCALE = 2  # pixels per point
TEXT, LINE = 15, 2.0  # points: text size, line width
HEIGHT, GAP = 640, 24  # pixels of the image
RGB = 2  # EDGPixelFormat
# Height, width and seed of the picture; size of the view in points; whether the picture fills the view; the
# heights of the covered strips at its top and bottom.
SCENES = (
    ((640, 480, 9010), (390, 844), True, (100, 170)),
    ((640, 480, 9034), (390, 844), False, (0, 0)),
)
CHIP, MARGIN = 44, 10  # points, as in ClassChip

Scene = dict[str, Any]


def load_font(size: float) -> ImageFont.FreeTypeFont:
    """Return the font in this size, in points."""
    font = ImageFont.load_default(size * SCALE)
    assert isinstance(font, ImageFont.FreeTypeFont)  # noqa: S101 - only with FreeType
    return font


def main() -> None:
    """Make the project, detect, compute the layouts, and draw them side by side."""
    kit = locate_kit()
    with tempfile.TemporaryDirectory(prefix="edgegen-") as name, Commands() as commands:
        folder = Path(name)
        model = ROOT / "tests" / "tiny" / "tiny.pt"
        new = (
            "new",
            "--model",
            model,
            "--target",
            "ios",
            "--app",
            "studio",
            "--name",
            "Shapes",
            "--output",
            folder / "app",
        )
        subprocess.run([sys.executable, "-m", "edgegen", *map(str, new)], check=True)
        pictures = [draw_scene(*size)[0] for size, *_ in SCENES]
        found, names = detect(folder, pictures)
        command = compile_layout(kit, folder, commands)
        panels = []
        for rgb, rows, scene in zip(pictures, found, SCENES, strict=True):
            path = folder / "scene.json"
            path.write_text(json.dumps(layout_input(rgb, rows, names, scene)), encoding="utf-8")
            layout = json.loads(commands.run([*command, path]))
            panels.append(draw_panel(rgb, layout, scene))
    panels = [
        each.resize((each.width * HEIGHT // each.height, HEIGHT), Image.Resampling.LANCZOS) for each in panels
    ]
    width = sum(each.width for each in panels) + GAP * (len(panels) - 1)
    sheet, left = Image.new("RGB", (width, HEIGHT), "white"), 0
    for panel in panels:
        sheet.paste(panel, (left, 0))
        left += panel.width + GAP
    sheet.save(ROOT / "docs/images/ios-layout.jpg", quality=88)


def detect(folder: Path, pictures: list[npt.NDArray[np.uint8]]) -> tuple[list[Any], list[str]]:
    """Return the detections of the app's bridge in each picture, and the class names."""
    project = folder / "app"
    harness = bridge_build.build(project, folder / "bridge", executorch=executorch_sdk())
    calls: list[bridge_calls.Call] = [
        {"call": "load", "model": str(project / "Model" / "model.pte")},
        {"call": "model_info"},
    ]
    for number, rgb in enumerate(pictures):
        path = folder / f"{number}.rgb"
        path.write_bytes(rgb.tobytes())
        calls.append(bridge_calls.detect((str(path), 3 * rgb.shape[1]), rgb.shape, RGB, 1))
    _, info, *answers = bridge_build.run(harness, {"calls": calls})["answers"]
    return [each["detections"] for each in answers], info["class_names"]


def compile_layout(kit: Kit, folder: Path, commands: Commands) -> list[object]:
    """Compile ios_layout.swift with the app's plain files, and return the command that runs it."""
    out = folder / "layout"
    out.mkdir()
    source = Path(__file__).with_name("ios_layout.swift")
    wrong = logic_tests.build(kit, folder / "app", out, [source], commands)
    if wrong:
        sys.exit("\n".join(wrong))
    return list(kit.with_libraries(out / logic_tests.PROGRAM))


def layout_input(rgb: npt.NDArray[np.uint8], found: Any, names: list[str], scene: Any) -> Scene:
    """Return the input of ios_layout.swift."""
    _, view, is_filling, (top, bottom) = scene
    letters = load_font(TEXT)
    return {
        "picture": [rgb.shape[1], rgb.shape[0]],
        "view": view,
        "isFilling": is_filling,
        "top": top,
        "bottom": bottom,
        "names": names,
        "found": [{key: row[key] for key in ("class_id", "score", "box")} for row in found],
        "letters": {chr(code): letters.getlength(chr(code)) / SCALE for code in range(32, 127)},
        "lineHeight": sum(letters.getmetrics()) / SCALE,
        "lineWidth": LINE,
    }


def draw_panel(rgb: npt.NDArray[np.uint8], layout: Any, scene: Any) -> Image.Image:
    """Return a picture with its boxes, labels and chips."""
    _, (width, height), _, _ = scene
    sheet = Image.new("RGB", (width * SCALE, height * SCALE), "black")
    left, top, right, bottom = (round(SCALE * each) for each in layout["picture"])
    sheet.paste(Image.fromarray(rgb).resize((right - left, bottom - top)), (left, top))
    draw = ImageDraw.Draw(sheet, "RGBA")
    for mark in layout["marks"]:
        color = to_bytes(mark["color"])
        if "outline" in mark:
            place = [SCALE * each for each in mark["outline"]]
            draw.rectangle(grow(place, LINE * SCALE), outline=(0, 0, 0, 102), width=round(2 * LINE * SCALE))
            draw.rectangle(grow(place, LINE * SCALE / 2), outline=color, width=round(LINE * SCALE))
        elif "label" in mark:
            place = [SCALE * each for each in mark["label"]]
            draw.rounded_rectangle(place, LINE * SCALE, fill=color)
            at = (place[0] + LINE * SCALE, place[1] + LINE * SCALE)
            draw.text(at, mark["text"], fill=to_bytes(mark["letters"]), font=load_font(TEXT))
    draw_chips(draw, layout["chips"], height)
    return sheet


def draw_chips(draw: ImageDraw.ImageDraw, chips: Any, height: int) -> None:
    """Draw the chips in a row above the lower edge."""
    left, bottom = 2.0 * MARGIN * SCALE, (height - 2 * MARGIN) * SCALE
    for chip in chips:
        letters, dot = load_font(TEXT), TEXT * SCALE
        text = chip["text"].replace("×", "x")  # noqa: RUF001 - Pillow's font lacks it
        width = letters.getlength(text) + dot + 3 * MARGIN * SCALE
        place = (left, bottom - CHIP * SCALE, left + width, bottom)
        draw.rounded_rectangle(place, CHIP * SCALE / 2, fill=(0, 0, 0, 140))
        middle, start = bottom - CHIP * SCALE / 2, left + MARGIN * SCALE
        draw.ellipse((start, middle - dot / 2, start + dot, middle + dot / 2), fill=to_bytes(chip["color"]))
        at = (start + dot + MARGIN * SCALE, middle)
        draw.text(at, text, fill=(255, 255, 255), font=letters, anchor="lm")
        left += width + MARGIN * SCALE


def grow(place: list[float], by: float) -> list[float]:
    """Return a rectangle that is larger by `by` on each side. Pillow draws lines inside of a rectangle."""
    return [place[0] - by, place[1] - by, place[2] + by, place[3] + by]


def to_bytes(color: list[float]) -> tuple[int, int, int]:
    """Return a colour, of values from 0 to 1, in bytes."""
    red, green, blue = (round(255 * part) for part in color)
    return red, green, blue


if __name__ == "__main__":
    main()
