"""
Variables that come with the request: declared query parameters and URL sections (contract 3.1, step 5).

Only declared names become variables; an empty value never replaces a default.
"""

from collections.abc import Callable
from urllib.parse import unquote, unquote_plus

from httpreceiver_workflow.contract.settings import HttpReceiver

RequestVariables = Callable[[str, str], dict[str, str]]
"""(query, rest of the path) → fresh variables by lower-case name."""


def compile_request_variables(receiver: HttpReceiver) -> RequestVariables | None:
    """Return the function that reads *receiver*'s variables from a request; None where none is declared."""
    if not receiver.query_parameters and not receiver.url_sections:
        return None
    parameters = {name.lower(): variable.name.lower() for name, variable in receiver.query_parameters.items()}
    sections = tuple(variable.name.lower() for variable in receiver.url_sections)
    declared = (*receiver.query_parameters.values(), *receiver.url_sections)
    defaults = {variable.name.lower(): variable.default for variable in declared if variable.default}

    def read(query: str, rest: str) -> dict[str, str]:
        variables = defaults.copy()
        if query and parameters:
            _read_query(query, parameters, variables)
        if rest and sections:
            for name, piece in zip(sections, rest.split("/"), strict=False):
                if piece:
                    variables[name] = unquote(piece) if "%" in piece else piece
        return variables

    return read


def _read_query(query: str, parameters: dict[str, str], variables: dict[str, str]) -> None:
    """Names ignore case, ``+`` is a blank, a repeated name joins its values with a comma."""
    decoded = unquote_plus if "%" in query or "+" in query else str
    values: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        variable = parameters.get(decoded(name).lower())
        if variable is None:
            continue
        text = decoded(value)
        values[variable] = f"{values[variable]},{text}" if variable in values else text
    variables.update((variable, text) for variable, text in values.items() if text)
