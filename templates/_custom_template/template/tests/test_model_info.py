"""Compare the rendered files with the model's own files."""

import hashlib
import json
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import model_info  # noqa: E402


class ModelInfo(unittest.TestCase):
    def test_both_languages_name_the_same_classes(self):
        described = json.loads((ROOT / "model_info.json").read_text(encoding="utf-8"))
        self.assertEqual(described["class_names"], model_info.CLASS_NAMES)
        self.assertEqual(tuple(described["input"]), model_info.INPUT)

    def test_the_golden_vectors_belong_to_the_model(self):
        index = json.loads((ROOT / "vectors" / "index.json").read_text(encoding="utf-8"))
        model = (ROOT / "model" / "model.pte").read_bytes()
        self.assertEqual(index["model_sha256"], hashlib.sha256(model).hexdigest())
        self.assertEqual(tuple(index["input"]), model_info.INPUT)


if __name__ == "__main__":
    unittest.main()
