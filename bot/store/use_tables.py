"""The tables of measured use. Private to the store.

They hold many millions of rows, so that a row is as small as can be: numbers only, times in whole seconds since the
epoch, and those within a bucket counted from its start.
"""

from datetime import datetime

from sqlalchemy import REAL, BigInteger, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base


class SeriesRow(Base):
    """What samples belong to; `last_at` is about when the newest one was taken."""

    __tablename__ = "use_series"
    __table_args__ = (UniqueConstraint("allocation", "device", name="uq_use_series_allocation_device"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    allocation: Mapped[str]
    device: Mapped[str]
    last_at: Mapped[int] = mapped_column(BigInteger, index=True)


class SampleRow(Base):
    """One look. A series has no reference from here: whoever deletes one would look through all of these."""

    __tablename__ = "use_samples"
    __table_args__ = {"sqlite_with_rowid": False}

    at: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    series: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    percent: Mapped[float | None] = mapped_column(REAL())
    watts: Mapped[float | None] = mapped_column(REAL())
    memory_mib: Mapped[int | None] = mapped_column(Integer)


class BucketRow(Base):
    """Five minutes or an hour of a series; `first`, `last` and `last_active` are seconds from its start."""

    __tablename__ = "use_buckets"
    __table_args__ = (Index("ix_use_buckets_length_start", "length", "start"), {"sqlite_with_rowid": False})

    series: Mapped[int] = mapped_column(ForeignKey(SeriesRow.number, ondelete="CASCADE"), primary_key=True)
    length: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    present: Mapped[int] = mapped_column(SmallInteger)
    expected: Mapped[int | None] = mapped_column(SmallInteger)
    active: Mapped[int] = mapped_column(SmallInteger)
    first: Mapped[int] = mapped_column(SmallInteger)
    last: Mapped[int] = mapped_column(SmallInteger)
    last_active: Mapped[int | None] = mapped_column(SmallInteger)
    percent_max: Mapped[float] = mapped_column(REAL())
    watts_max: Mapped[float | None] = mapped_column(REAL())
    memory_mib_max: Mapped[int | None] = mapped_column(Integer)


class NodeHealthRow(Base):
    """How a machine answered when it was asked last."""

    __tablename__ = "node_health"

    node: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    silent_since: Mapped[datetime | None]
    trouble: Mapped[str]


class PowerBandRow(Base):
    """The power up to which a GPU of a model is at rest."""

    __tablename__ = "power_bands"

    model: Mapped[str] = mapped_column(primary_key=True)
    idle_watts: Mapped[float] = mapped_column(REAL())
    samples: Mapped[int]
    learned_at: Mapped[datetime]
