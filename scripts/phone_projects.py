#!/usr/bin/env python3
"""Make the projects of `.github/workflows/phones.yml`: `phone_projects.py MODEL FOLDER`, and FOLDER.tar.gz.

The folder gets a starter and a studio for Android and iOS, with the workflow of `--ci github`, and that
workflow's steps as scripts of bash: `android-studio-build.sh` has the steps of its job `build`. So the real
Gradle and Xcode run what users' projects run.
"""

import shlex
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

OPTIONS: Final = {
    "android": ("--package", "org.example.edgegen"),
    "ios": ("--bundle-id", "org.example.edgegen"),
}
# As a runner does: each step in a shell of its own, which ends at the first error. The variables that a step
# writes to $GITHUB_ENV are those of the next.
HEAD: Final = """#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/"{project}
GITHUB_ENV=$(mktemp)
export GITHUB_ENV
step() {{
  echo "::group::$1"
  set -a
  . "$GITHUB_ENV"
  set +a
  bash -e -c "$2"
  echo "::endgroup::"
}}
"""


def main(model: Path, folder: Path) -> None:
    """Make the projects, the scripts and the archive."""
    folder.mkdir(parents=True)
    for target, options in OPTIONS.items():
        for app in ("starter", "studio"):
            project = folder / f"{target}-{app}"
            words = ["--target", target, "--app", app, "--output", str(project), "--ci", "github", *options]
            command = [sys.executable, "-m", "edgegen", "new", "--model", str(model), *words]
            subprocess.run(command, check=True)
            for name, text in scripts(project):
                (folder / name).write_text(text, encoding="utf-8", newline="\n")
    # An archive keeps the mode of gradlew, which GitHub's artifacts lose.
    with tarfile.open(f"{folder}.tar.gz", "w:gz") as tar:
        tar.add(folder, folder.name)


def scripts(project: Path) -> Iterator[tuple[str, str]]:
    """Return the names and texts of the scripts of a project's workflow."""
    (path,) = (project / ".github" / "workflows").iterdir()
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, job in workflow["jobs"].items():
        runs = [step for step in job["steps"] if "run" in step]
        inner = [step for step in job["steps"] if "script" in step.get("with", {})]
        yield f"{project.name}-{name}.sh", script(project, runs, lambda step: step["run"])
        if inner:  # what an action runs, once the emulator is there
            text = script(project, inner, lambda step: step["with"]["script"])
            yield f"{project.name}-{name}-inside.sh", text


def script(project: Path, steps: list[dict[str, Any]], command: Any) -> str:
    """Return a script that runs the commands of steps."""
    text = HEAD.format(project=shlex.quote(project.name))
    for step in steps:
        if "${{" in command(step) or "env" in step:
            sys.exit(f"{project.name}: a step of its workflow has expressions or variables: {step}")
        text += f"step {shlex.quote(step['name'])} {shlex.quote(command(step))}\n"
    return text


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
