"""Arguments and environment of the pod's command."""

from pathlib import Path

import pytest

from httpreceiver_listener.config import read_config
from httpreceiver_workflow.endpoint import CipherSuites, Scheme


def test_without_arguments_everything_has_a_safe_default() -> None:
    config = read_config([], {})

    assert (config.listen_port, config.admin_port, config.scheme) == (8080, 9090, Scheme.HTTP)
    assert config.files_roots == ()
    assert config.trusted_proxies == ()
    assert config.cipher_suites is CipherSuites.INTERMEDIATE
    assert config.limits.body_bytes == 10 * 1024 * 1024
    assert config.limits.header_timeout_s == 10
    assert config.access_log


def test_arguments_win_over_the_environment() -> None:
    environment = {
        "HTTPRECEIVER_PORT": "81",
        "HTTPRECEIVER_LISTEN_PORT": "82",
        "HTTPRECEIVER_BUNDLE_DIR": "/a:/b",
        "HTTPRECEIVER_FILES_ROOT": "/f",
        "HTTPRECEIVER_BODY_BYTES": "7",
        "HTTPRECEIVER_ACCESS_LOG": "false",
        "HTTPRECEIVER_CIPHER_SUITES": "Compatible",
        "HTTPRECEIVER_TRUSTED_PROXIES": "10.0.0.0/8,::1",
        "HTTPRECEIVER_LOG_QUERY": "true",
        "HTTPRECEIVER_LOG_MASK": "mrn,*name*",
    }
    config = read_config(["--port=90", "--bundle-dir=/c", "--bundle-dir", "/d"], environment)

    assert (config.port, config.listen_port, config.limits.body_bytes) == (90, 82, 7)
    assert config.bundle_dirs == (Path("/c"), Path("/d"))
    assert config.files_roots == (Path("/f"),)
    assert config.trusted_proxies == ("10.0.0.0/8", "::1")
    assert config.cipher_suites is CipherSuites.COMPATIBLE
    assert not config.access_log
    assert (config.log_query, config.log_masks) == (True, ("mrn", "*name*"))


@pytest.mark.parametrize(
    "argument",
    [
        "--port=x",
        "--scheme=ftp",
        "--nothing",
        "--cipher-suites=Old",
        "--trusted-proxies=10.0.0.1/8",
        "--line-bytes=16384",
    ],
)
def test_wrong_usage_exits_with_2(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_config([argument], {})

    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err
