"""Dates: the forms read and the .NET formats written."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_workflow.pipeline.formatting.dotnet_dates import (
    Moment,
    compile_date_format,
    hl7_timestamp,
    parse_moment,
)

AFTERNOON = datetime(2009, 6, 15, 13, 45, 30)  # the moment Microsoft's documentation uses


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2009", Moment(datetime(2009, 1, 1))),
        ("200906", Moment(datetime(2009, 6, 1))),
        ("20090615", Moment(datetime(2009, 6, 15))),
        ("2009061513", Moment(datetime(2009, 6, 15, 13))),
        ("200906151345", Moment(datetime(2009, 6, 15, 13, 45))),
        ("20090615134530", Moment(AFTERNOON)),
        ("20090615134530.6175-0700", Moment(AFTERNOON, 6_175_000, -420)),
        ("20090615134530.123456+0000", Moment(AFTERNOON, 1_234_560, 0)),
        (" 2009-06-15 ", Moment(datetime(2009, 6, 15))),
        ("2009-06", Moment(datetime(2009, 6, 1))),
        ("2009-06-15T13:45:30", Moment(AFTERNOON)),
        ("2009-06-15 13:45", Moment(datetime(2009, 6, 15, 13, 45))),
        ("2009-06-15T13:45:30.6170000Z", Moment(AFTERNOON, 6_170_000, 0, zulu=True)),
        ("2009-06-15T13:45:30,5+05:30", Moment(AFTERNOON, 5_000_000, 330)),
        ("20090615T134530Z", Moment(AFTERNOON, 0, 0, zulu=True)),
        ("2009/06/15", Moment(datetime(2009, 6, 15))),
        ("6/15/2009", Moment(datetime(2009, 6, 15))),
        ("6/15/2009 1:45:30 PM", Moment(AFTERNOON)),
        ("6/15/2009 12:05 AM", Moment(datetime(2009, 6, 15, 0, 5))),
        ("Mon, 15 Jun 2009 13:45:30 GMT", Moment(AFTERNOON, 0, 0, zulu=True)),
        ("15 Jun 2009 13:45:30 +0200", Moment(AFTERNOON, 0, 120)),
    ],
)
def test_form_is_read(text: str, moment: Moment) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "abc", "123", "20091301", "20090230", "2009-06-15T25:00", "0000", "13/32/2009", "6/15/2009 13:45 PM",
     "15 Foo 2009 13:45:30 GMT", "2009-06-15T13:45+99:00", "٢٠٠٩", "200", "20090615 "  * 9],
)  # fmt: skip
def test_what_is_no_date_stays_unchanged(text: str) -> None:
    assert parse_moment(text) is None
    assert compile_date_format("yyyy")(text) == text


@pytest.mark.parametrize(
    ("format_", "text", "expected"),
    [
        ("d", "20090615134530", "06/15/2009"),
        ("D", "20090615134530", "Monday, 15 June 2009"),
        ("f", "20090615134530", "Monday, 15 June 2009 13:45"),
        ("F", "20090615134530", "Monday, 15 June 2009 13:45:30"),
        ("g", "20090615134530", "06/15/2009 13:45"),
        ("G", "20090615134530", "06/15/2009 13:45:30"),
        ("M", "20090615134530", "June 15"),
        ("o", "2009-06-15T13:45:30", "2009-06-15T13:45:30.0000000"),
        ("O", "2009-06-15T13:45:30-07:00", "2009-06-15T13:45:30.0000000-07:00"),
        ("O", "2009-06-15T13:45:30Z", "2009-06-15T13:45:30.0000000Z"),
        ("R", "20090615134530", "Mon, 15 Jun 2009 13:45:30 GMT"),
        ("r", "2009-06-15T13:45:30-07:00", "Mon, 15 Jun 2009 20:45:30 GMT"),
        ("s", "20090615134530", "2009-06-15T13:45:30"),
        ("t", "20090615134530", "13:45"),
        ("T", "20090615134530", "13:45:30"),
        ("u", "20090615134530-0700", "2009-06-15 20:45:30Z"),
        ("U", "20090615134530-0700", "Monday, 15 June 2009 20:45:30"),
        ("Y", "20090615134530", "2009 June"),
        ("%d", "20090605", "5"),
        ("d/M/yy", "20090605", "5/6/09"),
        ("ddd dddd MMM MMMM", "20090615", "Mon Monday Jun June"),
        ("h:m:s t", "20090615130405", "1:4:5 P"),
        ("hh:mm:ss tt", "20090615003000", "12:30:00 AM"),
        ("H HH", "2009061507", "7 07"),
        ("%y yyy yyyyy", "20090615", "9 2009 02009"),
        ("ss.fff", "20090615134530.6175", "30.617"),
        ("ss.FFFFF", "20090615134530.6100", "30.61"),
        ("ss.FFF", "20090615134530", "30"),
        ("z zz zzz", "20090615134530-0730", "-7 -07 -07:30"),
        ("zzz", "20090615", "+00:00"),
        ("yyyy'T'\"d\" \\d g", "20090615", "2009Td d A.D."),
        ("yyyy-MM-ddTHH:mmK", "2009-06-15T13:45:30+02:00", "2009-06-15T13:45+02:00"),
        ("yyyyMMddHHmmss", "2009-06-15T13:45:30.9", "20090615134530"),
    ],
)
def test_date_is_written_as_documented(format_: str, text: str, expected: str) -> None:
    assert compile_date_format(format_)(text) == expected


@pytest.mark.parametrize("format_", ["q", "yyyy 'open", "yyyy\\", "yyyy%", "%%d", "ffffffff", "FFFFFFFF"])
def test_format_that_dotnet_refuses_is_refused(format_: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        compile_date_format(format_)


def test_moment_that_utc_moves_out_of_the_calendar_stays_unchanged() -> None:
    assert compile_date_format("u")("00010101000000+0100") == "00010101000000+0100"


def test_hl7_timestamp_is_fourteen_digits_of_the_wall_clock() -> None:
    moment = datetime(33, 4, 3, 2, 1, 9, 999, tzinfo=timezone(timedelta(hours=2)))
    assert hl7_timestamp(moment) == "00330403020109"


@given(st.datetimes(timezones=st.just(UTC)))
def test_round_trip_format_is_read_back(moment: datetime) -> None:
    written = compile_date_format("O")(moment.isoformat())
    read = parse_moment(written)
    assert read is not None
    assert (read.clock, read.ticks) == (moment.replace(microsecond=0, tzinfo=None), moment.microsecond * 10)


FORMATS = st.text(alphabet="dfFgHhKmMstyz:/.- T'\\%\"", min_size=1)


@given(
    FORMATS,
    st.text()
    | st.datetimes().map(lambda moment: moment.isoformat())
    | st.datetimes().map(hl7_timestamp)
    | st.from_regex(r"[0-9]{4,14}([+-][0-9]{4})?", fullmatch=True),
)
def test_no_text_makes_a_format_raise(format_: str, text: str) -> None:
    try:
        write = compile_date_format(format_)
    except ValueError:
        return
    assert isinstance(write(text), str)
