#!/usr/bin/env python3
"""Runs the container image where there is no container engine, as an engine would: its own root and process namespace,
the image's user, its entry point as process 1.

  try_image.py [ROOT]     as root; ROOT: what ../shared/tools/build-image or `docker export` left

Shows that an event is stored, that HEALTHCHECK and PORT work, that SIGTERM ends it with 0, the image's size, and the
time from its start to the first 200.
"""
import http.client, json, os, pathlib, re, shutil, signal, socket, statistics, subprocess, sys, tempfile, time

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else f"{tempfile.gettempdir()}/real-streaming-image")
DOCKERFILE = (pathlib.Path(__file__).resolve().parent.parent / "Dockerfile").read_text()
USER = re.search(r"^USER (\d+):(\d+)$", DOCKERFILE, re.M)
FOLDER = re.search(r"^WORKDIR (/var\S+)$", DOCKERFILE, re.M)[1]
PROGRAM = json.loads(re.search(r"^ENTRYPOINT (\[.*\])$", DOCKERFILE, re.M)[1])
ENVIRONMENT = dict(pair.split("=") for pair in re.search(r"^ENV (ENVIRONMENT=.*)$", DOCKERFILE, re.M)[1].split())
SIZE_MAX, START_MAX, STARTS = 150e6, 0.150, 7


def popen(*words, **environment):
    """The image's program in a new mount and process namespace, under chroot, as the image's user."""
    settings = {name: str(value) for name, value in {**ENVIRONMENT, **environment}.items()}
    return subprocess.Popen(
        [shutil.which("unshare"), "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc", f"--root={ROOT}",
         f"--wd={FOLDER}", f"--setuid={USER[1]}", f"--setgid={USER[2]}", *PROGRAM, *words],
        env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def run(*words, **environment):
    """Exit code and output."""
    process = popen(*words, **environment)
    output = process.communicate()[0].decode()
    return process.returncode, output


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path, body)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


class Server:
    """The image's entry point as process 1 of its namespace."""

    def __init__(self, **environment):
        self.port = free_port()
        begun = time.monotonic()
        self.process = popen("serve", PORT=self.port, **environment)
        while True:
            try:
                if ask(self.port, "GET", "/healthz")[0] == 200:
                    break
            except OSError:
                assert self.process.poll() is None, self.process.stdout.read().decode()
            assert time.monotonic() < begun + 20, "it does not answer"
            time.sleep(0.001)
        self.start_seconds = time.monotonic() - begun
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        self.inside = int(children.split()[0])

    def users(self):
        return re.search(r"^Uid:\s+(.*)$", pathlib.Path(f"/proc/{self.inside}/status").read_text(), re.M)[1].split()

    def stop(self):
        os.kill(self.inside, signal.SIGTERM)
        output = self.process.communicate(timeout=12)[0].decode()
        assert self.process.returncode == 0, f"SIGTERM ends it with {self.process.returncode}: {output}"


def check_event():
    server = Server()
    assert set(server.users()) == {USER[1]}, f"it runs as {server.users()}"
    status, body = ask(server.port, "POST", "/api/v1/streaming/1", '{"event_name":"in_the_image","user_id":"u1"}')
    assert (status, body) == (200, '{"status":"ok"}'), (status, body)
    health = run("healthcheck", PORT=server.port)
    assert health == (0, '{"status":"ok"}\n'), health
    server.stop()
    assert run("healthcheck", PORT=server.port)[0] == 1, "healthcheck finds a server that has gone"

    rows = run("query", "--format=json", "SELECT event_name, user_id FROM events")[1]
    assert json.loads(rows) == [{"event_name": "in_the_image", "user_id": "u1"}], rows
    print("an event is stored, as the user", USER[1], "and SIGTERM ends it with 0")


def size():
    return sum(path.lstat().st_size for path in ROOT.rglob("*") if not path.is_dir() or path.is_symlink())


def main():
    assert os.geteuid() == 0, "root is needed for chroot"
    (ROOT / "proc").mkdir(exist_ok=True)
    shells = [name for name in ("sh", "bash", "dash", "busybox") for folder in ("bin", "usr/bin")
              if (ROOT / folder / name).exists()]
    assert not shells, f"the image has {shells}"
    megabytes = size() / 1e6
    print(f"size: {megabytes:.1f} MB, limit {SIZE_MAX / 1e6:.0f}")
    try:
        check_event()
        times = {}
        for strategy in ("local", "discard"):
            starts = []
            for _ in range(STARTS):
                server = Server(WRITERS__STRATEGY=strategy)
                starts.append(server.start_seconds)
                server.stop()
            times[strategy] = statistics.median(starts)
            print(f"start to the first 200, {strategy}: {1000 * times[strategy]:.0f} ms, median of {STARTS}, "
                  f"{1000 * min(starts):.0f} to {1000 * max(starts):.0f}; limit {1000 * START_MAX:.0f}")
    finally:
        for path in (ROOT / FOLDER.lstrip("/")).iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    sys.exit(megabytes * 1e6 > SIZE_MAX or max(times.values()) > START_MAX)


if __name__ == "__main__":
    main()
