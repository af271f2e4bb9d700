"""Run the selected groups, one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

from benchmarks import machine
from benchmarks.figures import Figure, Results
from benchmarks.groups import (
    allocations,
    android,
    bridge,
    commands,
    detectors,
    int8,
    ios,
    kotlin,
    kotlin_tasks,
    letterbox,
    live,
    memory,
    pipeline,
    postprocess,
    runtimes,
    sizes,
    tasks,
    web,
)
from benchmarks.workspace import Workspace

Group = Callable[[Workspace, Results], list[Figure]]


def _pipeline(workspace: Workspace, results: Results) -> list[Figure]:
    figures, stages = pipeline.measure(workspace)
    results.stages += stages
    return figures


GROUPS: dict[str, Group] = {
    "pipeline": _pipeline,
    "letterbox": lambda workspace, _: letterbox.measure(workspace),
    "postprocess": lambda workspace, _: postprocess.measure(workspace),
    "tasks": lambda workspace, _: tasks.measure(workspace),
    "int8": lambda workspace, _: int8.measure(workspace),
    "runtimes": lambda workspace, _: runtimes.measure(workspace),
    "sizes": lambda workspace, _: sizes.measure(workspace),
    "detectors": lambda workspace, _: detectors.measure(workspace),
    "memory": lambda workspace, _: memory.measure(workspace),
    "allocations": lambda workspace, _: allocations.measure(workspace),
    "kotlin": lambda workspace, _: kotlin.measure(workspace),
    "kotlin_tasks": lambda workspace, _: kotlin_tasks.measure(workspace),
    "bridge": lambda workspace, _: bridge.measure(workspace),
    "live": lambda workspace, _: live.measure(workspace),
    "android": lambda workspace, _: android.measure(workspace),
    "ios": lambda workspace, _: ios.measure(workspace),
    "web": lambda workspace, _: web.measure(workspace),
    "commands": lambda workspace, _: commands.measure(workspace),
    "export": lambda workspace, _: commands.measure_export(workspace),
}


def measure(workspace: Workspace, names: Sequence[str]) -> Results:
    """Run the groups of these names, in the order of GROUPS."""
    settings = workspace.settings
    results = Results(
        machine=machine.describe(),
        versions=machine.versions(),
        model={"weights": workspace.weights, "random": workspace.is_random},
        settings={**asdict(settings), "pictures": [picture.name for picture in settings.pictures]},
    )
    for name, group in GROUPS.items():
        if name in names:
            results.figures += group(workspace, results)
    results.machine["load_after"] = machine.load()
    return results
