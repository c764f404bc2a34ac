"""Reconciles one Instrumentation: upgrades its default images, says in its status whose pods carry it.

A reconcile that finds everything as it should be writes nothing.
"""

import logging
from collections.abc import Callable, Mapping, Set
from datetime import UTC, datetime

from otel_operator.errors import ApiError, Conflict, NotFound
from otel_operator.json_types import JsonObject
from otel_operator.kinds import INSTRUMENTATION
from otel_operator.kube.client import KubeClient
from otel_operator.kube.events import Recorder
from otel_operator.reconcile.announcements import Announcements
from otel_operator.reconcile.apply import NotYet
from otel_operator.reconcile.cache import version_of
from otel_operator.reconcile.instrumentation.census import take_census
from otel_operator.reconcile.instrumentation.injected_pods import InjectedPods
from otel_operator.reconcile.instrumentation.known import ImageChange, Known, known
from otel_operator.reconcile.instrumentation.missed import Missed
from otel_operator.reconcile.instrumentation.status import patch_of, status_of
from otel_operator.reconcile.ownership import Key
from otel_operator.reconcile.workers import Done
from otel_operator.settings import InjectionSettings

_log = logging.getLogger(__name__)


class Instrumentations:
    """All Instrumentations, and how each is reconciled.

    `upgraded` is called for each language with `changed`, `blocked` or `failed`, for metrics.
    """

    def __init__(
        self,
        client: KubeClient,
        pods: InjectedPods,
        events: Recorder,
        settings: InjectionSettings,
        upgraded: Callable[[str, str], None],
    ) -> None:
        self._client, self._pods, self._settings, self._upgraded = client, pods, settings, upgraded
        self._told = Announcements(events, INSTRUMENTATION)
        self._counted: dict[Key, dict[str, str]] = {}
        self.known: dict[Key, Known] = {}
        self.held: dict[Key, str] = {}
        """Why restarts that are due do not happen, by Instrumentation."""
        self.missed: Mapping[Key, tuple[Missed, ...]] = {}
        """Whose pods ask for an Instrumentation and run without, as last seen."""

    def observe(self, obj: JsonObject, *, deleted: bool = False) -> Key | None:
        """Take in a watch event, a listed object or an answer; return the key to reconcile, None when it is no news."""
        key = Key(str(obj["metadata"]["namespace"]), str(obj["metadata"]["name"]))
        before = self.known.get(key)
        newest = version_of({"metadata": before.metadata}) if before else 0
        if deleted:
            if version_of(obj) >= newest:
                self.forget(key)
            return None
        if before is not None and 0 < version_of(obj) <= newest:
            return None
        self.known[key] = known(obj, self._settings)
        return key

    def keep_only(self, existing: Set[tuple[str, str]], namespace: str | None) -> None:
        """Forget the Instrumentations of a namespace (None: of all) that do not exist."""
        for key in [key for key in self.known if key not in existing and namespace in (None, key.namespace)]:
            self.forget(key)

    def forget(self, key: Key) -> None:
        """Forget an Instrumentation that is gone."""
        for mapping in (self.known, self.held, self._counted):
            mapping.pop(key, None)
        self._told.forget(key)

    async def reconcile(self, key: Key, failures: int = 0) -> Done:
        """Bring images and status of one Instrumentation up to date.

        Raises NotYet where it has changed meanwhile, OperatorError when the API server refuses.
        """
        instrumentation = self.known.get(key)
        if instrumentation is None or instrumentation.metadata.get("deletionTimestamp"):
            return Done()
        self._tell_of_blocked(key, instrumentation)
        if instrumentation.change:
            await self._upgrade(key, instrumentation, instrumentation.change)
        await self._report(key, self.known.get(key, instrumentation))
        left = self.known.get(key)
        if left is not None and left.change:
            # A webhook of the older version wrote its own default over ours; it will be replaced before long.
            raise NotYet(f"{key}: the admission of another version took back the new default images")
        return Done()

    async def _upgrade(self, key: Key, instrumentation: Known, change: ImageChange) -> None:
        try:
            live = await self._client.merge_patch(INSTRUMENTATION, *key, change.patch)
        except NotFound:
            return
        except Conflict as error:
            raise NotYet(f"{key}: changed by another while its images were upgraded") from error
        except ApiError as error:
            for feature in change.images:
                self._upgraded(feature, "failed")
            note = f"Default images were not upgraded: {error.message}"
            self._told.tell(key, _object(instrumentation), "Warning", "UpgradeFailed", note)
            raise
        self.observe(live)
        for feature, image in change.images.items():
            self._upgraded(feature, "changed")
            self._told.tell(key, _object(instrumentation), "Normal", "Upgraded", f"{feature}: {image}", f"Upgrade-{feature}")
        _log.info("upgraded default images instrumentation=%s images=%s", key, ",".join(change.images.values()))

    def _tell_of_blocked(self, key: Key, instrumentation: Known) -> None:
        if self._counted.get(key, {}) == instrumentation.blocked:
            return
        self._counted[key] = instrumentation.blocked
        for feature, note in instrumentation.blocked.items():
            self._upgraded(feature, "blocked")
            self._told.tell(key, _object(instrumentation), "Warning", "UpgradeBlocked", note, f"Upgrade-{feature}")
            _log.info("upgrade blocked instrumentation=%s language=%s", key, feature)

    async def _report(self, key: Key, instrumentation: Known) -> None:
        """Write the status if it says something new."""
        missed, enabled = self.missed.get(key, ()), self._settings.enabled_languages
        census = take_census(key, instrumentation.digests, self._pods.of(key), missed, self.known.keys(), enabled)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        wanted = status_of(instrumentation, census, self.held.get(key, ""), now)
        patch = patch_of(instrumentation.status, wanted)
        if patch is None:
            return
        # The uid makes the write fail on an Instrumentation of the same name that was made since.
        body = {"metadata": {"uid": instrumentation.metadata.get("uid")}, "status": patch}
        try:
            live = await self._client.merge_patch(INSTRUMENTATION, *key, body, subresource="status")
        except (NotFound, Conflict):
            _log.debug("%s is gone; its status has no reader", key)
            return
        self.observe(live)


def _object(instrumentation: Known) -> JsonObject:
    return {"metadata": instrumentation.metadata}
