"""`otel-operator manifests`: writes the one-file install."""

import argparse
import sys
from pathlib import Path

from otel_operator.resources.install.names import Installation

_DEFAULTS = Installation()


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the parser of this subcommand."""
    parser = subparsers.add_parser("manifests", help="write the one-file install", allow_abbrev=False)
    parser.add_argument("--image", default=_DEFAULTS.image, help="image of manager and webhook (default %(default)s)")
    parser.add_argument("--namespace", default=_DEFAULTS.namespace, help="where they run (default %(default)s)")
    parser.add_argument(
        "--replicas", type=int, default=_DEFAULTS.replicas, help="of manager and webhook each (default %(default)s)"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
    return parser


def run(args: argparse.Namespace) -> int:
    """Write the manifest; 0."""
    from otel_operator.api.crd import build_crds
    from otel_operator.resources.install.manifest import install_objects, to_yaml

    install = Installation(image=args.image, namespace=args.namespace, replicas=args.replicas)
    text = to_yaml(install_objects(install, build_crds()), install)
    if args.output is None:
        sys.stdout.write(text)
    else:
        args.output.write_text(text, encoding="utf-8")
    return 0
