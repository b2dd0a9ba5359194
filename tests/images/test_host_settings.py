"""A setup gets what it needs to reach the network from here, and no password."""

from pathlib import Path

from sandbox.images.host_settings import host_settings, inside


def test_proxies_and_indexes_are_passed_on_and_passwords_are_not(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.crt"
    bundle.write_text("certificates")
    settings = host_settings(
        {
            "HTTPS_PROXY": "http://proxy.example:3128",
            "no_proxy": "localhost,.example",
            "HTTP_PROXY": "http://me:secret@proxy.example:3128",
            "PIP_EXTRA_INDEX_URL": "https://a.example/simple https://token@b.example/simple",
            "GOPROXY": "https://go.example,direct",
            "npm_config_registry": "",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "SSL_CERT_FILE": str(bundle),
        }
    )
    assert dict(settings.variables) == {
        "HTTPS_PROXY": "http://proxy.example:3128",
        "no_proxy": "localhost,.example",
        "GOPROXY": "https://go.example,direct",
    }
    assert settings.withheld == ("HTTP_PROXY", "PIP_EXTRA_INDEX_URL")
    assert settings.ca_bundle == bundle
    variables = inside(settings, "/inside/ca.crt")
    assert variables["PIP_CERT"] == variables["NODE_EXTRA_CA_CERTS"] == "/inside/ca.crt"
    assert not [value for value in variables.values() if "secret" in value or "token" in value]


def test_a_bundle_that_is_not_there_is_not_named(tmp_path: Path) -> None:
    settings = host_settings({"SSL_CERT_FILE": str(tmp_path / "none.crt")})
    assert settings.ca_bundle != tmp_path / "none.crt"
    assert (inside(settings, "/inside/ca.crt") == {}) == (settings.ca_bundle is None)
