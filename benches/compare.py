#!/usr/bin/env python3
"""A whole assessment beside DuckDB and beside plain decompression of the same bytes, in one run.

    cargo build --release
    python3 benches/compare.py [--users 100000] [--runs 5]

Needs Python 3.9 or later and the `zstd` command; DuckDB is installed by name from PyPI into a folder of
its own. Prints CPU seconds (user + system), wall seconds and ratios: medians over the runs, taken in turn
(A B C A B C ...), since absolute seconds do not carry over between machines. The counts of failing
subjects must agree, or the comparison is refused.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv

DUCKDB_VERSION = "1.4.1"

# The same questions as the built-in controls ask of accounts and tokens, with the columns declared. A
# field that is absent and one that is null are both NULL here: what tickmark calls unknown is left out.
SQL = r"""
CREATE VIEW accounts AS SELECT * FROM read_json('{dir}/accounts.jsonl', format='newline_delimited', columns={{
  id: 'VARCHAR', email_domain: 'VARCHAR', email_domain_verified: 'BOOLEAN', account_type: 'VARCHAR',
  account_status: 'VARCHAR', claim_status: 'VARCHAR', added_to_org_at: 'TIMESTAMPTZ', mfa_enabled: 'BOOLEAN',
  platform_roles: 'VARCHAR[]', product_access_count: 'BIGINT', last_active_at: 'TIMESTAMPTZ', activity: 'VARCHAR'}});
CREATE VIEW tokens AS SELECT * FROM read_json('{dir}/api_tokens.jsonl', format='newline_delimited', columns={{
  id: 'VARCHAR', created_at: 'TIMESTAMPTZ', expires_at: 'TIMESTAMPTZ', last_active_at: 'TIMESTAMPTZ'}});
SET VARIABLE as_of = TIMESTAMPTZ '{as_of}';
WITH a AS (
  SELECT *,
    claim_status = 'managed' AND account_status = 'active' AND account_type = 'atlassian' AS person
  FROM accounts)
SELECT
  count(*) FILTER (person AND last_active_at < getvariable('as_of') - INTERVAL 2160 HOUR
    AND activity <> 'none_recorded' AND added_to_org_at < getvariable('as_of') - INTERVAL 720 HOUR) AS "accounts-idle",
  count(*) FILTER (person AND NOT email_domain_verified) AS "accounts-domain-verified",
  count(*) FILTER (claim_status = 'unmanaged' AND account_status = 'active' AND account_type = 'atlassian'
    AND product_access_count >= 1 AND email_domain IS NOT NULL) AS "external-accounts-approved-domains",
  count(*) FILTER (person AND NOT mfa_enabled) AS two_step,
  count(*) FILTER (account_status = 'active' AND list_contains(platform_roles, 'atlassian/org-admin')) AS admins
FROM a;
SELECT
  count(*) FILTER (expires_at IS NULL) AS "api-tokens-expire",
  count(*) FILTER ((expires_at IS NULL OR expires_at > getvariable('as_of'))
    AND created_at < getvariable('as_of') - INTERVAL 336 HOUR
    AND (last_active_at IS NULL OR last_active_at < getvariable('as_of') - INTERVAL 2160 HOUR)) AS "api-tokens-unused"
FROM tokens;
"""

DUCKDB_PROGRAM = r"""
import json, sys, duckdb
connection = duckdb.connect()
connection.execute("SET TimeZone='UTC'")
found = {}
for statement in open(sys.argv[1]).read().split(";\n"):
    if not statement.strip():
        continue
    result = connection.execute(statement)
    if statement.lstrip().startswith(("WITH", "SELECT")):
        names = [column[0] for column in result.description]
        found.update(zip(names, result.fetchone()))
print(json.dumps(found))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tickmark", default="target/release/tickmark")
    parser.add_argument("--cache", default=os.path.expanduser("~/.cache/tickmark-bench"))
    arguments = parser.parse_args()
    tickmark = str(pathlib.Path(arguments.tickmark).resolve())
    if not os.access(tickmark, os.X_OK):
        sys.exit(f"{tickmark}: no program; `cargo build --release` makes it, `--tickmark` names another")
    if not shutil.which("zstd"):
        sys.exit("the command `zstd` is missing (package zstd)")
    python = duckdb_python(pathlib.Path(arguments.cache))
    with tempfile.TemporaryDirectory() as scratch:
        compare(tickmark, python, pathlib.Path(scratch), arguments.users, arguments.runs)


def duckdb_python(cache):
    """A Python that has DuckDB."""
    home = cache / f"duckdb-{DUCKDB_VERSION}"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "-q", "install", f"duckdb=={DUCKDB_VERSION}"], check=True)
    return str(python)


