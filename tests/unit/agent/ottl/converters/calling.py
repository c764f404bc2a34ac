"""Calls a converter as a statement does once its arguments have their kinds."""

from otel_agent.ottl.converters import FUNCTIONS

CONVERTERS = {function.name: function for function in FUNCTIONS}


def call(name, *arguments, **named):
    function = CONVERTERS[name]
    parameters = {parameter.name: parameter for parameter in function.parameters}
    given = dict(zip(parameters, arguments, strict=False)) | named
    assert given.keys() <= parameters.keys()
    values = {key: given.get(key, parameter.default) for key, parameter in parameters.items()}
    if function.check is not None:
        function.check(values)
    for key in given:
        if parameters[key].compiled is not None:
            values[key] = parameters[key].compiled(values[key])
    return function.call(*values.values())
