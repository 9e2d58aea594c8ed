"""Object stores and the web: read as files are, written so that a corpus is there whole or not at all.

A real S3 server runs in this process, on the loopback; nothing else is reached.
"""

import hashlib
import http.server
import io
import json
import threading
import urllib.request
import zipfile
from pathlib import Path

import pytest

from cleanse import Config, inputs, remote, run
from cleanse.errors import OutputError, SourceError
from cleanse.inputs import Fields, read_stream
from cleanse.remote import publishing, remote_files, urls

obstore = pytest.importorskip("obstore")
moto = pytest.importorskip("moto.server")


@pytest.fixture(scope="module")
def s3(request):
    """Address of an empty bucket, and the server's own address."""
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    patch = pytest.MonkeyPatch()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests", "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ALLOW_HTTP": "true",
    }.items():  # fmt: skip
        patch.setenv(name, value)
    yield f"http://{host}:{port}"
    patch.undo()
    server.stop()


@pytest.fixture
def bucket(s3, request):
    name = "b" + hashlib.sha256(request.node.name.encode()).hexdigest()[:20]
    urllib.request.urlopen(urllib.request.Request(f"{s3}/{name}", method="PUT")).read()  # noqa: S310
    return f"s3://{name}"


def put(url, content):
    store, path = urls.open_store(url, SourceError)
    obstore.put(store, path, content)


def names(url):
    store, prefix = urls.open_store(url, SourceError)
    return sorted(entry["path"] for batch in obstore.list(store, prefix or None) for entry in batch)


def get(url):
    with remote.open_input(url) as file:
        return file.read()


def make_output(folder, text, parts=2):
    """A finished output folder, as a run leaves it."""
    for table in ("corpus", "documents"):
        (folder / table).mkdir(parents=True)
        for n in range(parts):
            (folder / table / f"part-{n:05}.parquet").write_bytes(f"{table} {n} {text}".encode())
    tables = {
        table: {"files": [f"{table}/part-{n:05}.parquet" for n in range(parts)]} for table in ("corpus", "documents")
    }
    (folder / "manifest.json").write_text(json.dumps({"cleanse": "1", "digest": text, "tables": tables}))
    (folder / "README.md").write_text(f"card {text}")
    (folder / ".cleanse").mkdir()
    (folder / ".cleanse" / "cached.parquet").write_bytes(b"cache")
    return folder


def check_whole(url):
    """The manifest names exactly what is there, and every object is what it says. Returns the digest of the corpus."""
    manifest = json.loads(get(f"{url}/manifest.json"))
    for name, facts in manifest["objects"].items():
        content = get(f"{url}/{name}")
        assert (len(content), hashlib.sha256(content).hexdigest()) == (facts["bytes"], facts["sha256"])
    files = {name for table in manifest["tables"].values() for name in table["files"]}
    assert files <= set(manifest["objects"])
    return manifest["digest"]


@pytest.mark.parametrize("name", ["s3://b/x", "GS://b", "https://a.example/x.zip", "hf://datasets/a/b"])
def test_addresses_are_told_from_paths(name):
    assert remote.is_url(name)


@pytest.mark.parametrize("name", ["folder", "C:\\texts", "C:/texts", "/s3:/b", "a/b://c", "s3:"])
def test_paths_are_no_addresses(name):
    assert not remote.is_url(name)


def test_files_below_an_address_are_listed_in_order_and_read(bucket):
    for name in ("in/b/2.txt", "in/a.txt", "in/.hidden/x.txt", "other/c.txt"):
        put(f"{bucket}/{name}", name.encode())
    files = remote.list_files(f"{bucket}/in")
    assert [(file.name, file.size) for file in files] == [("a.txt", 8), ("b/2.txt", 10)]
    assert [get(file.url) for file in files] == [b"in/a.txt", b"in/b/2.txt"]
    assert remote.list_files(f"{bucket}/in/") == files
    assert [file.name for file in remote.list_files(f"{bucket}/in/a.txt")] == ["a.txt"]


def test_a_changed_object_has_another_version(bucket):
    put(f"{bucket}/a.txt", b"1")
    (before,) = remote.list_files(bucket)
    put(f"{bucket}/a.txt", b"2")
    (after,) = remote.list_files(bucket)
    assert before.version != after.version


