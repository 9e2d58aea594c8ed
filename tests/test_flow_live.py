"""The flow on a real Prefect server, worker and Dask cluster: processes on free loopback ports, ended by their ids.

One server and one worker serve all tests here. Prefect's files, the project's and every output lie in temporary folders.
"""

# ruff: noqa: S310  the only address that is opened is our own server's, on the loopback

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import cleanse
from conftest import ROOT
from site_pages import crawl_pages, write_crawl

pytestmark = [pytest.mark.slow, pytest.mark.server]
PAGES = 450  # three segments, so that a kill finds some done and some not
PATIENCE = 300  # seconds for anything that takes a few on a machine that is not busy
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=20000",
    "--dump-dom",
]
STEPS = ("fix encoding", "strip chrome", "detect language", "find near-duplicates", "write corpus")
RUN_FLOW = "import sys; from corpus import cleanse_corpus as f; print(f(sys.argv[1], sys.argv[2], cluster=sys.argv[3] or None).digest)"


# -- processes --------------------------------------------------------------------------------------------------------


def children(pid):
    """The processes that a process started, and those that they started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
    found, wanted = [], [pid]
    while wanted:
        wanted = [child for child, parent in parents.items() if parent in wanted]
        found += wanted
    return found


def end(process, how=signal.SIGKILL):
    """End a process that we started, and all that it started."""
    for pid in [process.pid, *children(process.pid)]:
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            continue
    process.wait(PATIENCE)


def until(true, what):
    """Wait until something holds."""
    started = time.monotonic()
    while not (value := true()):
        if time.monotonic() - started > PATIENCE:
            pytest.fail(f"waited {PATIENCE} s for {what}")
        time.sleep(0.05)
    return value


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# -- what the tests share ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """Small pages in several segments: chrome to strip, near-duplicates to find."""
    folder = tmp_path_factory.mktemp("pages")
    dice = random.Random(3)
    words = [
        "la",
        "ferme",
        "du",
        "vieux",
        "moulin",
        "au",
        "bord",
        "de",
        "la",
        "route",
        "vers",
        "le",
        "marché",
        "avec",
        "des",
        "pommes",
        "et",
        "une",
        "longue",
        "histoire",
    ]
    bodies = [" ".join(dice.choices(words, k=60)) + "." for _ in range(300)]
    for n in range(PAGES):
        body = bodies[n % len(bodies)] + (" Encore." if n >= len(bodies) else "")
        (folder / f"page-{n:03d}.txt").write_text(f"{body}\n\nLaisser un commentaire\n\nVotre adresse e-mail\n")
    return folder


@pytest.fixture(scope="session")
def expected(pages, tmp_path_factory):
    """The digest that the command line's function comes to."""
    return cleanse.run(pages, tmp_path_factory.mktemp("expected") / "out").digest


@pytest.fixture(scope="session")
def project(tmp_path_factory, pages):
    """What the project's folder holds for Prefect, as a copy, so that runs from it write nothing here."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("prefect.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "flows", folder / "flows", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "pages").symlink_to(pages)
    return folder


@pytest.fixture(scope="session")
def surroundings(tmp_path_factory, project):
    """Environment of all that is started here: no telemetry, no server yet, nothing of the user's own Prefect."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return kept | {
        "PREFECT_HOME": str(tmp_path_factory.mktemp("home")),
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": str(PATIENCE),  # of a server that a flow starts for itself
        "PWD": str(project),  # which prefect.yaml asks for
        "NO_COLOR": "1",
        "COLUMNS": "200",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(project / "flows")]),
    }


@pytest.fixture(scope="session")
def start(project, tmp_path_factory):
    """Start a process in the project's folder; all end with the session."""
    logs, running = tmp_path_factory.mktemp("logs"), []

    def launch(environment, *command):
        log = logs / f"{len(running)}.log"
        with log.open("w") as file:
            process = subprocess.Popen(command, cwd=project, env=environment, stdout=file, stderr=file)
        running.append(process)
        process.log = log
        return process

    yield launch
    for process in reversed(running):
        end(process)


