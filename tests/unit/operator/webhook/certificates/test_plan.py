"""When what is renewed, and that trust always runs ahead of use."""

import datetime as dt
import ssl
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_operator.webhook.certificates.authority import new_authority, parse
from otel_operator.webhook.certificates.material import Material
from otel_operator.webhook.certificates.plan import Policy, Step, advance, plan

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HOSTS = ("otel-operator-webhook.otel-operator-system.svc", "127.0.0.1")
POLICY = Policy()
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def fresh() -> Material:
    return advance(Step.CREATE, None, HOSTS, NOW, POLICY)


def step(material: Material | None, now: dt.datetime, hosts: tuple[str, ...] = HOSTS) -> Step:
    return plan(material, hosts, now, POLICY)


def test_absent_secret_is_created() -> None:
    assert step(None, NOW) is Step.CREATE


def test_fresh_material_is_kept(fresh: Material) -> None:
    assert step(fresh, NOW) is Step.KEEP
    assert step(fresh, NOW + 243 * DAY) is Step.KEEP


def test_serving_certificate_is_renewed_at_two_thirds_by_the_same_authority(fresh: Material) -> None:
    now = NOW + 244 * DAY
    assert step(fresh, now) is Step.RENEW
    renewed = advance(Step.RENEW, fresh, HOSTS, now, POLICY)
    assert renewed.authorities == fresh.authorities
    assert step(renewed, now) is Step.KEEP


def test_other_host_names_renew_at_once(fresh: Material) -> None:
    assert step(fresh, NOW, ("other.svc",)) is Step.RENEW


def test_authority_is_replaced_in_three_steps(fresh: Material) -> None:
    now = NOW + 2440 * DAY
    serving = advance(Step.RENEW, fresh, HOSTS, now, POLICY)
    assert step(serving, now) is Step.ADD_AUTHORITY
    trusted = advance(Step.ADD_AUTHORITY, serving, HOSTS, now, POLICY)
    assert trusted.authorities[1:] == fresh.authorities
    assert trusted.certificate == serving.certificate

    assert step(trusted, now) is Step.KEEP, "nothing is signed before everyone can have seen the new authority"
    now += POLICY.settle
    assert step(trusted, now) is Step.RENEW
    signed = advance(Step.RENEW, trusted, HOSTS, now, POLICY)
    assert parse(signed.certificate).issuer == parse(trusted.authorities[0]).subject

    assert step(signed, now) is Step.KEEP, "the old authority stays while another replica may serve the old certificate"
    now += POLICY.settle
    assert step(signed, now) is Step.RETIRE_AUTHORITIES
    assert advance(Step.RETIRE_AUTHORITIES, signed, HOSTS, now, POLICY).authorities == trusted.authorities[:1]


def test_expired_serving_certificate_is_renewed(fresh: Material) -> None:
    assert step(fresh, NOW + 366 * DAY) is Step.RENEW


def test_expired_authority_starts_over(fresh: Material) -> None:
    assert step(fresh, NOW + 3651 * DAY) is Step.CREATE


@pytest.mark.parametrize("field", ["authority_key", "certificate", "key"])
def test_material_with_a_garbled_part_starts_over(fresh: Material, field: str) -> None:
    parts = {name: getattr(fresh, name) for name in ("authorities", "authority_key", "certificate", "key")}
    assert step(Material(**{**parts, field: "garbage"}), NOW) is Step.CREATE


def test_parts_that_do_not_belong_together_start_over(fresh: Material) -> None:
    stranger = new_authority(NOW, DAY)
    assert step(Material((stranger.certificate,), stranger.key, fresh.certificate, fresh.key), NOW) is Step.CREATE
    assert step(Material(fresh.authorities, stranger.key, fresh.certificate, fresh.key), NOW) is Step.CREATE


@settings(max_examples=25, deadline=None)
@given(days=st.lists(st.integers(0, 500), max_size=12))
def test_served_certificate_is_always_trusted_and_planning_comes_to_rest(days: list[int]) -> None:
    now, material = NOW, advance(Step.CREATE, None, HOSTS, NOW, POLICY)
    for gap in days:
        now += gap * DAY
        before = set(material.authorities)
        for _ in range(5):
            action = plan(material, HOSTS, now, POLICY)
            if action is Step.KEEP:
                break
            material = advance(action, material, HOSTS, now, POLICY)
            if action is Step.RENEW:
                assert parse(material.certificate).issuer in {parse(pem).subject for pem in before}
            before = set(material.authorities)
        else:
            pytest.fail("planning does not come to rest")
        assert parse(material.certificate).not_valid_after_utc > now


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize("field", ["authorities", "certificate"])
@pytest.mark.parametrize("bit", [0x01, 0x80])
def test_a_flipped_bit_anywhere_in_a_certificate_starts_over(fresh: Material, field: str, bit: int) -> None:
    pem = fresh.certificate if field == "certificate" else fresh.authorities[0]
    der = ssl.PEM_cert_to_DER_cert(pem)
    kept = []
    for place in range(len(der)):
        damaged = bytearray(der)
        damaged[place] ^= bit
        text = ssl.DER_cert_to_PEM_cert(bytes(damaged))
        material = replace(fresh, **{field: text if field == "certificate" else (text,)})
        if (action := step(material, NOW)) is Step.KEEP:
            kept.append(place)
        else:
            assert action is Step.CREATE, f"byte {place}"
    assert len(kept) <= 1, "verification does not look at the count of unused bits of the signature, and at nothing else"


def test_material_of_a_replica_whose_clock_is_ahead_is_made_anew_and_stays_trusted(fresh: Material) -> None:
    earlier = NOW - 30 * DAY
    assert step(fresh, earlier) is Step.CREATE
    healed = advance(Step.CREATE, fresh, HOSTS, earlier, POLICY)
    assert healed.authorities[1:] == fresh.authorities, "the other replica serves the old certificate until it looks again"
    assert step(healed, earlier) is Step.KEEP
    assert step(healed, NOW) is Step.RETIRE_AUTHORITIES, "replicas with different clocks come to rest on the same"


def test_serving_certificate_from_the_future_is_renewed_by_the_authority_that_is_trusted(fresh: Material) -> None:
    ahead = advance(Step.RENEW, fresh, HOSTS, NOW + DAY, POLICY)
    assert step(ahead, NOW) is Step.RENEW
    assert advance(Step.RENEW, ahead, HOSTS, NOW, POLICY).authorities == fresh.authorities
