"""Binds the arguments of a call to the parameters of its function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from otel_agent.ottl import syntax
from otel_agent.ottl.applying import applied, gathered
from otel_agent.ottl.coercion import COERCIONS, PASSING
from otel_agent.ottl.errors import OttlError
from otel_agent.ottl.expression import Constant, Get
from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError, Value, WrongType, type_name

if TYPE_CHECKING:
    from otel_agent.ottl.compiling import Compiler


@dataclass(frozen=True, slots=True)
class Argued:
    """A function with its arguments."""

    get: Get
    constant: bool
    """Whether all arguments are literals."""


def bind(function: Function, call: syntax.Call, compiler: Compiler) -> Argued:
    """Return the call as a function of the item; OttlError for arguments that do not fit the parameters."""
    nodes = _by_parameter(function, call)
    gets: list[Get] = []
    literals: dict[str, Value] = {}
    for parameter in function.parameters:
        node = nodes.get(parameter.name)
        if node is None:
            gets.append(Constant(parameter.default))
            literals[parameter.name] = parameter.default
            continue
        get = _argument(parameter, node, compiler)
        gets.append(get)
        if isinstance(get, Constant):
            literals[parameter.name] = get.value
    if function.check is not None:
        try:
            function.check(literals)
        except ValueError as error:
            raise OttlError(call.column, f"{call.name}: {error}") from error
    return Argued(applied(function, gets), len(literals) == len(gets))


def _by_parameter(function: Function, call: syntax.Call) -> dict[str, syntax.Node]:
    nodes: dict[str, syntax.Node] = {}
    known = {parameter.name for parameter in function.parameters}
    for index, argument in enumerate(call.arguments):
        if argument.name is None:
            if index >= len(function.parameters):
                raise OttlError(argument.value.column, f"{call.name} takes {_amount(function)}, not {len(call.arguments)}")
            nodes[function.parameters[index].name] = argument.value
        elif argument.name not in known:
            names = ", ".join(parameter.name for parameter in function.parameters)
            raise OttlError(argument.value.column, f"{call.name} has no argument {argument.name}; known: {names}")
        elif argument.name in nodes:
            raise OttlError(argument.value.column, f"{call.name} gets its argument {argument.name} twice")
        else:
            nodes[argument.name] = argument.value
    for parameter in function.parameters:
        if not parameter.optional and parameter.name not in nodes:
            raise OttlError(call.column, f"{call.name} lacks its argument {parameter.name}; it takes {_amount(function)}")
    return nodes


def _amount(function: Function) -> str:
    most = len(function.parameters)
    least = sum(not parameter.optional for parameter in function.parameters)
    amount = str(most) if least == most else f"{least} to {most}"
    return f"{amount} argument{'' if most == 1 else 's'}"


def _argument(parameter: Parameter, node: syntax.Node, compiler: Compiler) -> Get:
    match parameter.kind:
        case Kind.TARGET:
            if not isinstance(node, syntax.Path):
                raise OttlError(node.column, f"the argument {parameter.name} is a path that can be set")
            return Constant(compiler.accessor(node))
        case Kind.FUNCTION:
            return Constant(_function(parameter, node, compiler))
        case Kind.LAMBDA:
            return _lambda(parameter, node, compiler)
    get = _listed(parameter, node, compiler) if parameter.listed else _coerced(compiler.value(node), parameter.kind, node)
    if parameter.literal and not isinstance(get, Constant):
        raise OttlError(node.column, f"the argument {parameter.name} has to be written out, it cannot depend on the telemetry")
    return get if parameter.compiled is None else _compiled(get, parameter.compiled, node)


def _coerced(get: Get, kind: Kind, node: syntax.Node) -> Get:
    coerce = COERCIONS[kind]
    if coerce is None:
        return get
    passing = PASSING[kind]

    def coerced(item: Any) -> Value:
        value = get(item)
        return value if value.__class__ is passing else coerce(value)

    return _folded(coerced, get, node)


def _folded(get: Get, source: Get, node: syntax.Node) -> Get:
    """Return a constant where the source is one; OttlError for one that does not fit."""
    if not isinstance(source, Constant):
        return get
    try:
        return Constant(get(None))
    except EvaluationError as error:
        raise OttlError(node.column, str(error)) from error


def _compiled(get: Get, prepare: Callable[[Any], Any], node: syntax.Node) -> Get:
    if isinstance(get, Constant):
        try:
            return Constant(prepare(get.value))
        except ValueError as error:
            raise OttlError(node.column, str(error)) from error

    def prepared(item: Any) -> Any:
        try:
            return prepare(get(item))
        except ValueError as error:
            raise EvaluationError(str(error)) from error

    return prepared


def _listed(parameter: Parameter, node: syntax.Node, compiler: Compiler) -> Get:
    """Compile a list whose members are of the parameter's kind: written out, or any value that is a list."""
    if isinstance(node, syntax.ListOf):
        gets = [_coerced(compiler.value(part), parameter.kind, part) for part in node.members]
        if all(isinstance(get, Constant) for get in gets):
            return Constant([get(None) for get in gets])
        return gathered(gets)
    coerce, get = COERCIONS[parameter.kind], compiler.value(node)

    def each(item: Any) -> Value:
        value = get(item)
        if not isinstance(value, list):
            raise WrongType(f"expected list but got {type_name(value)}")
        return value if coerce is None else [coerce(part) for part in value]

    return _folded(each, get, node)


def _function(parameter: Parameter, node: syntax.Node, compiler: Compiler) -> Callable[[Value], Value]:
    if not isinstance(node, (syntax.FunctionName, syntax.Enum)):
        raise OttlError(node.column, f"the argument {parameter.name} is the name of a converter")
    function = compiler.functions.get(node.name)
    if function is None or not node.name[0].isupper():
        raise OttlError(node.column, f"unknown converter {node.name}")
    if len(function.parameters) != 1 or function.takes_item or function.parameters[0].listed:
        raise OttlError(node.column, f"{node.name} does not work with one value, as the argument {parameter.name} has to")
    coerce, prepare, call = COERCIONS[function.parameters[0].kind], function.parameters[0].compiled, function.call

    def apply(value: Value) -> Value:
        value = value if coerce is None else coerce(value)
        return call(value if prepare is None else prepare(value))

    return apply


def _lambda(parameter: Parameter, node: syntax.Node, compiler: Compiler) -> Get:
    if not isinstance(node, syntax.Lambda):
        raise OttlError(node.column, f"the argument {parameter.name} is a lambda expression such as (a) => a > 1")
    if parameter.arity and len(node.parameters) not in parameter.arity:
        wanted = " or ".join(map(str, parameter.arity))
        raise OttlError(node.column, f"this lambda has {wanted} parameters, not {len(node.parameters)}")
    return compiler.lambda_(node)
