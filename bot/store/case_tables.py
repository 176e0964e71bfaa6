"""The tables of checks and reminders, one class each. Private to the store."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base


class LeaseRow(Base):
    """Which process may do a job, and until when."""

    __tablename__ = "leases"

    job: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[datetime]


class RunRow(Base):
    """One run of a scheduled job."""

    __tablename__ = "runs"

    job: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(index=True)
    counts: Mapped[dict[str, Any]]
    detail: Mapped[str]


class EpisodeRow(Base):
    """A finding while it lasts, and after. What stands in `content` is read by the code alone."""

    __tablename__ = "episodes"
    __table_args__ = (
        UniqueConstraint("deployment", "instance", "kind", "number", "owner_key", name="uq_episodes_run"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    deployment: Mapped[str] = mapped_column(index=True)
    instance: Mapped[str]
    kind: Mapped[str]
    number: Mapped[int]
    owner_key: Mapped[str] = mapped_column(index=True)
    opened_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None] = mapped_column(index=True)
    content: Mapped[dict[str, Any]]


class TellingRow(Base):
    """One step of an episode that its owner was told."""

    __tablename__ = "tellings"

    episode: Mapped[str] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class SightingRow(Base):
    """When a run of a deployment was first seen, and about when it was last asked for."""

    __tablename__ = "sightings"

    instance: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    asked_at: Mapped[datetime] = mapped_column(index=True)


class NoticeRow(Base):
    """A digest for one person and one of their days."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("email_key", "day", name="uq_notices_email_key_day"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    email_key: Mapped[str]
    day: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    claimed_by: Mapped[str]
    claimed_until: Mapped[datetime | None]
    is_closed: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    content: Mapped[dict[str, Any]]


class NoticeItemRow(Base):
    """Which episodes a notice is about."""

    __tablename__ = "notice_items"

    episode: Mapped[str] = mapped_column(primary_key=True)
    notice: Mapped[str] = mapped_column(primary_key=True)


class ResponseRow(Base):
    """Somebody's answer to a finding."""

    __tablename__ = "responses"

    key: Mapped[str] = mapped_column(primary_key=True)
    episode: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    content: Mapped[dict[str, Any]]


class KeepRow(Base):
    """An owner's word that a deployment is needed."""

    __tablename__ = "keeps"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    deployment: Mapped[str] = mapped_column(index=True)
    since: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)
    content: Mapped[dict[str, Any]]


class ExemptionRow(Base):
    """An administrator's word that something is not to be reminded of; the primary key is its scope."""

    __tablename__ = "exemptions"

    deployment: Mapped[str] = mapped_column(primary_key=True)
    owner_key: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)
    content: Mapped[dict[str, Any]]


class PreferencesRow(Base):
    """What a person wishes."""

    __tablename__ = "preferences"

    email_key: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]


class PolicyRow(Base):
    """A policy that was in force from then on."""

    __tablename__ = "policies"

    active_from: Mapped[datetime] = mapped_column(primary_key=True)
    version: Mapped[str]
    content: Mapped[dict[str, Any]]


class BreakerRow(Base):
    """What holds reminders back."""

    __tablename__ = "breakers"

    obstacle: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]


class FactRow(Base):
    """A small fact under a name."""

    __tablename__ = "facts"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
