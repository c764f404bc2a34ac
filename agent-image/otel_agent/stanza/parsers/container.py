"""Lines of container runtimes' log files: Docker's JSON, CRI-O and containerd. Pure."""

import re

import orjson

from otel_agent.stanza.entry import Entry, EntryError, Value
from otel_agent.stanza.times import TimeReader, make_reader

_STREAMS = frozenset(("stdout", "stderr"))
_PATH = re.compile(
    r".*[/\\](?P<namespace>[^_/\\]+)_(?P<pod>[^_]+)_(?P<uid>[a-f0-9-]+)[/\\](?P<container>[^._]+)[/\\](?P<restarts>\d+)\.log(?:\.\d{8}-\d{6})?",
    re.ASCII | re.DOTALL,
)
_MAX_PATHS = 4096
PATH_ATTRIBUTE = "log.file.path"


def read_line(text: Value, format_name: str) -> tuple[str, dict[str, Value]]:
    """Return the format and the fields time, stream, log and (CRI) logtag. An empty `format_name` finds it out."""
    if type(text) is not str:
        raise EntryError(f"a value of type {type(text).__name__} cannot be parsed as container logs")
    if format_name == "docker" or (not format_name and text.startswith("{")):
        return "docker", _docker(text)
    time, _, rest = text.partition(" ")
    stream, _, rest = rest.partition(" ")
    found = "containerd" if time.endswith("Z") else "crio"
    if stream not in _STREAMS or not time or (format_name and format_name != found):
        what = format_name or "container"
        raise EntryError(f"entry cannot be parsed as {what} logs: {text[:100]!r}")
    tag, _, log = rest.partition(" ")
    return found, {"time": time, "stream": stream, "logtag": tag, "log": log}


def _docker(text: str) -> dict[str, Value]:
    try:
        found = orjson.loads(text)
    except ValueError as error:
        raise EntryError(f"entry cannot be parsed as docker logs: {error}") from error
    if not isinstance(found, dict):
        raise EntryError("entry cannot be parsed as docker logs: no object")
    return found


def time_reader() -> TimeReader:
    """Return a reader of what the runtimes write."""
    return make_reader("gotime", "2006-01-02T15:04:05.999999999Z07:00", "")


class PodPaths:
    """Kubernetes resource attributes by path of a log file."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Value] | None] = {}

    def resource(self, entry: Entry) -> dict[str, Value]:
        """Return namespace, pod and container of an entry's file; `EntryError` when its path does not tell them."""
        path = entry.attributes.get(PATH_ATTRIBUTE)
        if type(path) is not str:
            raise EntryError(
                f"add_metadata_from_filepath is on but the attribute {PATH_ATTRIBUTE} is missing: set include_file_path: true"
            )
        if path not in self._known:
            if len(self._known) >= _MAX_PATHS:
                self._known.clear()
            self._known[path] = _from_path(path)
        found = self._known[path]
        if found is None:
            raise EntryError(f"failed to detect a valid log path: {path!r}")
        return found


def _from_path(path: str) -> dict[str, Value] | None:
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    return {
        "k8s.namespace.name": match["namespace"],
        "k8s.pod.name": match["pod"],
        "k8s.pod.uid": match["uid"],
        "k8s.container.name": match["container"],
        "k8s.container.restart_count": match["restarts"],
    }
