"""The record of verified projects in a batch folder."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from edgegen.commands import batch_record
from edgegen.commands.batch_record import MADE, Row


def row(name: str) -> Row:
    return Row(name, "linux-cpp", "best.pt", Path(name), MADE, verified={"passed": True})


@pytest.mark.skipif(os.name == "nt", reason="there are no locks")
def test_record_keeps_rows_of_two_concurrent_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run starts between the first one's read and write, and waits for the lock."""
    real, others = batch_record.read_record, list[threading.Thread]()

    def read(output: Path) -> dict[str, Any]:
        known = real(output)
        if not others:
            others.append(threading.Thread(target=batch_record.add_to_record, args=(output, [row("cats")])))
            others[0].start()
            others[0].join(0.5)
        return known

    monkeypatch.setattr(batch_record, "read_record", read)
    batch_record.add_to_record(tmp_path, [row("birds")])
    others[0].join()
    assert sorted(real(tmp_path)) == ["birds/linux-cpp", "cats/linux-cpp"]
    assert [path.name for path in tmp_path.iterdir()] == [batch_record.RECORD]
