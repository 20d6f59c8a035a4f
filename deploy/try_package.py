#!/usr/bin/env python3
"""Installs the Debian package in a fresh Debian 12 and lives through its life: serve, outage, upgrade, removal, purge.

  try_package.py PACKAGE.deb [KEEP]     as root, with debootstrap; KEEP: folder of the bare system, kept for the next time

The system is a debootstrapped minbase bookworm, so that whatever the package needs and does not declare is missing.
There is no systemd in it: this script starts the service's command as systemd would, with a user of its own, the state
folder and a notification socket.
"""
import http.client, json, os, pathlib, re, shutil, signal, socket, subprocess, sys, tempfile, time

UNIT = "usr/lib/systemd/system/real-streaming.service"
SETTINGS = "etc/real-streaming/real-streaming.env"
STATE = "var/lib/private/real-streaming"
USER = 61184  # The first of those that systemd gives to DynamicUser=yes.
EVENTS = 25


class System:
    """A Debian 12 under chroot."""

    def __init__(self, bare, root):
        self.root = root
        if not bare.exists():
            subprocess.run(["debootstrap", "--variant=minbase", "bookworm", f"{bare}.part", "http://deb.debian.org/debian"],
                           check=True, stdout=subprocess.DEVNULL)
            os.rename(f"{bare}.part", bare)
        subprocess.run(["cp", "-a", "--reflink=auto", bare, root], check=True)

    def path(self, name):
        return self.root / name

    def run(self, *words, check=True):
        done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--mount-proc", f"--root={self.root}", *words],
                              capture_output=True, text=True,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"})
        assert done.returncode == 0 or not check, f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def install(self, package):
        shutil.copy(package, self.path("tmp/package.deb"))
        self.run("apt-get", "install", "-y", "-q", "--no-install-recommends", "/tmp/package.deb")


class Service:
    """The unit's ExecStart, as systemd runs it: Type=notify, a user of its own, its state folder."""

    def __init__(self, system, **environment):
        command = re.search(r"^ExecStart=(.*)$", system.path(UNIT).read_text(), re.M)[1].split()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = system.path("run/notify")
        path.unlink(missing_ok=True)
        self.notices.bind(str(path))
        os.chmod(path, 0o777)
        self.notices.settimeout(20)
        state = system.path(STATE)
        if not state.exists():
            state.mkdir(parents=True, mode=0o700)
            system.path("var/lib/real-streaming").symlink_to("private/real-streaming")
            os.chown(state, USER, USER)
        os.chmod(state.parent, 0o755)
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc", f"--root={system.root}",
             "--wd=/var/lib/real-streaming", f"--setuid={USER}", f"--setgid={USER}", *command],
            env={"PATH": "/usr/bin", "NOTIFY_SOCKET": "/run/notify", "PORT": str(self.port), **environment},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            notice = self.notices.recv(4096).decode()
        except TimeoutError:
            self.process.kill()
            sys.exit(f"it does not say READY=1: {self.process.communicate()[0].decode()}")
        assert notice.startswith("READY=1\n"), notice
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        self.inside = int(children.split()[0])

    def post(self, name):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", "/api/v1/streaming/1", json.dumps({"event_name": name}))
        assert connection.getresponse().status == 200

    def stop(self):
        os.kill(self.inside, signal.SIGTERM)
        output = self.process.communicate(timeout=15)[0].decode()
        assert self.process.returncode == 0, output
        assert self.notices.recv(4096).decode().startswith("STOPPING=1\n")
        self.notices.close()


