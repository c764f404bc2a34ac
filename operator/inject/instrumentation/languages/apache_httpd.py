"""The module of Apache httpd (spec: instrumentation §3.6)."""

from functools import partial

from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.agent_names import APACHE_ATTACH
from otel_operator.inject.instrumentation.job import Injected, Job
from otel_operator.inject.instrumentation.languages.module_text import module_attributes
from otel_operator.inject.instrumentation.languages.scripts import APACHE_ATTACH_SCRIPT, APACHE_INSTANCE, APACHE_TEXT
from otel_operator.inject.instrumentation.languages.web_server import (
    AGENT_DIRECTORY,
    SOURCE_DIRECTORY,
    WebServer,
    clone_name,
    inject_web_server,
)
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.inject.instrumentation.volumes import agent_volume, size_limit
from otel_operator.json_types import JsonObject

_DEFAULT_DIRECTORY = "/usr/local/apache2/conf"
_CONF_VOLUME = "otel-apache-conf-dir"
_AGENT_VOLUME = "otel-apache-agent"
_PREFIX = "ApacheModule"
_LIBRARIES = ("common", "resources", "trace", "otlp_recordable", "exporter_ostream_span", "exporter_otlp_grpc", "webserver_sdk")
"""In the order in which they need each other."""


def inject(job: Job, spec: JsonObject) -> Injected:
    """Add the module. Raises Refused for a folder that cannot be one."""
    directory = _directory(job)
    server = WebServer(
        clone=clone_name(spec, job.language.feature),
        attach=APACHE_ATTACH,
        conf_volume={"name": _CONF_VOLUME, "emptyDir": {"sizeLimit": size_limit(job)}},
        agent_volume=agent_volume(job, _AGENT_VOLUME),
        conf_directory=directory,
        changed=("httpd.conf",),
        clone_command={"command": ["cp", "-r", f"{directory}/.", SOURCE_DIRECTORY]},
        attach_script=APACHE_ATTACH_SCRIPT,
        attach_argument=directory,
        text_variable=APACHE_TEXT,
        instance_variable=APACHE_INSTANCE,
        text=partial(_text, job),
    )
    return inject_web_server(server, job, spec)


def _directory(job: Job) -> str:
    given = str(job.settings.get("configPath") or _DEFAULT_DIRECTORY)
    directory = given.removesuffix("/")
    if not directory.startswith("/"):
        message = f"{job.instrumentation} has spec.apacheHttpd.configPath {given!r}; give the absolute path of a folder below /"
        raise Refused(reasons.BAD_INSTRUMENTATION, message)
    return directory


def _text(job: Job, container: JsonObject) -> str:
    module = "libmod_apache_otel22.so" if job.settings.get("version") == "2.2" else "libmod_apache_otel.so"
    attributes = module_attributes(job, container, _PREFIX)
    for name in ("ResolveBackends", "TraceAsError"):
        # The Go operator writes two blanks here.
        attributes[f"{_PREFIX}{name}"] = attributes[f"{_PREFIX}{name}"].replace("ON", " ON")
    lines = [f"LoadFile {AGENT_DIRECTORY}/sdk_lib/lib/libopentelemetry_{library}.so" for library in _LIBRARIES]
    lines.append(f"LoadModule otel_apache_module {AGENT_DIRECTORY}/WebServerModule/Apache/{module}")
    return "\n".join([*lines, *(f"{key} {value}" for key, value in attributes.items())]) + "\n"
