"""A dictionary that answers as memcached would: enough while there is exactly one proxy process.

tempauth keeps its tokens here, so they are lost at a restart; clients log in again on a 401.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

MAX_ENTRIES = 20_000
LONGEST_RELATIVE_S = 2_592_000  # memcached reads a larger time-out as seconds since 1970


class DictCache:
    """The part of swift.common.memcached.MemcacheRing that Swift's proxy calls."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[Any, float]] = {}

    def get(self, key: str, raise_on_error: bool = False) -> Any:
        value, expires = self._entries.get(key, (None, 0.0))
        if expires and expires < time.time():
            del self._entries[key]
            return None
        return value

    def set(self, key: str, value: Any, *, time: float = 0, **_ignored: Any) -> None:
        self._make_room()
        self._entries[key] = (value, _expiry(time))

    def incr(self, key: str, delta: int = 1, time: float = 0) -> int:
        count = max(0, int(self.get(key) or 0) + int(delta))
        self.set(key, count, time=time)
        return count

    def decr(self, key: str, delta: int = 1, time: float = 0) -> int:
        return self.incr(key, -int(delta), time)

    def delete(self, key: str, server_key: str | None = None) -> None:
        self._entries.pop(key, None)

    def set_multi(
        self, mapping: Mapping[str, Any], server_key: str, *, time: float = 0, **_ignored: Any
    ) -> None:
        for key, value in mapping.items():
            self.set(key, value, time=time)

    def get_multi(self, keys: Iterable[str], server_key: str) -> list[Any]:
        return [self.get(key) for key in keys]

    def _make_room(self) -> None:
        if len(self._entries) < MAX_ENTRIES:
            return
        now = time.time()
        live = {key: entry for key, entry in self._entries.items() if not 0 < entry[1] < now}
        self._entries = live if len(live) < MAX_ENTRIES else {}


def _expiry(timeout_s: float) -> float:
    if not timeout_s:
        return 0.0
    return timeout_s if timeout_s > LONGEST_RELATIVE_S else time.time() + timeout_s


WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Any]


def filter_factory(global_conf: object, **local_conf: str) -> Callable[[WsgiApp], WsgiApp]:
    """Paste's entry point: every pipeline that names it shares this process's one cache."""
    return _with_cache


_shared = DictCache()


def _with_cache(app: WsgiApp) -> WsgiApp:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ["swift.cache"] = _shared
        return app(environ, start_response)

    return application
