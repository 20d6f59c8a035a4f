"""Starts a program of ours that listens on a port, and says how it fares. For bench/run and the tests."""
import os, resource, signal, socket, subprocess, tempfile, time

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]

class Server:
    """`command` gets the port by environment, and in place of an argument PORT. Ends with SIGTERM when the block is left."""

    def __init__(self, command, core=None, **settings):
        self.port = free_port()
        self.folder = tempfile.TemporaryDirectory(prefix="real-streaming-bench-")
        env = {name: value for name, value in os.environ.items() if "__" not in name and name != "PORT"}
        env.update(RUN__PORT=str(self.port), RUN__HOST="127.0.0.1", WRITERS__DATA_DIR=self.folder.name,
                   **{name: str(value) for name, value in settings.items()})
        command = [str(self.port) if word == "PORT" else word for word in command]
        if core is not None:
            command = ["taskset", "-c", str(core), *command]
        self.started = time.monotonic()
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, cwd=self.folder.name,
                                        stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        self.wait()
        return self

    def wait(self, seconds=60):
        """Until it answers 200 on /healthz; returns the seconds since it was started."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended: {self.process.stderr.read()}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as s:
                    s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    if s.recv(4096).startswith(b"HTTP/1.1 200"):
                        return time.monotonic() - self.started
            except OSError:
                time.sleep(0.0005)
        raise SystemExit("the server did not answer in time")

    def resident_megabytes(self):
        with open(f"/proc/{self.process.pid}/statm") as f:
            return int(f.read().split()[1]) * resource.getpagesize() / 1e6

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.errors = self.process.communicate(timeout=60)[1]
        self.folder.cleanup()
