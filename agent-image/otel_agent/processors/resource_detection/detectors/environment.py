"""Detectors that read environment variables or a file: env, lambda, heroku, elastic_beanstalk."""

import asyncio
import json
import os
import re
from pathlib import Path
from urllib.parse import unquote_plus

from otel_agent.processors.resource_detection.detector import DetectionError, Found, given

_PAIR = re.compile(r"\s*([\x00-\x7f]{1,256}?)\s*=\s*([\x00-\x7f]{0,256}?)\s*(?:,|$)")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
BEANSTALK_FILE = Path("/var/elasticbeanstalk/xray/environment.conf")


class EnvDetector:
    """OTEL_RESOURCE_ATTRIBUTES, or the older OTEL_RESOURCE."""

    async def detect(self) -> Found:
        """Return the pairs."""
        text = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "").strip() or os.environ.get("OTEL_RESOURCE", "").strip()
        return parse_pairs(text)


def parse_pairs(text: str) -> Found:
    """Read `key=value,key=value`, values percent-encoded; DetectionError for what is no such list."""
    found: Found = {}
    end = 0
    while end < len(text):
        match = _PAIR.match(text, end)
        if match is None:
            raise DetectionError(f"OTEL_RESOURCE_ATTRIBUTES: {text[end:]!r} is no key=value; values are percent-encoded")
        if _BAD_ESCAPE.search(match[2]):
            raise DetectionError(f"OTEL_RESOURCE_ATTRIBUTES: the value of {match[1]} has a % without two hexadecimal digits")
        found[match[1]] = unquote_plus(match[2])
        end = match.end()
    return found


class LambdaDetector:
    """AWS Lambda."""

    async def detect(self) -> Found:
        """Return what the function's environment says."""
        env = os.environ
        if not (name := env.get("AWS_LAMBDA_FUNCTION_NAME")):
            return {}
        group, stream = env.get("AWS_LAMBDA_LOG_GROUP_NAME"), env.get("AWS_LAMBDA_LOG_STREAM_NAME")
        return given(
            {
                "cloud.provider": "aws",
                "cloud.platform": "aws_lambda",
                "cloud.region": env.get("AWS_REGION"),
                "faas.name": name,
                "faas.version": env.get("AWS_LAMBDA_FUNCTION_VERSION"),
                "faas.instance": stream,
                "faas.max_memory": env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
                "aws.log.group.names": [group] if group else None,
                "aws.log.stream.names": [stream] if stream else None,
            }
        )


class HerokuDetector:
    """Heroku, with its dyno metadata enabled."""

    async def detect(self) -> Found:
        """Return what the dyno's environment says."""
        env = os.environ
        app = env.get("HEROKU_APP_ID")
        return given(
            {
                "cloud.provider": "heroku" if app else None,
                "heroku.app.id": app,
                "service.instance.id": env.get("HEROKU_DYNO_ID"),
                "service.name": env.get("HEROKU_APP_NAME"),
                "service.version": env.get("HEROKU_RELEASE_VERSION"),
                "heroku.release.creation_timestamp": env.get("HEROKU_RELEASE_CREATED_AT"),
                "heroku.release.commit": env.get("HEROKU_SLUG_COMMIT"),
            }
        )


class ElasticBeanstalkDetector:
    """AWS Elastic Beanstalk: the file that its X-Ray integration writes."""

    def __init__(self, file: Path = BEANSTALK_FILE) -> None:
        self._file = file

    async def detect(self) -> Found:
        """Return what the file says; nothing without one."""
        try:
            text = await asyncio.to_thread(self._file.read_text)
        except OSError:
            return {}
        try:
            facts = json.loads(text)
        except ValueError as error:
            raise DetectionError(f"{self._file} is not JSON: {error}") from error
        return given(
            {
                "cloud.provider": "aws",
                "cloud.platform": "aws_elastic_beanstalk",
                "service.instance.id": str(facts.get("deployment_id", "")),
                "deployment.environment": facts.get("environment_name"),
                "service.version": facts.get("version_label"),
            }
        )
