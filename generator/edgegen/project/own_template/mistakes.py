"""What goes wrong in somebody else's template, told with its file and line."""

import contextlib
import errno
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from edgegen.base.errors import EdgegenError, InputError, RenderError, UsageError, reason

if TYPE_CHECKING:
    from edgegen.project.own_template.source import OwnTemplate, Source

_MOST_SAID: Final = 300
_NO_NAME: Final = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})
# What copier falls over where a copier.yml holds a list for a mapping, a number for a text.
_NOT_AS_IT_SHOULD_BE: Final = (AssertionError, AttributeError, KeyError, TypeError, ValueError)
_MEND: Final = "fix the template; `edgegen template check` tries it with awkward models"


def typed(command: str | Sequence[Any]) -> str:
    """Return a program of a template as one types it."""
    return command if isinstance(command, str) else shlex.join(map(str, command))


@contextlib.contextmanager
def of_fetching(source: "Source") -> Iterator[None]:
    """Turn what git and copier say while a template is fetched into an InputError."""
    from plumbum import ProcessExecutionError

    try:
        yield
    except EdgegenError:
        raise
    except ProcessExecutionError as error:
        said = _last_line(str(error.stderr))
        if source.ref and re.search("invalid reference|not a valid|unknown revision", str(error.stderr)):
            raise _no_ref(source) from error
        raise InputError(
            f"the template {source.address} cannot be fetched: {said}",
            "check the address and the network; --template takes where it is now, or the folder of a clone",
        ) from error
    except ValueError as error:
        if source.ref and "Unknown revision" in str(error):
            raise _no_ref(source) from error
        raise InputError(
            f"the template {source.address} cannot be read: {error}", "check the address"
        ) from error


def _no_ref(source: "Source") -> InputError:
    return InputError(
        f"{source.address} has no tag, branch or commit {source.ref!r}",
        f"see: git ls-remote {source.address}",
    )


@contextlib.contextmanager
def of_reading(name: str) -> Iterator[None]:
    """Turn what copier says of a copier.yml into an InputError."""
    import yaml
    from copier.errors import CopierError

    try:
        yield
    except EdgegenError:
        raise
    except (CopierError, yaml.YAMLError, *_NOT_AS_IT_SHOULD_BE) as error:
        cause = error.__cause__ if isinstance(error.__cause__, yaml.YAMLError) else error
        mark = getattr(cause, "problem_mark", None)
        where = f"{name}, line {mark.line + 1}" if mark is not None else name
        said = getattr(cause, "problem", None) or f"copier cannot read it: {type(error).__name__}: {error}"
        raise InputError(f"{where}: {said}", "fix the template") from error


@contextlib.contextmanager
def of_rendering(
    template: "OwnTemplate", given: Mapping[str, str], *, program: str = "task"
) -> Iterator[None]:
    """Turn what comes out of a template that is rendered into an error that names its file and line.

    `given` holds what --data said; `program` is what its programs are called that run there.
    """
    from copier.errors import (
        CopierError,
        ForbiddenPathError,
        InteractiveSessionError,
        TaskError,
        UnsafeTemplateError,
    )
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        yield
    except EdgegenError:
        raise
    except TaskError as error:
        raise RenderError(
            f"a {program} of the template failed with code {error.returncode}: {typed(error.cmd)}",
            f"nothing was written; fix the {program}",
        ) from error
    except ForbiddenPathError as error:
        raise InputError(f"the template leads outside its project: {error}", "fix the template") from error
    except UnsafeTemplateError as error:
        raise InputError(
            f"{template.source}: {_first_line(error)}", "look at it, then add --trust"
        ) from error
    except InteractiveSessionError as error:
        raise UsageError(
            f"the template asks, and there is no terminal: {error}", "answer with --data"
        ) from error
    except TemplateSyntaxError as error:
        where = _inside(template, error.filename) or _place(error, template)
        line = f", line {error.lineno}" if _inside(template, error.filename) else ""
        raise InputError(f"{where}{line}: {error.message}", _MEND) from error
    except (TemplateError, CopierError) as error:
        raise InputError(f"{_place(error, template)}: {_said(error)}", _MEND) from error
    except OSError as error:
        if error.errno not in _NO_NAME:
            raise
        name = _shortened(Path(str(error.filename or "")).name)
        raise InputError(
            f"the template gives a file a name that no file system takes: {name} ({reason(error)})",
            "shorten it in the template, with `| truncate` say, or answer its questions otherwise",
        ) from error
    except Exception as error:
        asked = re.search(r"""[Qq]uestion ["'](\w+)["']""", str(error))
        if asked and isinstance(error, ValueError):
            name, said = asked[1], _first_line(error)
            required = said.endswith("is required")
            what = f"the template asks for {name}, and nothing was said" if required else said
            raise UsageError(what, f"say it: --data {name}=...") from error
        if "null byte" in str(error) or "null character" in str(error):
            raise InputError(
                "the template gives a file a name that no file system takes: it holds a NUL", _MEND
            ) from error
        name = _asked(error)
        if name in given and isinstance(error, ValueError):
            raise UsageError(f"--data {name}={given[name]}: {_first_line(error)}", "say another") from error
        where = _place(error, template)
        raise InputError(f"{where}: {type(error).__name__}: {_first_line(error)}", _MEND) from error


def _place(error: BaseException, template: "OwnTemplate") -> str:
    """Return which file and line of a template an error came from, or which question."""
    name = _asked(error)
    found = _question(template, name) if name else template.source.address
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        name = _inside(template, frame.f_code.co_filename)
        if name:
            found = f"{name}, line {trace.tb_lineno}"
        elif frame.f_code.co_name == "_render_parts" and "source_path" in frame.f_locals:
            found = f"the path {frame.f_locals['source_path']}"
        trace = trace.tb_next
    return found


def _asked(error: BaseException) -> str:
    """Return which question copier was at; "" where it was at none."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_name == "_ask" and "var_name" in trace.tb_frame.f_locals:
            return str(trace.tb_frame.f_locals["var_name"])
        trace = trace.tb_next
    return ""


def _question(template: "OwnTemplate", name: str) -> str:
    """Return where in its copier.yml a template asks this."""
    for path in sorted(template.folder.glob("copier.y*ml")):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if line.startswith((f"{name}:", f'"{name}":', f"'{name}':")):
                    return f"{path.name}, line {number} ({name})"
    return f"the question {name}"


def _inside(template: "OwnTemplate", filename: Any) -> str:
    path = Path(str(filename or ""))
    folder = template.folder
    if not path.is_absolute() or not path.is_relative_to(folder):
        return ""
    return path.relative_to(folder).as_posix()


def _said(error: BaseException) -> str:
    """Return what an error says, less what copier puts before it."""
    return re.sub(r"^Error rendering template path .*?: ", "", _first_line(error))


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return _shortened(lines[0]) if lines else type(error).__name__


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "ssh:"))]
    chosen = telling[0] if telling else (lines[-1] if lines else "git said nothing")
    return _shortened(re.sub(r"://[^/@\s]*@", "://", chosen))  # no password of an address


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_SAID else f"{text[:_MOST_SAID]}…"
