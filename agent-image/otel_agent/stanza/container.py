"""The container operator: lines of container runtimes become records, partial lines are joined."""

from otel_agent.stanza.annotations import embedded
from otel_agent.stanza.entry import Entry, EntryError
from otel_agent.stanza.expression.compiler import Condition
from otel_agent.stanza.nodes import HoldingNode, OnError
from otel_agent.stanza.parser_config import ContainerParserConfig
from otel_agent.stanza.parsers.container import PodPaths, read_line, time_reader
from otel_agent.stanza.recombine import Recombiner


class ContainerNode(HoldingNode):
    """Parses, names the pod by the file's path, and sends partial lines through `recombiner`."""

    def __init__(
        self, config: ContainerParserConfig, recombiner: Recombiner, condition: Condition | None, on_error: OnError
    ) -> None:
        super().__init__()
        self._config = config
        self._recombiner = recombiner
        recombiner.outputs = self.outputs
        self._condition = condition
        self._on_error = on_error
        self._paths = PodPaths() if config.add_metadata_from_filepath else None
        self._read_time = time_reader()
        self._embedded = embedded(config)
        self._partial: set[str] = set()

    def process(self, entries: list[Entry]) -> None:
        """Parse entries; only those of files with a partial line go through the recombiner, in the order of the file."""
        ready: list[Entry] = []
        for entry in entries:
            try:
                if self._condition is not None and not self._condition(entry):
                    ready.append(entry)
                    continue
                is_cri = self._parse(entry)
            except EntryError as error:
                if self._on_error.keeps(error):
                    ready.append(entry)
                continue
            if is_cri and self._is_in_parts(entry):
                self.pass_on(ready)
                ready = []
                self._recombiner.process([entry])
            else:
                ready.append(entry)
        self.pass_on(ready)

    def tick(self, now: float) -> None:
        """Pass on parts whose rest has not come."""
        self._recombiner.tick(now)

    def drain(self) -> None:
        """Pass on all parts."""
        self._recombiner.drain()

    def _is_in_parts(self, entry: Entry) -> bool:
        """Whether a CRI line is a part, or the last of some."""
        source = str(entry.attributes.get("log.file.path", ""))
        if entry.attributes.get("logtag") != "F":
            self._partial.add(source)
            return True
        if source in self._partial:
            self._partial.discard(source)
            return True
        return False

    def _parse(self, entry: Entry) -> bool:
        format_name, found = read_line(self._config.parse_from.require(entry), self._config.format)
        for name in ("time", "log", "stream"):
            if name not in found:
                raise EntryError(f"a container log without {name}")
        entry.timestamp = self._read_time(found.pop("time"))
        log = found.pop("log")
        entry.attributes["log.iostream"] = found.pop("stream")
        entry.attributes.update(found)
        # The newline is part of Docker's format: the runtime writes one JSON object for each line.
        entry.body = log.removesuffix("\n") if format_name == "docker" and type(log) is str else log
        if self._paths is not None:
            resource = self._paths.resource(entry)
            entry.resource = {**entry.resource, **resource} if entry.resource else resource
        for step in self._embedded:
            step(entry)
        return format_name != "docker"
