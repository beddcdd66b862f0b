"""Performs steps on real servers and writes down what comes back."""
import time

from redis.replies import Replies
from redis.resp import Closed, Connection
from redis.servers import Cluster

VERSION = "redis 7.0.15"
CLOSED = {"error": "connection closed"}
# Commands that may keep their client waiting.
BLOCKING = {"XREADGROUP", "XREAD", "WAIT", "BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BZPOPMIN", "BZPOPMAX", "BLMPOP",
            "BZMPOP"}
# What has to do with moments of the wall clock: the recording then says when it was made.
ABSOLUTE = {"EXPIREAT", "PEXPIREAT", "EXAT", "PXAT", "EXPIRETIME", "PEXPIRETIME"}
PUSHES = {"message", "pmessage", "subscribe", "unsubscribe", "psubscribe", "punsubscribe"}
# An acknowledgement of a replica that is there comes within that time (seconds).
ACKNOWLEDGED = 3
# Steps may take that much more time than the recording says, its slack apart, or its deadlines mean nothing (seconds).
DRIFT = 0.1


class Unsound(Exception):
    """The machine was too slow for the deadlines of this scenario, or steps don't fit together: record it anew."""


def is_push(reply) -> bool:
    return isinstance(reply, list) and len(reply) in (3, 4) and isinstance(reply[0], str) and reply[0] in PUSHES


class End:
    """A connection, as far as the recorder must know its state."""

    def __init__(self, port: int):
        self.connection = Connection(port)
        self.blocked: list[str] | None = None
        self.queue: list[list[str]] | None = None
        self.channels = 0


