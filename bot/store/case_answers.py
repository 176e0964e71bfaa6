"""What people said to it, and what they wish, in a SQL database."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select, update

from bot.domain.answers import Preferences, Response
from bot.domain.base import DeploymentId
from bot.domain.episodes import EpisodeId
from bot.domain.records import AuditEntry
from bot.domain.reminders import Exemption, Keep
from bot.store.case_contents import content_of, contents, records
from bot.store.case_tables import ExemptionRow, KeepRow, PreferencesRow, ResponseRow
from bot.store.rows import chunks, note, put, put_new
from bot.store.rules import email_key
from bot.store.transactions import writing


class SqlAnswers:
    """The part of the case book that knows answers, keeps, exemptions and wishes."""

    __slots__ = ()

    engine: Engine

    def respond(self, response: Response, *, keep: Keep | None = None, noting: AuditEntry | None = None) -> bool:
        """Record an answer with the keep that it stands for; False if the same click was recorded before."""
        values = {"key": response.key, "episode": response.episode, "at": response.at, "content": content_of(response)}
        with writing(self.engine) as connection:
            if not put_new(connection, ResponseRow, values):
                return False
            if keep is not None:
                connection.execute(insert(KeepRow).values(**_keep_values(keep)))
            note(connection, noting)
            return True

    def responses(self, episodes: Collection[EpisodeId]) -> tuple[Response, ...]:
        """Return the answers to these episodes, oldest first."""
        found = [
            each
            for chunk in chunks(sorted(set(episodes)))
            for each in contents(self.engine, Response, ResponseRow, ResponseRow.episode.in_(chunk))
        ]
        return tuple(sorted(found, key=lambda each: (each.at, each.key)))

    def responses_since(self, since: datetime) -> tuple[Response, ...]:
        """Return all answers from then on, oldest first."""
        return contents(
            self.engine, Response, ResponseRow, ResponseRow.at >= since, order=(ResponseRow.at, ResponseRow.key)
        )

    def keeps(self, deployments: Collection[DeploymentId]) -> tuple[Keep, ...]:
        """Return every keep of these deployments, oldest first, also those that are over."""
        found = [
            each
            for chunk in chunks(sorted(set(deployments)))
            for each in contents(self.engine, Keep, KeepRow, KeepRow.deployment.in_(chunk), order=(KeepRow.number,))
        ]
        return tuple(sorted(found, key=lambda each: each.since))

    def end_keep(self, keep: Keep, *, now: datetime, noting: AuditEntry) -> None:
        """End a keep early."""
        ended = _keep_values(keep.model_copy(update={"until": now}))
        with writing(self.engine) as connection:
            own = select(KeepRow.number, KeepRow.content).where(KeepRow.deployment == keep.deployment)
            rows = connection.execute(own).all()
            numbers = [row.number for row in rows if keep in records(Keep, [row.content])]
            connection.execute(update(KeepRow).where(KeepRow.number.in_(numbers)).values(**ended))
            note(connection, noting)

    def exemptions(self, *, now: datetime) -> tuple[Exemption, ...]:
        """Return the exemptions that hold now, oldest first."""
        return contents(self.engine, Exemption, ExemptionRow, ExemptionRow.until > now, order=(ExemptionRow.since,))

    def exempt(self, exemption: Exemption, *, noting: AuditEntry) -> None:
        """Record an exemption; one of the same scope is replaced."""
        values = {
            "deployment": exemption.deployment or "",
            "owner_key": email_key(exemption.owner_email),
            "kind": exemption.kind.value if exemption.kind else "",
            "since": exemption.since,
            "until": exemption.until,
            "content": content_of(exemption),
        }
        with writing(self.engine) as connection:
            put(connection, ExemptionRow, values)
            note(connection, noting)

    def preferences(self, email: str) -> Preferences:
        """Return what a person wishes; the defaults if they never said."""
        found = contents(self.engine, Preferences, PreferencesRow, PreferencesRow.email_key == email_key(email))
        return found[0] if found else Preferences(email=email)

    def save_preferences(self, preferences: Preferences) -> None:
        """Replace what a person wishes."""
        values = {"email_key": email_key(preferences.email), "content": content_of(preferences)}
        with writing(self.engine) as connection:
            put(connection, PreferencesRow, values)


def _keep_values(keep: Keep) -> dict[str, Any]:
    return {"deployment": keep.deployment, "since": keep.since, "until": keep.until, "content": content_of(keep)}