def test_an_archive_in_a_store_is_read_without_a_copy_of_it(bucket):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "bonjour")
        archive.writestr("large.bin", bytes(20 << 20))
    put(f"{bucket}/a.zip", out.getvalue())
    with remote.open_input(f"{bucket}/a.zip") as file:
        assert file.seekable()
        assert [r.raw for r in read_stream("a.zip", file, Fields()) if not r.reason] == [b"bonjour"]


@pytest.mark.parametrize("url", ["s3://no-such-bucket-anywhere/x", "{bucket}/nothing/here"])
def test_a_missing_input_is_one_clear_line(s3, bucket, url):
    with pytest.raises(SourceError) as caught:
        remote.list_files(url.format(bucket=bucket))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://a.example/x", "foo://bar"])
def test_an_unknown_scheme_names_the_known_ones(url):
    with pytest.raises(SourceError, match="s3://"):
        remote.list_files(url)
    with pytest.raises(SourceError, match="s3://"):
        remote.open_input(url)
    with pytest.raises(OutputError, match="s3://"):
        remote.claim(url)


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "obstore.store", None)
    for call, error in ((remote.list_files, SourceError), (remote.claim, OutputError)):
        with pytest.raises(error, match=r"pip install 'cleanse-corpus\[remote\]'"):
            call("s3://bucket/x")


@pytest.mark.parametrize(
    ("url", "store", "path"),
    [
        ("s3://bucket/a/b", "s3://bucket", "a/b"),
        ("GS://bucket/a/", "gs://bucket", "a"),
        ("gcs://bucket", "gs://bucket", ""),
        ("az://container/a", "az://container", "a"),
        ("abfss://container@account.dfs.core.windows.net/a", "abfss://container@account.dfs.core.windows.net", "a"),
    ],
)
def test_an_address_names_the_store_and_the_path_in_it(monkeypatch, url, store, path):
    monkeypatch.setattr("obstore.store.from_url", lambda address: address)
    assert urls.open_store(url, SourceError) == (store, path)


@pytest.mark.parametrize(
    ("url", "words", "variable"),
    [
        ("s3://bucket/x", "Error performing PUT http://169.254.169.254/latest/api/token", "AWS_ACCESS_KEY_ID"),
        ("gs://bucket/x", "GET http://metadata.google.internal/computeMetadata", "GOOGLE_APPLICATION_CREDENTIALS"),
        ("az://container/x", "Account must be specified", "AZURE_STORAGE_ACCOUNT_NAME"),
    ],
)
def test_without_credentials_one_line_names_the_variables(monkeypatch, url, words, variable):
    def fail(*_, **__):
        raise OSError(words)

    monkeypatch.setattr("obstore.store.from_url", lambda address: address)
    monkeypatch.setattr("obstore.list", fail)
    for call, error in ((remote.list_files, SourceError), (remote.claim, OutputError)):
        with pytest.raises(error, match=variable) as caught:
            call(url)
        assert "\n" not in str(caught.value)


def test_an_output_is_published_whole_and_its_cache_is_not(bucket, tmp_path):
    folder = make_output(tmp_path / "o", "one")
    assert len(remote.publish(folder, remote.claim(f"{bucket}/out"))) == 4
    assert check_whole(f"{bucket}/out") == "one"
    assert names(bucket) == [
        "out/README.md", "out/corpus/part-00000.parquet", "out/corpus/part-00001.parquet",
        "out/documents/part-00000.parquet", "out/documents/part-00001.parquet", "out/manifest.json",
    ]  # fmt: skip


def test_a_second_run_replaces_the_first_and_leaves_nothing_of_it(bucket, tmp_path):
    url = f"{bucket}/out"
    remote.publish(make_output(tmp_path / "1", "one", parts=3), remote.claim(url))
    remote.publish(make_output(tmp_path / "2", "two"), remote.claim(url))
    assert check_whole(url) == "two"
    manifest = json.loads(get(f"{url}/manifest.json"))
    assert len(names(bucket)) == len(manifest["objects"]) + 2
    remote.publish(make_output(tmp_path / "3", "two"), remote.claim(url))
    assert check_whole(url) == "two"


