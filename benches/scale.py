#!/usr/bin/env python3
"""What each stage needs as an organisation grows: memory, CPU and disk for sandbox organisations of three sizes.

    cargo build --release
    python3 benches/scale.py [--users 10000 100000 1000000] [--tickmark PROGRAM]

Linux only: it reads /proc. The sandbox runs in a process of its own, whose memory is not counted, without a
rate limit, and the audit log is left out: it is fetched no faster than its documented limit, whatever the size.
`collect` and `assemble` are one command; where the second begins, the kernel's high-water mark of
the process's memory is reset, so that each has its own. Absolute seconds do not carry over between machines.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--tickmark", default="target/release/tickmark")
    parser.add_argument("--keep", type=pathlib.Path, help="folder that keeps the snapshots; taken from there if it has them")
    arguments = parser.parse_args()
    tickmark = str(pathlib.Path(arguments.tickmark).resolve())
    if not os.access(tickmark, os.X_OK):
        sys.exit(f"{tickmark}: no program; `cargo build --release` makes it, `--tickmark` names another")
    print("| accounts | stage | CPU s | wall s | peak MiB | result |")
    print("| --: | --- | --: | --: | --: | --- |", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for users in arguments.users:
            folder = pathlib.Path(arguments.keep or scratch)
            snapshot = folder / f"snapshot-{users}"
            if not (snapshot / "manifest.json").exists():
                collect(tickmark, snapshot, users)
            stages(tickmark, snapshot, pathlib.Path(scratch), users)
            if not arguments.keep:
                shutil.rmtree(snapshot)


def row(users, stage, cpu, wall, peak, result):
    print(f"| {users} | {stage} | {cpu:.2f} | {wall:.2f} | {peak:.0f} | {result} |", flush=True)


def collect(tickmark, out, users):
    """Collects from a sandbox organisation of `users` accounts."""
    started = time.monotonic()
    server = subprocess.Popen(
        [tickmark, "sandbox", "--users", str(users), "--as-of", "2026-11-20T06:00:00Z"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        facts = dict(server.stdout.readline().strip().split(" ", 1) for _ in range(3))
        row(users, "sandbox: made", *used(server.pid), time.monotonic() - started, high_water(server.pid), "-")
        walk(tickmark, out, users, facts["listening"].removeprefix("on "), facts["key"], facts["org"])
        row(users, "sandbox: served", *used(server.pid), time.monotonic() - started, high_water(server.pid), "-")
    finally:
        server.terminate()
        server.wait()


def walk(tickmark, out, users, url, key, org):
    started = time.monotonic()
    process = subprocess.Popen(
        [tickmark, "collect", "--org", org, "--api-url", url, "--out", out, "--without", "events",
         "--progress", "json"],
        env={**os.environ, "ATLASSIAN_API_KEY": key}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    cpu, wall, pages = 0.0, 0.0, 0
    for line in process.stderr:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("event") == "fetched":
            pages += event["pages"]
            if event["state"] != "whole":
                print(f"{event['name']}: {event['state']} {event.get('detail')}", file=sys.stderr)
        if event.get("event") == "started" and event.get("stage") == "assemble":
            (cpu,), wall = used(process.pid), time.monotonic() - started
            row(users, "collect", cpu, wall, high_water(process.pid), f"{pages} pages, {size(out / 'raw')}")
            pathlib.Path(f"/proc/{process.pid}/clear_refs").write_text("5")
        if event.get("event") == "dataset_done" or event.get("stage") == "assemble":
            # The process is gone a moment after its last word: the newest figures are those that count.
            assembled = used(process.pid)[0], time.monotonic() - started, high_water(process.pid)
    if process.wait() != 0:
        sys.exit(f"collect: exit code {process.returncode}")
    row(users, "assemble", assembled[0] - cpu, assembled[1] - wall, assembled[2], size(out / "datasets"))


def stages(tickmark, snapshot, scratch, users):
    quiet = ["--progress", "quiet"]
    assess = [tickmark, "assess", str(snapshot), "--fail-on", "none", *quiet]
    for stage, command, result in [
        ("snapshot verify", [tickmark, "snapshot", "verify", str(snapshot), *quiet], None),
        ("assess", assess, None),
        ("assess, as JSON", [*assess, "--format", f"json={scratch}/assessment.json"], "assessment.json"),
        ("assess, as HTML", [*assess, "--format", f"html={scratch}/report.html"], "report.html"),
        ("assess, as Markdown", [*assess, "--format", f"markdown={scratch}/report.md"], "report.md"),
    ]:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 3):
            sys.exit(f"{command}: exit code {process.returncode}: {said.decode(errors='replace')}")
        row(users, stage, usage.ru_utime + usage.ru_stime, time.monotonic() - started, usage.ru_maxrss / 1024,
            size(scratch / result) if result else "-")


def used(pid):
    """CPU seconds (user + system) of a process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return ((int(fields[11]) + int(fields[12])) / TICKS,)


def high_water(pid):
    """Most memory that a process held at a time, in MiB."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def size(path):
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return f"{sum(file.stat().st_size for file in files) / 1e6:.1f} MB"


if __name__ == "__main__":
    main()
