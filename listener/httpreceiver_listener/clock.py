"""The wall clock: aware and in the zone of this machine for the engine, and as HTTP writes it."""

import time
from datetime import datetime, timedelta, timezone
from email.utils import formatdate


class Clock:
    """Tells the time; looks up the zone's offset only when asked to, since that is the dear part."""

    def __init__(self) -> None:
        self._second = 0
        self._date = ""
        self.refresh_zone()

    def refresh_zone(self) -> None:
        """Learn the offset that holds now; the listener's tick calls it, so daylight saving is seen within a second."""
        self._zone = timezone(timedelta(seconds=time.localtime().tm_gmtoff))

    def now(self) -> datetime:
        """Return the time now."""
        return datetime.now(self._zone)

    def http_date(self) -> str:
        """Return the Date header's value; made once a second."""
        second = int(time.time())
        if second != self._second:
            self._second, self._date = second, formatdate(second, usegmt=True)
        return self._date
