"""How a function of OTTL declares itself.

    def concat(values: list[str | None], delimiter: str) -> Value:
        return delimiter.join("<nil>" if value is None else value for value in values)

    CONCAT = Function(
        "Concat", (Parameter("vals", Kind.STRING_LIKE, listed=True), Parameter("delimiter", Kind.STRING)), concat
    )

    IS_MATCH = Function(
        "IsMatch",
        (Parameter("target", Kind.STRING_LIKE), Parameter("pattern", Kind.STRING, compiled=regex)),
        lambda target, pattern: target is not None and pattern.is_in(target),
    )

`call` takes the arguments by position, in the order of the parameters, each already of the parameter's kind; one that a statement
leaves out is the parameter's default. It returns a value, or raises EvaluationError. A module of functions ends in
`FUNCTIONS: tuple[Function, ...]`; `otel_agent.ottl.converters.FUNCTIONS` joins those of its modules.

A parameter's `compiled` is what can be done once: it takes the value and returns what `call` gets instead (a regular expression,
a checked mode). For an argument written as a literal it is called when the statement is parsed, and its ValueError is the
statement's error; for any other it is called for every item (it should cache what is expensive), and its ValueError becomes an
EvaluationError. `Function.check` sees the literal arguments together, by name, and raises ValueError for those that do not fit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a parameter takes. A value of another type is a WrongType for the item, except where it is said otherwise.

    The LIKE ones turn other types into theirs, let nil through as None, and are None for maps and lists where those have no
    counterpart. `otel_agent.ottl.coercion` has the rules.
    """

    ANY = "any"
    """Any value, nil too."""
    STRING = "string"
    STRING_LIKE = "string-like"
    """str | None: bool as true and false, numbers in decimal, bytes in hex, maps and lists as JSON."""
    INT = "int"
    INT_LIKE = "int-like"
    """int | None: text in decimal (None where it is no number), floats cut, bool 0 and 1."""
    FLOAT = "float"
    FLOAT_LIKE = "float-like"
    """float | None: text (EvaluationError where it is no number), ints, bool 0 and 1."""
    BOOL = "bool"
    BOOL_LIKE = "bool-like"
    """bool | None: text as Go's ParseBool reads it, numbers other than 0."""
    BYTES_LIKE = "bytes-like"
    """bytes | None: text in UTF-8, numbers in eight bytes big endian, bool in one."""
    MAP = "map"
    LIST = "list"
    TIME = "time"
    DURATION = "duration"
    TARGET = "target"
    """A path that can be read and set: an `Accessor`. For functions with `takes_item`, that is editors."""
    FUNCTION = "function"
    """The name of a converter with one argument: a callable of one value."""
    LAMBDA = "lambda"
    """`(a, b) => value`: a callable of as many values; see `Parameter.arity`."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. Those with a default come last."""

    name: str
    """As a named argument writes it: the name of Go's struct field in snake case (`regex_pattern`)."""
    kind: Kind = Kind.ANY
    optional: bool = False
    default: Any = None
    literal: bool = False
    """Takes only what is written out in the statement."""
    listed: bool = False
    """A list, each member of the kind; written out as `[a, b]`, with any values inside, or a path to a list."""
    compiled: Callable[[Any], Any] | None = None
    """See the module's text. Not called for an argument that is left out."""
    arity: tuple[int, ...] = ()
    """Of a LAMBDA: how many parameters it may have."""


@dataclass(frozen=True, slots=True)
class Function:
    """An editor (lower case) or a converter (capitalised)."""

    name: str
    parameters: tuple[Parameter, ...]
    call: Callable[..., Any]
    takes_item: bool = False
    """`call` gets the item that the statement works on before the arguments."""
    contexts: frozenset[str] | None = None
    """Names of the contexts that have this function; None is all of them."""
    check: Callable[[Mapping[str, Any]], None] | None = None
    pure: bool = True
    """The same arguments give the same result: with literals only it is evaluated once (`Now` and `UUID` say False)."""


@dataclass(frozen=True, slots=True)
class Accessor:
    """A path as an editor sees it, bound to no item; both functions take the item first."""

    get: Callable[[Any], Any]
    """Returns the value; None when it is not there."""
    set: Callable[[Any, Any], None]
    """Assigns; EvaluationError for a value that the place does not take."""
    look: Callable[[Any], Any] | None = None
    """As `get`, where a map need not be one's own: it is neither changed nor kept. None where `get` costs no copy."""
