"""What a setup needs of this machine to reach the network from here: proxies, package indexes, the CA bundle.

All of it is given to the setup alone, and nothing that holds a password ever is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

PROXIES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
)
INDEXES = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"),
    *("NPM_CONFIG_REGISTRY", "npm_config_registry", "YARN_REGISTRY", "GOPROXY", "GOSUMDB", "GONOSUMDB"),
)
CA_BUNDLE_NAMES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")
"""Where programs look for the bundle; on the host, the first that names a file counts."""

CA_BUNDLE_NAMES_INSIDE = (*CA_BUNDLE_NAMES, "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO")


@dataclass(frozen=True)
class HostSettings:
    """`variables` to set during a setup; `withheld` names those that are not passed on for the password in them;
    `ca_bundle` is the host's file of trusted certificates, None if it has none."""

    variables: tuple[tuple[str, str], ...]
    withheld: tuple[str, ...]
    ca_bundle: Path | None


def host_settings(environ: Mapping[str, str]) -> HostSettings:
    """What `environ`, this process's environment, and this machine say."""
    given = {name: environ[name] for name in (*PROXIES, *INDEXES) if environ.get(name)}
    withheld = tuple(name for name, value in given.items() if _holds_password(value))
    kept = tuple((name, value) for name, value in given.items() if name not in withheld)
    return HostSettings(kept, withheld, _ca_bundle(environ))


def inside(settings: HostSettings, ca_bundle: str) -> dict[str, str]:
    """The variables for a container in which the bundle, if there is one, lies at `ca_bundle`."""
    bundles = dict.fromkeys(CA_BUNDLE_NAMES_INSIDE, ca_bundle) if settings.ca_bundle else {}
    return bundles | dict(settings.variables)


def _holds_password(value: str) -> bool:
    """Whether one of the addresses in `value` has a user or a password in it; what is no address has neither."""
    words = value.replace(",", " ").replace("|", " ").split()
    return any("@" in _authority(word) for word in words)


def _authority(word: str) -> str:
    return urlsplit(word if "://" in word else f"//{word}").netloc


def _ca_bundle(environ: Mapping[str, str]) -> Path | None:
    import ssl

    paths = [environ.get(name) for name in CA_BUNDLE_NAMES]
    paths += [ssl.get_default_verify_paths().cafile, "/etc/ssl/certs/ca-certificates.crt"]
    return next((Path(path) for path in paths if path and Path(path).is_file()), None)