@pytest.fixture(scope="session")
def call(project):
    """Run a command in the project's folder to its end."""

    def run(environment, *command):
        return subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, timeout=2 * PATIENCE, check=False
        )

    return run


def prefect(*arguments):
    return (sys.executable, "-m", "prefect", *arguments)


def serve(start, environment):
    """Start a Prefect server on the port that the environment names, and wait until it answers."""
    api = environment["PREFECT_API_URL"]
    port = api.split(":")[2].removesuffix("/api")
    process = start(environment, *prefect("server", "start", "--host", "127.0.0.1", "--port", port))

    def answers():
        if process.poll() is not None:
            pytest.fail(f"the server ended: {process.log.read_text()[-2000:]}")
        try:
            return urllib.request.urlopen(f"{api}/health", timeout=2).read() == b"true"
        except OSError:
            return False

    until(answers, "the server to answer")
    return process


@pytest.fixture(scope="session")
def server(surroundings, start):
    """A Prefect server; gives the environment that knows its address."""
    known = surroundings | {"PREFECT_API_URL": f"http://127.0.0.1:{free_port()}/api"}  # its pages ask there, too
    serve(start, known)
    return known


@pytest.fixture(scope="session")
def ask(server):
    """Ask the server what it has."""

    def post(path, **body):
        request = urllib.request.Request(
            f"{server['PREFECT_API_URL']}/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        return json.loads(urllib.request.urlopen(request, timeout=PATIENCE).read())

    return post


@pytest.fixture(scope="session")
def deployed(server, call):
    """The deployment, made as docs/guides/flow.md says; gives the server's environment."""
    for command in (("work-pool", "create", "cleanse", "--type", "process"), ("deploy", "--all")):
        done = call(server, *prefect("--no-prompt", *command))
        assert done.returncode == 0, done.stdout + done.stderr
    return server


@pytest.fixture(scope="session")
def workers(deployed, start):
    """The worker that serves the pool, in a list, so that a test that kills it can put another there."""

    def another():
        return start(deployed, *prefect("worker", "start", "--pool", "cleanse"))

    return [another(), another]


def deployment_run(call, environment, name, output, *more):
    parameters = ("-p", "input=pages", "-p", f"output={output}")
    return call(environment, *prefect("deployment", "run", name, *parameters, *more))


def digest_of(folder):
    return json.loads((folder / "manifest.json").read_text())["digest"]


def cached(folder):
    """The cached results, each with what changes when it is written again."""
    return {path: path.stat().st_mtime_ns for path in (folder / ".cleanse").glob("*/*.json")}


# -- a deployment -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def finished(workers, deployed, call, project):
    """The user's own command, followed to its end."""
    return deployment_run(call, deployed, "cleanse", "out", "--watch")


def test_the_users_own_command_runs_to_the_digest_of_the_command_line(finished, project, expected):
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "Flow run finished successfully" in finished.stdout
    assert digest_of(project / "out") == expected
    assert not list((project / "out" / ".cleanse").glob("handover*"))


def test_the_run_shows_the_steps_by_name_and_in_order(finished, ask):
    (run,) = ask("flow_runs/filter", flow_runs={"name": {"any_": ["pages to out"]}})
    tasks = ask("task_runs/filter", flow_runs={"id": {"any_": [run["id"]]}}, limit=200)
    began = {}
    for one in sorted(tasks, key=lambda one: one["start_time"]):
        assert one["state_type"] == "COMPLETED"
        began.setdefault(one["name"].partition(":")[0].partition(" of ")[0].rstrip(" 0123456789"), one["start_time"])
    assert tuple(name for name in began if name in STEPS) == STEPS
    assert {"fix encoding 3 of 3", "write corpus 1 of 1"} <= {one["name"] for one in tasks}
    links = [parent for one in tasks for inputs in one["task_inputs"].values() for parent in inputs]
    assert len(links) >= len(tasks)  # every step after the first stands on an earlier one


def test_the_run_leaves_a_progress_bar_a_summary_a_table_of_clusters_and_our_own_log_lines(finished, ask):
    (run,) = ask("flow_runs/filter", flow_runs={"name": {"any_": ["pages to out"]}})
    artifacts = {one["key"]: one for one in ask("artifacts/filter", flow_runs={"id": {"any_": [run["id"]]}})}
    assert artifacts["cleanse-progress"]["data"] == 100
    assert "of 450 documents kept" in artifacts["cleanse-summary"]["data"]
    assert json.loads(artifacts["cleanse-clusters"]["data"])[0]["kept"].startswith("page-")
    lines = logged(ask, run)
    assert any(line["name"] == "cleanse.flow" and "3 segments" in line["message"] for line in lines)


def logged(ask, run):
    """What `cleanse` logged in a run, in order."""
    lines = ask("logs/filter", logs={"flow_run_id": {"any_": [run["id"]]}}, limit=200, sort="TIMESTAMP_ASC")
    return [line for line in lines if line["name"].partition(".")[0] == "cleanse"]


def test_what_worker_processes_log_stands_in_the_log_of_their_task_once(finished, ask):
    (run,) = ask("flow_runs/filter", flow_runs={"name": {"any_": ["pages to out"]}})
    tasks = {
        one["id"]: one["name"] for one in ask("task_runs/filter", flow_runs={"id": {"any_": [run["id"]]}}, limit=200)
    }
    lines = logged(ask, run)
    read = [line for line in lines if line["name"] == "cleanse.read"]
    assert sorted(line["message"].split(" documents")[0].split(": ")[1] for line in read) == ["200", "200", "50"]
    assert {tasks[line["task_run_id"]].rstrip(" 0123456789").removesuffix(" of") for line in read} <= {
        f"fix encoding {n}" for n in (1, 2, 3)
    }
    for stage in ("chrome", "language", "sign"):
        assert sum(line["name"] == f"cleanse.{stage}" for line in lines) == 3, stage
    assert any(
        line["name"] == "cleanse.pipeline.closing" and "documents kept; digest" in line["message"] for line in lines
    )


def test_a_browser_shows_the_summary(finished, ask, server, tmp_path):
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    (summary,) = ask("artifacts/filter", artifacts={"key": {"any_": ["cleanse-summary"]}}, limit=1)
    page = f"{server['PREFECT_API_URL'].removesuffix('/api')}/artifacts/artifact/{summary['id']}"
    command = [browser, *BROWSER_FLAGS, f"--user-data-dir={tmp_path}", page]
    for _ in range(3):  # a busy machine may show the page before the server has answered it
        shown = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False).stdout
        if "of 450 documents kept" in shown:
            break
    assert "of 450 documents kept" in shown
    assert "report.html" in shown


