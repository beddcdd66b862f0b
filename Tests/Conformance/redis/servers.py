"""Real redis-servers on loopback."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from common import packages
from redis.proxy import Proxy
from redis.resp import Closed, Connection, Error

# What every server runs with beside its defaults.
BASE = {"save": "", "appendonly": "no", "repl-diskless-sync-delay": "0"}
REPLICATION_DEADLINE = 60


class Server:
    """One process with a folder of its own; the folder outlives the process."""

    def __init__(self, name: str, port: int, options: dict[str, str], folder: pathlib.Path):
        self.name, self.port, self.options = name, port, options
        self.folder = folder / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process: subprocess.Popen | None = None
        self.control: Connection | None = None
        self.is_paused = False
        # The node that it follows after each start, and the port to reach it by.
        self.initial_master: tuple[str, int] | None = None
        self.master: str | None = None

    @property
    def is_up(self) -> bool:
        return self.process is not None

    def start(self):
        program = packages.require("redis-server", "redis-server")
        words = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        for option, value in {**BASE, **self.options}.items():
            words += [f"--{option}", value]
        if self.initial_master:
            words += ["--replicaof", "127.0.0.1", str(self.initial_master[1])]
        self.master = self.initial_master[0] if self.initial_master else None
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                self.control = Connection(self.port)
                reply = self.control.ask("PING")
                if not isinstance(reply, Error) or reply.startswith("MASTERDOWN"):
                    return
            except (OSError, Closed):
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(f"redis-server does not start on port {self.port}")
            time.sleep(0.002)

    def kill(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None
        self.is_paused = False
        if self.control:
            self.control.close()
            self.control = None

    def pause(self):
        os.kill(self.process.pid, signal.SIGSTOP)
        self.is_paused = True

    def resume(self):
        os.kill(self.process.pid, signal.SIGCONT)
        self.is_paused = False

    def flush(self):
        """Returns when everything that the server has done for earlier commands is in the sockets."""
        self.control.ask("PING")

    def info(self, section: str) -> dict[str, str]:
        lines = self.control.ask("INFO", section).split("\r\n")
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def settle_log(self):
        """Returns when the append-only file has all replies' writes: a background fsync may hold them back for 2 s."""
        while int(self.info("persistence").get("aof_buffer_length", "0")) > 0:
            time.sleep(0.005)

    def is_blocked(self, port: int) -> bool:
        """Whether the client that connects from that port waits in a blocking command.

        It is not asked itself: its last command counts for WAIT.
        """
        for line in self.control.ask("CLIENT", "LIST").splitlines():
            if f"addr=127.0.0.1:{port} " in line:
                return "b" in line.split(" flags=", 1)[1].split(" ", 1)[0]
        return False


class Cluster:
    """The servers of a scenario, with a proxy in each replication link that there can be."""

    def __init__(self, nodes: dict, first_port: int):
        self.nodes = nodes
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="conformance-redis-"))
        self.servers: dict[str, Server] = {}
        self.links: dict[tuple[str, str], Proxy] = {}
        port = first_port
        for name, node in nodes.items():
            self.servers[name] = Server(name, port, node.get("options", {}), self.folder)
            port += 1
        for replica in nodes if len(nodes) > 1 else ():
            for master in nodes:
                if replica != master:
                    self.links[replica, master] = Proxy(port, self.servers[master].port)
                    port += 1
        for name, node in nodes.items():
            if node.get("of"):
                self.servers[name].initial_master = (node["of"], self.links[name, node["of"]].port)
        try:
            for server in self.servers.values():
                server.start()
            for name, node in nodes.items():
                if node.get("of") and not self.catches_up(name):
                    raise RuntimeError(f"{name} does not catch up")
        except BaseException:
            self.end()
            raise

    def end(self):
        for server in self.servers.values():
            server.kill()
        for link in self.links.values():
            link.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def catches_up(self, name: str) -> bool:
        """Waits until a replica is online with its master and has all its writes."""
        replica = self.servers[name]
        deadline = time.monotonic() + REPLICATION_DEADLINE
        while time.monotonic() < deadline:
            master = self.servers[replica.master] if replica.master else None
            if master is None or not master.is_up:
                return False
            there, here = master.info("replication"), replica.info("replication")
            if (
                here.get("master_link_status") == "up"
                and here["slave_repl_offset"] == there["master_repl_offset"]
                and any(key.startswith("slave") and f"port={replica.port},state=online" in value
                        for key, value in there.items())
            ):
                return True
            time.sleep(0.002)
        return False

    def replicate(self, name: str, master: str | None):
        server = self.servers[name]
        server.master = master
        if master is None:
            server.control.ask("REPLICAOF", "NO", "ONE")
        else:
            server.control.ask("REPLICAOF", "127.0.0.1", str(self.links[name, master].port))

    def is_live(self, replica: str) -> bool:
        """Whether the replica can hear its master now."""
        server = self.servers[replica]
        if not server.is_up or server.is_paused or server.master is None:
            return False
        master = self.servers[server.master]
        return master.is_up and not master.is_paused and self.links[replica, server.master].listener is not None

    def clear(self) -> bool:
        """Makes the servers as they were at their start, if that can be done without one; False: it can't."""
        for name, server in self.servers.items():
            initial = server.initial_master[0] if server.initial_master else None
            if not server.is_up or server.is_paused or server.master != initial:
                return False
        for server in self.servers.values():
            for kind in ("normal", "pubsub"):
                server.control.ask("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
            server.control.ask("SCRIPT", "FLUSH")
            if server.master is None:
                server.control.ask("FLUSHALL")
                server.control.ask("CONFIG", "RESETSTAT")
        return all(self.catches_up(name) for name, server in self.servers.items() if server.master)
