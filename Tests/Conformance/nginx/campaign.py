"""Compares the model with the real server on random scenarios, and shrinks what differs."""
import pathlib
import shutil
import tempfile
import threading
import time

from common import recordings, shrink, simrunner

from . import generator, recorder

# Recordings are made side by side, on ports of their own, and replayed together.
LANES = 4
PORTS_PER_LANE = 8
BATCH = 100
ATTEMPTS = 4


def stable(scenario: dict, folder: pathlib.Path, port: int) -> dict | None:
    """A recording that does not depend on when it was made; None when none could be made."""
    for _ in range(ATTEMPTS):
        try:
            return recorder.record(scenario, folder, port)
        except recorder.Ambiguous as reason:
            last = reason
    print(f"{scenario['name']}: left out, {last}")
    return None


def record_all(scenarios: list[dict], folder: pathlib.Path, first_port: int) -> list[pathlib.Path]:
    """Records scenarios into a folder, several at a time."""
    waiting = list(reversed(scenarios))
    made: list[pathlib.Path] = []
    failures: list[BaseException] = []

    def work(lane: int) -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="nginx-") as home:
                while not failures:
                    try:
                        scenario = waiting.pop()
                    except IndexError:
                        return
                    recording = stable(scenario, pathlib.Path(home), first_port + lane * PORTS_PER_LANE)
                    if recording:
                        path = folder / f"{scenario['name']}.json"
                        recordings.write(path, recording)
                        made.append(path)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(lane,)) for lane in range(LANES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sorted(made)


def shortened(scenario: dict, runner: str, first_port: int) -> dict | None:
    """The scenario with as few steps and servers' peculiarities as still differ, recorded; None if it differs no more."""
    with tempfile.TemporaryDirectory(prefix="nginx-") as home:
        folder = pathlib.Path(home)

        def attempt(steps: list, upstream: dict) -> dict | None:
            recording = stable({**scenario, "upstream": upstream, "steps": steps}, folder / "home", first_port)
            if not recording:
                return None
            path = folder / "candidate.json"
            recordings.write(path, recording)
            return recording if simrunner.differences(runner, [path]) else None

        upstream = scenario["upstream"]
        if not attempt(scenario["steps"], upstream):
            return None
        steps = shrink.shrink(scenario["steps"], lambda steps: attempt(steps, upstream) is not None, budget=150)
        plain = {"weight": 1, "max_fails": 1, "backup": False, "max_conns": 0, "down": False}
        for index in range(len(upstream["servers"])):
            for key, value in plain.items():
                servers = [dict(server) for server in upstream["servers"]]
                if servers[index][key] != value:
                    servers[index][key] = value
                    candidate = {**upstream, "servers": servers}
                    if attempt(steps, candidate):
                        upstream = candidate
        return attempt(steps, upstream)


def differs_again(scenario: dict, runner: str, first_port: int) -> bool:
    """Whether a second recording differs too: the first may show a machine that stood still for a moment."""
    with tempfile.TemporaryDirectory(prefix="nginx-") as folder:
        paths = record_all([scenario], pathlib.Path(folder), first_port)
        return not paths or bool(simrunner.differences(runner, paths))


def generate(
    first_seed: int, count: int, runner: str, found: pathlib.Path, first_port: int, keep: pathlib.Path | None
) -> bool:
    """Whether the model agreed on every scenario of so many seeds; what did not is shrunk into `found`."""
    agreed = differed = 0
    start = time.monotonic()
    seed = first_seed
    while agreed + differed < count:
        scenarios = [generator.scenario(seed + index) for index in range(min(BATCH, count - agreed - differed))]
        seed += len(scenarios)
        with tempfile.TemporaryDirectory(prefix="nginx-recordings-") as folder:
            paths = record_all(scenarios, pathlib.Path(folder), first_port)
            differences = simrunner.differences(runner, [pathlib.Path(folder)]) if paths else {}
            if keep:
                keep.mkdir(parents=True, exist_ok=True)
                for path in paths:
                    shutil.copy(path, keep)
        agreed += len(paths) - len(differences)
        for path, text in sorted(differences.items()):
            print(f"{path.stem}: {text}")
            scenario = next(scenario for scenario in scenarios if scenario["name"] == path.stem)
            if not differs_again(scenario, runner, first_port):
                print("  a second recording agrees")
                agreed += 1
                continue
            differed += 1
            recording = shortened(scenario, runner, first_port)
            if recording:
                found.mkdir(parents=True, exist_ok=True)
                recordings.write(found / f"found_{path.stem}.json", {**recording, "name": f"found_{path.stem}"})
                print(f"  shrunk to {len(recording['steps'])} steps: {found / f'found_{path.stem}.json'}")
        print(f"{agreed} agree, {differed} differ, seeds {first_seed} to {seed - 1}, "
              f"{time.monotonic() - start:.0f} s", flush=True)
    return differed == 0
