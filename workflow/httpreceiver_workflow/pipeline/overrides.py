"""
Python that the platform's owner supplies in the place of one C# text (contract 5.2, 8.7; contract gaps 1).

This is trusted code: nothing here is a sandbox. Reading an override compiles it and never runs it, so that a workflow
can be looked at by who must not run it; `Override.load` runs its top level, once, in the process that serves.
"""

import ast
from collections.abc import Callable
from traceback import format_exception_only
from types import CodeType
from typing import Any, Final

from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import Problem
from httpreceiver_workflow.resources import OVERRIDE_SUFFIX, CodeOverride

ENTRY: Final = "run"
FAILURES: Final = (Exception, SystemExit)
"""
What counts as a failure of an override: everything that its author can raise. This is the third place that may catch so
much, after the two loop tops: the code is the user's, and so is the bug. `sys.exit()` must not end the listener either.
"""

_LONGEST_TOLD: Final = 500
"""Most characters of what an exception says."""


class OverrideBroken(ValueError):
    """The Python of an override cannot be used; the text is one sentence that names file and line."""


class CodeFault(Exception):
    """An override failed; the text says where in it and why, without a traceback."""


class Override:
    """
    One override, ready to be loaded; all steps of a workflow with the same C# text share it.

    Attributes:
        file: the name it is told by.
        literals: every text that stands in it.
    """

    __slots__ = ("_code", "_run", "_where", "file", "literals")

    def __init__(self, override: CodeOverride, where: str) -> None:
        """
        Read *override* for the step at *where*. Nothing of it runs.

        Raises:
            OverrideBroken: it is not Python, or has no ``def run(context)`` at its top level.
        """
        self.file = override.name + OVERRIDE_SUFFIX
        tree, self._code = _compiled(override.source, self.file)
        self._where = where
        self._run: Callable[[Any], object] | None = None
        self.literals = frozenset(
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )

    def load(self) -> Problem | None:
        """Run the top level, unless that was done; return why it failed, None when it did not."""
        try:
            self._entry()
        except CodeFault as fault:
            return Problem(self._where, ProblemCode.CODE_OVERRIDE_BROKEN, f"The override cannot be loaded: {fault}.")
        return None

    def run(self, context: object) -> None:
        """Run it on *context*, loaded first if it was not. Raises CodeFault for whatever it raises."""
        run = self._entry()
        try:
            result = run(context)
        except FAILURES as error:
            raise CodeFault(_told(error, self.file)) from error
        if result is not None:
            # Most likely a generator, none of which has run: that must not pass for success.
            raise CodeFault(f"{self.file}: {ENTRY} returned {type(result).__name__}; it must return nothing")

    def _entry(self) -> Callable[[Any], object]:
        if self._run is None:
            names: dict[str, Any] = {"__name__": self.file.removesuffix(OVERRIDE_SUFFIX)}
            try:
                exec(self._code, names)  # noqa: S102  running it is what it is for, see above
            except FAILURES as error:
                raise CodeFault(_told(error, self.file)) from error
            self._run = names[ENTRY]
        return self._run


def _compiled(source: str, file: str) -> tuple[ast.Module, CodeType]:
    try:
        tree = ast.parse(source, file)
        code = compile(tree, file, "exec", dont_inherit=True)
    except SyntaxError as error:
        line = f"line {error.lineno}: " if error.lineno else ""
        raise OverrideBroken(f"{file} is not Python: {line}{error.msg}.") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise OverrideBroken(f"{file} is not Python: {error or 'it is nested too deeply'}.") from error
    entries = [node for node in tree.body if getattr(node, "name", None) == ENTRY]
    if not entries:
        raise OverrideBroken(f"{file} has no def {ENTRY}(context) at its top level.")
    entry = entries[-1]
    if not isinstance(entry, ast.FunctionDef) or not _takes_one(entry.args):
        raise OverrideBroken(f"line {entry.lineno} of {file} must be def {ENTRY}(context).")
    return tree, code


def _takes_one(arguments: ast.arguments) -> bool:
    """Whether a call with one positional argument fits."""
    positional = [*arguments.posonlyargs, *arguments.args]
    keywords_given = all(default is not None for default in arguments.kw_defaults)
    return bool(positional) and len(positional) - len(arguments.defaults) <= 1 and keywords_given


def _told(error: BaseException, file: str) -> str:
    """Return where in *file* it failed and what was raised; what our own API raised speaks for itself."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    # The standard library's form, since the user's own exception may fail at being made a text too.
    text = format_exception_only(error)[-1].strip().removeprefix(f"{type(error).__module__}.")
    if isinstance(error, MessageFault):
        text = str(error)
    return f"line {line} of {file}: {text[:_LONGEST_TOLD]}"
