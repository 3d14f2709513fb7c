"""Message bodies of every kind that JSON allows, drawn from a seeded chance."""
import collections
import fractions
import json
import math
import struct

MAX_SAFE = 2**53 - 1
TEXTS = ("grüße", "你好，世界", "שלום", "مرحبا", "🐦‍⬛ 👩🏽‍🚀", "e\u0301 \u200d \ufeff", "\u2028\u2029\u007f\u0080",
         "\uffff\U0010ffff", "Ω≈ç√∫˜µ", "\U0001d11e clef", "ﬁ ﷺ", "a" * 2000)
ESCAPED = ('"', "\\", "/", "\b\f\n\r\t", "\u0000\u0001\u001f", "\\u0041", '{"not":"json"}', "</script>", "&<>'", "")
#: Of every kind some messages wait for their acknowledgement and some do not, some are on a given thread and some not.
KINDS = ("unicode", "escapes", "nested", "integers", "floats", "mixed", "plain text")

Order = collections.namedtuple("Order", "number kind body content_type thread wait")


def message(number, chance, long_floats):
    """The message of this number; content type and thread may be none."""
    kind, turn = KINDS[number % len(KINDS)], number // len(KINDS)
    body = {
        "unicode": lambda: {"text": text(chance, TEXTS), chance.choice(TEXTS): number},
        "escapes": lambda: {"text": text(chance, ESCAPED), chance.choice(ESCAPED): [text(chance, ESCAPED)]},
        "nested": lambda: nested(chance, 1 + turn % 30),
        "integers": lambda: {"integers": [0, -1, MAX_SAFE, -MAX_SAFE, *(integer(chance) for _ in range(6))]},
        "floats": lambda: {"floats": [0.0, -0.0, 1.0, 1e15, 1e16, 1e-5, 1e-6, *floats(chance, long_floats, 8)]},
        "mixed": lambda: mixed(chance, long_floats, number),
        "plain text": lambda: text(chance, TEXTS + ESCAPED),
    }[kind]()
    content_type = "text/plain" if kind == "plain text" else None
    thread = f"thread-{chance.randrange(7)}" if turn % 3 else None
    return Order(number, kind, body, content_type, thread, wait=turn % 2 == 0)


def text(chance, pieces):
    return " ".join(chance.choices(pieces, k=chance.randint(1, 5)))


def integer(chance):
    return chance.randint(-MAX_SAFE, MAX_SAFE) >> chance.randrange(53)


def floats(chance, long, count):
    return [long_float(chance) if long else short_float(chance) for _ in range(count)]


def long_float(chance):
    """A double that only 16 or 17 digits name.

    The reference reads a number as a rounded 64-bit integer, once multiplied or divided by a rounded power of ten.
    About one double in five hundred comes out of no such calculation, so that nobody can send it there unchanged: those
    are not drawn.
    """
    while True:
        value = chance.choice((chance.random, lambda: 1.7e9 + chance.random() * 1e8, lambda: any_double(chance)))()
        digits = repr(value).split("e")[0].replace(".", "").replace("-", "").strip("0")
        if len(digits) >= 16 and within_reach(abs(value)):
            return value


def within_reach(value):
    """Whether some decimal number is read as this double by a correct reader and by the reference's."""
    exact = fractions.Fraction(value)
    highest = 19 - math.floor(math.log10(value))
    for places in range(highest - 5, highest + 1):
        whole = round(exact * fractions.Fraction(10) ** places)
        for rounded in (float(whole), math.nextafter(whole, 0), math.nextafter(whole, math.inf)):
            half = int(math.ulp(rounded)) // 2
            digits = min(max(whole, int(rounded) - half), int(rounded) + half)
            if digits < 2**64 and float(f"{digits}e{-places}") == value == read_as_reference(digits, -places):
                return True
    return False


def read_as_reference(digits, exponent):
    power = float(f"1e{abs(exponent)}")
    return float(digits) / power if exponent < 0 else float(digits) * power


def any_double(chance):
    """A double of random bits, but neither infinite nor so small that digits get lost."""
    while True:
        (value,) = struct.unpack(">d", chance.randbytes(8))
        if 1e-280 < abs(value) < 1e280:
            return value


def short_float(chance):
    """A double of at most 15 digits."""
    return float(f"{chance.choice('-+')}{chance.randrange(10**chance.randint(1, 15))}e{chance.randint(-15, 5)}")


def nested(chance, depth):
    if depth == 0:
        return chance.choice(([], {}, None, True, False, "", [[], {}], chance.choice(TEXTS)))
    inner = nested(chance, depth - 1)
    return chance.choice(({"in": inner, "Z": 1, "a": None}, [inner, depth], {chance.choice(TEXTS): inner}, [inner]))


def mixed(chance, long_floats, number):
    """Arrays are bodies too; a bare string or number is not one of application/json."""
    return chance.choice(([number, floats(chance, long_floats, 2), {}], [], {}, {"text": text(chance, TEXTS)},
                          {"a": {"b": [integer(chance), *floats(chance, long_floats, 1)]}}, [[[True]], None, ""]))


def written(value, number):
    """The JSON text of a request: with non-ASCII characters escaped in every third, with spaces in every fourth."""
    return json.dumps(value, ensure_ascii=number % 3 == 0, separators=None if number % 4 == 0 else (",", ":"))


def read(text_of_json):
    return json.loads(text_of_json)
