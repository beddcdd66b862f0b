"""Random scenarios of an nginx and its servers, without outcomes."""
import random

FAILURES = ["refusing", "crashed", "closing_mid_response", "closing_mid_body", "invalid_header"]
STATUSES = ["500", "502", "503", "504", "403", "404", "429", "201"]
CONDITIONS = ["invalid_header", "http_500", "http_502", "http_503", "http_504", "http_403", "http_404", "http_429"]
METHODS = ["GET"] * 6 + ["POST"] * 3 + ["PUT", "DELETE", "PATCH"]

# How often each kind of scenario comes: most need no time, since time-outs and sleeps cost real seconds.
KINDS = {"quick": 35, "held": 32, "kept": 12, "timeouts": 7, "sleeps": 14}


def scenario(seed: int) -> dict:
    dice = random.Random(seed)
    kind = dice.choices(list(KINDS), list(KINDS.values()))[0]
    upstream = _upstream(dice, kind)
    names = [server["name"] for server in upstream["servers"]]
    steps = _sleeps(dice, upstream, names) if kind == "sleeps" else _steps(dice, kind, names)
    return {"name": f"random_{seed}", "about": f"Random scenario {seed}: {kind}.", "upstream": upstream,
            "steps": steps}


def _upstream(dice: random.Random, kind: str) -> dict:
    count = dice.choice([1, 2, 2, 2, 3, 3, 4, 5])
    fail_timeout = dice.choice([1000, 2000]) if kind == "sleeps" else 30000
    weighted = dice.random() < 0.4
    servers = []
    for index in range(count):
        servers.append({
            "name": f"app{index + 1}", "weight": dice.choice([1, 1, 2, 3, 5]) if weighted else 1,
            "max_fails": dice.choice([1, 1, 1, 2, 3, 0]), "fail_timeout_ms": fail_timeout,
            "backup": index > 0 and dice.random() < 0.15,
            "max_conns": dice.choice([1, 1, 2, 3]) if kind in ("held", "kept") and dice.random() < 0.3 else 0,
            "down": count > 1 and dice.random() < 0.05})
    share = dice.choice([0.2, 0.5])
    conditions = [word for word in CONDITIONS if dice.random() < share]
    conditions += [word for word in ("error", "timeout") if dice.random() < 0.9]
    if not conditions or dice.random() < 0.06:
        conditions = ["off"]
    dice.shuffle(conditions)
    waits = kind == "timeouts"
    upstream = {
        "policy": dice.choice(["round_robin", "least_conn"]), "servers": servers, "next_upstream": conditions,
        "non_idempotent": conditions != ["off"] and dice.random() < 0.3,
        "next_upstream_tries": dice.choice([0, 0, 0, 0, 1, 2, 3]),
        "next_upstream_timeout_ms": dice.choice([0, 0, 450]) if waits else 0,
        "connect_timeout_ms": 300, "read_timeout_ms": 300 if waits else 30000}
    if kind == "kept":
        upstream["keepalive"] = dice.choice([1, 1, 2, 16])
    if kind in ("held", "kept") and dice.random() < 0.25:
        upstream["ignore_client_abort"] = True
    return upstream


def _steps(dice: random.Random, kind: str, names: list[str]) -> list[dict]:
    holds = kind in ("held", "kept")
    states = ["up"] * 4 + FAILURES + dice.sample(STATUSES, 3)
    if kind == "timeouts":
        states = ["up"] * 2 + ["hanging", "unreachable"] * 3 + FAILURES[:3]
    if kind == "held" and dice.random() < 0.3:
        states += ["unreachable"]
    length = dice.randint(5, 14) if kind == "timeouts" else dice.randint(8, 40)
    steps: list[dict] = []
    if dice.random() < 0.4:
        # A bad day: most requests need several servers.
        steps = [{"server": name, "becomes": dice.choice(states)} for name in names]
        states = [state for state in states if state != "up"] + ["up"] * 2
    open_requests: list[str] = []
    while len(steps) < length:
        name = f"q{len(steps) + 1}"
        request = {"id": name, "method": dice.choice(METHODS), "path": "/"}
        choice = dice.random()
        if choice < 0.22:
            steps.append({"server": dice.choice(names), "becomes": dice.choice(states)})
        elif holds and choice < 0.42 and len(open_requests) < 6:
            steps.append({"start": request})
            open_requests.append(name)
        elif holds and choice < 0.6 and open_requests:
            verb = "abort" if dice.random() < 0.35 else "release"
            request = dice.choice(open_requests)
            steps.append({verb: request})
            # A released request may be held again elsewhere.
            if verb == "abort" or dice.random() < 0.8:
                open_requests.remove(request)
        else:
            steps.append({"request": request})
    return steps


def _sleeps(dice: random.Random, upstream: dict, names: list[str]) -> list[dict]:
    """A few steps at a time, with sleeps in between that end well before fail_timeout or well after it."""
    fail_timeout = upstream["servers"][0]["fail_timeout_ms"]
    steps: list[dict] = []
    for part in range(dice.randint(2, 4)):
        if part:
            steps.append({"sleep_ms": dice.choice([150, fail_timeout + 1450, fail_timeout + 1450])})
        held: list[str] = []
        for _ in range(dice.randint(2, 9)):
            request = {"id": f"q{len(steps) + 1}", "method": dice.choice(METHODS), "path": "/"}
            choice = dice.random()
            if choice < 0.3:
                state = dice.choice(["up", "up", "refusing", "crashed", "closing_mid_response", "500", "503", "404"])
                steps.append({"server": dice.choice(names), "becomes": state})
            elif choice < 0.45:
                steps.append({"start": request})
                held.append(request["id"])
            elif choice < 0.6 and held:
                steps.append({dice.choice(["abort", "release"]): held.pop(dice.randrange(len(held)))})
            else:
                steps.append({"request": request})
        # Held requests must not wait for the read time-out.
        steps += [{"release": name} for name in held]
    return steps
