"""
The operator's own settings: read from the environment once, passed to everything that needs them.

The planner takes the same record, so `Config()` is what the command line plans with.
"""

from collections.abc import Mapping
from dataclasses import dataclass


class ConfigError(ValueError):
    """An environment variable holds something unusable; the text names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """
    What the operator is told at start.

    Attributes:
        listener_image: image of the listener pods.
        image_pull_policy: of the listener pods.
        image_pull_secrets: names of Secrets, in each receiver's namespace, with registry credentials.
        watch_namespaces: namespaces to serve; empty means all.
        health_port: answers ``/healthz``, ``/readyz`` and ``/metrics``.
        debounce_s: how long changes are gathered before a pass.
        resync_s: longest time between two passes; every pass after it reads the cluster anew.
        code_overrides: whether receivers may bring Python in the place of C#, which listener pods then run.
        outside_certificates: thumbprints of server certificates that listeners find without a Secret, on a laptop.
    """

    listener_image: str = "httpreceiver-listener:0.1.0"
    image_pull_policy: str = "IfNotPresent"
    image_pull_secrets: tuple[str, ...] = ()
    watch_namespaces: tuple[str, ...] = ()
    health_port: int = 8081
    debounce_s: float = 0.1
    resync_s: float = 300.0
    code_overrides: bool = False
    outside_certificates: frozenset[str] = frozenset()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _number(environment: Mapping[str, str], name: str, default: float, least: float) -> float:
    text = environment.get(name, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not value >= least:
        raise ConfigError(f"{name} must be a number of at least {least:g}, not {text!r}.")
    return value


def _switch(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "")
    if text not in ("", "true", "false"):
        raise ConfigError(f"{name} must be true or false, not {text!r}.")
    return text == "true"


def config_from(environment: Mapping[str, str]) -> Config:
    """
    Return the settings in *environment*; variables that are absent or empty keep their defaults.

    Raises:
        ConfigError: naming the variable that cannot be used.
    """
    defaults = Config()
    policy = environment.get("HTTPRECEIVER_LISTENER_PULL_POLICY") or defaults.image_pull_policy
    if policy not in ("Always", "IfNotPresent", "Never"):
        raise ConfigError(f"HTTPRECEIVER_LISTENER_PULL_POLICY must be Always, IfNotPresent or Never, not {policy!r}.")
    return Config(
        listener_image=environment.get("HTTPRECEIVER_LISTENER_IMAGE") or defaults.listener_image,
        image_pull_policy=policy,
        image_pull_secrets=_words(environment.get("HTTPRECEIVER_LISTENER_PULL_SECRETS", "")),
        watch_namespaces=_words(environment.get("HTTPRECEIVER_WATCH_NAMESPACES", "")),
        health_port=int(_number(environment, "HTTPRECEIVER_HEALTH_PORT", defaults.health_port, 1)),
        debounce_s=_number(environment, "HTTPRECEIVER_DEBOUNCE_SECONDS", defaults.debounce_s, 0),
        resync_s=_number(environment, "HTTPRECEIVER_RESYNC_SECONDS", defaults.resync_s, 1),
        code_overrides=_switch(environment, "HTTPRECEIVER_CODE_OVERRIDES"),
    )
