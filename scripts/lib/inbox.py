"""Reads the files of an inbox with no help from toq, and compares them with what was sent."""
import collections
import json
import pathlib

#: A message for comparing: its id, its body as exact text, its thread, its type.
Message = collections.namedtuple("Message", "id body thread type", defaults=("message.send",))


def files(data):
    """The files of the inbox in this data directory, earlier segments first, the current one last."""
    return sorted(path for path in pathlib.Path(data).glob("messages*.jsonl") if path.is_file())


def lines(data):
    """Every line of the inbox; a last line that was never finished is no line."""
    found = []
    for path in files(data):
        found += path.read_bytes().split(b"\n")[:-1]
    return found


def messages(stored_lines):
    """The messages that these lines hold; anything unreadable is an error."""
    found = []
    for line in stored_lines:
        record = json.loads(line.decode())
        if "id" in record and "type" in record:  # not the line that names the file's format
            found.append(Message(record["id"], exact(record.get("body")), record.get("thread_id"), record["type"]))
    return found


def exact(value):
    """A text that two JSON values share only if they are equal: numbers as doubles to the last bit, keys sorted."""
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(key) + ":" + exact(value[key]) for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(exact, value)) + "]"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value).hex()
    return json.dumps(value)


def differences(sent, stored):
    """What is wrong, as sentences, when `sent` and `stored` are compared as multisets; nothing when they are equal."""
    missing = collections.Counter(sent)
    missing.subtract(stored)
    wrong = []
    for message, count in missing.items():
        if count > 0:
            wrong.append(f"missing: {message}")
        elif count < 0:
            wrong.append(f"{-count} too many: {message}")
    return wrong
