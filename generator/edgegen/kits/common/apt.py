"""Asks Debian's package archive beside the system: with lists of its own, without rights."""

from collections.abc import Iterable
from pathlib import Path


def beside(folder: Path, entries: Iterable[tuple[str, str]]) -> list[str]:
    """Return the options with which apt keeps all it needs in a folder, and asks only the archives given.

    `entries` are the texts of lists of archives, with the suffix that says which of apt's formats it is.
    """
    sources = folder / "sources"
    sources.mkdir(parents=True)
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    for count, (suffix, text) in enumerate(entries, 1):
        (sources / f"edgegen-{count}.{suffix}").write_text(text, encoding="utf-8")
    settings = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": sources,
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",  # the folder is the user's own: apt's user may not read it
    }
    return [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
