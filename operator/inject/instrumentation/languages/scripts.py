"""Shell scripts of the web servers' init containers. They take paths as arguments and never by text put into them.

They run in the web server's image and in the agent's, whose shell may be BusyBox; each ends at the first command that fails,
so that a web server is not started with half a configuration. The kubelet expands `$(...)` before
the shell sees it, so none is used.
"""

from otel_operator.inject.instrumentation.languages.module_text import INSTANCE_PLACEHOLDER
from otel_operator.inject.instrumentation.languages.web_server import AGENT_DIRECTORY, SOURCE_DIRECTORY

_MODULES = "/opt/opentelemetry"
_LOGGING = f"{AGENT_DIRECTORY}/conf/opentelemetry_sdk_log4cxx.xml"
_COPY_AGENT = f"""set -eu
cp -r {_MODULES}/. {AGENT_DIRECTORY}
sed 's,__agent_log_dir__,{AGENT_DIRECTORY}/logs,g' {_LOGGING}.template > {_LOGGING}
"""


def _write_text(text_variable: str, instance_variable: str, file: str) -> str:
    # A pod's name has no character that means anything to sed.
    substitution = f"s,{INSTANCE_PLACEHOLDER},${instance_variable},g"
    return f"""printf '%s\\n' "${text_variable}" | sed "{substitution}" > {SOURCE_DIRECTORY}/{file}\n"""


APACHE_TEXT, APACHE_INSTANCE = "OTEL_APACHE_AGENT_CONF", "APACHE_SERVICE_INSTANCE_ID"
APACHE_FILE = "opentemetry_agent.conf"
"""The name is the Go operator's, and people's tests look for it."""
NGINX_TEXT, NGINX_INSTANCE = "OTEL_NGINX_AGENT_CONF", "OTEL_NGINX_SERVICE_INSTANCE_ID"
_NGINX_FILE = "opentelemetry_agent.conf"
_VERSION = f"{SOURCE_DIRECTORY}/version.txt"

APACHE_ATTACH_SCRIPT = (
    _COPY_AGENT
    + _write_text(APACHE_TEXT, APACHE_INSTANCE, APACHE_FILE)
    + f"""test -f {SOURCE_DIRECTORY}/httpd.conf || {{ echo "no httpd.conf in $1; set spec.apacheHttpd.configPath" >&2; exit 1; }}
printf '\\nInclude %s\\n' "$1/{APACHE_FILE}" >> {SOURCE_DIRECTORY}/httpd.conf
"""
)
"""`$1` is the folder of the configuration as the web server sees it."""

NGINX_CLONE_SCRIPT = f"""set -eu
cp -r "$1"/. {SOURCE_DIRECTORY}
nginx -v 2>&1 | sed -e 's,.*/,,' -e 's, .*,,' > {_VERSION}
"""
"""`$1` is the folder of the configuration."""

NGINX_ATTACH_SCRIPT = (
    _COPY_AGENT
    + _write_text(NGINX_TEXT, NGINX_INSTANCE, _NGINX_FILE)
    + f"""file={SOURCE_DIRECTORY}/"$1"
read -r version < {_VERSION}
module={AGENT_DIRECTORY}/WebServerModule/Nginx/$version/ngx_http_opentelemetry_module.so
test -f "$module" || {{ echo "the agent has no module for this version of nginx: $module" >&2; exit 1; }}
test -d {SOURCE_DIRECTORY}/conf.d || {{ echo "nginx has no folder conf.d beside $1 for the module's configuration" >&2; exit 1; }}
{{ printf 'env OTEL_RESOURCE_ATTRIBUTES;\\nload_module %s;\\n' "$module"; cat "$file"; }} > "$file.with-module"
cat "$file.with-module" > "$file"
rm "$file.with-module"
mv {SOURCE_DIRECTORY}/{_NGINX_FILE} {SOURCE_DIRECTORY}/conf.d/
"""
)
"""`$1` is the file of the configuration that loads modules."""
