"""`otel-operator explain pod NAME` and `kubectl otel explain pod NAME`: why a pod has its injection, or has not."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

from otel_operator.cli import terminal
from otel_operator.cli.injection_options import INJECTION_OPTIONS
from otel_operator.cli.sources import Option, add_options, resolve
from otel_operator.errors import ApiError, NotFound, OperatorError
from otel_operator.inject.explanation import Explanation, explain
from otel_operator.resources.install.names import Installation
from otel_operator.settings import Settings

_HEADINGS = {
    "asked": "What was asked",
    "chosen": "What was chosen",
    "reached": "Whether the webhook is called",
    "done": "What was done",
    "now": "What a new pod would get",
}
_SECONDS_TO_WAIT = 6.0
"""For one answer: somebody is looking at the terminal."""
_SIGNS = {"ok": "+", "note": "-", "problem": "!"}
OPTIONS = (
    Option("kubeconfig", "", None, str, "kubeconfig file; without it in-cluster, then $KUBECONFIG"),
    Option("context", "", None, str, "context of the kubeconfig"),
    *INJECTION_OPTIONS,
)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the parser of this subcommand."""
    parser = subparsers.add_parser(
        "explain",
        help="say step by step what became of a pod's wish for injection",
        description="Says what a pod asked for, what was chosen, what was done, and what to change. "
        "Flags about instrumentation are read from the operator's webhook in the cluster; those given here count before.",
        allow_abbrev=False,
    )
    parser.add_argument("kind", choices=("pod",), help="kind of the object")
    parser.add_argument("name", help="name of the pod")
    parser.add_argument("-n", "--namespace", help="namespace; that of the kubeconfig without it")
    parser.add_argument("-o", "--output", choices=("text", *_FORMS), default="text", help="form of the answer")
    add_options(parser, OPTIONS)
    return parser


def run(args: argparse.Namespace) -> int:
    """Print the explanation; OperatorError when the pod cannot be read."""
    explanation = asyncio.run(_explained(args))
    form = _FORMS.get(args.output)
    if form is None:
        terminal.write(as_text(explanation), terminal.EXPLANATION)
    else:
        sys.stdout.write(form(explanation))
    return 0


async def _explained(args: argparse.Namespace) -> Explanation:
    from otel_operator.cli.explain_sources import gather
    from otel_operator.cli.operator_settings import running_settings
    from otel_operator.cli.pod_registration import registrations
    from otel_operator.kube.client import KubeClient
    from otel_operator.kube.connection import connect
    from otel_operator.kube.retry import RetryPolicy

    values = resolve(args, OPTIONS)
    connection = await connect(values["kubeconfig"], values["context"])
    name, place = args.name, args.namespace or connection.namespace
    client = KubeClient(connection, timeout=_SECONDS_TO_WAIT, retry=RetryPolicy(attempts=2))
    try:
        hooks = await registrations(client)
        install = hooks[0].installation() if hooks else Installation()
        settings = Settings(injection=await running_settings(client, args, install))
        return explain(await gather(client, place, name, settings, hooks))
    except NotFound as error:
        raise OperatorError(f"there is no pod {place}/{name}; give its namespace with -n") from error
    except ApiError as error:
        raise OperatorError(f"pod {place}/{name} cannot be explained: {error}") from error
    finally:
        await client.close()


def as_text(explanation: Explanation) -> str:
    """Return the explanation for people: `+` is as it should be, `-` worth knowing, `!` a problem."""
    return "\n".join(_lines(explanation)) + "\n"


def as_json(explanation: Explanation) -> str:
    """Return the explanation for programs: `pod`, `steps` with `step`, `finding`, `text` and `change`, and all `changes`."""
    return json.dumps(_record(explanation), indent=2) + "\n"


def as_yaml(explanation: Explanation) -> str:
    """Return what `as_json` does, as YAML."""
    import yaml

    return str(yaml.safe_dump(_record(explanation), sort_keys=False, allow_unicode=True))


_FORMS: dict[str, Callable[[Explanation], str]] = {"json": as_json, "yaml": as_yaml}


def _record(explanation: Explanation) -> dict[str, Any]:
    steps = [
        {"step": step.step, "finding": step.finding, "text": step.text, **({"change": step.change} if step.change else {})}
        for step in explanation.steps
    ]
    return {"pod": explanation.pod, "steps": steps, "changes": list(explanation.changes)}


def _lines(explanation: Explanation) -> Iterator[str]:
    yield explanation.pod
    for name, heading in _HEADINGS.items():
        if steps := [step for step in explanation.steps if step.step == name]:
            yield ""
            yield heading
            yield from (f"  {_SIGNS[step.finding]} {step.text}" for step in steps)
    yield ""
    yield "What to change" if explanation.changes else "Nothing needs to be changed."
    yield from (f"  {number}. {change}" for number, change in enumerate(explanation.changes, 1))
