"""Performs a scenario on a real nginx and writes down what came of each step."""
import functools
import pathlib
import signal
import socket
import time

from .backend import Backend
from .loop import Loop
from .server import Nginx, version

# The format's rule: no moment between fail_timeout and fail_timeout + 1 s after a failure is looked at, and these are
# the margins, in seconds, for the time that steps take.
MARGIN = 0.2
# More than that after the time-outs that were waited for, in milliseconds: the machine was too slow to tell.
SLACK = 200


VERSION = functools.cache(version)


class Ambiguous(Exception):
    """The recording would depend on the moment at which it was made."""


class Client:
    """A request on a connection of its own."""

    def __init__(self, loop: Loop, port: int, request: dict, is_held: bool) -> None:
        self.loop = loop
        self.data = b""
        self.is_over = False
        self.has_hung_up = False
        self.started = time.monotonic()
        self.elapsed = 0.0
        self.sock = socket.create_connection(("127.0.0.1", port))
        body = "body" if request["method"] in ("POST", "PUT", "PATCH") else ""
        lines = [f"{request['method']} {request['path']} HTTP/1.1", "Host: shop", "Connection: close",
                 f"X-Id: {request['id']}", f"Content-Length: {len(body)}"]
        lines += ["X-Hold: 1"] if is_held else []
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        loop.add(self.sock, self.read)

    def read(self) -> None:
        try:
            data = self.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.data += data
        if not data:
            self.elapsed = time.monotonic() - self.started
            self.is_over = True
            self.loop.drop(self.sock)

    def hang_up(self) -> None:
        self.has_hung_up = True
        self.is_over = True
        self.loop.drop(self.sock)

    def outcome(self) -> dict:
        head, _, body = self.data.partition(b"\r\n\r\n")
        result = {"status": int(head.split()[1])}
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
        if lengths and len(body) < int(lengths[0]):
            result["body"] = "truncated"
        return result


