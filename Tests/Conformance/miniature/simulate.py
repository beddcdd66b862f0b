"""Runs the same traces in Stampede."""

import json
import statistics
import subprocess

from .measure import Figures, OUTCOMES


def run(runner, topology, workload, trace, seeds, folder):
    """The figures of one trace in the model, as medians over the seeds."""
    requests = sum(1 for _ in open(trace)) - 1
    scenario = {
        "title": "The miniature, replayed", "topology": str(topology),
        "workload": {
            "users": requests, "arrive": {"trace": str(trace)}, "mix": workload["mix"],
            "products": workload["products"], "stock": workload["stock"],
            "warmCache": workload.get("warmCache", 0)},
    }
    path = folder / "scenario.json"
    path.write_text(json.dumps(scenario))
    return median([one(runner, path, seed, folder / "report.json") for seed in seeds])


def one(runner, scenario, seed, report):
    result = subprocess.run(
        [runner, "run", scenario, "--seed", str(seed), "--json", report, "--quiet"], capture_output=True, text=True)
    if result.returncode not in (0, 99):
        raise RuntimeError(f"SimRunner ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    run = json.loads(report.read_text())["scenarios"][0]["run"]
    metrics = run["metrics"]
    counts = {
        name: round(metrics[f"all.{name}.count"]) for name in OUTCOMES.values() if f"all.{name}.count" in metrics}
    return Figures(
        requests=round(metrics["all.any.count"]), counts=counts, duration=run["durationSeconds"],
        mean=metrics["all.success.mean"], p50=metrics["all.success.p50"], p95=metrics["all.success.p95"])


def median(runs):
    """Figure by figure."""
    first = runs[0]
    names = {name for run in runs for name in run.counts}
    return Figures(
        requests=first.requests,
        counts={name: statistics.median(run.counts.get(name, 0) for run in runs) for name in names},
        **{name: statistics.median(getattr(run, name) for run in runs)
           for name in ("duration", "mean", "p50", "p95", "foreign_cpu", "own_cpu")})
