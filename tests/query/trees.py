"""Random trees in normal form, for the property tests of the languages."""

from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from mig.query import tree
from mig.query.dialects import DATE_PARTS, FORMS
from mig.query.tree import Dialect, SetOp

_WORDS = (
    "contact",
    "Name",
    "emailaddress1",
    "Date",
    "COUNT",
    "filter",
    "in",
    "and",
    "OR",
    "NOT",
    "größe",
    "_x1",
)
names = st.sampled_from(_WORDS)
texts = st.text(st.sampled_from("ab '\"\\()%_\n\tä\N{GREEK SMALL LETTER OMEGA}&|.,"), max_size=8)
numbers = st.builds(
    lambda whole, part: Decimal(f"{whole}.{part}" if part else whole),
    st.integers(0, 10**12),
    st.sampled_from(("", "5", "25", "0")),
)
fields = st.builds(tree.Field, names, st.none() | names)

literals = st.one_of(
    st.builds(tree.Text, texts), st.builds(tree.Number, numbers), st.builds(tree.Bool, st.booleans())
)


def _arithmetic(values: st.SearchStrategy[tree.Value]) -> st.SearchStrategy[tree.Value]:
    def of(operators: str) -> st.SearchStrategy[tree.Value]:
        rest = st.lists(st.tuples(st.sampled_from(operators), values), min_size=1, max_size=3)
        return st.builds(lambda first, more: tree.Arithmetic(first, tuple(more)), values, rest)

    return of("+-") | of("*/")


def _compound(values: st.SearchStrategy[tree.Value]) -> st.SearchStrategy[tree.Value]:
    parts = st.sampled_from(DATE_PARTS)
    return st.one_of(
        _arithmetic(values),
        st.builds(tree.Negative, values),
        st.builds(tree.DateDiff, parts, values, values),
        st.builds(tree.DateAdd, parts, values, values),
        st.builds(tree.DateOf, st.lists(values, min_size=3, max_size=7).map(tuple)),
    )


values = st.recursive(literals | fields | st.just(tree.Now()), _compound, max_leaves=4)

predicates = st.one_of(
    st.builds(tree.Compare, values, st.sampled_from(("==", "!=", ">", ">=", "<", "<=")), values),
    st.builds(tree.NullTest, fields, st.booleans()),
    st.builds(
        tree.Match,
        fields,
        st.sampled_from(("CONTAINS", "STARTSWITH", "ENDSWITH")),
        st.builds(tree.Text, texts),
    ),
    st.builds(tree.In, values, st.lists(values, min_size=1, max_size=3).map(tuple)),
)


def combined(base: st.SearchStrategy[tree.Condition]) -> st.SearchStrategy[tree.Condition]:
    """Conditions over these predicates."""

    def grown(inner: st.SearchStrategy[tree.Condition]) -> st.SearchStrategy[tree.Condition]:
        several = st.lists(inner, min_size=2, max_size=4)
        return st.one_of(several.map(tree.all_of), several.map(tree.any_of), st.builds(tree.Not, inner))

    return st.recursive(base, grown, max_leaves=6)


conditions = combined(predicates)


def _relates(nested: bool) -> st.SearchStrategy[tree.Relate]:
    flat = st.builds(tree.Relate, names, names, st.booleans())
    if not nested:
        return flat
    return st.recursive(
        flat, lambda then: st.builds(tree.Relate, names, names, st.booleans(), then), max_leaves=3
    )


def _havings(dialect: Dialect) -> st.SearchStrategy[tree.Having]:
    units = st.sampled_from(sorted(FORMS[dialect].windows))
    window = st.none() | st.tuples(units, st.integers(1, 99))
    operators = st.sampled_from(("==", ">", "<="))
    count = st.builds(tree.Having, st.just("COUNT"), st.none(), operators, numbers, window)
    return count | st.builds(tree.Having, st.sampled_from(("SUM", "AVG")), fields, operators, numbers, window)


def _steps(dialect: Dialect) -> st.SearchStrategy[tree.Step]:
    shared = st.builds(tree.Filter, conditions) | _relates(FORMS[dialect].nested_relate)
    if dialect is Dialect.RTM:
        return shared
    ordered = st.lists(st.tuples(fields, st.booleans()), min_size=1, max_size=2).map(tuple)
    return st.one_of(
        shared,
        st.builds(
            tree.Traverse,
            names | texts.filter(bool),
            st.none() | names,
            st.lists(conditions, max_size=2).map(tuple),
        ),
        st.just(tree.Distinct()),
        st.builds(tree.OrderBy, ordered),
        st.builds(tree.Skip, st.integers(0, 99)),
        st.builds(tree.Take, st.integers(0, 99)),
        st.builds(tree.Select, st.lists(fields, min_size=1, max_size=2).map(tuple)),
    )


def _leaves(dialect: Dialect) -> st.SearchStrategy[tree.Operand]:
    steps = st.lists(_steps(dialect), max_size=3).map(tuple)
    table = names | texts.filter(bool)
    alias = st.none() if dialect is Dialect.RTM else st.none() | names
    filters = st.lists(st.builds(tree.Filter, conditions), max_size=1)
    interaction = st.builds(
        lambda source, having, filtered: tree.Operand(source, (*filtered, having)),
        st.builds(tree.Interaction, table, table),
        _havings(dialect),
        filters,
    )
    segments = st.builds(tree.Operand, st.builds(tree.Segment, table))
    return st.builds(tree.Operand, st.builds(tree.Profile, table, alias), steps) | interaction | segments


def chains(leaves: st.SearchStrategy[tree.Operand]) -> st.SearchStrategy[tree.Query]:
    """Set expressions over these operands, nested ones among them."""

    def query(operands: st.SearchStrategy[tree.Operand]) -> st.SearchStrategy[tree.Query]:
        terms = st.lists(st.builds(tree.SetTerm, st.sampled_from(SetOp), operands), max_size=3)
        return st.builds(tree.chain, operands, terms)

    return query(st.recursive(leaves, lambda inner: query(inner).map(tree.grouped), max_leaves=5))


@cache  # checking a strategy anew takes as long as drawing from it
def queries(dialect: Dialect) -> st.SearchStrategy[tree.Query]:
    """Whole queries of a dialect."""
    return chains(_leaves(dialect))
