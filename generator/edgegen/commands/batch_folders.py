"""The models of `edgegen batch`, each in a folder of its own."""

import os
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from edgegen.artifacts.metadata import read_metadata
from edgegen.base import naming
from edgegen.base.errors import EdgegenError, InputError
from edgegen.base.text import first_of, how_many
from edgegen.commands.resolve_model import find_model
from edgegen.model.class_selection import resolve_classes
from edgegen.sources.description import NOTHING_SAID, Description
from edgegen.sources.source import ModelSource


@dataclass(frozen=True)
class Item:
    """A model, and the options of its projects."""

    folder: str  # below the output folder
    name: str  # the app's display name
    model: str
    package: str | None = None
    classes: str | None = None
    is_named: bool = field(default=False, compare=False)  # by the user: the name gets no number

    def find(self, classes: str | None = None, description: Description = NOTHING_SAID) -> ModelSource:
        """Return the model's source, or raise the EdgegenError that `new` would have, if its files show it.

        classes, description: the options for all models; the item's own classes take precedence.
        """
        source = find_model(self.model, description)
        if source.is_exported:
            wanted = classes if self.classes is None else self.classes
            resolve_classes(read_metadata(source.metadata).class_names, wanted)
        return source

    def error(self, description: Description) -> EdgegenError | None:
        """Return the error of `find`, if there is one."""
        try:
            self.find(description=description)
        except EdgegenError as error:
            return error
        return None


@dataclass(frozen=True)
class BatchList:
    """The models, and notes on how they were found."""

    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()

    def only(self, folders: Sequence[str]) -> "BatchList":
        """Return the models of these folders; all if there are none. InputError for an unknown folder."""
        items = {item.folder: item for item in self.items}
        for folder in folders:
            if folder not in items:
                raise InputError(
                    f"there is no {folder!r} among the {how_many(len(items), 'model')} of this list",
                    f"the names are: {first_of(list(items))}",
                )
        return replace(self, items=tuple(items[each] for each in dict.fromkeys(folders))) if folders else self


def assign_folders(items: Sequence[Item], model_of: Callable[[str], Path | None]) -> BatchList:
    """Give each model a folder. Repeated names get a number and a note.

    Names that the user chose stay. The others are numbered from 2 in the order of their paths, but a model
    keeps the folder of its existing project.
    """
    groups = dict[str, list[int]]()  # the numbers of models with the same name
    for number, item in enumerate(items):
        groups.setdefault(file_key(naming.folder_name(item.name)), []).append(number)
    taken, folders = set(groups), dict[int, str]()
    for numbers in groups.values():
        group = [items[number] for number in numbers]
        free = _free_folders(naming.folder_name(group[0].name), len(group), taken)
        folders.update(zip(numbers, _distribute(group, free, model_of), strict=True))
    named, notes = [], []
    for number, item in enumerate(items):
        folder, wanted, title = folders[number], naming.folder_name(item.name), item.name
        if folder != wanted:
            suffix = folder.rpartition("-")[2]
            title = f"{title[: naming.MAX_NAME - len(suffix) - 1]} {suffix}"
            notes.append(f"{item.model} is called {folder}: there are several {wanted}")
        named.append(replace(item, folder=folder, name=title))
    return BatchList(tuple(named), tuple(notes))


def _free_folders(name: str, count: int, taken: set[str]) -> list[str]:
    """Return a name and numbered ones, `count` in all. The keys of the numbered ones are added to `taken`."""
    free, number = [name], 2
    while len(free) < count:
        folder = f"{name}-{number}"
        if file_key(folder) not in taken:
            taken.add(file_key(folder))
            free.append(folder)
        number += 1
    return free


def _distribute(
    group: Sequence[Item], folders: Sequence[str], model_of: Callable[[str], Path | None]
) -> list[str]:
    """Return a folder for each model of a group: the user's own name, its project's, or the next free one."""
    if len(group) == 1:
        return [naming.folder_name(group[0].name)]
    project_of = {model_of(folder): folder for folder in folders}
    free, chosen = list(folders), dict[int, str]()
    for number, item in enumerate(group):
        if item.is_named:  # only one of them: `_csv_items` rejects two
            chosen[number] = naming.folder_name(item.name)
            free.pop(0)
    for number, item in enumerate(group):
        folder = project_of.get(Path(os.path.realpath(item.model)))
        if number not in chosen and folder in free:
            chosen[number] = folder
            free.remove(folder)
    for number in range(len(group)):
        if number not in chosen:
            chosen[number] = free.pop(0)
    return [chosen[number] for number in range(len(group))]


def file_key(name: str) -> str:
    """Return a key that is equal for names which some file systems do not distinguish."""
    return unicodedata.normalize("NFC", name).casefold()
