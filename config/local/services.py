"""Starts the services that the environment does not name already, and says where they are."""

import atexit
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.local.env_file import is_given
from config.local.folders import FolderLock, lock_folder, own_folder, remove_orphaned_stand_ins, temporary_home
from config.local.postgres import APPLICATION, OWNER, Postgres
from config.local.valkey import Valkey


@dataclass(kw_only=True)
class Services:
    """PostgreSQL and Valkey, each None when the environment names another one."""

    lock: FolderLock | None = None
    postgres: Postgres | None = None
    valkey: Valkey | None = None
    temporary: bool = False
    _stopped: bool = field(default=False, init=False)

    def environ(self) -> dict[str, str]:
        """The variables that lead to what was started here; what the environment names itself is not repeated."""
        found = {}
        if self.postgres is not None:
            found["DATABASE_URL"] = self.postgres.url(role=APPLICATION)
            found["MIGRATION_DATABASE_URL"] = self.postgres.url(role=OWNER)
        if self.valkey is not None:
            found["REDIS_URL"] = self.valkey.url()
        return found

    def keep_open(self) -> tuple[int, ...]:
        """Descriptors for whoever works with these services: the folder is free when the last of them has ended."""
        return (self.lock.descriptor,) if self.lock is not None else ()

    def revive(self) -> list[str]:
        """Start again, at the same addresses, what has ended by itself; returns the names."""
        revived = []
        for name, service in (("postgres", self.postgres), ("valkey", self.valkey)):
            if service is not None and not service.running():
                service.start()
                revived.append(name)
        return revived

    def stop(self) -> None:
        """Stop everything and remove what was temporary; a second call does nothing."""
        if self._stopped:
            return
        self._stopped = True
        if self.valkey is not None:
            self.valkey.stop()
        if self.postgres is not None:
            self.postgres.stop()
        if self.temporary and self.postgres is not None:
            shutil.rmtree(self.postgres.home, ignore_errors=True)
        if self.lock is not None:
            if self.temporary:
                shutil.rmtree(self.lock.folder, ignore_errors=True)
            self.lock.release()


def start_services(*, folder: Path, durable: bool, environ: Mapping[str, str] = os.environ) -> Services:
    """Start in `folder` what DATABASE_URL and REDIS_URL (or their `_FILE`) do not name; a given one is used as given.

    With `durable` the data survive `kill -9` and power loss. Raises InUse when another live process works in the
    folder, NoPostgres, NoUnprivilegedAccount, NotOurs, PostgresFailed, ValkeyFailed.
    """
    own_folder(path=folder, account=None, mode=0o711)
    return _start(services=Services(), lock=lock_folder(folder=folder), durable=durable, environ=environ)


def temporary_services(*, durable: bool, environ: Mapping[str, str] = os.environ) -> Services:
    """Start them in a fresh folder that no other run shares, and that goes when they stop."""
    services = Services(temporary=True)
    if all(is_given(environ=environ, name=name) for name in ("DATABASE_URL", "REDIS_URL")):
        return services
    atexit.register(services.stop)
    return _start(services=services, lock=temporary_home(), durable=durable, environ=environ)


def services_for_tests() -> Services:
    """What a test run needs: fresh, fast, gone with this process however it ends, stopped at its exit."""
    return temporary_services(durable=False)


def _start(*, services: Services, lock: FolderLock, durable: bool, environ: Mapping[str, str]) -> Services:
    services.lock = lock
    remove_orphaned_stand_ins()
    try:
        if not is_given(environ=environ, name="DATABASE_URL"):
            services.postgres = Postgres(
                folder=lock.folder, durable=durable, environ=environ, keep_open=services.keep_open()
            )
            services.postgres.start()
        if not is_given(environ=environ, name="REDIS_URL"):
            services.valkey = Valkey(folder=lock.folder, durable=durable, keep_open=services.keep_open())
            services.valkey.start()
    except BaseException:
        services.stop()
        raise
    return services
