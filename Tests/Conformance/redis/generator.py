"""Random scenarios, performed while they are made up: what comes next depends on who is blocked or subscribed."""
from redis.families import FAMILIES
from redis.families.draw import Draw
from redis.recorder import Recorder

SINGLE = {"m": {"role": "master", "options": {}}}
# Times are off by the seconds that a start or a reconnection may take.
SLACK_MS = 8000
# Where no deadline is near, a busy machine may take its time.
PATIENCE_MS = 2000


class Scenario:
    """The plan of one sequence, all from its seed."""

    def __init__(self, seed: int):
        self.seed = seed
        pick = Draw(seed, False).random
        self.kind = pick.choices(["plain", "sleeping", "replica", "faults", "restart"], [66, 14, 12, 4, 4])[0]
        self.length = pick.randint(5, 40)
        self.connections = "abcd"[:pick.randint(2, 4)]
        names = list(FAMILIES)
        weights = [weight for _, weight in FAMILIES.values()]
        self.families = pick.choices(names, weights, k=pick.randint(2, 4))
        self.nodes = dict(SINGLE)
        if self.kind in ("replica", "faults"):
            options = pick.choice([{}] * 8 + [{"min-replicas-to-write": "1", "min-replicas-max-lag": "1000"}]) \
                if self.kind == "replica" else {}
            self.nodes = {"m": {"role": "master", "options": options},
                          "r": {"role": "replica", "of": "m", "options": {}}}
        if self.kind == "restart":
            options = pick.choice([{}, {"appendonly": "yes"}, {"appendonly": "yes", "appendfsync": "always"},
                                   {"appendonly": "yes", "appendfsync": "everysec"}, {"save": "3600 1"}])
            self.nodes = {"m": {"role": "master", "options": options}}
        self.draw = Draw(seed, self.has_deadlines, pick.randint(1, 4))

    @property
    def has_options(self) -> bool:
        return any(node["options"] for node in self.nodes.values())

    @property
    def has_deadlines(self) -> bool:
        return self.kind == "sleeping" or self.kind == "replica" and self.seed % 3 == 0 and not self.has_options

    @property
    def slack_ms(self) -> int:
        if self.kind in ("faults", "restart") or self.has_options:
            return SLACK_MS
        return 0 if self.has_deadlines else PATIENCE_MS

    @property
    def is_reusable(self) -> bool:
        """Whether the servers are as good as new after clearing them."""
        return self.kind in ("plain", "sleeping", "replica") and not self.has_options

    def play(self, recorder: Recorder):
        """Performs the sequence."""
        draw = self.draw
        while len(recorder.steps) < self.length:
            draw.ids = list(recorder.replies.ids)
            if self.has_deadlines and draw.chance(0.12):
                recorder.sleep(draw.pick(1, 1, 2) * Draw.GRID)
            elif self._is_fault_next(recorder):
                pass
            else:
                self._command(recorder)
        recorder.finish()

    def _command(self, recorder: Recorder):
        draw = self.draw
        up = [name for name, server in recorder.cluster.servers.items() if server.is_up and not server.is_paused]
        node = draw.among(up) if draw.chance(0.3) else up[0]
        paused = [name for name, server in recorder.cluster.servers.items() if server.is_paused]
        if paused and draw.chance(0.2) and (paused[0], "p") not in recorder.ends:
            # One command: of several the server would choose the order.
            recorder.command(paused[0], "p", FAMILIES[draw.among(self.families)][0](draw))
            return
        free = [conn for conn in self.connections
                if (end := recorder.ends.get((node, conn))) is None or end.blocked is None]
        if not free:
            # Somebody new may let them go on.
            free = [next(name for index in range(99) if (node, name := f"new{index}") not in recorder.ends)]
        conn = draw.among(free)
        words = FAMILIES[draw.among(self.families)][0](draw)
        end = recorder.ends.get((node, conn))
        if end and end.queue is not None and draw.chance(0.12):
            words = ["EXEC"]
        if end and end.channels and draw.chance(0.6):
            words = FAMILIES["pubsub"][0](draw)
        if len(self.nodes) > 1 and draw.chance(0.06):
            words = ["WAIT", draw.pick("0", "1", "1", "2"), draw.block() if self.has_deadlines else "60000"]
        if self.kind == "restart" and "save" in self.nodes["m"]["options"] and draw.chance(0.1):
            words = ["SAVE"]
        if len(self.nodes) > 1 and words[0] == "WAIT" and words[1:2] != ["2"]:
            # How many replicas have acknowledged without being asked is a matter of milliseconds.
            words = ["WAIT", "1", *words[2:]] if not (end and end.queue is not None) else ["PING"]
        if words == ["UNSUBSCRIBE"] and end and (end.queue is not None or end.channels > 1):
            # The real server goes through its channels in no order.
            words = ["UNSUBSCRIBE", "news"]
        if words:
            words = [draw.case(words[0]), *words[1:]]
        recorder.command(node, conn, words)

    def _is_fault_next(self, recorder: Recorder) -> bool:
        draw, servers = self.draw, recorder.cluster.servers
        if self.kind == "restart":
            if not servers["m"].is_up:
                recorder.fault({"fault": "start", "node": "m"})
            elif draw.chance(0.12):
                recorder.fault({"fault": "kill", "node": "m"})
            else:
                return False
            return True
        if self.kind != "faults":
            return False
        paused = [name for name, server in servers.items() if server.is_paused]
        if paused and (draw.chance(0.3) or not any(server.is_up and not server.is_paused for server in servers.values())):
            recorder.fault({"fault": "resume", "node": paused[0]})
            self._await_replicas(recorder)
            return True
        if not draw.chance(0.15):
            return False
        m, r = servers["m"], servers["r"]
        link = recorder.cluster.links["r", "m"]
        choices = []
        if paused:
            return False
        choices += [{"fault": "pause", "node": server.name} for server in (m, r) if server.is_up]
        if m.is_up and r.is_up and link.listener:
            choices += [{"fault": "cut_link", "from": "m", "to": "r"}]
        if link.listener is None:
            choices += [{"fault": "heal_link", "from": "m", "to": "r"}]
        if m.is_up and r.is_up:
            choices += [{"fault": "kill", "node": "m"}, {"fault": "kill", "node": "r"}]
        # Two that follow each other never get anywhere.
        choices += [{"fault": "start", "node": server.name} for server in (m, r)
                    if not server.is_up and not (server is r and m.master == "r")]
        if r.is_up and r.master:
            choices += [{"fault": "promote", "node": "r"}]
        if r.is_up and not r.master and m.is_up and m.master is None and link.listener:
            choices += [{"fault": "replicate", "node": "m", "of": "r"}, {"fault": "replicate", "node": "r", "of": "m"}]
        if not choices:
            return False
        recorder.fault(draw.among(choices))
        self._await_replicas(recorder)
        return True

    def _await_replicas(self, recorder: Recorder):
        """What a replica has on its way to its master's data is a matter of milliseconds."""
        for name in self.nodes:
            if recorder.cluster.is_live(name):
                recorder.caught_up(name)
