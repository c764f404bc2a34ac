"""Starts the agent in the application's interpreter; Python imports this module by its name because the folder is on PYTHONPATH.

It takes the place of opentelemetry-instrumentation's module of that name, which only makes the second call below. An interpreter
that the agent's packages do not run on gets the application as it would be without the agent: nothing of the tree stays on its
path. So this file has to be read by every Python, from 2.7 on.
"""

import os
import sys

OLDEST = (3, 10)


def without(paths, folders):
    """Return the entries of a path list that are none of these folders."""
    return [path for path in paths if os.path.abspath(path) not in folders]


def leave():
    """Take the agent's folders off this interpreter's path and off the one that its children inherit."""
    entry = os.path.dirname(os.path.abspath(__file__))
    tree = os.path.dirname(os.path.dirname(os.path.dirname(entry)))
    sys.path[:] = without(sys.path, (entry, tree))
    os.environ["PYTHONPATH"] = os.pathsep.join(without(os.environ.get("PYTHONPATH", "").split(os.pathsep), (entry, tree)))
    sys.stderr.write(
        "opentelemetry: not instrumented: this is Python %d.%d, and the agent needs %d.%d or newer; "
        "the application runs without it\n" % (sys.version_info[:2] + OLDEST)
    )


if sys.version_info >= OLDEST:
    from opentelemetry.instrumentation.auto_instrumentation import initialize

    initialize()
else:
    leave()
