"""What a process does not import until it needs it: each is tens of milliseconds of its start, and memory for good."""

import subprocess
import sys

import pytest

LATE = {
    "argon2": "password hashes",
    "bcrypt": "password hashes",
    "cel_expr_python": "expressions",
    "cryptography": "certificates",
    "jwt": "JSON Web Tokens",
    "OpenSSL": "client certificates",
    "python_multipart": "multipart bodies",
    "sqlalchemy": "databases",
    "yaml": "YAML files",
}


@pytest.mark.parametrize("start", ["httpreceiver_listener.__main__", "httpreceiver_cli.serving"])
def test_what_only_some_receivers_need_is_not_imported_at_the_start(start: str) -> None:
    script = f"import sys, {start}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    imported = set(done.stdout.split())
    assert "aiohttp" in imported
    assert not imported & set(LATE)