def test_a_bare_name_that_no_deployment_has_is_not_found(deployed, call):
    done = call(deployed, *prefect("deployment", "run", "nothing-of-the-kind"))
    assert done.returncode == 1
    assert "not found" in done.stdout + done.stderr


def test_a_run_whose_worker_was_killed_is_taken_up_by_the_next_and_ends_with_the_same_digest(
    finished, workers, deployed, call, project, expected
):
    output = project / "killed"
    begun = deployment_run(call, deployed, "cleanse/cleanse", "killed")  # the long spelling, which is Prefect's own
    assert begun.returncode == 0, begun.stdout + begun.stderr
    until(lambda: len(cached(output)) >= 2, "two cached results")
    end(workers[0])
    before = cached(output)
    assert not (output / "manifest.json").exists()
    workers[0] = workers[1]()
    again = deployment_run(call, deployed, "cleanse", "killed", "--watch")
    assert again.returncode == 0, again.stdout + again.stderr
    after = cached(output)
    assert digest_of(output) == expected
    assert all(after[path] == before[path] for path in before)  # what was done was not done again
    assert len(after) > len(before)


def test_a_run_whose_server_was_stopped_is_taken_up_when_there_is_one_again(
    surroundings, start, project, pages, expected, tmp_path
):
    environment = surroundings | {
        "PREFECT_API_URL": f"http://127.0.0.1:{free_port()}/api",
        "PREFECT_HOME": str(tmp_path / "home"),
    }
    output = project / "stopped"
    command = (sys.executable, "-c", RUN_FLOW, str(pages), str(output), "")
    first = serve(start, environment)
    flow = start(environment, *command)
    until(lambda: len(cached(output)) >= 2 or flow.poll() is not None, "two cached results")
    end(first)
    until(lambda: "onnect" in flow.log.read_text() or flow.poll() is not None, "the flow to miss its server")
    end(flow)  # it would end by itself, after Prefect's own tries
    before = cached(output)
    assert not (output / "manifest.json").exists()
    serve(start, environment)
    again = start(environment, *command)
    assert again.wait(PATIENCE) == 0, again.log.read_text()[-3000:]
    after = cached(output)
    assert digest_of(output) == expected
    assert all(after[path] == before[path] for path in before)


