"""Manifests, each with the mistakes that a comment `#! rule` marks on their lines; without a mark it is right.

`operator/webhook/offline.py` says of them what an API server with our webhook says, which a test of each side holds.
"""

import re
from collections.abc import Iterator

_MARK = re.compile(r"#! ([a-z-]+)")

BETA = """\
apiVersion: opentelemetry.io/v1beta1
kind: OpenTelemetryCollector
metadata:
  name: gateway
spec:
"""
CONFIG = """\
  config:
    receivers: {otlp: {protocols: {grpc: {}}}}
    exporters: {debug: {}}
    service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}
"""
ALPHA = """\
apiVersion: opentelemetry.io/v1alpha1
kind: OpenTelemetryCollector
metadata:
  name: gateway
spec:
"""
TEXT = """\
  config: |
    receivers: {otlp: {protocols: {grpc: {}}}}
    exporters: {debug: {}}
    service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}
"""
INSTRUMENTATION = """\
apiVersion: opentelemetry.io/v1alpha1
kind: Instrumentation
metadata:
  name: rules
spec:
"""
NAMELESS = "apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\n"

RIGHT = {
    "a collector": BETA + CONFIG,
    "a collector of the older version": ALPHA + TEXT,
    "an Instrumentation": INSTRUMENTATION + "  exporter: {endpoint: http://otel-agent:4318}\n",
    "an Instrumentation without a spec": INSTRUMENTATION.replace("spec:\n", ""),
    "nulls that go": BETA + CONFIG + "  mode: null\n  ports: null\n  env: [{name: A, value: null}]\n",
    "a number without a fraction": BETA + CONFIG + "  replicas: 2.0\n",
    "a quantity as a number": BETA + CONFIG + "  resources: {limits: {cpu: 1, memory: 1Gi}}\n",
    "a port without a protocol": BETA + CONFIG + "  ports: [{name: a, port: 1}, {name: b, port: 1, protocol: UDP}]\n",
    "a port by name and by number": BETA
    + CONFIG
    + "  additionalContainers: [{name: a, livenessProbe: {httpGet: {port: web}}, readinessProbe: {httpGet: {port: 80}}}]\n",
    "settings nobody knows, for another image": BETA
    + CONFIG.replace("debug: {}", "debug: {verbositty: x}")
    + "  image: other:1\n",
    "a variable in the configuration": BETA + CONFIG.replace("debug: {}", "debug: {verbosity: '${env:LEVEL}'}"),
    "labels and annotations": BETA.replace(
        "  name: gateway\n", "  name: a.b-c\n  labels: {a.b/C_d: E.f, empty: '', nothing: }\n  annotations: {A/b: 'c d'}\n"
    )
    + CONFIG,
    "a name to be made": BETA.replace("name: gateway", "generateName: gateway-") + CONFIG,
    "a status": BETA + CONFIG + "status: {image: 1}\n",
    "many fields": BETA
    + CONFIG
    + """\
  mode: statefulset
  image: other:1
  replicas: 2
  serviceAccount: a
  hostNetwork: true
  priorityClassName: high
  managementState: managed
  upgradeStrategy: none
  args: {feature-gates: a}
  nodeSelector: {a: b}
  podAnnotations: {a: b}
  tolerations: [{key: a, operator: Exists, effect: NoSchedule, tolerationSeconds: 5}]
  env: [{name: A, value: b}, {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
  envFrom: [{configMapRef: {name: a, optional: true}}]
  resources: {limits: {memory: 1Gi}, requests: {cpu: 100m}}
  securityContext: {runAsUser: 1, runAsNonRoot: true, capabilities: {drop: [ALL]}}
  volumes: [{name: a, emptyDir: {sizeLimit: 1Gi}}]
  volumeMounts: [{name: a, mountPath: /a, readOnly: true}]
  ports: [{name: a, port: 1, appProtocol: http, hostPort: 5}]
  livenessProbe: {initialDelaySeconds: 1, periodSeconds: 2}
  topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway}]
  lifecycle: {preStop: {exec: {command: [a]}}}
  terminationGracePeriodSeconds: 30
  ingress: {type: ingress, hostname: a.b, annotations: {a: b}}
  configmaps: [{name: a, mountpath: /b}]
""",
    "many fields of an Instrumentation": INSTRUMENTATION
    + """\
  exporter: {endpoint: "https://a:4318", tls: {ca_file: a, configMapName: b}}
  propagators: [tracecontext, baggage]
  sampler: {type: parentbased_traceidratio, argument: "0.5"}
  env: [{name: A, value: b}]
  resource: {resourceAttributes: {a: b}, addK8sUIDAttributes: true}
  java: {image: "a:1", env: [{name: B, value: c}], resources: {limits: {cpu: 1}}}
  nginx: {configFile: /etc/a, attrs: [{name: C, value: d}]}
  defaults: {useLabelsForResourceAttributes: true}
""",
    "durations": BETA
    + CONFIG
    + "  targetAllocator: {collectorNotReadyGracePeriod: 1h30m, collectorTargetReloadInterval: 2 days}\n",
}
"""What is taken, by name."""

