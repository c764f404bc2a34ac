"""The module of nginx (spec: instrumentation §3.7)."""

from functools import partial
from posixpath import basename, dirname

from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.agent_names import NGINX_ATTACH
from otel_operator.inject.instrumentation.env import EnvList
from otel_operator.inject.instrumentation.job import Injected, Job
from otel_operator.inject.instrumentation.languages.module_text import module_attributes
from otel_operator.inject.instrumentation.languages.scripts import (
    NGINX_ATTACH_SCRIPT,
    NGINX_CLONE_SCRIPT,
    NGINX_INSTANCE,
    NGINX_TEXT,
)
from otel_operator.inject.instrumentation.languages.web_server import (
    AGENT_DIRECTORY,
    WebServer,
    clone_name,
    inject_web_server,
)
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.json_types import JsonObject

_DEFAULT_FILE = "/etc/nginx/nginx.conf"
_CONF_VOLUME = "otel-nginx-conf-dir"
_AGENT_VOLUME = "otel-nginx-agent"
_PREFIX = "NginxModule"
_LIBRARY_PATH = "LD_LIBRARY_PATH"
_LIBRARIES = f"{AGENT_DIRECTORY}/sdk_lib/lib"


def inject(job: Job, spec: JsonObject) -> Injected:
    """Add the module. Raises Refused for a file that cannot be one."""
    directory, file = _file(job)
    server = WebServer(
        clone=clone_name(spec, job.language.feature),
        attach=NGINX_ATTACH,
        conf_volume={"name": _CONF_VOLUME, "emptyDir": {}},
        agent_volume={"name": _AGENT_VOLUME, "emptyDir": {}},
        conf_directory=directory,
        changed=(file, "conf.d"),
        clone_command={"command": ["/bin/sh", "-c"], "args": [NGINX_CLONE_SCRIPT, "--", directory]},
        attach_script=NGINX_ATTACH_SCRIPT,
        attach_argument=file,
        text_variable=NGINX_TEXT,
        instance_variable=NGINX_INSTANCE,
        text=partial(_text, job),
        load=_load,
    )
    return inject_web_server(server, job, spec)


def _file(job: Job) -> tuple[str, str]:
    given = str(job.settings.get("configFile") or _DEFAULT_FILE)
    directory, file = dirname(given), basename(given)
    if not directory.startswith("/") or directory == "/" or not file:
        message = (
            f"{job.instrumentation} has spec.nginx.configFile {given!r}; give the absolute path of a file in a folder below /"
        )
        raise Refused(reasons.BAD_INSTRUMENTATION, message)
    return directory, file


def _text(job: Job, container: JsonObject) -> str:
    return "".join(f"{key} {value};\n" for key, value in module_attributes(job, container, _PREFIX).items())


def _load(env: EnvList) -> None:
    if not env.extend_text(_LIBRARY_PATH, _LIBRARIES, ":"):
        message = f"env {_LIBRARY_PATH} is set by valueFrom and cannot be extended; set it by value"
        raise Refused(reasons.VALUE_FROM, message)
