"""What apps with a screen say: Android's strings.xml and iOS's string catalog are made of one file.

A text may hold values, written `{0}`, `{1}`: each platform's own placeholder takes their place. Where the
platforms differ in what a thing is called or where it lies, a text stands there once for each. What iOS
itself shows has a table of its own, InfoPlist.xcstrings, whose keys are those of Info.plist.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from edgegen.base.strict_yaml import load_mapping
from edgegen.project.render import templates_dir

FILE: Final = "_shared/words/words.yaml"
IOS_INFO: Final = "ios_info"  # the table of what iOS shows
_PLACEHOLDERS: Final[Mapping[str, str]] = {"android": "%{}$s", "ios": "%{}$@"}  # of the apps' own tables
_MOST_VALUES: Final = 9  # in one text


@dataclass(frozen=True)
class Text:
    """One text, as one platform has it."""

    section: str
    key: str
    value: str
    note: str = ""  # what a translator has to know of it
    tasks: Sequence[str] = ()  # whose apps say it; (): all
    several: bool = False  # only apps that have several models

    @property
    def comment(self) -> str:
        """Return what it is about, for whoever translates it."""
        return f"{self.section}. {self.note}" if self.note else self.section


@cache
def texts(platform: str, task: str | None = None, *, several: bool = False) -> Mapping[str, Text]:
    """Return every text that this platform's apps, or `IOS_INFO`, have by its key, section by section.

    Of a task: without those that only other tasks' apps have. Those about several models where asked for.
    """
    return {
        text.key: text
        for text in _read(platform)
        if (task in (None, *text.tasks) or not text.tasks) and (several or not text.several)
    }


def _read(platform: str) -> Iterator[Text]:
    for section, said in load_mapping(templates_dir() / FILE).items():
        for key, text in said.items():
            given = {"all": text} if isinstance(text, str) else text
            own = given.get(platform, given.get("all") if platform in _PLACEHOLDERS else None)
            if own is not None:
                value, note = (_with_placeholders(each, platform) for each in (own, given.get("note", "")))
                tasks, several = tuple(given.get("tasks", ())), bool(given.get("several", False))
                yield Text(section, key, value, note, tasks, several)


def _with_placeholders(text: str, platform: str) -> str:
    if "{" not in text:
        return text
    values = (_PLACEHOLDERS[platform].format(number) for number in range(1, _MOST_VALUES + 1))
    return text.replace("%", "%%").format(*values)
