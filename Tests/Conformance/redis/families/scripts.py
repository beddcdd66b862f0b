"""The scripts that the model knows, by EVAL, EVALSHA and SCRIPT LOAD."""
from redis import scripts
from redis.families.draw import Draw


def command(d: Draw) -> list[str]:
    script = d.among(scripts.ALL)
    match d.weighted({"EVAL": 8, "EVALSHA": 4, "LOAD": 1.5, "EXISTS": 0.7, "FLUSH": 0.3, "KILL": 0.2, "lock": 2, "stock": 2}):
        case "LOAD":
            return ["SCRIPT", "LOAD", script.text]
        case "EXISTS":
            return ["SCRIPT", "EXISTS", *d.some(lambda: d.among(scripts.ALL).digest)]
        case "FLUSH":
            return ["SCRIPT", "FLUSH"]
        case "KILL":
            return ["SCRIPT", "KILL"]
        case "lock":
            return ["SET", "s", d.pick("1", "2", "tok"), "NX", "PX", d.milliseconds()]
        case "stock":
            return ["SET", d.pick("seckill:stock:1", "n"), d.small(0, 4)]
        case name:
            return [name, *call(d, script, by_digest=name == "EVALSHA")]


def call(d: Draw, script: scripts.Script, by_digest: bool) -> list[str]:
    named = script.digest if by_digest else script.text
    if by_digest and d.chance(0.05):
        named = d.pick("0" * 40, "nonsense", named.upper())
    match script:
        case scripts.UNLOCK:
            rest = ["1", d.key("s"), d.pick("1", "2", "tok")]
        case scripts.RENEW:
            rest = ["1", d.key("s"), d.pick("1", "2", "tok"), d.milliseconds()]
        case scripts.GUARDED_DECREMENT:
            rest = ["1", d.key("n"), d.pick("1", "2", "3", "0", "-1", "x")]
        case scripts.SECKILL:
            rest = ["0", d.pick("1", "2"), d.pick("u1", "u2", "u3"), d.pick("o1", "o2")]
        case scripts.REENTRANT_LOCK:
            rest = ["1", d.key("h"), d.milliseconds(), d.pick("f1", "f2")]
        case scripts.REENTRANT_UNLOCK:
            rest = ["2", d.key("h"), "news", "freed", d.milliseconds(), d.pick("f1", "f2")]
        case _:
            rest = ["3", d.key("s"), d.key("n"), d.key("s"), d.value()]
    if d.chance(0.03):
        rest[0] = d.pick("-1", "9", "x")
    return [named, *rest]
