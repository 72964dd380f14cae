"""A private Valkey: nobody else gets in, and a restart loses nothing."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from config.local.tests.conftest import wait_until
from config.local.valkey import Valkey, all_valkeys, find_valkey


@pytest.fixture
def valkey(place: Path) -> Iterator[Valkey]:
    server = Valkey(folder=place, durable=True)
    server.start()
    yield server
    server.stop()


def client(valkey: Valkey) -> redis.Redis:
    return redis.Redis.from_url(valkey.url(), decode_responses=True)


class TestFindValkey:
    def test_finds_one_on_this_machine(self) -> None:
        assert find_valkey() == next(iter(all_valkeys()))


class TestStart:
    def test_keeps_its_address_and_its_keys_when_it_is_killed(self, valkey: Valkey) -> None:
        url = valkey.url()
        with client(valkey) as connection:
            connection.set("kept", "yes")
            wait_until(lambda: connection.info("persistence")["aof_pending_bio_fsync"] == 0, "the write to the disk")
        assert valkey.child is not None
        os.kill(valkey.child.pid, signal.SIGKILL)
        wait_until(lambda: not valkey.running(), "the end of the server")
        valkey.start()
        assert valkey.url() == url
        with client(valkey) as connection:
            assert connection.get("kept") == "yes"

    def test_keeps_nothing_where_it_need_not(self, place: Path) -> None:
        server = Valkey(folder=place, durable=False)
        server.start()
        with client(server) as connection:
            connection.set("kept", "no")
        server.stop()
        server.start()
        with client(server) as connection:
            assert connection.get("kept") is None
        server.stop()

    def test_lets_nobody_in_without_the_password(self, valkey: Valkey) -> None:
        for url in (f"redis://127.0.0.1:{valkey.port}/0", f"redis://:wrong@127.0.0.1:{valkey.port}/0"):
            with redis.Redis.from_url(url) as stranger, pytest.raises(redis.AuthenticationError):
                stranger.ping()

    def test_shows_its_password_to_no_other_account(self, valkey: Valkey) -> None:
        assert valkey.child is not None
        assert valkey.password.encode() not in Path(f"/proc/{valkey.child.pid}/cmdline").read_bytes()
        assert (valkey.folder / "valkey.conf").stat().st_mode & 0o777 == 0o600
        assert valkey.folder.stat().st_mode & 0o777 == 0o700

    def test_listens_on_loopback_only(self, valkey: Valkey) -> None:
        with client(valkey) as connection:
            assert connection.config_get("bind")["bind"] == "127.0.0.1"

    def test_takes_another_port_when_somebody_was_quicker(self, place: Path, valkey: Valkey) -> None:
        late = Valkey(folder=place / "late", durable=False)
        late.port = valkey.port
        assert not late._started()
        late.port = 0
        late.start()
        assert late.port != valkey.port
        late.stop()
