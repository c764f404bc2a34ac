"""Makes resource_detection processors; those of one id share what is detected."""

import os
from collections.abc import Callable

from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.processors.resource_detection.config import (
    DetectorConfig,
    K8sApiConfig,
    KubernetesConfig,
    ResourceDetectionConfig,
)
from otel_agent.processors.resource_detection.detector import Detector
from otel_agent.processors.resource_detection.kubernetes import KubernetesApi
from otel_agent.processors.resource_detection.processor import ResourceDetectionProcessor
from otel_agent.processors.resource_detection.provider import ResourceProvider


def create(config: ResourceDetectionConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline; ValueError for a detector that cannot be made, such as k8s_api without a node."""

    def make() -> ResourceProvider:
        blocks = {name: block_of(config, name) for name in dict.fromkeys(config.detectors)}
        if "k8snode" in blocks:
            context.logger.warning("the detector k8snode is deprecated, use k8s_api instead")

        def wanted(detector: str, attribute: str) -> bool:
            return blocks[detector].wants(attribute) and (not config.attributes or attribute in config.attributes)

        return ResourceProvider(
            {name: make_detector(name, config, context) for name in blocks},
            wanted,
            timeout=config.timeout,
            refresh_interval=config.refresh_interval,
            logger=context.logger,
        )

    provider = context.shared(context.id, make)
    return ResourceDetectionProcessor(context, provider, override=config.override)


def block_of(config: ResourceDetectionConfig, detector: str) -> DetectorConfig:
    """Return the block of a detector, which is not always called as the detector is."""
    match detector:
        case "elastic_beanstalk":
            return config.elasticbeanstalk
        case "lambda":
            return config.lambda_
        case "k8snode":
            return config.k8snode or config.k8s_api
        case _:
            block: DetectorConfig = getattr(config, detector)
            return block


def make_detector(name: str, config: ResourceDetectionConfig, context: BuildContext) -> Detector:
    """Return a detector; only its own module is imported."""
    timeout, wants = config.timeout, block_of(config, name).wants
    match name:
        case "env" | "lambda" | "heroku" | "elastic_beanstalk":
            return _of_environment(name)
        case "system":
            from otel_agent.processors.resource_detection.detectors.system import SystemDetector

            return SystemDetector(config.system.hostname_sources, wants)
        case "docker":
            from otel_agent.processors.resource_detection.detectors.docker import DockerDetector

            return DockerDetector(timeout, container=wants("container.name") or wants("container.image.name"))
        case "gcp":
            from otel_agent.processors.resource_detection.detectors.gcp import GcpDetector

            return GcpDetector(timeout)
        case "azure" | "aks":
            from otel_agent.processors.resource_detection.detectors.azure import AksDetector, AzureDetector

            return AzureDetector(timeout, config.azure.tags) if name == "azure" else AksDetector(timeout)
        case "consul":
            return _consul(config)
        case "ec2" | "ecs" | "eks":
            return _amazon(name, config, context)
        case _:
            return _cluster(name, config, context, wants)


def _of_environment(name: str) -> Detector:
    from otel_agent.processors.resource_detection.detectors import environment

    detectors: dict[str, Callable[[], Detector]] = {
        "env": environment.EnvDetector,
        "lambda": environment.LambdaDetector,
        "heroku": environment.HerokuDetector,
        "elastic_beanstalk": environment.ElasticBeanstalkDetector,
    }
    return detectors[name]()


def _amazon(name: str, config: ResourceDetectionConfig, context: BuildContext) -> Detector:
    if name == "ecs":
        from otel_agent.processors.resource_detection.detectors.ecs import EcsDetector

        return EcsDetector(config.timeout)
    from otel_agent.processors.resource_detection.detectors.aws import Ec2Detector, EksDetector

    if name == "eks":
        node = os.environ.get(config.eks.node_from_env_var, "")
        return EksDetector(config.timeout, KubernetesApi(config.timeout, context.logger), node, config.eks.wants)
    block = config.ec2
    return Ec2Detector(
        config.timeout,
        tags=block.tags,
        max_attempts=block.max_attempts,
        max_backoff=block.max_backoff,
        fail_on_missing_metadata=block.fail_on_missing_metadata,
    )


def _consul(config: ResourceDetectionConfig) -> Detector:
    from otel_agent.processors.resource_detection.detectors.consul import ConsulDetector

    block = config.consul
    return ConsulDetector(
        config.timeout,
        address=block.address,
        datacenter=block.datacenter,
        namespace=block.namespace,
        token=block.token,
        token_file=block.token_file,
        meta=block.meta,
    )


def _cluster(name: str, config: ResourceDetectionConfig, context: BuildContext, wants: Callable[[str], bool]) -> Detector:
    from otel_agent.processors.resource_detection.detectors import cluster

    if name == "openshift":
        block = config.openshift
        return cluster.OpenshiftDetector(
            KubernetesApi(
                config.timeout,
                context.logger,
                address=block.address,
                token=block.token,
                ca_file=block.tls.ca_file,
                verify=not block.tls.insecure_skip_verify,
            )
        )
    settings = block_of(config, name)
    assert isinstance(settings, KubernetesConfig)
    api = KubernetesApi(config.timeout, context.logger, authenticate=settings.auth_type == "serviceAccount")
    if not isinstance(settings, K8sApiConfig):
        return cluster.KubeadmDetector(api, wants)
    node = os.environ.get(settings.node_from_env_var, "")
    if not node:
        raise ValueError(
            f"{name}: the environment variable {settings.node_from_env_var} does not name the node; "
            "set it from spec.nodeName with the downward API"
        )
    return cluster.K8sApiDetector(api, node, wants, context.logger)
