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


def other_template(kept: Any, origin: Mapping[str, Any], data: Mapping[str, str]) -> list[str]:
    """Return in words what is other than before of the template that a project was made of."""
    import yaml

    kept = kept if isinstance(kept, dict) else {}  # a manifest may come from anywhere
    same = all(kept.get(key) == value for key, value in origin.items() if key != "ref")
    changes = [] if same else ["the template"]
    told, answers = (
        each if isinstance(each, dict) else {} for each in (kept.get("data"), kept.get("answers"))
    )
    for name, text in data.items():
        if name in told:
            changes += [name] if told[name] != text else []
            continue
        meant = [text]  # it may be what was the default then; of a secret nothing is known
        with suppress(yaml.YAMLError):
            meant.append(yaml.safe_load(text))
        changes += [name] if answers.get(name, text) not in meant else []
    return [*changes, *(str(name) for name in told if name not in data)]