@pytest.mark.parametrize("failing", range(1, 7))
def test_a_run_that_fails_at_any_put_leaves_the_old_corpus_whole_and_resumes(bucket, tmp_path, monkeypatch, failing):
    url = f"{bucket}/out"
    remote.publish(make_output(tmp_path / "1", "one"), remote.claim(url))
    real, calls = obstore.put, []

    def put_or_fail(*args, **kwargs):
        calls.append(args[1])
        if len(calls) == failing:
            raise OSError("the network is gone")
        return real(*args, **kwargs)

    folder = make_output(tmp_path / "2", "two")
    claimed = remote.claim(url)
    with monkeypatch.context() as patch:
        patch.setattr(obstore, "put", put_or_fail)
        with pytest.raises(OutputError, match="the network is gone"):
            remote.publish(folder, claimed)
    assert check_whole(url) == "one"
    sent = []
    monkeypatch.setattr(obstore, "put", lambda *args, **kwargs: (sent.append(args[1]), real(*args, **kwargs))[1])
    remote.publish(folder, remote.claim(url))
    assert check_whole(url) == "two"
    assert len([key for key in sent if "part-" in key]) == max(0, 5 - failing)  # what was sent is not sent again


@pytest.mark.parametrize("first", [True, False])
def test_of_two_runs_at_the_same_time_one_fails_and_the_other_is_whole(bucket, tmp_path, first):
    url = f"{bucket}/out"
    if not first:
        remote.publish(make_output(tmp_path / "0", "zero"), remote.claim(url))
    one, two = remote.claim(url), remote.claim(url)
    remote.publish(make_output(tmp_path / "1", "one"), one)
    with pytest.raises(OutputError, match="another run has written"):
        remote.publish(make_output(tmp_path / "2", "two"), two)
    assert check_whole(url) == "one"
    assert len(names(bucket)) == 6


def test_a_run_that_loses_in_the_last_moment_removes_only_its_own(bucket, tmp_path, monkeypatch):
    url = f"{bucket}/out"
    one, two = remote.claim(url), remote.claim(url)
    real = publishing._put_manifest

    def late(*args):
        monkeypatch.setattr(publishing, "_put_manifest", real)
        remote.publish(make_output(tmp_path / "1", "one"), one)
        real(*args)

    monkeypatch.setattr(publishing, "_put_manifest", late)
    with pytest.raises(OutputError, match="another run has written"):
        remote.publish(make_output(tmp_path / "2", "two"), two)
    assert check_whole(url) == "one"
    assert len(names(bucket)) == 6


@pytest.mark.parametrize("name", ["manifest.json", "README.md", "report.html"])
@pytest.mark.parametrize("content", [b"{}", b"mine", b"[1]"])
def test_foreign_files_are_never_overwritten(bucket, name, content):
    put(f"{bucket}/out/{name}", content)
    with pytest.raises(OutputError, match=f"out/{name} was not written by cleanse"):
        remote.claim(f"{bucket}/out")


def test_foreign_parts_are_left_alone(bucket, tmp_path):
    put(f"{bucket}/out/corpus/part-00000.parquet", b"mine")
    remote.publish(make_output(tmp_path / "1", "one"), remote.claim(f"{bucket}/out"))
    assert get(f"{bucket}/out/corpus/part-00000.parquet") == b"mine"
    assert check_whole(f"{bucket}/out") == "one"


def test_an_output_that_cannot_be_reached_is_one_clear_line(s3):
    with pytest.raises(OutputError) as caught:
        remote.claim("s3://no-such-bucket-anywhere/out")
    assert "no-such-bucket-anywhere" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_local_folder_of_an_address_is_always_the_same(tmp_path):
    assert remote.staging_folder("s3://b/out", tmp_path) == remote.staging_folder("s3://b/out/", tmp_path)
    assert remote.staging_folder("s3://b/out", tmp_path) != remote.staging_folder("s3://b/other", tmp_path)


class Flaky(http.server.BaseHTTPRequestHandler):
    """A server of one file that breaks each connection after some bytes."""

    content = bytes(range(256)) * 4000
    breaks_after = 300_000
    ranges = True

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.send_header("ETag", '"1"')
        self.end_headers()

    def do_GET(self):
        begin = int(self.headers.get("Range", "bytes=0-")[6:-1]) if self.ranges else 0
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(self.content) - begin))
        self.send_header("ETag", '"1"')
        self.end_headers()
        self.wfile.write(self.content[begin : begin + self.breaks_after])

    def log_message(self, *args):
        pass


@pytest.fixture
def web():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Flaky)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/dump/pages.bin?key=1"
    server.shutdown()


