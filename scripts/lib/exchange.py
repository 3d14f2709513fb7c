"""What two kinds of agents exchange, and how it is compared. A part returns what is wrong, as sentences."""
import collections
import concurrent.futures
import http.client
import json
import threading
import time

import agents
import bodies
import inbox
from listener import Listener

AT_A_TIME = 3
SETTLE_SECONDS = 30


class Account:
    """What a receiver has to have stored since this account was opened."""

    def __init__(self, receiver):
        self.receiver, self.due, self.lock = receiver, [], threading.Lock()
        self.before = len(inbox.lines(receiver.data))

    def expect(self, *messages):
        with self.lock:
            self.due += messages

    def lines(self):
        return inbox.lines(self.receiver.data)[self.before:]

    def settled(self):
        """What is stored once it is all, and a second later, so that a second copy would show."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while len(inbox.messages(self.lines())) < len(self.due) and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(1)
        return inbox.messages(self.lines())

    def check(self, what, chance, seen=lambda message: message):
        """Compares, and tries the comparison itself. `seen` forgets of a message what its sender cannot know."""
        stored = [seen(message) for message in self.settled()]
        wrong = [f"{what}: {sentence}" for sentence in inbox.differences(self.due, stored)]
        print(f"{what}: {len(stored)} stored at {self.receiver.name}, {len(set(self.due) & set(stored))} equal; "
              f"{self._notices(chance, seen, wrong)}", flush=True)
        return wrong

    def _notices(self, chance, seen, wrong):
        """Tries the comparison on copies with one line removed and with one doubled, which it has to notice."""
        lines = [line for line in self.lines() if inbox.messages([line])]
        if not lines:
            wrong.append("nothing stored, so the comparison could not be tried")
            return "comparison not tried"
        place = chance.randrange(len(lines))

        def told(changed):
            return inbox.differences(self.due, [seen(message) for message in inbox.messages(changed)])

        without, doubled = told(lines[:place] + lines[place + 1:]), told(lines + [lines[place]])
        if not wrong and not (without and doubled):
            wrong.append("the comparison does not notice a changed file")
        return (f"comparison {verdict(told(lines))}, {verdict(without)} with line {place + 1} removed from a copy, "
                f"{verdict(doubled)} with it doubled")


def verdict(wrong):
    return f"red ({len(wrong)} wrong)" if wrong else "green"


def post(connection, path, request, *wanted):
    """One request; the answer as JSON, which has to have one of the wanted status codes."""
    code, text = agents.ask(connection, "POST", path, request)
    if code not in wanted:
        raise RuntimeError(f"{path} answered {code} {text}, asked was {request}")
    return json.loads(text)


def connected(agent):
    return http.client.HTTPConnection("127.0.0.1", agent.port, timeout=agents.PATIENCE)


def send(sender, to, order, close=False, connection=None):
    """Sends one message to an address or to a list; returns the answer, checked."""
    members = {"to": to, "body": order.body, "thread_id": order.thread, "content_type": order.content_type,
               "close_thread": close or None}
    request = bodies.written({key: value for key, value in members.items() if value is not None}, order.number)
    wait = order.wait and isinstance(to, str)
    answer = post(connection or connected(sender), f"/v1/messages?wait={'true' if wait else 'false'}&timeout=30",
                  request, 200, 202)
    for result in [answer] if isinstance(to, str) else answer["results"]:
        if result["status"] != ("delivered" if wait else "queued"):
            raise RuntimeError(f"message {order.number} from {sender.name}: {answer}")
        if order.thread and result["thread_id"] != order.thread:
            raise RuntimeError(f"message {order.number} from {sender.name}: another thread came back: {answer}")
    return answer


def all_at(work, orders):
    """Does the work for each order, some at a time; returns the failures as sentences."""
    wrong = []
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        for future in [pool.submit(work, order) for order in orders]:
            try:
                future.result()
            except Exception as failure:
                wrong.append(f"not sent: {failure}")
    return wrong


def messages(sender, receiver, count, chance, long_floats):
    """Messages of every kind, waiting and not waiting, some on given threads, one in ten closing its thread."""
    account = Account(receiver)
    orders = [bodies.message(number, chance, long_floats) for number in range(count)]

    def work(order):
        close = order.number % 10 == 9
        answer = send(sender, receiver.address, order, close)
        account.expect(inbox.Message(answer["id"], inbox.exact(order.body), answer["thread_id"],
                                     "thread.close" if close else "message.send"))

    start = time.monotonic()
    wrong = all_at(work, orders)
    kinds = collections.Counter(order.kind for order in orders)
    waiting = sum(order.wait for order in orders)
    print(f"messages {sender.name} -> {receiver.name}: {count}, {AT_A_TIME} at a time, {waiting} of them waiting, "
          f"{time.monotonic() - start:.1f} s; {', '.join(f'{n} {kind}' for kind, n in sorted(kinds.items()))}")
    return wrong + account.check("   messages and thread.close", chance)


def in_a_row(sender, receiver, count, chance):
    """Messages one after another, each when the one before is acknowledged."""
    account, connection, start = Account(receiver), connected(sender), time.monotonic()
    for number in range(count):
        order = bodies.Order(number, "row", {"number": number}, None, "row", True)
        try:
            answer = send(sender, receiver.address, order, connection=connection)
        except Exception as failure:
            return [f"in a row: {failure}"]
        account.expect(inbox.Message(answer["id"], inbox.exact(order.body), "row"))
    print(f"in a row {sender.name} -> {receiver.name}: {count} in {time.monotonic() - start:.1f} s")
    return account.check("   in a row", chance)


def to_many(sender, receivers, count, chance, long_floats):
    """Messages to several recipients; each has to store its copy."""
    accounts = {receiver.address: Account(receiver) for receiver in receivers}
    orders = [bodies.message(number, chance, long_floats) for number in range(count)]

    def work(order):
        answer = send(sender, list(accounts), order)
        if [result["to"] for result in answer["results"]] != list(accounts):
            raise RuntimeError(f"not one result for each recipient: {answer}")
        for result in answer["results"]:
            accounts[result["to"]].expect(inbox.Message(result["id"], inbox.exact(order.body), result["thread_id"]))

    wrong = all_at(work, orders)
    print(f"to many {sender.name} -> {', '.join(receiver.name for receiver in receivers)}: {count}")
    for account in accounts.values():
        wrong += account.check("   to many", chance)
    return wrong


def streams(sender, receiver, count, chance, joins):
    """Streams of some parts each, some at a time, some with text in their end, some closing their thread.

    A receiver that joins stores the whole text; of the others only the end is in a file, and the parts are compared
    with what a listener of the receiver's event stream is told.
    """
    account, spoken = Account(receiver), {}
    orders = [(number, [f"{number}.{part} {bodies.text(chance, bodies.TEXTS)}" for part in range(chance.randint(1, 8))])
              for number in range(count)]

    def work(order):
        number, parts = order
        connection, last, close = connected(sender), number % 2 == 0, number % 3 == 0
        thread = f"stream-{number}"
        stream = post(connection, "/v1/stream/start", {"to": receiver.address, "thread_id": thread}, 200)["stream_id"]
        for part in parts[:-1] if last else parts:
            post(connection, "/v1/stream/chunk", {"stream_id": stream, "text": part}, 200)
        more = {"text": parts[-1]} if last else {}
        end = post(connection, "/v1/stream/end", {"stream_id": stream, "close_thread": close, **more}, 200)
        data = {"text": "".join(parts)} if joins else more or None
        body = {"stream_id": stream} | ({"data": data} if data else {})
        account.expect(inbox.Message(end["chunk_id"], inbox.exact(body), thread, "message.stream.end"))
        if close:
            account.expect(inbox.Message("", inbox.exact(None), thread, "thread.close"))
        spoken[stream] = (parts, last)

    with Listener(receiver) as live:
        wrong = all_at(work, orders)
        print(f"streams {sender.name} -> {receiver.name}: {count} of {sum(len(parts) for _, parts in orders)} parts")
        wrong += account.check("   streams", chance, without_close_id)
        return wrong + heard(live, spoken, joins, chance)


def without_close_id(message):
    """The reference does not say under which id it closes a thread after a stream."""
    return message._replace(id="") if message.type == "thread.close" else message


def heard(live, spoken, joins, chance):
    """What the listener was told of each stream has to be what was said, in the order in which it was said."""
    def is_part(event):
        return event["type"].startswith("message.stream.") and event["body"]["stream_id"] in spoken

    def is_end(event):
        return is_part(event) and event["type"] == "message.stream.end"

    live.events(is_end, len(spoken), SETTLE_SECONDS)
    events = live.events(is_part, 0, 0)
    chunks = [place for place, event in enumerate(events) if not is_end(event)]
    place = chance.choice(chunks) if chunks else 0
    whole = told_wrongly(events, spoken, joins)
    missing = told_wrongly(events[:place] + events[place + 1:], spoken, joins)
    print(f"   parts heard live: {len(events)}; comparison {verdict(whole)}, {verdict(missing)} with one removed from "
          f"a copy", flush=True)
    return whole if whole or missing else ["the comparison does not notice a missing part"]


def told_wrongly(events, spoken, joins):
    """Each stream's chunks have to be its parts; its end the last one or, where the receiver joins, the whole."""
    chunks, ends = collections.defaultdict(list), collections.defaultdict(list)
    for event in events:
        kind = ends if event["type"] == "message.stream.end" else chunks
        kind[event["body"]["stream_id"]].append((event["body"].get("data") or {}).get("text", ""))
    wrong = []
    for stream, (parts, last) in spoken.items():
        said, end = (parts[:-1], parts[-1]) if last else (parts, "")
        if chunks[stream] != said or ends[stream] != ["".join(parts) if joins else end]:
            wrong.append(f"stream {stream}: heard {chunks[stream]} and {ends[stream]}, said was {parts}")
    return wrong
