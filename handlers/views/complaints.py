"""What a check of a payload finds, each with the place it was found at."""


class Complaints:
    """Collects what is wrong, in the order in which it is met."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, pointer: str, text: str) -> None:
        """Note a complaint about the place that the JSON pointer names."""
        self.found.append(f"{pointer}: {text}")

    def check(self, is_fine: bool, pointer: str, text: str) -> None:  # noqa: FBT001 - reads as an assertion
        """Note the complaint unless all is well."""
        if not is_fine:
            self.add(pointer, text)
