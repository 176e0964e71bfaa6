"""What Slack demands of a text: its kind, its length, and that nothing in it is interpreted."""

from collections.abc import Mapping, Sequence

from handlers.views.complaints import Complaints

PLAIN = ("plain_text",)
ANY = ("plain_text", "mrkdwn")


def check_text(complaints: Complaints, pointer: str, text: object, *, longest: int, kinds: Sequence[str] = ANY) -> None:
    """Check a text object."""
    if not isinstance(text, Mapping):
        complaints.add(pointer, "must provide an object")
        return
    kind, content = text.get("type"), text.get("text")
    complaints.check(kind in kinds, f"{pointer}/type", f"must be {' or '.join(kinds)}")
    is_said = isinstance(content, str) and bool(content.strip())
    complaints.check(is_said, f"{pointer}/text", "must be more than 0 characters")
    length = len(content) if isinstance(content, str) else 0
    complaints.check(length <= longest, f"{pointer}/text", f"must be less than {longest + 1} characters")
    if kind == "mrkdwn":
        complaints.check(text.get("verbatim") is True, f"{pointer}/verbatim", "must be true: foreign text may be in it")
        complaints.check("emoji" not in text, f"{pointer}/emoji", "is for plain_text alone")
    else:
        complaints.check("verbatim" not in text, f"{pointer}/verbatim", "is for mrkdwn alone")
