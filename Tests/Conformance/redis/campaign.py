"""Recording many scenarios, and what to do with those that the model does not follow."""
import multiprocessing
import pathlib
import re
import tempfile
import time

from common import recordings, simrunner
from common.shrink import shrink
from redis.generator import PATIENCE_MS, SLACK_MS, Scenario
from redis.recorder import Recorder, Unsound
from redis.replies import Ambiguous
from redis.servers import Cluster

PORTS = 10
ATTEMPTS = 8


class Studio:
    """Keeps servers at hand and records on them."""

    def __init__(self, first_port: int):
        self.port = first_port
        self.kept: Cluster | None = None
        # Why the last recording could not be made.
        self.reason = ""

    def cluster(self, nodes: dict) -> Cluster:
        """Servers as good as new."""
        kept, self.kept = self.kept, None
        if kept and kept.nodes == nodes:
            try:
                if kept.clear():
                    return kept
            except (OSError, TimeoutError):
                pass
        if kept:
            kept.end()
        return Cluster(nodes, self.port)

    def release(self, cluster: Cluster, is_reusable: bool):
        if is_reusable:
            self.kept = cluster
        else:
            cluster.end()

    def end(self):
        if self.kept:
            self.kept.end()
            self.kept = None

    def record(self, nodes: dict, slack_ms: int, is_reusable: bool, play, name: str, about: str) -> dict | None:
        """The recording of what `play` does; None when it can't be made."""
        for _ in range(ATTEMPTS):
            cluster = self.cluster(nodes)
            recorder = Recorder(cluster, slack_ms)
            try:
                play(recorder)
                return recorder.recording(name, about)
            except (Unsound, Ambiguous) as error:
                reason = str(error)
                self.reason = reason
                if "the steps took" not in reason:
                    return None
            except Exception:
                is_reusable = False
                raise
            finally:
                for end in recorder.ends.values():
                    end.connection.close()
                self.release(cluster, is_reusable)
        return None

    def generate(self, seed: int) -> dict | None:
        scenario = Scenario(seed)
        return self.record(
            scenario.nodes, scenario.slack_ms, scenario.is_reusable, lambda recorder: Scenario(seed).play(recorder),
            f"generated_{seed}", f"Made up from seed {seed} ({scenario.kind}).")

    def again(self, recording: dict, steps: list[dict]) -> dict | None:
        """The same steps, or some of them, recorded anew."""
        kinds = {step.get("fault") for step in steps}
        options = {option for node in recording["nodes"].values() for option in node["options"]}
        slack = SLACK_MS if kinds - {None, "pause", "resume"} or "min-replicas-to-write" in options else 0
        if not slack and not any("sleep_ms" in step for step in steps):
            slack = PATIENCE_MS
        is_reusable = not (kinds - {None}) and not options

        def play(recorder: Recorder):
            for step in steps:
                recorder.perform(step)
            recorder.finish()

        return self.record(recording["nodes"], slack, is_reusable, play, recording["name"], recording["about"])


# MARK: Generated sequences


def _work(seeds: list[int], port: int, folder: str, results):
    studio = Studio(port)
    missing = []
    try:
        for seed in seeds:
            recording = studio.generate(seed)
            if recording is None:
                missing.append(seed)
                print(f"  seed {seed} is not recorded: {studio.reason}", flush=True)
            else:
                recordings.write(pathlib.Path(folder) / f"{seed:09}.json", recording)
    finally:
        studio.end()
        results.put(missing)


def record_batch(seeds: range, jobs: int, port: int, folder: pathlib.Path) -> list[int]:
    """Records the sequences of these seeds; returns those that could not be."""
    results = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(
            target=_work, args=(list(seeds[job::jobs]), port + PORTS * job, str(folder), results))
        for job in range(jobs)
    ]
    for worker in workers:
        worker.start()
    missing = [seed for _ in workers for seed in results.get()]
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise SystemExit("a recorder failed")
    return sorted(missing)