def upgraded(package, folder):
    """The same package with a higher version; its contents are not what an upgrade is about."""
    tree, out = folder / "tree", folder / "upgraded.deb"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: (.*)$", r"Version: \g<1>+1", control.read_text(), flags=re.M))
    subprocess.run(["dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "-b", tree, out], check=True,
                   stdout=subprocess.DEVNULL)
    return out


def ask(system, *words):
    return system.run("/usr/bin/real-streaming", "--env-file", f"/{SETTINGS}", *words)


def spooled(system):
    """Bytes and segments that wait."""
    status = json.loads(ask(system, "spool", "status", "--format", "json"))
    return status["segments"], status["bytes"]


def live(system, package, folder):
    before = set(system.run("dpkg-query", "-W", "-f", "${Package}\n").split())
    system.run("apt-get", "update", "-q")
    system.install(package)
    after = set(system.run("dpkg-query", "-W", "-f", "${Package}\n").split())
    print(f"installed, with {len(after - before) - 1} packages that it declares")
    for word in ("real-streaming 0", "DuckDB               v1.4"):
        assert re.sub(" +", " ", word) in re.sub(" +", " ", system.run("/usr/bin/real-streaming", "version")), word
    assert system.path("usr/share/man/man1/real-streaming.1.gz").exists()
    assert system.path("usr/share/bash-completion/completions/real-streaming").exists()

    # By this machine's systemd, as the bare system has none.
    unit = folder / "real-streaming.service"
    unit.write_text(system.path(UNIT).read_text().replace("ExecStart=/", f"ExecStart={system.root}/"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "real-streaming" in line]
    assert done.returncode == 0 and not ours, done.stderr
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit], capture_output=True,
                          text=True)
    print("systemd-analyze verify: nothing;", re.search(r"Overall exposure.*?: [0-9.]+", done.stdout)[0])

    service = Service(system)
    service.post("stored")
    service.stop()
    print("the service says READY=1, stores an event, says STOPPING=1, ends with 0")

    away = {"WRITERS__STRATEGY": "direct", "WRITERS__PROJECT_ID": "demo-1", "WRITERS__BQ__DATASET_ID": "d",
            "WRITERS__BQ__TABLE_ID": "t", "BIGQUERY_EMULATOR_HOST": "127.0.0.1:9", "RUN__SHUTDOWN_SECONDS": "1",
            "BIGQUERY_STORAGE_EMULATOR_HOST": "127.0.0.1:9"}
    service = Service(system, **away)
    for _ in range(EVENTS):
        service.post("waiting")
    service.stop()
    waiting = spooled(system)
    assert waiting[0] > 0 and waiting[1] > 0, waiting

    settings = system.path(SETTINGS)
    settings.write_text(settings.read_text() + "COOKIE__MAX_AGE=3600\n")
    system.install(upgraded(package, folder))
    assert system.run("dpkg-query", "-W", "-f", "${Version}", "real-streaming").endswith("+1")
    assert settings.read_text().endswith("COOKIE__MAX_AGE=3600\n"), "the upgrade changed the settings"
    assert spooled(system) == waiting, "the upgrade changed the spool"
    service = Service(system)
    service.stop()
    rows = json.loads(ask(system, "query", "--format=json", "SELECT event_name, count(*) AS n FROM events GROUP BY ALL"))
    assert sorted((row["event_name"], int(row["n"])) for row in rows) == [("stored", 1), ("waiting", EVENTS)], rows
    print(f"an upgrade keeps the settings and the spool; the {EVENTS} events in it are stored after it")

    system.run("apt-get", "remove", "-y", "-q", "real-streaming")
    assert not system.path("usr/bin/real-streaming").exists() and settings.exists()
    assert system.path(STATE).joinpath("events.duckdb").exists(), "removal took the data"
    system.run("apt-get", "purge", "-y", "-q", "real-streaming")
    left = [name for name in (STATE, "var/lib/real-streaming", "etc/real-streaming") if os.path.lexists(system.path(name))]
    assert not left, f"purge left {left}"
    print("removal leaves data and settings, purge removes them")


def main():
    assert os.geteuid() == 0, "root is needed for chroot"
    package = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="real-streaming-try-") as name:
        folder = pathlib.Path(name)
        os.chmod(folder, 0o755)
        bare = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else folder / "bare"
        live(System(bare, folder / "root"), package, folder)


if __name__ == "__main__":
    main()