def compare(tickmark, python, scratch, users, runs):
    snapshot = collect(tickmark, scratch, users)
    manifest = json.loads((snapshot / "manifest.json").read_text())
    for name in ["accounts", "api_tokens"]:
        subprocess.run(
            ["zstd", "-dqf", snapshot / "datasets" / f"{name}.jsonl.zst", "-o", scratch / f"{name}.jsonl"], check=True)
    (scratch / "questions.sql").write_text(SQL.format(dir=scratch, as_of=manifest["collected"]["to"]))
    (scratch / "ask.py").write_text(DUCKDB_PROGRAM)
    datasets = sorted(str(path) for path in (snapshot / "datasets").glob("*.jsonl.zst"))
    assess = [tickmark, "assess", str(snapshot), "--fail-on", "none", "--progress", "quiet"]
    commands = {
        "tickmark assess, zstd frames": assess,
        "tickmark assess, 1 thread": assess + ["--threads", "1"],
        "zstd -d of the same datasets": ["zstd", "-dqc", *datasets],
        f"DuckDB {DUCKDB_VERSION}, JSONL": [python, str(scratch / "ask.py"), str(scratch / "questions.sql")],
    }
    # In a process of its own: what it holds in memory must not count as that of the programs measured.
    checker = multiprocessing.Process(target=check_counts, args=(tickmark, snapshot, commands, scratch))
    checker.start()
    checker.join()
    if checker.exitcode != 0:
        sys.exit(1)
    figures = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            figures[name].append(measured(command))
    report(figures, users, sum(path.stat().st_size for path in scratch.glob("*.jsonl")), runs)


def collect(tickmark, scratch, users):
    """A snapshot of a sandbox organisation of `users` accounts, without the audit log: no question reads it, and it
    is fetched no faster than its documented limit."""
    server = subprocess.Popen(
        [tickmark, "sandbox", "--users", str(users), "--as-of", "2026-11-20T06:00:00Z"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        facts = {}
        for key in ["listening", "key", "org"]:
            word, value = server.stdout.readline().strip().split(" ", 1)
            facts[word] = value
        out = scratch / "snapshot"
        subprocess.run(
            [tickmark, "collect", "--org", facts["org"], "--api-url", facts["listening"].removeprefix("on "),
             "--out", out, "--progress", "quiet", "--without", "events"],
            env={**os.environ, "ATLASSIAN_API_KEY": facts["key"]}, check=True, stdout=subprocess.DEVNULL)
        return out
    finally:
        server.terminate()
        server.wait()


def check_counts(tickmark, snapshot, commands, scratch):
    """Refuses to compare programs that do not find the same."""
    file = scratch / "assessment.json"
    subprocess.run(
        [tickmark, "assess", snapshot, "--fail-on", "none", "--progress", "quiet", "--format", f"json={file}"],
        check=True, stderr=subprocess.DEVNULL)
    controls = {control["id"]: control for control in json.loads(file.read_text())["controls"]}
    duckdb = next(command for name, command in commands.items() if name.startswith("DuckDB"))
    found = json.loads(subprocess.run(duckdb, check=True, capture_output=True, text=True).stdout)
    ours = {name: controls[name]["population"]["fail"] for name in found if name in controls}
    ours["two_step"] = controls["accounts-two-step-or-sso"]["population"]["unknown"]
    ours["admins"] = controls["organization-admins-count"]["population"]["counted"]
    if ours != found:
        sys.exit(f"the programs do not find the same: tickmark {ours}, DuckDB {found}")
    print("counts agree:", ", ".join(f"{name} {count}" for name, count in sorted(found.items())))


def measured(command):
    """(CPU seconds, wall seconds, peak RSS in MiB) of one run; what it prints goes nowhere."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - start
    if process.returncode != 0:
        sys.exit(f"{command}: exit code {process.returncode}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024


def report(figures, users, text_bytes, runs):
    first = next(iter(figures))
    print(f"\n{users} accounts, {text_bytes / 1e6:.0f} MB of JSON lines, medians of {runs} runs\n")
    print("| | CPU s | wall s | peak MiB | CPU, tickmark = 1 | wall, tickmark = 1 |")
    print("| --- | --: | --: | --: | --: | --: |")
    median = {
        name: [statistics.median(run[place] for run in rows) for place in range(3)] for name, rows in figures.items()}
    for name, (cpu, wall, peak) in median.items():
        print(f"| {name} | {cpu:.2f} | {wall:.2f} | {peak:.0f} | {cpu / median[first][0]:.2f} | {wall / median[first][1]:.2f} |")


if __name__ == "__main__":
    main()
