"""Find objects in pictures or in a camera: `python main.py photo.jpg`, `python main.py --camera 0`."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from detector import Box, Detector, model_info


def main() -> int:
    """Run the program, and return its exit code."""
    options = _arguments()
    detector, images = Detector(), []
    try:
        for name, bgr in _pictures(options):
            rgb = np.ascontiguousarray(bgr[:, :, ::-1])
            found = detector(rgb, options.conf, options.iou, options.max_det)
            if options.json and options.pictures:
                images.append(_as_json(name, found))
            elif options.json:
                print(json.dumps(_as_json(name, found), ensure_ascii=False), flush=True)
            else:
                print(
                    f"{name}: {', '.join(f'{box.class_name} {box.score:.2f}' for box in found) or 'nothing'}"
                )
                if options.pictures:
                    cv2.imwrite(str(Path(name).with_suffix(".seen.png")), _drawn(bgr, found))
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"images": images}, ensure_ascii=False))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="*", type=Path)
    parser.add_argument("--camera", type=int, nargs="?", const=model_info.CAMERA)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--conf", type=float, default=model_info.CONFIDENCE)
    parser.add_argument("--iou", type=float, default=model_info.IOU)
    parser.add_argument("--max-det", type=int, default=model_info.MAX_DET)
    options = parser.parse_args()
    if bool(options.pictures) == (options.camera is not None):
        parser.error("name pictures, or a camera")
    return options


def _pictures(options: argparse.Namespace) -> Iterator[tuple[str, np.ndarray]]:
    for path in options.pictures:
        bgr = cv2.imread(str(path))
        if bgr is None:
            raise OSError(f"{path} is not a readable picture")
        yield str(path), bgr
    if options.camera is not None:
        camera = cv2.VideoCapture(options.camera)
        if not camera.isOpened():
            raise OSError(f"there is no camera {options.camera}")
        while True:
            is_open, bgr = camera.read()
            if not is_open:
                return
            yield f"camera {options.camera}", bgr


def _as_json(name: str, found: list[Box]) -> dict[str, object]:
    rows = [
        {"class_id": box.class_id, "class_name": box.class_name, "score": box.score, "box": list(box.corners)}
        for box in found
    ]
    return {"file": name, "detections": rows}


def _drawn(bgr: np.ndarray, found: list[Box]) -> np.ndarray:
    drawn = bgr.copy()
    for box in found:
        x1, y1, x2, y2 = (round(corner) for corner in box.corners)
        cv2.rectangle(drawn, (x1, y1), (x2, y2), (0, 94, 213), 2)
        label = f"{box.class_name} {box.score:.2f}"
        cv2.putText(drawn, label, (x1, max(y1 - 4, 12)), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 94, 213), 1)
    return drawn


if __name__ == "__main__":
    sys.exit(main())
