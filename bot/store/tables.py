"""The tables, one class each; a column has the name of the record's field it keeps. Private to the store."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.store.columns import AnyText, UtcDateTime

_NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


class Base(DeclarativeBase):
    """What the tables share: constraint names that migrations can rely on, and one column type per Python type."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {
        datetime: UtcDateTime(),
        str: AnyText(),
        bool: Boolean(),
        int: Integer(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


class DraftRow(Base):
    """A form that is open."""

    __tablename__ = "drafts"

    id: Mapped[str] = mapped_column(primary_key=True)
    slack_user: Mapped[str]
    deployment: Mapped[str]
    values: Mapped[dict[str, Any]]
    shows_help: Mapped[bool]
    wants_storage: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)


class SubmissionRow(Base):
    """A deployment that somebody asked for; `owner_key` is the e-mail as people's are compared."""

    __tablename__ = "submissions"

    deployment: Mapped[str] = mapped_column(primary_key=True)
    slack_user: Mapped[str]
    owner_key: Mapped[str] = mapped_column(index=True)
    owner_email: Mapped[str]
    owner_name: Mapped[str]
    owner_subject: Mapped[str]
    platform: Mapped[str]
    namespace: Mapped[str]
    base_domain: Mapped[str]
    request: Mapped[dict[str, Any]]
    needs_secrets: Mapped[bool]
    has_password: Mapped[bool]
    state: Mapped[str] = mapped_column(index=True)
    detail: Mapped[str]
    phase: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class HostnameRow(Base):
    """A host name that a submission holds: the primary key is what makes a race end with one winner."""

    __tablename__ = "hostnames"

    base_domain: Mapped[str] = mapped_column(primary_key=True)
    hostname: Mapped[str] = mapped_column(primary_key=True)
    deployment: Mapped[str] = mapped_column(ForeignKey("submissions.deployment", ondelete="CASCADE"), index=True)


class AnnouncementRow(Base):
    """The one direct message about a deployment, whether or not the deployment has a submission (any more)."""

    __tablename__ = "announcements"

    deployment: Mapped[str] = mapped_column(primary_key=True)
    slack_user: Mapped[str]
    platform: Mapped[str]
    namespace: Mapped[str]
    title: Mapped[str]
    module: Mapped[str]
    phase: Mapped[str]
    reason: Mapped[str]
    since: Mapped[datetime | None]
    hardware: Mapped[dict[str, Any]]
    site: Mapped[str]
    image: Mapped[str]
    endpoints: Mapped[list[Any]]
    has_password: Mapped[bool]
    channel: Mapped[str]
    timestamp: Mapped[str]
    is_posting: Mapped[bool]
    updated_at: Mapped[datetime] = mapped_column(index=True)


class StopRow(Base):
    """The intent to stop a deployment, also one that was made in the dashboard."""

    __tablename__ = "stops"

    deployment: Mapped[str] = mapped_column(primary_key=True)
    namespace: Mapped[str]
    title: Mapped[str]
    slack_user: Mapped[str]
    by_email: Mapped[str]
    purge: Mapped[bool]
    reason: Mapped[str]
    is_done: Mapped[bool] = mapped_column(index=True)
    at: Mapped[datetime]


class AuditRow(Base):
    """One line of the log; `number` tells the order of lines with one time."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str]
    deployment: Mapped[str]
    detail: Mapped[str]
    reference: Mapped[str]


class DeliveryRow(Base):
    """A delivery of Slack's that was handled."""

    __tablename__ = "deliveries"

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class SubjectRow(Base):
    """The OIDC subject that an e-mail address belongs to; the address as people's are compared."""

    __tablename__ = "subjects"

    email: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]


class CatalogCopyRow(Base):
    """The last good copy of one source's catalogue; `content` is JSON that is checked by whoever reads it."""

    __tablename__ = "catalog_copies"

    source: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str]
    read_at: Mapped[datetime]


class ImageTagsRow(Base):
    """What the registry `source` said about an image, or about one tag of it; the tags have spaces between them."""

    __tablename__ = "image_tags"

    source: Mapped[str] = mapped_column(primary_key=True)
    image: Mapped[str] = mapped_column(primary_key=True)
    fixed_tag: Mapped[str] = mapped_column(primary_key=True)
    tags: Mapped[str]
    is_complete: Mapped[bool]
    read_at: Mapped[datetime] = mapped_column(index=True)
