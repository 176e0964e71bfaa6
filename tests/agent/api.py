"""Talk plain HTTP to a Nomad agent."""

from typing import Any

import requests

from tests.agent.certificates import TlsFiles, verified_session

TIMEOUT_SECONDS = (2, 30)


class AgentAnsweredError(Exception):
    """The agent answered with an error; the text is its own."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status
        self.text = text


class AgentApi:
    """The HTTP API of one agent; paths are given without /v1."""

    def __init__(self, address: str, *, token: str | None = None, tls: TlsFiles | None = None) -> None:
        self.address = address
        self.token = token
        self._session = verified_session(tls) if tls else requests.Session()
        self._session.trust_env = False

    def get(self, path: str, **parameters: str) -> Any:
        """Return the decoded answer of a GET."""
        return self._ask("GET", path, parameters)

    def put(self, path: str, body: object = None, **parameters: str) -> Any:
        """Return the decoded answer of a PUT."""
        return self._ask("PUT", path, parameters, body)

    def delete(self, path: str, **parameters: str) -> Any:
        """Return the decoded answer of a DELETE."""
        return self._ask("DELETE", path, parameters)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _ask(self, method: str, path: str, parameters: dict[str, str], body: object = None) -> Any:
        headers = {"X-Nomad-Token": self.token} if self.token else {}
        url = f"{self.address}/v1/{path}"
        answer = self._session.request(
            method, url, params=parameters, json=body, headers=headers, timeout=TIMEOUT_SECONDS
        )
        if not answer.ok:
            raise AgentAnsweredError(answer.status_code, answer.text)
        return answer.json() if answer.content else None
