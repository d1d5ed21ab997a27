"""Who called the first trusted proxy."""

import pytest

from httpreceiver_listener.admission.proxies import TrustedProxies

PROXIES = TrustedProxies(["10.0.0.0/8", "::1"])


@pytest.mark.parametrize(
    ("forwarded", "caller"),
    [
        ([], "10.0.0.1"),
        (["192.0.2.1"], "192.0.2.1"),
        (["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
        (["6.6.6.6", "192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        (["10.0.0.3,::1"], "10.0.0.3"),
        (["192.0.2.1, garbage, 10.0.0.2"], "10.0.0.2"),
        (["192.0.2.1,"], "10.0.0.1"),
        (["::ffff:192.0.2.1"], "192.0.2.1"),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["fe80::1%eth0"], "fe80::1"),
    ],
)
def test_the_caller_is_the_first_from_the_right_that_is_no_trusted_proxy(forwarded: list[str], caller: str) -> None:
    assert PROXIES.caller_behind("10.0.0.1", forwarded) == caller


def test_a_proxy_is_trusted_by_its_network_however_its_address_is_written() -> None:
    assert PROXIES.trusts("10.1.2.3")
    assert PROXIES.trusts("::ffff:10.1.2.3")
    assert PROXIES.trusts("::1")
    assert not PROXIES.trusts("11.0.0.1")
    assert not PROXIES.trusts("")
