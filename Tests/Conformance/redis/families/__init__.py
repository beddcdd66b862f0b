"""What random commands are made of: a family is a function from the draw to the words of a command."""
from redis.families import flow, hashes, lists, scripts, sets, sorted_sets, streams, strings

# How often a family is chosen for a scenario.
FAMILIES = {
    "strings": (strings.command, 5), "counters": (strings.counter, 3), "hashes": (hashes.command, 3),
    "sets": (sets.command, 2), "streams": (streams.command, 6), "scripts": (scripts.command, 3),
    "transactions": (flow.transaction, 5), "pubsub": (flow.pubsub, 3), "errors": (flow.error, 2),
    "keys": (strings.key, 3), "lists": (lists.command, 4), "sorted_sets": (sorted_sets.command, 4),
    "more_strings": (strings.rare, 2), "more_keys": (strings.rare_key, 2), "more_hashes": (hashes.rare, 2),
    "more_sets": (sets.rare, 2), "bits": (strings.bits, 1.5),
    "stream_reads": (streams.rare, 2), "patterns": (flow.patterns, 2),
}
