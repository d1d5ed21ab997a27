"""The operator's settings: defaults, and one clear line for what cannot be used."""

import pytest

from httpreceiver_operator.config import Config, ConfigError, config_from


def test_an_empty_environment_gives_the_defaults() -> None:
    """Absent and empty variables mean the default."""
    assert (
        Config() == config_from({}) == config_from({"HTTPRECEIVER_LISTENER_IMAGE": "", "HTTPRECEIVER_HEALTH_PORT": ""})
    )


def test_lists_are_separated_by_commas() -> None:
    """Spaces around names do not matter."""
    config = config_from({"HTTPRECEIVER_WATCH_NAMESPACES": "a, b,", "HTTPRECEIVER_LISTENER_PULL_SECRETS": "c"})
    assert (("a", "b"), ("c",)) == (config.watch_namespaces, config.image_pull_secrets)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPRECEIVER_HEALTH_PORT", "0"),
        ("HTTPRECEIVER_HEALTH_PORT", "http"),
        ("HTTPRECEIVER_RESYNC_SECONDS", "nan"),
        ("HTTPRECEIVER_LISTENER_PULL_POLICY", "Sometimes"),
        ("HTTPRECEIVER_CODE_OVERRIDES", "yes"),
    ],
)
def test_an_unusable_value_is_named(name: str, value: str) -> None:
    """The message has the variable and the value."""
    with pytest.raises(ConfigError, match=f"{name}.*{value}"):
        config_from({name: value})


def test_code_overrides_are_off_unless_switched_on() -> None:
    """The chart writes the value as YAML does."""
    assert [False, False, True] == [
        config_from({"HTTPRECEIVER_CODE_OVERRIDES": value}).code_overrides for value in ("", "false", "true")
    ]