# -- without a deployment ---------------------------------------------------------------------------------------------


def test_without_a_server_the_flow_starts_one_of_its_own(surroundings, call, project, tmp_path):
    (tmp_path / "one.txt").write_text("Une seule page, mais une page tout de même.\n")
    done = call(surroundings, sys.executable, "-c", RUN_FLOW, str(tmp_path), str(project / "alone"), "")
    assert done.returncode == 0, done.stdout + done.stderr
    assert digest_of(project / "alone") in done.stdout


def test_the_lines_of_sites_that_lie_in_several_batches_are_learned(server, call, project, tmp_path):
    pages = write_crawl(tmp_path / "sites", crawl_pages())
    with pytest.MonkeyPatch.context() as small:
        small.setattr("cleanse.pipeline.chunks.SEGMENT_BYTES", 1)
        told = cleanse.run(pages, tmp_path / "out").digest
    small_segments = "from cleanse.pipeline import chunks; chunks.SEGMENT_BYTES = 1; "
    done = call(server, sys.executable, "-c", small_segments + RUN_FLOW, str(pages), str(project / "sites"), "")
    assert done.returncode == 0, done.stdout + done.stderr
    assert digest_of(project / "sites") == told
    manifest = json.loads((project / "sites" / "manifest.json").read_text())
    assert manifest["site_lines"]["sites"] == 2


def test_on_a_dask_cluster_that_loses_a_worker_the_digest_is_the_same(
    server, start, project, pages, expected, ask, tmp_path
):
    pytest.importorskip("prefect_dask", reason="needs Prefect's runner for Dask: pip install 'cleanse-corpus[dask]'")
    known, here = tmp_path / "scheduler.json", ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
    environment = server | {"PYTHONPATH": str(ROOT / "src")}  # workers have the package, not the flow's file
    start(environment, *dask_command("scheduler"), *here, "--port", "0", "--scheduler-file", str(known))
    until(known.exists, "the scheduler")
    crew = [
        start(
            environment, *dask_command("worker"), *here, "--nthreads", "1", "--no-nanny", "--name", str(n),
            "--scheduler-file", str(known), "--local-directory", str(tmp_path / str(n)),
        )
        for n in range(2)
    ]  # fmt: skip
    until(lambda: all("Registered to" in one.log.read_text() for one in crew), "two workers")
    address = json.loads(known.read_text())["address"]
    output = project / "spread"
    flow = start(server, sys.executable, "-c", RUN_FLOW, str(pages), str(output), address)
    until(lambda: cached(output) or flow.poll() is not None, "a cached result")
    end(crew[0])
    assert flow.wait(PATIENCE) == 0, flow.log.read_text()[-3000:]
    assert digest_of(output) == expected
    (run,) = ask("flow_runs/filter", flow_runs={"name": {"any_": [f"{pages} to {output}"]}})
    said = until(lambda: [line["name"] for line in logged(ask, run) if line["task_run_id"]], "log lines of tasks")
    assert "cleanse.sign" in said


def dask_command(name):
    return (sys.executable, "-m", "dask", name)
