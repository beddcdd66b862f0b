"""Measures a whole system of real servers on loopback, and holds Stampede against it.

Starts nginx, two threaded applications, redis-server and mariadbd with the limits of the scenario's topology; measures
what each hop takes with one user; writes that, and nothing else, into the topology; runs the same arrivals against
both; prints a table in Markdown. Exit code 99: a deviation is beyond the aims.
"""

import argparse
import copy
import json
import shutil
import signal
import sys
from pathlib import Path

from common import simrunner

from . import measure, report, simulate
from .calibrate import Calibration
from .servers import Miniature, fresh_folder, require_programs

ROOT = Path(__file__).resolve().parents[3]


def arguments(texts):
    parser = argparse.ArgumentParser(prog="conformance.py miniature", description=__doc__)
    parser.add_argument("verb", choices=["run"])
    parser.add_argument("--scenario", type=Path, default=ROOT / "configs/scenarios/miniature.json",
                        help="its workload and topology are used, its arrivals are not")
    parser.add_argument("--simrunner", help="SimRunner; otherwise $SIMRUNNER, or it is built in release mode")
    parser.add_argument("--folder", type=Path, default=Path("/dev/shm"),
                        help="where the servers keep their data; in memory the disk does not disturb (%(default)s)")
    parser.add_argument("--port", type=int, default=7500, help="the first of five ports (%(default)s)")
    parser.add_argument("--sleep", default="0.015", help="what SELECT sleeps, in seconds (%(default)s)")
    parser.add_argument("--flush", help="what a flush of the disk takes, in seconds, in place of what it does take")
    parser.add_argument("--loads", default="0.05,0.5,0.8,0.9,1.2,2",
                        help="shares of the load at which all connections would be busy (%(default)s)")
    parser.add_argument("--seconds", type=float, default=15, help="length of a run (%(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="runs at each load, each with its own arrivals")
    parser.add_argument("--seeds", type=int, default=3, help="runs of the model for each of them")
    parser.add_argument("--lock", type=Path, help="a file that is locked while a run is measured")
    parser.add_argument("--foreign", type=float, default=1,
                        help="share of the CPU that others may use during a run before it is repeated")
    parser.add_argument("--update", action="store_true", help="write the measured times into the topology's file")
    return parser.parse_args(texts)


def terminated(*_):
    raise SystemExit(143)


def main(texts):
    options = arguments(texts)
    signal.signal(signal.SIGTERM, terminated)
    require_programs()
    options.simrunner = simrunner.executable(options.simrunner)
    scenario = json.loads(options.scenario.read_text())
    source = (options.scenario.parent / scenario["topology"]).resolve()
    folder = fresh_folder(options.folder)
    try:
        return compare(options, json.loads(source.read_text()), scenario["workload"], source, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def log(text):
    print(text, file=sys.stderr, flush=True)


def compare(options, topology, workload, source, folder):
    with Miniature(topology, workload, folder, options.port, options.sleep, options.flush) as miniature:
        log("measures what each hop takes with one user …")
        calibration = Calibration(miniature, options)
        fitted = calibration.topology(topology)
        if options.update:
            source.write_text(report.topology_text(fitted))
        path = folder / "topology.json"
        path.write_text(json.dumps(without_schema(fitted)))
        capacity = calibration.capacity()
        log(f"all connections are busy at {capacity:.0f} requests/s")
        loads = [float(text) for text in options.loads.split(",")]
        pairs = [one_load(options, miniature, path, share, share * capacity) for share in loads]
    print(report.table(pairs, calibration))
    return 0 if all(pair.meets_aims for pair in pairs) else 99


def one_load(options, miniature, topology, share, rate):
    real, model = [], []
    for repetition in range(options.repeat):
        trace = miniature.folder / "trace.csv"
        seed = 1000 * repetition + round(share * 100)
        measure.write_trace(trace, rate, options.seconds, miniature.workload, seed)
        rows, own, foreign, _ = measure.undisturbed(miniature, trace, options)
        real.append(measure.figures(rows, own, foreign))
        model.append(simulate.run(
            options.simrunner, topology, miniature.workload, trace, range(1, options.seeds + 1), miniature.folder))
        pair = report.Pair(share, rate, real[-1], model[-1])
        log(f"{pair.line()} | system {own:.0%}, others {foreign:.0%} of the CPU")
    return report.Pair(share, rate, simulate.median(real), simulate.median(model))


def without_schema(topology):
    result = copy.deepcopy(topology)
    result.pop("$schema", None)
    return result
