"""What each hop of the miniature takes with one user, and a topology that knows that and the limits, nothing else."""

import copy
import statistics

from . import measure

# How many values describe the distribution of a time; each is the mean of an equal share of the sample.
SLICES = 20


def describe(samples, what):
    """A distribution as a topology has it, of samples in nanoseconds; its mean is the sample's."""
    ordered = sorted(samples)
    bounds = [round(index * len(ordered) / SLICES) for index in range(SLICES + 1)]
    values = [statistics.fmean(ordered[low:high]) for low, high in zip(bounds, bounds[1:])]
    return {"empirical": {"values": [f"{round(value)}ns" for value in values]}, "comment": what}


def constant(nanoseconds, what):
    return {"constant": f"{max(0, round(nanoseconds))}ns", "comment": what}


def between(journeys, start, end):
    return [journey[end] - journey[start] for journey in journeys]


def without(samples, part):
    """Samples without a part that is known only on average; none becomes negative, as it would by subtraction."""
    rest = max(0.0, 1 - part / statistics.fmean(samples))
    return [sample * rest for sample in samples]


class Calibration:
    """Runs of one user, request after request; one of them with a ping and a read-only transaction in each."""

    def __init__(self, miniature, options):
        self.miniature = miniature
        hold = float(miniature.sleep)
        self.rows, self.journeys, self.cpu = self.run("purchase", hold * 2.5, 400, "", options)
        _, self.probes, _ = self.run("purchase", hold * 4, 200, "&probe=1", options)
        _, views, _ = self.run("view", hold * 2.5, 200, "", options)
        self.misses = [journey for journey in views if journey["cacheFilled"] > 0]

    def run(self, flow, distance, count, suffix, options):
        miniature = self.miniature
        trace = miniature.folder / "calibration.csv"
        measure.write_even_trace(trace, distance, count, flow)
        rows, _, _, cpu = measure.undisturbed(miniature, trace, options, suffix)
        if any(row["status"] != 200 for row in rows):
            raise RuntimeError("a request of the calibration was not answered with 200")
        journeys = {}
        for name in miniature.app_ports:
            journeys.update((journey["number"], journey) for journey in miniature.steps(name))
        # The first requests find cold caches.
        return rows[20:], [journeys[row["number"]] for row in rows[20:]], {
            name: seconds * 1e9 / len(rows) for name, seconds in cpu.items()}

    def hold(self):
        """For how long a purchase has its connection, in seconds."""
        return statistics.fmean(between(self.journeys, "borrowed", "committed")) / 1e9

    def latency(self):
        """Of a purchase, in seconds."""
        return statistics.fmean(row["done"] - row["intended"] for row in self.rows) / 1e9

    def capacity(self):
        """Requests a second with which all connections of the pools are busy."""
        application = self.miniature.topology["application"]
        connections = len(application["servers"]) * application["primaryPool"]["size"]
        views = measure.view_share(self.miniature.workload)
        cold = 1 - self.miniature.workload.get("warmCache", 0)
        miss = statistics.fmean(between(self.misses, "borrowed", "selected")) / 1e9
        return connections / ((1 - views) * self.hold() + views * cold * miss)

    def topology(self, topology):
        """The topology with the measured times in place of its own."""
        result = copy.deepcopy(topology)
        journeys, probes = self.journeys, self.probes

        # Lock, stock, decrement, publication; the script comes apart.
        command = self.cpu["redis"] / 5
        round_trips = [
            sample for start, end in (
                ("begun", "locked"), ("locked", "stockRead"), ("committed", "cacheUpdated"), ("unlocked", "published"))
            for sample in between(journeys, start, end)]
        script = statistics.fmean(between(journeys, "cacheUpdated", "unlocked")) - (
            statistics.fmean(round_trips) - command)
        redis_link = [sample / 2 for sample in without(round_trips, command)]

        inside = between(journeys, "seen", "answered")
        proxy = self.cpu["nginx"]
        outside = [row["done"] - row["intended"] - time for row, time in zip(self.rows, inside)]
        edge = [sample / 4 for sample in without(outside, proxy)]

        ping = statistics.fmean(between(probes, "warmed", "pinged"))
        idle_commit = statistics.fmean(between(probes, "readOnlyRead", "readOnlyCommitted"))
        result["network"]["links"] = [
            {"from": "users", "to": "loadBalancer", "latency": describe(
                edge, "what the user waits beyond the application's own time and nginx's CPU, a quarter each way")},
            {"from": "loadBalancer", "to": "application", "latency": describe(edge, "as from the users")},
            {"from": "application", "to": "redis", "latency": describe(
                redis_link, "half of a command's round trip without the server's CPU")},
            {"from": "application", "to": "mysql", "latency": constant(ping / 2, "half a COM_PING")},
        ]
        result["loadBalancer"]["serviceTime"] = constant(proxy, "nginx's CPU for one request")
        result["application"]["cpu"] = {
            "comment": "everything else is in the steps that it waits for",
            "accept": describe(between(journeys, "seen", "begun"), "from the poller to the request's thread")}
        result["redis"]["serviceTime"] = constant(
            command, "redis-server's CPU for one command, all system calls included")
        result["redis"]["scriptServiceTime"] = constant(script, "what EVAL takes longer than that")
        mysql = result["mysql"]

        def statement(start, end):
            return without(between(journeys, start, end), ping)

        mysql["service"] = {
            "comment": "round trips of statements without that of a ping",
            "select": {"io": describe(
                without(between(self.misses, "borrowed", "selected"), ping), "SELECT, in which the server sleeps")},
            "begin": {"cpu": describe(statement("borrowed", "transactionBegun"), "BEGIN")},
            "selectForUpdate": {"io": describe(
                statement("transactionBegun", "selected"), "SELECT … FOR UPDATE, in which the server sleeps")},
            "update": {"cpu": describe(statement("selected", "updated"), "UPDATE")},
            "insert": {"cpu": describe(statement("updated", "inserted"), "INSERT")},
            "commit": {"cpu": constant(idle_commit - ping, "COMMIT of a transaction that wrote nothing")},
        }
        mysql["flush"] = describe(
            without(between(journeys, "inserted", "committed"), idle_commit),
            "COMMIT of one that wrote, less COMMIT of one that did not")
        return result
