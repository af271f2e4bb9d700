"""What a batch makes projects with: as options of `edgegen new`, and beside what one was made of."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from edgegen.commands.request import Request
from edgegen.model.precision import INT8
from edgegen.project.option_table import OPTIONS, SWITCH


def words_of(request: Request) -> list[str]:
    """Return a request as words of `edgegen new`: --option=value, since a value may begin with a dash."""
    words = [f"--model={request.model}"] if request.model else []
    for option in OPTIONS:
        for text in option.texts(getattr(request, option.field)):
            if option.kind != SWITCH:
                words.append(f"{option.spelled}={text}")
            elif request.precision == INT8.name:
                words.append(option.spelled)
    if request.template is not None:
        words.append(f"--template={request.template}")
    words += [f"--data={name}={value}" for name, value in request.data]
    return [*words, *(["--trust"] if request.trust else []), *(["--force"] if request.force else [])]


def template_changes(record: Any, origin: Mapping[str, Any], data: Mapping[str, str]) -> list[str]:
    """Return what changed since a project was made: its template, or the names of answers."""
    import yaml

    record = record if isinstance(record, dict) else {}  # a manifest may come from anywhere
    is_same = all(record.get(key) == value for key, value in origin.items() if key != "ref")
    changes = [] if is_same else ["the template"]
    texts, answers = (
        each if isinstance(each, dict) else {} for each in (record.get("data"), record.get("answers"))
    )
    for name, text in data.items():
        if name in texts:
            changes += [name] if texts[name] != text else []
            continue
        equal = [text]  # the text may be the default of then
        with suppress(yaml.YAMLError):
            equal.append(yaml.safe_load(text))
        changes += [name] if answers.get(name, text) not in equal else []
    return [*changes, *(str(name) for name in texts if name not in data)]