def generate(chosen, runner: str) -> int:
    found = chosen.found or pathlib.Path(tempfile.mkdtemp(prefix="conformance-found-"))
    found.mkdir(parents=True, exist_ok=True)
    agreed = differed = unmade = 0
    end = chosen.seed + chosen.sequences
    for first in range(chosen.seed, end, chosen.batch):
        seeds = range(first, min(first + chosen.batch, end))
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="conformance-batch-") as name:
            folder = pathlib.Path(name)
            missing = record_batch(seeds, chosen.jobs, chosen.port, folder)
            recorded = time.monotonic()
            differences = simrunner.differences(runner, [folder])
            replayed = time.monotonic()
            count = len(seeds) - len(missing)
            agreed += count - len(differences)
            differed += len(differences)
            unmade += len(missing)
            steps = sum(len(recordings.read(path)["steps"]) for path in folder.glob("*.json"))
            print(
                f"seeds {seeds[0]}–{seeds[-1]}: {count - len(differences)} of {count} agree, {steps} steps"
                f"{f', {len(missing)} could not be recorded' if missing else ''}"
                f" (recorded in {recorded - began:.1f} s, replayed in {replayed - recorded:.1f} s)", flush=True)
            report(differences, chosen, runner, found)
    print(f"{agreed} sequences agree, {differed} differ, {unmade} could not be recorded")
    if differed:
        print(f"what differs, made short, is in {found}")
    return 99 if differed else 0


def signature(difference: str) -> str:
    """What differences of the same cause have in common."""
    command = re.search(r"\((\w+)", difference)
    text = re.sub(r"^.*?expected ", "", difference)
    return (command[1].upper() if command else "") + re.sub(r"[\d$]+", "#", text)[:60]


def report(differences: dict[pathlib.Path, str], chosen, runner: str, found: pathlib.Path):
    """Prints differences, and makes one of each kind short."""
    kinds: dict[str, pathlib.Path] = {}
    for path, difference in sorted(differences.items()):
        kinds.setdefault(signature(difference), path)
    studio = Studio(chosen.port)
    try:
        for path in list(kinds.values())[:chosen.shrink]:
            print(f"  {path.stem}: {differences[path]}", flush=True)
            short, difference = shorten(recordings.read(path), studio, runner)
            if short is None:
                recordings.write(found / path.name, recordings.read(path))
                print("    is gone when it is recorded anew", flush=True)
                continue
            recordings.write(found / path.name, short)
            for step in short["steps"]:
                print(f"    {brief(step)}")
            print(f"    → {difference}", flush=True)
    finally:
        studio.end()
    for kind, path in list(kinds.items())[chosen.shrink:]:
        print(f"  {path.stem}: {differences[path]}")


def brief(step: dict) -> str:
    if "command" in step:
        reply = "blocks" if step.get("blocks") else step.get("reply")
        return f"{step['node']}/{step['conn']}  {' '.join(repr(w) if ' ' in w or not w else w for w in step['command'])}" \
               f"  → {reply}"
    return str(step)


def shorten(recording: dict, studio: Studio, runner: str) -> tuple[dict | None, str]:
    """The shortest part of the steps in which the model still differs, recorded anew, and how it differs."""
    best: dict | None = None
    text = ""

    def fails(steps: list[dict]) -> bool:
        nonlocal best, text
        fresh = studio.again(recording, steps)
        if fresh is None:
            return False
        with tempfile.TemporaryDirectory(prefix="conformance-shrink-") as name:
            path = pathlib.Path(name) / "x.json"
            recordings.write(path, fresh)
            differences = simrunner.differences(runner, [path])
        if not differences:
            return False
        best, text = fresh, next(iter(differences.values()))
        return True

    steps = [step for step in recording["steps"] if "push" not in step and "resumes" not in step]
    if fails(steps):
        shrink(steps, fails)
    return best, text


# MARK: Given scenarios


def record(files: list[pathlib.Path], port: int) -> int:
    studio = Studio(port)
    failed = 0
    try:
        for path in files:
            fresh = _again(studio, path)
            if fresh is None:
                failed += 1
            else:
                recordings.write(path, fresh)
                print(f"recorded {path}")
    finally:
        studio.end()
    return 99 if failed else 0


def compare(files: list[pathlib.Path], port: int, runner: str) -> int:
    studio = Studio(port)
    worst = 0
    try:
        with tempfile.TemporaryDirectory(prefix="conformance-compare-") as name:
            for path in files:
                fresh = _again(studio, path)
                if fresh is None:
                    worst = 99
                    continue
                copy = pathlib.Path(name) / path.name
                recordings.write(copy, fresh)
                difference = simrunner.differences(runner, [copy]).get(copy)
                print(f"{path}: {difference or 'agrees'}")
                worst = 99 if difference else worst
    finally:
        studio.end()
    return worst


def _again(studio: Studio, path: pathlib.Path) -> dict | None:
    recording = recordings.read(path)
    steps = [step for step in recording["steps"] if "push" not in step and "resumes" not in step]
    fresh = studio.again(recording, steps)
    if fresh is None:
        print(f"{path}: these steps can't be performed one after the other")
    return fresh
