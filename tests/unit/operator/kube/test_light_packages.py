import subprocess
import sys

import pytest

CASES = {
    "parents stay light": """
        import otel_operator.kube.connection, sys
        assert "kubernetes.aio.client.models" not in sys.modules
        assert "kubernetes.client" not in sys.modules
    """,
    "kopf does not load the synchronous client": """
        import otel_operator.handlers, sys
        assert "kopf" in sys.modules and "kubernetes.client" not in sys.modules
    """,
    "the synchronous client still imports": """
        import otel_operator.handlers
        from kubernetes import client, config
        assert client.CoreV1Api and config.load_kube_config
    """,
    "names of the asynchronous packages are found later": """
        import otel_operator.kube.connection
        from kubernetes.aio.client import CoreV1Api
        import kubernetes.aio.config, kubernetes
        assert CoreV1Api and kubernetes.aio.config.load_config and kubernetes.watch
    """,
    "an unknown name is an AttributeError": """
        import otel_operator.kube.connection, kubernetes
        assert not hasattr(kubernetes, "no_such_name")
    """,
    "packages that are imported already stay": """
        import kubernetes
        import otel_operator.kube.connection
        assert kubernetes.client.CoreV1Api
    """,
}


@pytest.mark.parametrize("case", CASES)
def test_light_packages(case: str) -> None:
    import textwrap

    subprocess.run([sys.executable, "-c", textwrap.dedent(CASES[case])], check=True, timeout=60)
