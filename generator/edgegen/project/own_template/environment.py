"""What the programs know that copier starts: git, a template's tasks and migrations."""

import contextlib
import os
from collections.abc import Iterator
from typing import Final

# What leads git to a repository: where edgegen runs in a git hook, to the one of the hook. They are those of
# `git rev-parse --local-env-vars`, less settings: GIT_CONFIG_COUNT may hold how a server is asked.
_PLACES: Final = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)


@contextlib.contextmanager
def without_repository() -> Iterator[None]:
    """Let what copier starts find the repository of its own folder, and not the one of a git hook."""
    from plumbum import local

    kept = {name: os.environ.pop(name) for name in _PLACES if name in os.environ}  # dunamai reads these
    try:
        with local.env():  # copier itself, its tasks and migrations these
            for name in _PLACES:
                local.env.pop(name, "")
            yield
    finally:
        os.environ.update(kept)