def test_a_connection_that_breaks_goes_on_where_it_broke(web):
    (file,) = remote.list_files(web)
    assert (file.name, file.size) == ("pages.bin", len(Flaky.content))
    assert get(file.url) == Flaky.content


def test_a_connection_that_cannot_go_on_is_an_error_and_no_short_file(web, monkeypatch):
    monkeypatch.setattr(Flaky, "ranges", False)
    with pytest.raises(OSError, match="cannot go on"):
        get(web)
    monkeypatch.setattr(Flaky, "ranges", True)
    monkeypatch.setattr(Flaky, "breaks_after", 1000)
    with pytest.raises(OSError, match="early"):
        get(web)


def test_a_page_that_is_not_there_is_one_clear_line(web):
    with pytest.raises(SourceError, match="cannot be read"):
        remote.list_files("http://127.0.0.1:1/x")


def test_a_hub_folder_is_listed_by_fsspec(monkeypatch):
    class Hub:
        def find(self, url, detail):  # noqa: ARG002  fsspec's call
            return {
                "datasets/a/b/data/1.txt": {"type": "file", "size": 3, "blob_id": "x"},
                "datasets/a/b/.gitattributes": {"type": "file", "size": 3},
            }

        def open(self, url, mode):  # noqa: ARG002  fsspec's call
            return io.BytesIO(url.encode())

    monkeypatch.setattr(remote_files, "_hub", Hub)
    (file,) = remote.list_files("hf://datasets/a/b")
    assert (file.name, file.version, get(file.url)) == ("data/1.txt", "x", b"hf://datasets/a/b/data/1.txt")


TEXT = "Le bac numéro {n} a repris sa ligne mardi matin, après {n} semaines au sec. Le prix du passage ne change pas cette année."


def test_a_run_reads_a_store_and_writes_one_and_a_second_run_changes_nothing(bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for n in range(1, 6):
        put(f"{bucket}/in/{n}.txt", TEXT.format(n=n).encode())
    put(f"{bucket}/in/more.jsonl", json.dumps({"text": TEXT.format(n=77)}).encode() + b"\n")
    put(f"{bucket}/in/unknown.bin", b"\x00")
    config = Config(workers=1)
    report = run(f"{bucket}/in", f"{bucket}/out", config)
    assert report.counts["read"] == 7
    assert check_whole(f"{bucket}/out") == report.digest
    before = names(bucket)
    assert run(f"{bucket}/in", f"{bucket}/out", config).digest == report.digest
    assert names(bucket) == before


def test_a_run_on_local_files_has_the_digest_of_one_on_a_store(bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "in").mkdir()
    for n in range(1, 4):
        put(f"{bucket}/in/{n}.txt", TEXT.format(n=n).encode())
        (tmp_path / "in" / f"{n}.txt").write_text(TEXT.format(n=n), encoding="utf-8")
    local = run(tmp_path / "in", tmp_path / "out", Config(workers=1))
    assert run(f"{bucket}/in", tmp_path / "out2", Config(workers=1)).digest == local.digest
    assert run(tmp_path / "in", f"{bucket}/out", Config(workers=1)).digest == local.digest


def test_an_object_that_cannot_be_read_is_a_row_that_another_run_tries_again(bucket, tmp_path, monkeypatch):
    put(f"{bucket}/in/1.txt", TEXT.format(n=1).encode())
    put(f"{bucket}/in/2.txt", TEXT.format(n=2).encode())
    real = obstore.open_reader

    def open_or_fail(store, path, **options):
        if path.endswith("2.txt"):
            raise RuntimeError("no answer\nand much more")
        return real(store, path, **options)

    monkeypatch.setattr(obstore, "open_reader", open_or_fail)
    sources = inputs.list_sources(Path(f"{bucket}/in")).sources
    found = [r for source in sources for piece in inputs.cut(source) for r in inputs.read(piece, Fields())]
    assert [r.reason and (r.reason.rule, r.reason.evidence) for r in found] == [None, ("unreadable", "no answer")]


@pytest.mark.parametrize("place", ["foo://bar/x", "s3://no-such-bucket-anywhere/x"])
def test_a_run_with_an_address_that_cannot_be_used_is_one_clear_line(s3, tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(SourceError) as source:
        run(place, tmp_path / "out")
    with pytest.raises(OutputError) as output:
        run(tmp_path / "a.txt", place)
    assert "\n" not in f"{source.value}{output.value}"
    assert not [path for path in tmp_path.iterdir() if ":" in path.name]