WRONG = {
    "no name": NAMELESS + "metadata: {} #! metadata\nspec:\n" + CONFIG,
    "a name in capitals": BETA.replace("gateway", "Gateway #! metadata") + CONFIG,
    "a number for a name": BETA.replace("gateway", "1 #! metadata") + CONFIG,
    "a label that is a number": BETA.replace("gateway", "gateway\n  labels:\n    a: 1 #! metadata") + CONFIG,
    "a label's value with a blank": BETA.replace("gateway", "gateway\n  labels:\n    a: b c #! metadata") + CONFIG,
    "a label's key with two slashes": BETA.replace("gateway", "gateway\n  labels:\n    a/b/c: d #! metadata") + CONFIG,
    "an annotation that is true": BETA.replace("gateway", "gateway\n  annotations:\n    a: true #! metadata") + CONFIG,
    "an unknown field of the metadata": BETA.replace("gateway", "gateway\n  label: {} #! unknown-field") + CONFIG,
    "an unknown version": BETA.replace("v1beta1", "v1beta2 #! not-served") + CONFIG,
    "an unknown kind": BETA.replace("OpenTelemetryCollector", "OpenTelemetryCollectors #! not-served") + CONFIG,
    "an unknown field": BETA + CONFIG + "  replica: 1 #! unknown-field\n",
    "an unknown field deep below": BETA + CONFIG + "  env:\n  - name: A\n    vale: b #! unknown-field\n",
    "an unknown field beside spec": BETA + CONFIG + "specs: {} #! unknown-field\n",
    "a field of the newer version": ALPHA + TEXT + "  hostPID: true #! unknown-field\n",
    "a configuration as text": BETA + "  config: 'receivers:' #! schema\n",
    "a configuration as a map, in the older version": ALPHA + "  config: {receivers: {}} #! schema\n",
    "no configuration": BETA.replace("spec:", "spec: #! schema") + "  mode: deployment\n",
    "no exporters": BETA + "  config: #! schema\n    receivers: {otlp: }\n    service: {pipelines: {}}\n",
    "null for receivers": BETA
    + "  config:\n    receivers: null #! schema\n    exporters: {debug: {}}\n    service: {pipelines: {}}\n",
    "a list for a map": BETA + CONFIG + "  nodeSelector: [a] #! schema\n",
    "text for a number": BETA + CONFIG + "  replicas: '2' #! schema\n",
    "a fraction for a whole number": BETA + CONFIG + "  replicas: 1.5 #! schema\n",
    "a number that is too large": BETA + CONFIG + "  replicas: 3000000000 #! schema\n",
    "a number that is too small": BETA + CONFIG + "  configVersions: 0 #! schema\n",
    "text for a boolean": BETA + CONFIG + "  hostNetwork: 'true' #! schema\n",
    "a number for text": BETA + CONFIG + "  env:\n  - name: A\n    value: 1 #! schema\n",
    "a null in a list": BETA + CONFIG + "  args: {a: b}\n  command:\n  - null #! schema\n",
    "a mode there is not": BETA + CONFIG + "  mode: daemon #! schema\n",
    "a quantity that is none": BETA + CONFIG + "  resources: {limits: {cpu: lots}} #! schema\n",
    "an item without its required field": BETA + CONFIG + "  env:\n  - value: a #! schema\n",
    "an item twice": BETA
    + CONFIG
    + "  additionalContainers:\n  - name: a\n    ports:\n    - containerPort: 1\n    - containerPort: 1 #! schema\n",
    "a port twice": BETA + CONFIG + "  ports:\n  - {name: a, port: 1}\n  - {name: b, port: 1} #! ports\n",
    "a list that is too short": BETA + CONFIG + "  command: [] #! schema\n",
    "a duration that is none": BETA + CONFIG + "  targetAllocator: {collectorNotReadyGracePeriod: soon} #! schema\n",
    "a path with a blank": INSTRUMENTATION + "  nginx: {configFile: a b} #! schema\n",
    "an unknown propagator": INSTRUMENTATION + "  propagators:\n  - b3\n  - b4 #! schema\n",
    "an unknown sampler": INSTRUMENTATION + "  sampler:\n    type: often #! schema\n",
    "a ratio above one": INSTRUMENTATION + "  sampler:\n    type: traceidratio\n    argument: '2' #! sampler\n",
    "two volumes": INSTRUMENTATION + "  java: {volumeLimitSize: 1Mi, volumeClaimTemplate: {spec: {}}} #! volume\n",
    "a field that the mode does not have": BETA + CONFIG + "  mode: sidecar\n  tolerations: [{operator: Exists}] #! mode\n",
    "a port's name in capitals": BETA + CONFIG + "  ports:\n  - name: UPPER #! ports\n    port: 1\n",
    "fewest without most": BETA + CONFIG + "  autoscaler: {minReplicas: 2} #! autoscaler\n",
    "fewest above most": BETA + CONFIG + "  autoscaler:\n    minReplicas: 3 #! autoscaler\n    maxReplicas: 2\n",
    "subdomains of nothing": BETA + CONFIG + "  ingress: {type: ingress, ruleType: subdomain} #! ingress\n",
    "an unknown setting": BETA + CONFIG.replace("{debug: {}}", "\n      debug:\n        verbositty: x #! config"),
    "an unknown component": BETA + CONFIG.replace("{debug: {}}", "\n      debug: {}\n      nosuch: {} #! config"),
    "an exporter that is not defined": BETA + CONFIG.replace("exporters: [debug]}}}", "exporters: [none]}}} #! config"),
    "an unknown protocol": BETA
    + CONFIG.replace(
        "{otlp: {protocols: {grpc: {}}}}", "\n      otlp: #! config-ports\n        protocols:\n          grcp: #! config"
    ),
    "an unknown setting, in text": ALPHA + TEXT.replace("{debug: {}}", "\n      debug:\n        verbositty: x #! config"),
    "text that is not YAML": ALPHA + "  config: |\n    receivers:\n      otlp: {}\n     exporters: {} #! config-text\n",
    "two mistakes": BETA
    + CONFIG.replace("[debug]", "[none]").replace("[none]}}}\n", "[none]}}} #! config\n")
    + "  ports:\n  - {name: UPPER, port: 1} #! ports\n",
}
"""What is refused, by name."""


def marks(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and rule of each mark."""
    for number, line in enumerate(text.splitlines(), 1):
        yield from ((number, rule) for rule in _MARK.findall(line))
