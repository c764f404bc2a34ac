from otel_agent.config.blocks.http_server import CorsConfig
from otel_agent.receivers.otlp.cors import Cors


def preflight(cors: Cors, origin: str, headers: str = "", method: str = "POST") -> dict[str, str] | None:
    return cors.preflight({"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers})


def test_without_origins_nothing_is_answered() -> None:
    cors = Cors(CorsConfig(allowed_headers=["x"]))
    assert cors.answer("https://a") == {}
    assert preflight(cors, "https://a") is None


def test_wildcards_match_parts_of_an_origin() -> None:
    cors = Cors(CorsConfig(allowed_origins=["https://*.example.com"]))
    assert cors.answer("https://shop.example.com")["Access-Control-Allow-Origin"] == "https://shop.example.com"
    assert "Access-Control-Allow-Origin" not in cors.answer("https://example.org")
    assert "Access-Control-Allow-Origin" not in cors.answer("https://shop.example.com.evil.org")


def test_brackets_in_an_origin_are_no_pattern() -> None:
    cors = Cors(CorsConfig(allowed_origins=["http://[::1]:8080"]))
    assert "Access-Control-Allow-Origin" in cors.answer("http://[::1]:8080")
    assert "Access-Control-Allow-Origin" not in cors.answer("http://::8080")


def test_any_origin_is_answered_with_a_star() -> None:
    assert Cors(CorsConfig(allowed_origins=["*"])).answer("https://a")["Access-Control-Allow-Origin"] == "*"


def test_a_preflight_grants_method_headers_and_age() -> None:
    cors = Cors(CorsConfig(allowed_origins=["https://a"], allowed_headers=["X-Token"], max_age=600))
    assert preflight(cors, "https://a", "content-type, x-token") == {
        "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        "Access-Control-Allow-Origin": "https://a",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "content-type, x-token",
        "Access-Control-Max-Age": "600",
    }


def test_a_preflight_for_what_is_not_allowed_grants_nothing() -> None:
    cors = Cors(CorsConfig(allowed_origins=["https://a"]))
    for answer in (
        preflight(cors, "https://b"),
        preflight(cors, "https://a", "x-other"),
        preflight(cors, "https://a", "", "PUT"),
    ):
        assert answer is not None
        assert "Access-Control-Allow-Origin" not in answer


def test_exposed_headers_are_named() -> None:
    cors = Cors(CorsConfig(allowed_origins=["*"], exposed_headers=["X-A", "X-B"]))
    assert cors.answer("https://a")["Access-Control-Expose-Headers"] == "X-A, X-B"
