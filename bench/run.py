"""Gateways side by side on one machine: `python -m bench.run [--rounds 3] [--seconds 4]`.

The gateway under test has processor 0 for itself, upstream and load generator share processor 1.
Targets take turns in every round, so that a machine that slows down slows all of them; only ratios
within one run mean anything. LiteLLM and Portkey join where LITELLM_BIN and PORTKEY_DIR say they
are. Needs wrk, nginx and psutil; everything stays on loopback and stops by itself.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
from bench import targets
from bench.targets import Target

GATEWAY_CPU, LOAD_CPU = "0", "1"
SCENARIOS = [(2048, 1), (2048, 16), (1_500_000, 1), (1_500_000, 16)]
"""Base64 characters of the picture, and connections."""
START_S = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--database-url", default="", help="PostgreSQL for limner")
    options = parser.parse_args()
    sizes = sorted({size for size, _ in SCENARIOS})
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        upstream = targets.direct()
        stack.enter_context(started(upstream, LOAD_CPU, folder))
        compared = [targets.nginx(folder), targets.limner(folder, sizes, options.database_url)]
        if "LITELLM_BIN" in os.environ:
            compared.append(targets.litellm(folder, sizes))
        if "PORTKEY_DIR" in os.environ:
            compared.append(targets.portkey(folder, sizes))
        running = [
            (one, stack.enter_context(started(one, GATEWAY_CPU, folder))) for one in compared
        ]
        for size, connections in SCENARIOS:
            table(size, connections, measured(running, size, connections, options))


@contextmanager
def started(target: Target, cpu: str, folder: Path) -> Iterator[psutil.Process]:
    """A gateway that answers, on one processor."""
    began = time.monotonic()
    with (folder / f"{target.name}.log").open("wb") as log:
        process = subprocess.Popen(
            ["taskset", "-c", cpu, *target.command],
            env=os.environ | target.environment,
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(target, process)
        whole = psutil.Process(process.pid)
        took = time.monotonic() - began
        print(
            f"# {target.name}: first answer after {took:.1f} s, {memory(whole):.0f} MiB", flush=True
        )
        yield whole
    finally:
        process.terminate()
        process.wait(60)


def wait_for(target: Target, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(asked(target, 2048), timeout=10).read()
            return
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{target.name}: {error.read().decode()[:500]}") from error
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{target.name} did not start")


def asked(target: Target, size: int) -> urllib.request.Request:
    headers = {"authorization": f"Bearer {target.key}", "content-type": "application/json"}
    return urllib.request.Request(
        target.url(size), target.body(size).encode(), headers | extra(target, size)
    )


def extra(target: Target, size: int) -> dict[str, str]:
    return {name: value.format(size=size) for name, value in target.extra_headers.items()}


def measured(
    running: list[tuple[Target, psutil.Process]],
    size: int,
    connections: int,
    options: argparse.Namespace,
) -> dict[str, list[dict[str, float]]]:
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    for target, _ in running:
        load(target, size, connections, 1)
    for _ in range(options.rounds):
        for target, process in running:
            found[target.name].append(
                one_round(target, process, size, connections, options.seconds)
            )
    return found


def one_round(
    target: Target, process: psutil.Process, size: int, connections: int, seconds: int
) -> dict[str, float]:
    """One load on one gateway: what the generator saw, and what the gateway's processes took."""
    peak = Peak(process)
    before = processor_seconds(process)
    figures = load(target, size, connections, seconds)
    figures["cpu_us"] = (processor_seconds(process) - before) / figures["requests"] * 1e6
    figures["peak_mib"] = peak.stop()
    if figures["failed"]:
        raise SystemExit(f"{target.name}: {figures['failed']:g} requests failed; no result")
    return figures


def load(target: Target, size: int, connections: int, seconds: int) -> dict[str, float]:
    script = str(Path(__file__).with_name("post.lua"))
    command = ["taskset", "-c", LOAD_CPU, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    for name, value in extra(target, size).items():
        command += ["-H", f"{name}: {value}"]
    environment = {"BENCH_BODY": target.body(size), "BENCH_KEY": target.key}
    done = subprocess.run(
        [*command, "--timeout", "120s", "-s", script, target.url(size)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


class Peak(threading.Thread):
    """Watches how much memory a process and its children take."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self._process, self._most, self._going = process, 0.0, True
        self.start()

    def run(self) -> None:
        while self._going:
            self._most = max(self._most, memory(self._process))
            time.sleep(0.1)

    def stop(self) -> float:
        self._going = False
        self.join()
        return self._most


def family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def memory(process: psutil.Process) -> float:
    return float(sum(one.memory_info().rss for one in family(process)) / 2**20)


def processor_seconds(process: psutil.Process) -> float:
    times = [one.cpu_times() for one in family(process)]
    return float(sum(one.user + one.system for one in times))


def table(size: int, connections: int, found: dict[str, list[dict[str, float]]]) -> None:
    """Medians, and each gateway's CPU and latency as multiples of limner's."""
    middle = {
        name: {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
        for name, rounds in found.items()
    }
    ours = next(figures for name, figures in middle.items() if name.startswith("limner"))
    print(f"\n## {size:,} characters, {connections} connections")
    print("| gateway | requests/s | CPU µs/request | p50 ms | p99 ms | peak MiB | CPU / limner |")
    print("|---|---|---|---|---|---|---|")
    for name, figures in middle.items():
        rate = figures["requests"] / figures["seconds"]
        print(
            f"| {name} | {rate:,.0f} | {figures['cpu_us']:,.0f} | {figures['p50_ms']:.2f} "
            f"| {figures['p99_ms']:.1f} | {figures['peak_mib']:.0f} "
            f"| {figures['cpu_us'] / ours['cpu_us']:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