class Recorder:
    def __init__(self, cluster: Cluster, slack_ms: int = 0):
        self.cluster = cluster
        self.replies = Replies(slack_ms)
        self.has_slack = slack_ms > 0
        self.drift = DRIFT + slack_ms / 1000
        self.steps: list[dict] = []
        self.ends: dict[tuple[str, str], End] = {}
        self.slept = 0.0
        self.began = time.monotonic()
        self.date = int(time.time())
        self.last_id = 0.0
        # Masters with writes that their replicas may not have yet.
        self.unheard: set[str] = set()

    def recording(self, name: str, about: str) -> dict:
        recording = {"name": name, "about": about, "server": VERSION}
        if any(word.upper() in ABSOLUTE for step in self.steps for word in step.get("command", [])):
            recording["unix_time"] = self.date
        return recording | {"nodes": self.cluster.nodes, "steps": self.steps}

    def perform(self, step: dict):
        """Performs a step of a scenario, whatever replies stand in it."""
        if "command" in step:
            self.command(step["node"], step["conn"], step["command"])
        elif "sleep_ms" in step:
            self.sleep(step["sleep_ms"])
        elif "await" in step:
            self.caught_up(step["node"])
        elif "fault" in step:
            self.fault(step)

    def finish(self):
        """Lets replicas hear the rest, for what their subscribers get."""
        self._let_replicas_hear()

    # Steps

    def command(self, node: str, conn: str, words: list[str]):
        server = self.cluster.servers[node]
        if not server.is_up:
            raise Unsound(f"{node} is down")
        if server.master and self.cluster.is_live(node):
            self._let_replicas_hear()
        end = self._end(node, conn)
        if end.blocked:
            raise Unsound(f"{node}/{conn} is blocked")
        try:
            real = [self.replies.resolve(word) for word in words]
        except KeyError as error:
            raise Unsound(f"{error} was never made") from error
        self._keep_ids_apart(real)
        end.connection.send(real)
        step = {"node": node, "conn": conn, "command": words}
        self.steps.append(step)
        try:
            there, reply = self._await_reply(server, end, real)
        except Closed:
            step["reply"] = CLOSED
            self._forget(node, conn)
        else:
            if there:
                step["reply"] = self._note(end, words, reply)
            else:
                step["blocks"] = True
                end.blocked = words
        self.unheard.add(node)
        self._collect()

    def sleep(self, milliseconds: int):
        self._let_replicas_hear()
        self.steps.append({"sleep_ms": milliseconds})
        self.slept += milliseconds / 1000
        time.sleep(max(0, self.began + self.slept - time.monotonic()))
        self._collect()

    def caught_up(self, node: str):
        self.steps.append({"await": "replica_caught_up", "node": node})
        before = time.monotonic()
        if not self.cluster.catches_up(node):
            raise Unsound(f"{node} does not catch up")
        master = self.cluster.servers[node].master
        if "min-replicas-to-write" in self.cluster.nodes[master].get("options", {}):
            time.sleep(1.1)
        if self.has_slack:
            self.began += time.monotonic() - before
        self.unheard.discard(master)
        self._collect(including_replicas=True)

    def fault(self, step: dict):
        """Does to the servers what the step says."""
        before = time.monotonic()
        self._let_replicas_hear()
        step = {key: step[key] for key in ("fault", "node", "of", "from", "to") if key in step}
        self.steps.append(step)
        server = self.cluster.servers.get(step.get("node"))
        match step["fault"]:
            case "kill":
                self._needs(server.is_up)
                if not server.is_paused:
                    server.settle_log()
                server.kill()
            case "start":
                self._needs(not server.is_up)
                server.start()
            case "pause":
                self._needs(server.is_up and not server.is_paused)
                server.pause()
            case "resume":
                self._needs(server.is_paused)
                server.resume()
                time.sleep(0.02)
            case "promote":
                self._needs(server.is_up and not server.is_paused)
                self.cluster.replicate(step["node"], None)
            case "replicate":
                self._needs(server.is_up and not server.is_paused)
                self.cluster.replicate(step["node"], step["of"])
            case "cut_link":
                self._link(step, "cut")
            case "heal_link":
                self._link(step, "open")
        if self.has_slack:
            self.began += time.monotonic() - before
        self._collect()

    # Inside

    @staticmethod
    def _needs(condition: bool):
        if not condition:
            raise Unsound("the fault makes no sense here")

    def _link(self, step: dict, verb: str):
        for pair in ((step["from"], step["to"]), (step["to"], step["from"])):
            link = self.cluster.links[pair]
            self._needs((link.listener is not None) == (verb == "cut"))
            getattr(link, verb)()
        # Both ends notice.
        time.sleep(0.01)
        for server in self.cluster.servers.values():
            if server.is_up and not server.is_paused:
                server.flush()

    def _end(self, node: str, conn: str) -> End:
        end = self.ends.get((node, conn))
        if end is None:
            try:
                end = self.ends[node, conn] = End(self.cluster.servers[node].port)
            except (OSError, TimeoutError, Closed) as error:
                raise Unsound(str(error)) from error
        return end

    def _forget(self, node: str, conn: str):
        self.ends.pop((node, conn)).connection.close()

    def _keep_ids_apart(self, words: list[str]):
        """Two ids are made in two milliseconds, so that no two are the same."""
        if words and words[0].upper() in ("XADD", "EVAL", "EVALSHA", "EXEC"):
            time.sleep(max(0, self.last_id + 0.0012 - time.time()))
            self.last_id = time.time()

    def _await_reply(self, server, end: End, words: list[str]):
        """(True, reply), or (False, None) once the client is known to be blocked."""
        if server.is_paused:
            return False, None
        name = words[0].upper() if words else ""
        if name not in BLOCKING or end.queue is not None:
            there, reply = end.connection.receive(5)
            if not there:
                raise Unsound(f"no reply to {words}")
            return there, reply
        if name == "WAIT" and self._can_be_acknowledged(server, words):
            return end.connection.receive(ACKNOWLEDGED)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            there, reply = end.connection.receive(0.001)
            if there:
                return there, reply
            if server.is_blocked(end.connection.port):
                # It may have been answered between the two looks.
                return end.connection.receive(0)
        raise Unsound(f"neither reply nor block after {words}")

    def _can_be_acknowledged(self, server, words: list[str]) -> bool:
        replicas = sum(
            other.master == server.name and self.cluster.is_live(other.name)
            for other in self.cluster.servers.values())
        return len(words) == 3 and words[1].isdigit() and int(words[1]) <= replicas

    def _note(self, end: End, words: list[str], reply):
        """Follows transactions and subscriptions; returns the recorded reply."""
        name = words[0].upper() if words else ""
        queued = end.queue
        if name == "MULTI" and reply == "OK":
            end.queue = []
        elif name in ("EXEC", "DISCARD", "RESET") and not (isinstance(reply, str) and reply == "QUEUED"):
            end.queue = None
        elif reply == "QUEUED" and end.queue is not None:
            end.queue.append(words)
        if is_push(reply) and isinstance(reply[-1], int):
            end.channels = reply[-1]
        return self.replies.recorded(words, reply, queued or [])

    def _let_replicas_hear(self):
        for name in self.cluster.servers:
            server = self.cluster.servers[name]
            if server.master in self.unheard and self.cluster.is_live(name):
                self.caught_up(name)
        self.unheard.clear()

    def _collect(self, including_replicas: bool = False):
        """Writes down what has come over the connections beside the reply."""
        for name, server in self.cluster.servers.items():
            if server.is_up and not server.is_paused:
                server.flush()
        for (node, conn), end in list(self.ends.items()):
            server = self.cluster.servers[node]
            if server.master in self.unheard and self.cluster.is_live(node) and not including_replicas:
                continue
            self._collect_from(node, conn, end)
        drift = time.monotonic() - self.began - self.slept
        if drift > self.drift:
            raise Unsound(f"the steps took {drift:.3f} s")

    def _collect_from(self, node: str, conn: str, end: End):
        try:
            while True:
                there, reply = end.connection.receive(0)
                if not there:
                    return
                if end.blocked and (not is_push(reply) or end.blocked[0].upper().endswith("SUBSCRIBE")):
                    words, end.blocked = end.blocked, None
                    self.steps.append({"node": node, "conn": conn, "resumes": self._note(end, words, reply)})
                else:
                    message = self._note(end, [""], reply)
                    self.steps.append({"push": {"node": node, "conn": conn, "message": message}})
        except Closed:
            if end.blocked:
                self.steps.append({"node": node, "conn": conn, "resumes": CLOSED})
            self._forget(node, conn)
