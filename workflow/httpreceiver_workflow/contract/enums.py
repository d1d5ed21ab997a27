"""
The integer enumerations of workflow files.

Members carry the spelling of the contract in upper snake case; `docs` below each class name says where it is published.
Source: IntegrationSoup/Documentation, workflow-enums-and-interfaces.md, unless the docstring names another page.
"""

from enum import IntEnum


class MessageType(IntEnum):
    """Class of a message's text: `MessageType`, `ResponseMessageType`, `FromType`, `ToType`."""

    UNKNOWN = 0
    HL7_V2 = 1
    HL7_V3 = 2
    FHIR = 3
    XML = 4
    CSV = 5
    SQL = 6
    TEXT_WITH_VARIABLES = 7
    HL7_V2_PATH = 8
    X_PATH = 9
    CSV_PATH = 10
    JSON = 11
    JSON_PATH = 12
    TEXT = 13
    BINARY = 14
    MESSAGE_STRUCTURE = 15
    DICOM = 16


class Direction(IntEnum):
    """
    Which message of a setting is meant: `FromDirection`, `ToDirection`.

    For a receiver INBOUND is the request and OUTBOUND the response; for a sender INBOUND is the response it got back
    and OUTBOUND what it sent (contract A2: three pages say so against the enum page; `senderDirections` may swap them).
    """

    INBOUND = 0
    OUTBOUND = 1
    VARIABLE = 2


class ResponsePriority(IntEnum):
    """When the response is produced: `ReponsePriority` (spelt so)."""

    UPON_ARRIVAL = 0
    AFTER_VALIDATION = 1
    AFTER_ALL_PROCESSING = 2


class HttpMethod(IntEnum):
    """`Method` of the HTTP sender."""

    POST = 0
    GET = 1
    PUT = 2
    DELETE = 3


class ProxyUse(IntEnum):
    """`UseProxy` of the HTTP sender."""

    USE_DEFAULT_PROXY = 0
    MANUAL_PROXY = 1
    NONE = 2


class HttpAuthentication(IntEnum):
    """`AuthenticationMode` of the HTTP sender. Source: http-sender.md."""

    NONE = 0
    BASIC = 1
    OAUTH2 = 2


class DataProvider(IntEnum):
    """`DataProvider` of the database activities. Source: database-query.md."""

    SQL_CLIENT = 0
    ORACLE_CLIENT = 1
    OLE_DB = 2
    ODBC = 3
    SQL_CLIENT_OLD = 4
    MY_SQL = 5
    POSTGRE_SQL = 6
    SQLITE = 7


class Conjunction(IntEnum):
    """How a filter joins the next one."""

    AND = 0
    OR = 1


class StringComparer(IntEnum):
    """`Comparer` of StringMessageFilter."""

    EQUALS = 0
    CONTAINS = 1
    STARTS_WITH = 2
    ENDS_WITH = 3
    LENGTH_GREATER_THAN = 4
    LENGTH_LESS_THAN = 5
    EMPTY = 6
    IN_MESSAGE = 7
    IN_DATA_TABLE = 8
    IS_TITLE_CASE = 9
    IS_UPPER_CASE = 10
    IS_LOWER_CASE = 11
    IN_LIST = 12


class DateComparer(IntEnum):
    """`Comparer` of DateMessageFilter."""

    EQUALS = 0
    GREATER_THAN = 1
    LESS_THAN = 2
    GREATER_THAN_OR_EQUAL_TO = 3
    LESS_THAN_OR_EQUAL_TO = 4
    EMPTY = 5
    IN_MESSAGE = 6
    INVALID_DATE = 7


class ValidComparer(IntEnum):
    """`Comparer` of ValidMessageFilter."""

    VALID = 0
    INVALID = 1


class VariableType(IntEnum):
    """`VariableType` of a variable descriptor; no effect in a receiver."""

    WORKFLOW = 0
    SYSTEM = 1
    GLOBAL = 2


class TextFormat(IntEnum):
    """Case change. Only 0 is published; the other numbers are our guess (contract A12), names are certain."""

    NONE = 0
    UPPER_CASE = 1
    LOWER_CASE = 2
    TITLE_CASE = 3
    MC_NAME_CASE = 4


class Truncation(IntEnum):
    """Cut. Only 0 is published; the other numbers are our guess (contract A12), names are certain."""

    NONE = 0
    TRUNCATE = 1
    TRIM = 2


class OAuthResourceParameter(IntEnum):
    """`ResourceParameterType` of OAuthSettings. Source: http-sender.md."""

    NONE = 0
    AUDIENCE = 1
    RESOURCE = 2


class OAuthClientAuthentication(IntEnum):
    """`ClientAuthenticationStyle` of OAuthSettings. Source: http-sender.md."""

    BASIC_AUTHENTICATION_HEADER = 0
    REQUEST_BODY = 1
