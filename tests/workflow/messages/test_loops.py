"""
ForEach over messages: how many passes, and where the index goes (contract 5.4).

`passes` does what the engine does: the loops around a path move it, outermost first, each by its own source path as the
loops around it moved that.
"""

import pytest

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.messages import MessageFault, message_format

ADT = "MSH|^~\\&|LAB\rPID|1||1^a~2^b\rOBX|1|NM|HR||70~71\rNTE|1\rOBX|2|NM|BT||36\rOBX|3"
ORDERS = """{"p": {"orders": [{"id": 1, "items": [{"c": "a"}, {"c": "b"}]}, {"id": 2, "items": {"c": "c"}}, {"id": 3}],
 "one": {"x": 1}, "none": null, "matrix": [[1, 2], [3]]}}"""
XML = "<p><o><id>1</id><i>a</i><i>b</i></o><o><id>2</id><i>c</i></o><o><id>3</id></o></p>"


def passes(kind: MessageType, text: str, read: str, *loops: str) -> list[str]:
    """Return what *read* reads in each innermost pass of the nested *loops*."""
    own = message_format(kind, None)
    message = own.parse(text)

    def run(frames: list[tuple[object, int]], left: tuple[str, ...]) -> list[str]:
        def moved(path: object) -> object:
            for prefix, index in frames:
                path = own.indexed_path(path, prefix, index)
            return path

        if not left:
            return [message.get(moved(own.compile_path(read)))]
        prefix = moved(own.compile_path(left[0]))
        found = []
        for index in range(1, message.count(prefix) + 1):
            found += run([*frames, (prefix, index)], left[1:])
        return found

    return run([], loops)


@pytest.mark.parametrize(
    ("read", "loops", "expected"),
    [
        ("OBX-3", ["OBX"], ["HR", "BT", ""]),
        ("OBX[1]-3", ["OBX[1]"], ["HR", "BT", ""]),
        ("OBX[2]-3", ["OBX"], ["BT", "BT", "BT"]),
        ("PID-3.1", ["OBX"], ["1", "1", "1"]),
        ("PID-3.2", ["PID-3"], ["a", "b"]),
        ("PID-3[1].2", ["PID-3[1]"], ["a", "b"]),
        ("PID-3[2].2", ["PID-3"], ["b", "b"]),
        ("PID-5", ["PID-3"], ["", ""]),
        ("PID-3.1", ["PID-5"], []),
        ("PID-3.1", ["PID-3[2]"], ["1"]),
        ("OBX-1", ["ZZZ"], []),
        ("OBX-5", ["OBX", "OBX-5"], ["70", "71", "36"]),
        ("OBX-3", ["OBX", "OBX-5"], ["HR", "HR", "BT"]),
        ("OBX-1", ["OBX", "NTE"], ["1", "2", "3"]),
        ("OBX-1", ["OBX", "OBX"], ["1", "2", "3"]),
        ("OBX-3", ["OBX[2]"], ["HR"]),
        ("MSH-3", ["MSH-2"], ["LAB"]),
    ],
)
def test_hl7_loops_over_segments_and_repetitions(read: str, loops: list[str], expected: list[str]) -> None:
    assert expected == passes(MessageType.HL7_V2, ADT, read, *loops)


def test_an_hl7_component_does_not_repeat() -> None:
    with pytest.raises(MessageFault):
        passes(MessageType.HL7_V2, ADT, "PID-3", "PID-3.1")


