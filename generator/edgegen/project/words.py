"""The texts of the phone apps: Android's strings.xml and iOS's string catalog come from one file.

A text may contain values, written `{0}`, `{1}`, which become the platform's placeholders. A text that differs
between the platforms has one entry for each. Texts that iOS itself shows have a table of their own,
InfoPlist.xcstrings, with the keys of Info.plist.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from edgegen.base.strict_yaml import load_mapping
from edgegen.project.render import templates_dir

FILE: Final = "_shared/words/words.yaml"
IOS_INFO: Final = "ios_info"  # the table of texts that iOS itself shows
_PLACEHOLDERS: Final[Mapping[str, str]] = {"android": "%{}$s", "ios": "%{}$@"}  # in the apps' own tables
_MOST_VALUES: Final = 9  # in one text


@dataclass(frozen=True)
class Text:
    """A text for one platform."""

    section: str
    key: str
    value: str
    note: str = ""  # for translators
    tasks: Sequence[str] = ()  # the tasks whose apps contain it; (): all
    several: bool = False  # only in apps with several models

    @property
    def comment(self) -> str:
        """Return the comment for translators."""
        return f"{self.section}. {self.note}" if self.note else self.section


@cache
def texts(platform: str, task: str | None = None, *, several: bool = False) -> Mapping[str, Text]:
    """Return the texts of a platform's apps, or of IOS_INFO, by key, section by section.

    With a task, without those of other tasks. `several`: with those about several models.
    """
    return {
        text.key: text
        for text in _read(platform)
        if (task in (None, *text.tasks) or not text.tasks) and (several or not text.several)
    }


def _read(platform: str) -> Iterator[Text]:
    for section, entries in load_mapping(templates_dir() / FILE).items():
        for key, text in entries.items():
            entry = {"all": text} if isinstance(text, str) else text
            for_all = entry.get("all") if platform in _PLACEHOLDERS else None
            value = entry.get(platform, for_all)
            if value is not None:
                yield Text(
                    section,
                    key,
                    _with_placeholders(value, platform),
                    _with_placeholders(entry.get("note", ""), platform),
                    tuple(entry.get("tasks", ())),
                    bool(entry.get("several", False)),
                )


def _with_placeholders(text: str, platform: str) -> str:
    if "{" not in text:
        return text
    values = (_PLACEHOLDERS[platform].format(number) for number in range(1, _MOST_VALUES + 1))
    return text.replace("%", "%%").format(*values)
