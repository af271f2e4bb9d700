#!/usr/bin/env python3
"""Build the wheels and the sdists, check their content, and use edgegen's wheel in an empty environment.

wheel.py build DIST [--no-isolation] [--tag v1.2.3]   of edgegen and edgegen-kits: sdist, and wheel from it
wheel.py install DIST ENVIRONMENT [--light]           edgegen's wheel into a new virtual environment
wheel.py use ENVIRONMENT MODEL PROJECTS               `edgegen doctor`, and a project for every target
wheel.py test ENVIRONMENT                             unit tests that every system can run, with that edgegen

It needs only Python with pip, and runs on Linux, macOS and Windows.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from email.parser import Parser
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]


class Distribution(NamedTuple):
    """A distribution of this repository."""

    name: str  # as in its files' names
    folder: str  # of its pyproject.toml
    in_the_wheel: Mapping[str, str]  # folders of the repository, and their places in the wheel
    requires: str  # what it must require of the other one; {} is the version
    only_in_the_sdist: tuple[str, ...] = ()
    has_entry_points: bool = False


DISTRIBUTIONS: Final = (
    Distribution(
        name="edgegen",
        folder=".",
        in_the_wheel={"generator/edgegen": "edgegen", "templates": "edgegen/templates"},
        requires="edgegen-kits=={}; extra == 'kits'",
        has_entry_points=True,
    ),
    Distribution(
        name="edgegen_kits",
        folder="generator/edgegen_kits",
        in_the_wheel={"generator/edgegen_kits": "edgegen_kits"},
        requires="edgegen=={}",
        only_in_the_sdist=("LICENSE", "pyproject.toml"),
    ),
)
MOST_BYTES: Final = {".whl": 3_000_000, ".gz": 15_000_000}
# `new` from an export and `doctor` need none of these dependencies; torch alone has gigabytes.
HEAVY: Final = {"copier", "executorch", "torch"}
# Unit tests without torch, a compiler, conftest.py or anything that Windows lacks.
PORTABLE_TESTS: Final = (
    "artifacts/test_metadata_reader.py",
    "base/test_app_ids.py",
    "base/test_shell.py",
    "model",
    "project/test_context.py",
    "project/test_file_names.py",
    "project/test_merge_file.py",
    "project/test_option_table.py",
    "project/test_task_files.py",
)


def main(arguments: Sequence[str]) -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("build")
    command.add_argument("dist", type=Path)
    command.add_argument("--no-isolation", action="store_true", help="use the installed build and hatchling")
    command.add_argument("--tag", default="", help="must be `v` and edgegen's version")
    command = commands.add_parser("install")
    command.add_argument("dist", type=Path)
    command.add_argument("environment", type=Path)
    command.add_argument("--light", action="store_true", help=f"without {', '.join(sorted(HEAVY))}")
    command = commands.add_parser("use")
    command.add_argument("environment", type=Path)
    command.add_argument("model", type=Path)
    command.add_argument("projects", type=Path)
    command = commands.add_parser("test")
    command.add_argument("environment", type=Path)
    options = parser.parse_args(arguments)
    if options.command == "build":
        build(options.dist, isolated=not options.no_isolation)
        check(options.dist, options.tag)
    elif options.command == "install":
        install(options.dist, options.environment, light=options.light)
    elif options.command == "use":
        use(options.environment, options.model, options.projects)
    else:
        test(options.environment)


# --- build ---


def build(dist: Path, *, isolated: bool) -> None:
    """Build each sdist, unpack it elsewhere, and build the wheel there."""
    sources = [ROOT / each.folder for each in DISTRIBUTIONS]
    if not isolated:
        for source in sources:
            run(sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, source)
        return
    with tempfile.TemporaryDirectory() as folder:
        make_environment(Path(folder))
        pip(Path(folder), "install", "build")
        for source in sources:
            run(program(Path(folder), "python"), "-m", "build", "--outdir", dist, source)


def check(dist: Path, tag: str) -> None:
    """Check the content of all wheels and sdists. Exit with a message if it is wrong."""
    problems = {problem for each in DISTRIBUTIONS for problem in check_content(each, dist, tag)}
    if problems:
        sys.exit("\n".join(sorted(problems)))


def check_content(distribution: Distribution, dist: Path, tag: str) -> list[str]:
    """Print the size and content of a distribution's wheel and sdist, and return what is wrong."""
    wheel, sdist = only(dist, f"{distribution.name}-*.whl"), only(dist, f"{distribution.name}-*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = {info.filename: info.file_size for info in archive.infolist()}
    with tarfile.open(sdist) as tar:
        in_sdist = {
            member.name.partition("/")[2]: member.size for member in tar.getmembers() if not member.isdir()
        }
    tracked = tracked_files()
    expected = {
        f"{place}{name.removeprefix(folder)}"
        for folder, place in distribution.in_the_wheel.items()
        for name in tracked
        if name.startswith(f"{folder}/")
    }
    expected -= {f"{distribution.name}/{name}" for name in distribution.only_in_the_sdist}
    version = wheel.name.split("-")[1]
    about = f"{distribution.name}-{version}.dist-info"
    expected |= {f"{about}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "licenses/LICENSE")}
    if distribution.has_entry_points:
        expected.add(f"{about}/entry_points.txt")
    sources = {os.path.relpath(name, distribution.folder).replace(os.sep, "/") for name in tracked}
    problems = [
        *(f"{wheel.name} has no {name}" for name in expected - in_wheel.keys()),
        *(f"{wheel.name} has {name}" for name in in_wheel.keys() - expected),
        # hatchling adds both.
        *(f"{sdist.name} has {name}" for name in in_sdist.keys() - sources - {"PKG-INFO", ".gitignore"}),
    ]
    if tag and tag != f"v{version}":
        problems.append(f"the tag {tag} is not v{version}, the version in edgegen/__init__.py")
    if (needed := distribution.requires.format(version)) not in requirements(wheel):
        problems.append(f"{wheel.name} does not require {needed}")
    for path, content in ((wheel, in_wheel), (sdist, in_sdist)):
        print(f"{path.name}: {path.stat().st_size:,} bytes, {len(content)} files")
        print_folders(content)
        if path.stat().st_size > MOST_BYTES[path.suffix]:
            problems.append(f"{path.name} has more than {MOST_BYTES[path.suffix]:,} bytes")
    return problems


def tracked_files() -> set[str]:
    """Return the files of the repository, with those that are new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = listed.stdout.decode().split("\0")
    return {name for name in names if name and (ROOT / name).is_file()}


def print_folders(sizes: dict[str, int]) -> None:
    """Print the number and bytes of the files in each folder, two levels deep."""
    counts: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    for name, size in sizes.items():
        folder = "/".join(PurePosixPath(name).parent.parts[:2]) or "."
        counts[folder] += 1
        totals[folder] += size
    for folder in sorted(counts):
        print(f"  {folder:<34} {counts[folder]:>5} files {totals[folder]:>12,} bytes")


# --- use ---


def install(dist: Path, environment: Path, *, light: bool) -> None:
    """Install edgegen's wheel of a folder into a new virtual environment."""
    wheel = only(dist, "edgegen-*.whl")
    make_environment(environment, with_pip=False)
    if light:
        pip(environment, "install", *light_requirements(wheel))
    pip(environment, "install", *(["--no-deps"] if light else []), wheel)


def light_requirements(wheel: Path) -> list[str]:
    """Return the wheel's requirements, without those of its extras and without the heavy ones."""
    required = [each for each in requirements(wheel) if "extra ==" not in each]
    names = {each: re.split(r"[^\w.-]", each, maxsplit=1)[0].lower() for each in required}
    return [each for each in required if names[each] not in HEAVY]


def requirements(wheel: Path) -> list[str]:
    """Return the wheel's requirements."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    return metadata.get_all("Requires-Dist", [])


def use(environment: Path, model: Path, projects: Path) -> None:
    """Run `edgegen doctor` and make a project for every target that an export is for."""
    edgegen = program(environment, "edgegen")
    run(edgegen, "--version")
    diagnosis = run(edgegen, "doctor", "--json", codes=(0, 6), quiet=True)  # 6: tools are missing
    for tool in json.loads(diagnosis)["tools"]:
        print(*(f"{value}" for value in tool.values()))
    listing = "from importlib.metadata import entry_points as all; "
    listing += "print(*[each.name for each in all(group='edgegen.targets')])"
    for target in run(program(environment, "python"), "-c", listing, quiet=True).split():
        if target == "web" and not (model / "model.onnx").is_file():
            continue  # the export is not for the web
        run(edgegen, "new", "--model", model, "--target", target, "--output", projects / target)


def test(environment: Path) -> None:
    """Run unit tests against the edgegen that is installed in an environment."""
    pip(environment, "install", "hypothesis", "pytest")
    tests = [Path("tests", "python", *name.split("/")) for name in PORTABLE_TESTS]
    # No conftest.py: it loads torch. Without it, the options and marks of pyproject.toml mean nothing.
    plain = ("--noconftest", "-o", "addopts=", "-p", "no:cacheprovider", "--disable-warnings")
    selected = ("-m", "not (proof or full or nightly)")
    run(program(environment, "python"), "-m", "pytest", "-q", *plain, *selected, *tests, folder=ROOT)


# --- programs ---


def only(folder: Path, pattern: str) -> Path:
    """Return the one file that matches."""
    found = list(folder.glob(pattern))
    if len(found) != 1:
        sys.exit(f"{folder} has {len(found)} files {pattern}; it must have one")
    return found[0].absolute()


def make_environment(folder: Path, *, with_pip: bool = True) -> None:
    """Make a virtual environment with this Python and without its packages."""
    run(sys.executable, "-m", "venv", *([] if with_pip else ["--without-pip"]), folder)


def pip(environment: Path, *arguments: object) -> None:
    """Run this Python's pip for another environment."""
    # Not compiled: most of the files are never imported.
    compiling = ["--no-compile"] if arguments[:1] == ("install",) else []
    python = ["--python", program(environment, "python")]
    run(sys.executable, "-m", "pip", *python, "--quiet", *arguments[:1], *compiling, *arguments[1:])


def program(environment: Path, name: str) -> Path:
    """Return a program of a virtual environment."""
    return environment.absolute() / ("Scripts" if os.name == "nt" else "bin") / name


def run(
    *command: object, folder: Path | None = None, codes: Iterable[int] = (0,), quiet: bool = False
) -> str:
    """Print a command and run it. Return its output if it is quiet. Exit if its exit code is unexpected."""
    texts = [str(each) for each in command]
    print("$", *(each if len(each) < 100 else "..." for each in texts), flush=True)
    # An editable install of this checkout must not replace the package under test.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ended = subprocess.run(
        texts, cwd=folder, env=environment, stdout=subprocess.PIPE if quiet else None, text=True, check=False
    )
    if ended.returncode not in codes:
        sys.exit(f"{texts[0]} ended with exit code {ended.returncode}")
    return ended.stdout or ""


if __name__ == "__main__":
    main(sys.argv[1:])
