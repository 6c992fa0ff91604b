"""What the log says of an exception that nobody foresaw."""

import subprocess
import sys

import msgspec

BREAKING = """
import structlog
from limner.cli.logs import configure_logs

configure_logs("info")
try:
    raise ValueError("a prompt somebody wrote")
except ValueError:
    structlog.get_logger().exception("request_broke", request_id="req_1")
"""


def test_an_exception_is_logged_by_kind_and_place_without_its_message() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BREAKING], capture_output=True, text=True, check=True
    )
    said = msgspec.json.decode(done.stderr, type=dict[str, str])
    assert (said["event"], said["request_id"]) == ("request_broke", "req_1")
    assert said["exception"] == "ValueError < <string>:7 in <module>"
    assert "prompt" not in done.stderr
