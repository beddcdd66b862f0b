"""Runs one trace against the real servers and says what came of it, and whether anybody disturbed it."""

import contextlib
import csv
import fcntl
import os
import random
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .servers import privileged

# How late the generator may send one of a hundred requests, in seconds, before a run is repeated.
GENERATOR_LAG = 0.001


@dataclass
class Figures:
    """What a run came to; times in seconds."""

    requests: int
    counts: dict
    duration: float
    mean: float
    p50: float
    p95: float
    foreign_cpu: float = 0.0
    own_cpu: float = 0.0

    @property
    def throughput(self):
        return self.counts.get("success", 0) / self.duration

    def share(self, outcome):
        return self.counts.get(outcome, 0) / self.requests


@contextlib.contextmanager
def exclusively(path):
    """Holds a lock file, so that nobody else who respects it measures or builds meanwhile."""
    if path is None:
        yield
        return
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def view_share(workload):
    mix = workload["mix"]
    return mix.get("view", 0) / sum(mix.values())


def write_trace(path, rate, seconds, workload, seed):
    """Arrivals of a Poisson process, in the format that Stampede reads."""
    source = random.Random(seed)
    share = view_share(workload)
    at, count = 0.0, 0
    with open(path, "w") as file:
        file.write("at,flow,product,quantity,user\n")
        while True:
            at += source.expovariate(rate)
            if at >= seconds:
                return
            flow = "view" if source.random() < share else "purchase"
            product = source.randrange(workload["products"])
            file.write(f"{round(at * 1e9)}ns,{flow},{product},1,{count}\n")
            count += 1


def write_even_trace(path, distance, count, flow):
    """One request after the other, each for a product of its own."""
    with open(path, "w") as file:
        file.write("at,flow,product,quantity,user\n")
        for number in range(count):
            file.write(f"{round((number + 1) * distance * 1e9)}ns,{flow},{number},1,{number}\n")


OUTCOMES = {200: "success", 409: "insufficientStock", 423: "lockNotAcquired", 503: "rejected"}


SPIN = """
import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
while True: pass
"""


@contextlib.contextmanager
def awake():
    """Keeps all cores from sleeping, as `idle=poll` does, with tasks that give way to every other one.

    A virtual machine's core takes some 100 us to wake up, so that each hop would be slower the less there is to do.
    """
    spinners = [
        subprocess.Popen([sys.executable, "-c", SPIN, str(core)]) for core in sorted(os.sched_getaffinity(0))]
    try:
        yield spinners
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def cpu_seconds(pid):
    """CPU time of all threads of a process, exact to the nanosecond."""
    total = 0
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            total += int(path.read_text().split()[0])
    return total / 1e9


def machine_times():
    """Busy and all CPU time of the machine so far, in seconds; time stolen by the hypervisor counts as busy."""
    values = [int(value) for value in open("/proc/stat").readline().split()[1:9]]
    idle = values[3] + values[4]
    tick = os.sysconf("SC_CLK_TCK")
    return (sum(values) - idle) / tick, sum(values) / tick


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def run(miniature, trace, suffix="", connections=700):
    """Replays a trace against nginx; returns its answers as dictionaries, the shares of the CPU that the system
    and others used, and each server's CPU time in seconds."""
    servers = {name: miniature.pids(name) for name in miniature.processes}
    with awake() as spinners:
        time.sleep(0.2)
        spinning = [spinner.pid for spinner in spinners]
        before = {name: sum(map(cpu_seconds, pids)) for name, pids in servers.items()}
        spun = sum(map(cpu_seconds, spinning))
        busy, total = machine_times()
        children = os.times()
        result = subprocess.run(
            [miniature.folder / "load", trace, str(miniature.port), str(connections), suffix], capture_output=True,
            text=True, preexec_fn=privileged)
        if result.returncode != 0:
            raise RuntimeError(f"the load generator failed: {result.stderr}")
        generator = os.times()
        busy, total = (after - start for after, start in zip(machine_times(), (busy, total)))
        busy -= sum(map(cpu_seconds, spinning)) - spun
        cpu = {name: sum(map(cpu_seconds, pids)) - before[name] for name, pids in servers.items()}
    own = sum(cpu.values())
    own += generator.children_user + generator.children_system - children.children_user - children.children_system
    rows = [{key: int(value) for key, value in row.items()} for row in csv.DictReader(result.stdout.splitlines())]
    return rows, own / total, max(0.0, (busy - own) / total), cpu


def figures(rows, own_cpu, foreign_cpu):
    """Counts by outcome, and the latencies of the successful ones, from the moment at which they were wanted."""
    counts = {}
    for row in rows:
        outcome = OUTCOMES.get(row["status"])
        if outcome is None:
            raise RuntimeError(f"request {row['number']} was answered with {row['status']}")
        counts[outcome] = counts.get(outcome, 0) + 1
    latencies = [(row["done"] - row["intended"]) / 1e9 for row in rows if row["status"] == 200]
    return Figures(
        requests=len(rows), counts=counts, duration=max(row["done"] for row in rows) / 1e9,
        mean=statistics.fmean(latencies), p50=percentile(latencies, 0.5), p95=percentile(latencies, 0.95),
        foreign_cpu=foreign_cpu, own_cpu=own_cpu)


def undisturbed(miniature, trace, options, suffix="", attempts=8):
    """A run that nobody disturbed, repeated until it is one; returns what `run` does."""
    for _ in range(attempts):
        with exclusively(options.lock):
            miniature.reset()
            result = run(miniature, trace, suffix)
        rows, _, foreign, _ = result
        lag = percentile([(row["sent"] - row["intended"]) / 1e9 for row in rows], 0.99)
        if foreign <= options.foreign and lag <= GENERATOR_LAG:
            return result
        print(
            f"disturbed: others used {foreign:.0%} of the CPU, the generator was {lag * 1e3:.2f} ms late; once more",
            file=sys.stderr)
    raise RuntimeError(f"disturbed {attempts} times: others use the machine")