@pytest.mark.parametrize(
    ("read", "loops", "expected"),
    [
        ("p/orders/id", ["p/orders"], ["1", "2", "3"]),
        ("p/orders[1]/id", ["p/orders[1]"], ["1", "2", "3"]),
        ("p[1]/orders/id", ["p/orders"], ["1", "2", "3"]),
        ("p/orders[2]/id", ["p/orders"], ["2", "2", "2"]),
        ("p/one/x", ["p/one"], ["1"]),
        ("p/one/x", ["p/none"], []),
        ("p/one/x", ["p/missing"], []),
        ("p/orders/id", ["p/orders[2]"], ["1"]),
        ("p/orders/items/c", ["p/orders", "p/orders/items"], ["a", "b", "c"]),
        ("p/orders/id", ["p/orders", "p/orders/items"], ["1", "1", "2"]),
        ("p/orders[1]/items[1]/c", ["p/orders[1]", "p/orders[1]/items[1]"], ["a", "b", "c"]),
        ("p/orders[1]/items[2]/c", ["p/orders", "p/orders/items"], ["b", "b", ""]),
        ("p/matrix", ["p/matrix", "p/matrix[1][1]"], ["1", "2", "3"]),
        ("p/matrix", ["p/matrix"], ["[1,2]", "[3]"]),
        ("p/matrix[1][2]", ["p/matrix"], ["2", ""]),
        ("p/matrix[2]", ["p/matrix[2]"], ["3"]),
        ("p/ordersX", ["p/orders"], ["", "", ""]),
    ],
)
def test_json_loops_over_arrays_and_single_values(read: str, loops: list[str], expected: list[str]) -> None:
    assert expected == passes(MessageType.JSON, ORDERS, read, *loops)


def test_json_loops_over_an_array_at_the_root() -> None:
    assert ["1", "2"] == passes(MessageType.JSON, '[{"a":1},{"a":2}]', "[1]/a", "[1]")


@pytest.mark.parametrize(
    ("read", "loops", "expected"),
    [
        ("p/o/id", ["p/o"], ["1", "2", "3"]),
        ("p/o[1]/id", ["p/o[1]"], ["1", "2", "3"]),
        ("p[1]/o/id", ["p/o"], ["1", "2", "3"]),
        ("p/o[2]/id", ["p/o"], ["2", "2", "2"]),
        ("p/o/id", ["p"], ["1"]),
        ("p/o/id", ["p/missing"], []),
        ("p/o/id", ["q/o"], []),
        ("p/o/i", ["p/o", "p/o/i"], ["a", "b", "c"]),
        ("p/o/id", ["p/o", "p/o/i"], ["1", "1", "2"]),
        ("p/o[1]/i[1]", ["p/o[1]", "p/o[1]/i[1]"], ["a", "b", "c"]),
        ("xpath:p/o/id", ["xpath:p/o"], ["1", "2", "3"]),
        ("xpath:p/o[1]/id", ["xpath:p/o[1]"], ["1", "2", "3"]),
        ("xpath:p/o/i", ["xpath:p/o", "xpath:p/o/i"], ["a", "b", "c"]),
        ("xpath:p/o/id", ["p/o"], ["1", "1", "1"]),
        ("xpath://i", ["xpath://i"], ["a", "b", "c"]),
        ("xpath:p/order", ["xpath:p/o"], ["", "", ""]),
    ],
)
def test_xml_loops_over_elements_and_nodes(read: str, loops: list[str], expected: list[str]) -> None:
    assert expected == passes(MessageType.XML, XML, read, *loops)


def test_an_xpath_without_nodes_cannot_be_looped_over() -> None:
    with pytest.raises(MessageFault):
        passes(MessageType.XML, XML, "p", "xpath:count(p)")


def test_a_type_that_shows_in_the_text_loops_like_it() -> None:
    assert ["a", "b", "c"] == passes(MessageType.UNKNOWN, XML, "p/o/i", "p/o", "p/o/i")
    assert ["70", "71", "36"] == passes(MessageType.UNKNOWN, ADT, "OBX-5", "OBX", "OBX-5")


@pytest.mark.parametrize("kind", [MessageType.CSV, MessageType.TEXT, MessageType.BINARY, MessageType.SQL])
def test_csv_and_text_have_nothing_to_loop_over(kind: MessageType) -> None:
    own = message_format(kind, None)
    path = own.compile_path("0")
    with pytest.raises(MessageFault):
        own.parse("a,b").count(path)
    assert path == own.indexed_path(path, path, 2)
