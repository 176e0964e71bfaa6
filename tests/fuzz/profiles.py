"""How hard the fuzz tests try: a few seeded examples in `make test`, as many as the time allows in `make fuzz`."""

from hypothesis import HealthCheck, settings

SEEDED, LONG = "seeded", "long"
_CALM = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)

settings.register_profile(SEEDED, derandomize=True, database=None, deadline=None, suppress_health_check=_CALM)
settings.register_profile(LONG, deadline=None, max_examples=500, print_blob=True, suppress_health_check=_CALM)


def fuzzed(examples: int = 100) -> settings:
    """Return the decorator of a fuzz test; `examples` is how many it tries in `make test`, always the same ones.

    Under the profile `long` (`make fuzz`) it tries 500 new ones, again and again while its share of the time lasts.
    """
    if settings.get_current_profile_name() == LONG:
        return settings(settings.get_profile(LONG))
    return settings(settings.get_profile(SEEDED), max_examples=examples)
