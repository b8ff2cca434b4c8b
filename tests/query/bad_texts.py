"""Texts that nobody should write, for the tests and for `benchmarks/bad_input.py`.

10,000 texts of up to 64 KB: whole queries damaged bit by bit, cut off, repeated and spliced; and `EXTREMES`,
texts that are deep, wide or long in every way the grammar allows.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

from mig.query.parser import MAX_LENGTH
from mig.query.tree import Dialect
from tests.data import load

CORPUS = Path(__file__).parents[1] / "cases" / "corpus"
TEXTS = [entry["query"] for dialect in Dialect for entry in load(CORPUS / f"{dialect}-queries.yaml")]
SHORT, MIDDLE, LONG = 9_700, 250, 50
ODD = "\x00\x07\x1b\x7f\u00a0\u2028\ufeff\ud800\U0001f600\u0301²ⅧſıİßÅ'\"\\()[].,=&|!<>-+*/;#%_ \t\r\n"
IN_FILTER = "PROFILE(contact).FILTER({})"
PATH = ".TRAVERSE(contact_account_parentcustomerid)"
RELATION = ".RELATE(contact_account_parentcustomerid, a)"


def damaged(text: str, random: Random) -> str:
    letters = list(text)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        at = random.randrange(len(letters) + 1)
        match random.randrange(5):
            case 0 if at < len(letters):
                letters[at] = chr(ord(letters[at]) ^ (1 << random.randrange(8)))
            case 1:
                letters.insert(at, random.choice(ODD))
            case 2:
                del letters[at : at + random.choice((1, 1, 3, 10))]
            case 3:
                del letters[at:]
                letters += random.choice(TEXTS)[random.randrange(20) :]
            case _:
                letters[at:at] = letters[max(0, at - random.randrange(30)) : at]
    return "".join(letters)


def repeated(random: Random, length: int) -> str:
    """Queries joined until they are long, then damaged."""
    glue = random.choice((" UNION ", " ", "\n", ".UNION(", " EXCEPT ("))
    text = random.choice(TEXTS)
    while len(text) < length:
        text += glue + random.choice(TEXTS)
    return damaged(text, random)[:MAX_LENGTH]


def fuzzed() -> Iterator[str]:
    random = Random(20261122)
    for _ in range(SHORT):
        yield damaged(random.choice(TEXTS), random)
    for _ in range(MIDDLE):
        yield repeated(random, random.randint(500, 5_000))
    for number in range(LONG):
        yield repeated(random, MAX_LENGTH if number % 5 == 0 else random.randint(5_000, 20_000))


def filled(piece: str, glue: str = "") -> str:
    """The piece as often as there is room for it."""
    return glue.join([piece] * ((MAX_LENGTH - 200) // len(piece + glue)))


EXTREMES = {
    "nothing but openings": "(" * MAX_LENGTH,
    "nothing but closings": ")" * MAX_LENGTH,
    "brackets": filled("(["),
    "quotes": "'" * MAX_LENGTH,
    "an odd number of quotes": "'" * (MAX_LENGTH - 1),
    "backslashes": "'" + "\\" * (MAX_LENGTH - 2) + "'",
    "blanks": " \t\r\n" * (MAX_LENGTH // 4),
    "control characters": "\x00" * MAX_LENGTH,
    "deep operands": "(" * 10_000 + "PROFILE(contact)" + ")" * 10_000,
    "deep set methods": "SEGMENT(a)" + ".UNION(SEGMENT(a)" * 3_000 + ")" * 3_000,
    "deep conditions": IN_FILTER.format("(" * 10_000 + "a == 1" + ")" * 10_000),
    "deep NOT": IN_FILTER.format("NOT(" * 10_000 + "a == 1" + ")" * 10_000),
    "deep values": IN_FILTER.format("(" * 10_000 + "a" + ")" * 10_000 + " == 1"),
    "deep minus": IN_FILTER.format("-" * 60_000 + "1 == a"),
    "deep functions": IN_FILTER.format("DATEADD(day, 1, " * 3_000 + "a" + ")" * 3_000 + " == a"),
    "deep relations": "PROFILE(contact)." + "RELATE(r, a, " * 4_000 + "RELATE(r, a" + ")" * 4_001,
    "deep lists": IN_FILTER.format("a IN [" * 8_000),
    "deep edges": "PROFILE(contact)" + ".TRAVERSE(r, FILTER(" * 3_000,
    "wide AND": IN_FILTER.format(filled("a == 1", " && ")),
    "wide OR of AND": IN_FILTER.format(filled("a == 1 && b == 2", " || ")),
    "wide AND of OR": IN_FILTER.format(filled("(a == 1 || b == 2)", " && ")),
    "wide list": IN_FILTER.format(f"a IN ({filled('1', ',')})"),
    "wide arithmetic": IN_FILTER.format(f"{filled('1', '+')} == a"),
    "many filters": "PROFILE(contact)" + filled(".FILTER(a==1)"),
    "many unions": filled("PROFILE(contact)", " UNION "),
    "many exceptions": filled("PROFILE(contact)", " EXCEPT "),
    "many segments": filled("SEGMENT(a)", " INTERSECT "),
    "different segments": " UNION ".join(f"SEGMENT(s{number})" for number in range(3_000)),
    "operators in turn": filled("SEGMENT(a)EXCEPT SEGMENT(b)", " UNION ") + " INTERSECT SEGMENT(c)",
    "parentheses in a row": filled("(SEGMENT(a) EXCEPT SEGMENT(b))", " UNION "),
    "many set methods": "SEGMENT(a)" + filled(".UNION(b)"),
    "set methods and steps": "SEGMENT(a)" + filled(".UNION(b).DISTINCT()"),
    "a long path": "PROFILE(contact)" + filled(PATH),
    "the longest path": "PROFILE(contact)" + PATH * 40,
    "the longest unknown path": "PROFILE(contact)" + ".TRAVERSE(r)" * 40,
    "paths on paths": "(" * 39 + f"PROFILE(contact){PATH}" + f" UNION SEGMENT(a)){PATH}" * 39,
    "many paths": filled(f"PROFILE(contact){PATH * 2}", " UNION "),
    "many unknown relations": "PROFILE(contact)" + filled(".RELATE(r, a)"),
    "many unknown aliases": "PROFILE(contact)"
    + "".join(f".RELATE(r, a{number}).FILTER(b{number}.c == 1)" for number in range(1_600)),
    "many unknown columns": "PROFILE(msevtmgt_event).FILTER("
    + " && ".join(f"msevtmgt_name{number} == 1" for number in range(2_500))
    + ")",
    "many unknown tables": " UNION ".join(f"PROFILE(contacts{number})" for number in range(2_300)),
    "a path with conditions": "PROFILE(contact)" + f"{PATH}.FILTER(statecode == 1)" * 40,
    "many relations": "PROFILE(contact)" + filled(RELATION),
    "many relations with conditions": "PROFILE(contact)" + filled(f"{RELATION}.FILTER(a.name == 'a')"),
    "relations after a path": f"PROFILE(account){PATH}" + filled(RELATION),
    "ORs over two tables": f"PROFILE(contact){RELATION}"
    + filled(".FILTER(firstname == 'a' || a.name == 'b')"),
    "one wide OR over two tables": f"PROFILE(contact){RELATION}"
    + f".FILTER({filled('(firstname==1 && a.name==2)', '||')})",
    "one wide AND over two tables": f"PROFILE(contact){RELATION}"
    + f".FILTER({filled('(firstname==1 || a.name==2)', '&&')})",
    "filters of earlier nodes": f"PROFILE(account, x){PATH}" + filled(".FILTER(x.name == 'a')"),
    "long listing": "PROFILE(contact).SELECT(" + filled("a", ",") + ")",
    "long name": f"PROFILE({'x' * 60_000})",
    "long alias": IN_FILTER.format(f"{'x' * 30_000}.{'y' * 30_000} == 1"),
    "long number": IN_FILTER.format("a == " + "9" * 60_000),
    "long fraction": IN_FILTER.format("a == 0." + "9" * 60_000),
    "long date": IN_FILTER.format(f"a == DATE({'9' * 30_000}, 1, 1)"),
    "long numbers compared": IN_FILTER.format("9" * 30_000 + " == " + "8" * 30_000),
    "number as option": IN_FILTER.format("statecode == " + "9" * 60_000),
    "number as text": IN_FILTER.format("statecode == '" + "9" * 60_000 + "'"),
    "long text": IN_FILTER.format("firstname == '" + "x" * 60_000 + "'"),
    "long apostrophes": IN_FILTER.format("firstname == '" + "''" * 30_000 + "'"),
    "long date text": IN_FILTER.format("createdon == '" + "2" * 60_000 + "'"),
    "wide characters": IN_FILTER.format("firstname == '" + "\U0001f600" * 60_000 + "'"),
    "too long": "x" * (MAX_LENGTH + 1),
}
