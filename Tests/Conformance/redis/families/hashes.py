"""Hashes."""
from redis.families.draw import Draw


def field(d: Draw) -> str:
    return d.pick("f1", "f2", "f3", "")


def command(d: Draw) -> list[str]:
    key = d.key("h")
    match d.weighted({"HSET": 5, "HSETNX": 1, "HGET": 2, "HMGET": 1, "HGETALL": 2, "HLEN": 1, "HEXISTS": 1, "HDEL": 3,
                      "HINCRBY": 4}):
        case "HSET":
            pairs = [word for _ in range(d.random.randint(1, 3)) for word in (field(d), d.value())]
            return ["HSET", key, *(pairs[:-1] if d.chance(0.05) else pairs)]
        case "HSETNX":
            return ["HSETNX", key, field(d), d.value()]
        case "HINCRBY":
            return ["HINCRBY", key, field(d), d.integer()]
        case ("HMGET" | "HDEL") as name:
            return [name, key, *d.some(lambda: field(d))]
        case ("HGETALL" | "HLEN") as name:
            return [name, key]
        case name:
            return [name, key, field(d)]


def rare(d: Draw) -> list[str]:
    """Hashes beyond the commands that every design uses."""
    key = d.key("h")
    match d.weighted({"HKEYS": 2, "HVALS": 2, "HSTRLEN": 1, "HINCRBYFLOAT": 3, "HMSET": 3, "HRANDFIELD": 1, "HSCAN": 1.5,
                      "HDEL": 1}):
        case "HINCRBYFLOAT":
            return ["HINCRBYFLOAT", key, field(d), d.pick("1", "0.1", "-1.5", "1e2", "3.0", "abc", "0.3", "")]
        case "HMSET":
            pairs = [word for _ in range(d.random.randint(1, 3)) for word in (field(d), d.value())]
            return ["HMSET", key, *(pairs[:-1] if d.chance(0.05) else pairs)]
        case "HRANDFIELD":
            # As many as there are: what comes then is no matter of chance.
            return ["HRANDFIELD", key, d.pick("10", "0", "x", "9223372036854775808"),
                    *(["WITHVALUES"] if d.chance(0.3) else [])]
        case "HSCAN":
            return ["HSCAN", key, d.pick("0", "0", "x"), *(["MATCH", d.pick("*", "f[12]")] if d.chance(0.3) else []),
                    *(["COUNT", d.pick("10", "0", "x")] if d.chance(0.3) else [])]
        case ("HKEYS" | "HVALS") as name:
            return [name, key]
        case name:
            return [name, key, field(d)]