class Recorder:
    """Records one scenario; `perform` each step, then take `steps`."""

    def __init__(self, upstream: dict, folder: pathlib.Path, first_port: int) -> None:
        self.upstream = upstream
        self.loop = Loop()
        ports = {server["name"]: first_port + 1 + index for index, server in enumerate(upstream["servers"])}
        self.backends: dict[str, Backend] = {}
        self.clients: dict[str, Client] = {}
        self.reported: set[str] = set()
        self.steps: list[dict] = []
        # When nginx had something to do: (from, to).
        self.busy: list[tuple[float, float]] = []
        self.nginx = None
        try:
            self.backends = {name: Backend(self.loop, name, port) for name, port in ports.items()}
            self.nginx = Nginx(upstream, folder, first_port, ports)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self.nginx:
            self.nginx.stop()
        for backend in self.backends.values():
            backend.close()
        self.loop.close()

    # Steps

    def perform(self, step: dict) -> None:
        """Performs a step given without its outcome; one that makes no sense any more is left out."""
        start = time.monotonic()
        if "request" in step:
            self.request(step["request"])
        elif "start" in step:
            self.start(step["start"])
        elif "release" in step:
            holder = self.holder(step["release"])
            if holder is None:
                return
            self.backends[holder].release(step["release"])
            self.steps.append({"release": step["release"]})
        elif "abort" in step:
            self.abort(step["abort"])
        elif "server" in step:
            # To nginx it happens in one moment.
            self.nginx.process.send_signal(signal.SIGSTOP)
            self.backends[step["server"]].become(step["becomes"])
            self.nginx.process.send_signal(signal.SIGCONT)
            self.steps.append({"server": step["server"], "becomes": step["becomes"]})
        elif "sleep_ms" in step:
            self.loop.rest(step["sleep_ms"] / 1000)
            self.steps.append({"sleep_ms": step["sleep_ms"]})
        self.settle()
        if "server" in step and (step["becomes"] == "crashed" or self.upstream.get("keepalive")):
            # nginx has to notice that kept connections were reset.
            self.loop.rest(0.01)
        for name in list(self.clients):
            if name not in self.reported and self.is_over(name):
                self.steps.append({"finish": name, **self.outcome(name)})
        if "sleep_ms" not in step:
            self.busy.append((start, time.monotonic()))

    def request(self, request: dict) -> None:
        name = request["id"]
        self.clients[name] = Client(self.loop, self.nginx.port, request, is_held=False)
        self.settle()
        self.steps.append({"request": request, **self.outcome(name), **self.time(name)})

    def start(self, request: dict) -> None:
        name = request["id"]
        self.clients[name] = Client(self.loop, self.nginx.port, request, is_held=True)
        self.settle()
        if self.is_over(name):
            # No server ever held it.
            self.steps.append({"request": request, **self.outcome(name), **self.time(name)})
        else:
            self.steps.append({"start": request})

    def abort(self, name: str) -> None:
        if name not in self.clients or self.clients[name].is_over:
            return
        self.clients[name].hang_up()
        if self.upstream.get("ignore_client_abort"):
            self.steps.append({"abort": name})
            self.loop.rest(0.01)
            return
        self.settle()
        self.steps.append({"abort": name, **self.outcome(name)})

    # What has come of it

    def holder(self, name: str) -> str | None:
        return next((backend.name for backend in self.backends.values() if name in backend.held), None)

    def is_over(self, name: str) -> bool:
        return name in self.nginx.entries and self.clients[name].is_over

    def settle(self) -> None:
        """Waits until every request is over or held, and nginx has closed what it gave up."""
        def is_settled() -> bool:
            self.nginx.read_log()
            for name in self.clients:
                is_held = self.holder(name) is not None
                if self.is_over(name) == is_held:
                    return False
                if self.clients[name].has_hung_up and is_held and not self.upstream.get("ignore_client_abort"):
                    return False
            return True
        if not self.loop.pump(is_settled, 20):
            raise Ambiguous("nginx did not come to rest")

    def outcome(self, name: str) -> dict:
        self.reported.add(name)
        client, entry = self.clients[name], self.nginx.entries[name]
        return {"tried": entry["tried"], **({"status": entry["status"]} if client.has_hung_up else client.outcome())}

    def time(self, name: str) -> dict:
        """Every time-out of a scenario is equally long, so that their number can be read off."""
        unit = self.upstream["connect_timeout_ms"]
        elapsed = self.clients[name].elapsed * 1000
        count = int(elapsed // unit)
        if elapsed - count * unit > SLACK:
            raise Ambiguous(f"{elapsed:.0f} ms are no multiple of {unit} ms")
        return {"elapsed_ms": {"min": count * unit, "max": count * unit + SLACK}} if count else {}

    def check_moments(self) -> None:
        """Raises if any step looked at a server in the stretch in which the second's phase decides."""
        timeouts = {server["fail_timeout_ms"] / 1000 for server in self.upstream["servers"]}
        for index, (first_start, first_end) in enumerate(self.busy):
            for second_start, second_end in self.busy[index:]:
                least, most = second_start - first_end, second_end - first_start
                if any(most > limit - MARGIN and least < limit + 1 + MARGIN for limit in timeouts):
                    raise Ambiguous("a step falls between fail_timeout and fail_timeout + 1 s")


def record(scenario: dict, folder: pathlib.Path, first_port: int) -> dict:
    """The scenario, whose steps have no outcomes, as a recording."""
    folder.mkdir(parents=True, exist_ok=True)
    recorder = Recorder(scenario["upstream"], folder, first_port)
    try:
        for step in scenario["steps"]:
            recorder.perform(step)
        for name in list(recorder.clients):
            # A server that hangs or crashes again in between would be asked again, and again.
            for _ in range(10):
                recorder.perform({"release": name})
        if not all(recorder.is_over(name) for name in recorder.clients):
            raise Ambiguous("a request is still held")
        recorder.check_moments()
    finally:
        recorder.close()
    return {"name": scenario["name"], "about": scenario["about"], "server": VERSION(),
            "upstream": scenario["upstream"], "steps": recorder.steps}
