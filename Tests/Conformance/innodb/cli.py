"""The commands for InnoDB."""

import argparse
import os
import signal
import sys
import tempfile
import time

from . import files
from .differential import Model, heads, settled_difference, shrink
from .generator import Generator
from .recorder import Recorder, Unrest, listed
from .server import Pool

DEFAULT_BINARY = os.path.join(os.path.dirname(__file__), "..", "..", "..", ".build", "release", "SimRunner")


def add_parsers(commands):
    """Adds `record`, `generate` and `compare` to the subcommands of a parser."""
    record = commands.add_parser("record", help="perform scenarios on the real server and write what came back")
    record.add_argument("scenario", nargs="+", help="recordings or scenarios; their results are ignored")
    record.add_argument("--out", required=True, help="folder to write to")
    record.set_defaults(run=_record)

    generate = commands.add_parser("generate", help="record random scenarios")
    generate.add_argument("--out", required=True, help="folder to write to")
    generate.set_defaults(run=_generate)

    compare = commands.add_parser("compare", help="record random scenarios and hold the model against them")
    compare.add_argument("--binary", default=DEFAULT_BINARY, help="SimRunner (default: the release build)")
    compare.add_argument("--batch", type=int, default=100, help="scenarios that are replayed together")
    compare.add_argument("--keep-going", type=int, default=1, metavar="N", help="stop after N differences (default 1)")
    compare.add_argument("--no-shrink", action="store_true", help="write differences as they are")
    compare.add_argument("--out", default=".", help="folder for recordings that differ")
    compare.set_defaults(run=_compare)

    for parser in (generate, compare):
        parser.add_argument("--seeds", default="1-100", help="first-last (default 1-100)")
        parser.add_argument(
            "--without", default="", metavar="KINDS", help="operations to leave out, such as delete_order,insert_product")
    for parser in (record, generate, compare):
        parser.add_argument("--port", type=int, default=7300, help="first of two ports (default 7300)")


def _seeds(text):
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _drawn(pool, seed, without):
    generator = Generator(seed, [kind for kind in without.split(",") if kind])
    recorder = Recorder(pool.server(generator.scenario["settings"]), generator.scenario)
    return recorder.record(generator.step)


def _record(arguments):
    os.makedirs(arguments.out, exist_ok=True)
    with Pool(arguments.port) as pool:
        for path in arguments.scenario:
            scenario = files.read(path)
            recorder = Recorder(pool.server(scenario["settings"]), scenario)
            print(files.write(recorder.record(listed(heads(scenario))), arguments.out))
    return 0


def _generate(arguments):
    os.makedirs(arguments.out, exist_ok=True)
    with Pool(arguments.port) as pool:
        for seed in _seeds(arguments.seeds):
            try:
                files.write(_drawn(pool, seed, arguments.without), arguments.out)
            except Unrest as error:
                print(f"seed {seed}: {error}", file=sys.stderr)
    return 0


def _compare(arguments):
    os.makedirs(arguments.out, exist_ok=True)
    model = Model(arguments.binary)
    agreed, several, differing = 0, 0, []
    begin = time.monotonic()
    seeds = list(_seeds(arguments.seeds))
    with Pool(arguments.port) as pool:
        for start in range(0, len(seeds), arguments.batch):
            with tempfile.TemporaryDirectory() as folder:
                recordings = {}
                for seed in seeds[start:start + arguments.batch]:
                    try:
                        recording = _drawn(pool, seed, arguments.without)
                    except Unrest as error:
                        print(f"seed {seed}: {error}")
                        continue
                    recordings[recording["name"]] = recording
                    files.write(recording, folder)
                differences = model.differences(folder)
            agreed += len(recordings) - len(differences)
            for name, difference in differences.items():
                if settled_difference(pool, model, recordings[name]) is None:
                    several += 1
                    continue
                print(f"{name}: {difference}", flush=True)
                found = recordings[name]
                if not arguments.no_shrink:
                    found = shrink(pool, model, found)
                    print(f"  shrunk to {len(heads(found))} steps: {model.difference(found)}")
                print("  " + files.write(found, arguments.out), flush=True)
                differing.append(name)
                if len(differing) >= arguments.keep_going:
                    return _report(agreed, several, differing, begin)
            print(f"seeds to {seeds[min(start + arguments.batch, len(seeds)) - 1]}: "
                  f"{agreed} agree, {several} have several outcomes, {len(differing)} differ", flush=True)
    return _report(agreed, several, differing, begin)


def _report(agreed, several, differing, begin):
    print(f"{agreed} agree at once, {several} in one of several outcomes of the server, {len(differing)} differ "
          f"({time.monotonic() - begin:.0f} s)")
    return 99 if differing else 0


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="innodb", description="Differential testing of InnoDB (MariaDB).")
    add_parsers(parser.add_subparsers(required=True))
    parsed = parser.parse_args(arguments)
    # So that the servers are stopped, and their data removed, when somebody ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    return parsed.run(parsed)
