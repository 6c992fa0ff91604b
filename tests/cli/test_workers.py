"""Several serving processes: one socket, each replaced when it dies, all stopped together."""

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.cli.calls import call, draw, eventually, has_work
from tests.cli.terminal import LONGEST_S, Terminal
from tests.cli.test_serve import said_until_ready


def serving_processes(parent: int) -> set[int]:
    """The children of a process that serve."""
    listed = subprocess.check_output(["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], text=True)
    rows = [line.split(None, 2) for line in listed.splitlines()]
    return {int(row[0]) for row in rows if int(row[1]) == parent and "spawn_main" in row[2]}


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_two_processes_serve_and_a_dead_one_is_replaced(terminal: Terminal) -> None:
    with terminal.running("serve", "--port", "0", "--workers", "2") as process:
        lines = said_until_ready(process)
        key, url = lines[0].removeprefix("test key: "), lines[-1].split()[4]
        before = serving_processes(process.pid)
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        assert draw(url, key).status == 200
        eventually(
            lambda: len(serving_processes(process.pid) - before) == 1, "a process was started"
        )
        assert draw(url, key).status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(LONGEST_S) == 0
        assert all(map(is_gone, before))


def test_a_process_that_cannot_start_says_why_and_is_tried_again(terminal: Terminal) -> None:
    with terminal.running("serve", "--port", "0", "--workers", "2") as process:
        url = said_until_ready(process)[-1].split()[4]
        secret = terminal.data / "secret"
        kept = secret.read_bytes()
        secret.write_text("not the secret")
        os.kill(min(serving_processes(process.pid)), signal.SIGKILL)
        said = terminal.folder / "stderr"
        eventually(lambda: "must be 64 hex digits" in said.read_text(), "the reason is told")
        secret.write_bytes(kept)
        eventually(lambda: len(serving_processes(process.pid)) == 2, "both serve again")
        assert call(url, "", "/health/live").status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(LONGEST_S) == 0


def test_ctrl_c_lets_running_jobs_end(terminal: Terminal) -> None:
    with (
        terminal.running("serve", "--port", "0", "--workers", "2") as process,
        ThreadPoolExecutor() as threads,
    ):
        lines = said_until_ready(process)
        key, url = lines[0].removeprefix("test key: "), lines[-1].split()[4]
        answer = threads.submit(draw, url, key, "a lighthouse [[limner:delay=1.5s]]")
        eventually(lambda: has_work(url, key), "the job runs")
        # A terminal sends the signal to every process of its group.
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(LONGEST_S) == 0
        assert answer.result().status == 200


def test_the_processes_end_when_their_parent_is_killed(terminal: Terminal) -> None:
    with terminal.running("serve", "--port", "0", "--workers", "2") as process:
        url = said_until_ready(process)[-1].split()[4]
        children = serving_processes(process.pid)
        assert len(children) == 2
        process.kill()
        process.wait()
        eventually(lambda: all(map(is_gone, children)), "the children have ended")
        with pytest.raises(ConnectionRefusedError):
            call(url, "", "/health/live")
