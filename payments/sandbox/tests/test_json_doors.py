"""What every door that speaks JSON does with a request, proved at each that there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from payments.sandbox import faults, journal
from payments.sandbox.engine import Engine
from payments.sandbox.faults import Fault
from payments.sandbox.json_doors import ApiAnswer, ApiRequest, JsonDoor
from payments.sandbox.phonepe.door import DOOR as PHONEPE_DOOR
from payments.sandbox.phonepe.door import TOKEN_PATH
from payments.sandbox.testing import PHONEPE, TRANSFERS
from payments.sandbox.tests.in_process import bench
from payments.sandbox.transfers.door import DOOR as TRANSFERS_DOOR

LOGIN = (
    f"client_id={PHONEPE['PHONEPE_CLIENT_ID']}&client_secret={PHONEPE['PHONEPE_CLIENT_SECRET']}"
    "&client_version=1&grant_type=client_credentials"
)
MAKE = (
    '{"reference": "tt_1", "tickets": [{"id": "tkt_1", "secret": "BAR-1"}], "recipient": {"email": "ann@example.com"}, '
    '"expiresAt": "2999-01-01T00:00:00+00:00"}'
)


@dataclass(frozen=True)
class Case:
    """A door, and a request that it grants."""

    door: JsonDoor
    granted: ApiRequest


CASES = {
    "phonepe": Case(PHONEPE_DOOR, ApiRequest("POST", TOKEN_PATH, LOGIN)),
    "transfers": Case(
        TRANSFERS_DOOR,
        ApiRequest(
            "POST", "/api/ticket-transfers", MAKE, authorization=f"Bearer {TRANSFERS['TRANSFER_SANDBOX_API_KEY']}"
        ),
    ),
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with bench(tmp_path / "state.sqlite3", environ={**PHONEPE, **TRANSFERS}) as opened:
        yield opened.engine


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def asked(engine: Engine, case: Case) -> ApiAnswer:
    return case.door.answer(engine=engine, request=case.granted)


def ordered(engine: Engine, **rule: object) -> None:
    with engine.store.write() as transaction:
        faults.add(transaction, fault=Fault(**rule))  # type: ignore[arg-type]


def lines(engine: Engine, case: Case) -> list[dict[str, Any]]:
    with engine.store.read() as transaction:
        return journal.seen(transaction, gateway=case.door.gateway, method="", path="", key="", limit=10)[1]


def rows(engine: Engine) -> int:
    with engine.store.read() as transaction:
        return len(transaction.rows("SELECT 1 FROM objects"))


class TestAnswer:
    def test_a_granted_request_is_written_down_without_its_secrets(self, engine: Engine, case: Case) -> None:
        assert asked(engine, case).status == 200
        (line,) = lines(engine, case)
        assert (line["method"], line["path"], line["status"]) == ("POST", case.granted.path, 200)
        assert line["params"]
        assert not set(line["params"]) & case.door.unwritten

    def test_an_error_before_leaves_nothing_behind(self, engine: Engine, case: Case) -> None:
        ordered(engine, kind="error", status=503)
        assert asked(engine, case).status == 503
        assert rows(engine) == 0
        assert asked(engine, case).status == 200

    def test_an_error_after_hides_what_was_done(self, engine: Engine, case: Case) -> None:
        ordered(engine, kind="error", status=500, stage="after")
        assert asked(engine, case).status == 500
        assert rows(engine) > 0

    def test_nobody_takes_a_refused_connection(self, engine: Engine, case: Case) -> None:
        ordered(engine, kind="refuse")
        assert asked(engine, case).dropped
        assert rows(engine) == 0
        assert [line["status"] for line in lines(engine, case)] == [0]

    def test_a_lost_answer_was_carried_out(self, engine: Engine, case: Case) -> None:
        ordered(engine, kind="lost_answer")
        given = asked(engine, case)
        assert (given.dropped, given.status) == (True, 200)
        assert rows(engine) > 0
        assert [line["status"] for line in lines(engine, case)] == [0]

    def test_a_bug_is_an_error_of_the_gateway_and_takes_its_rows_along(
        self, engine: Engine, case: Case, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = type(case.door).run

        def run_and_break(self: JsonDoor, *args: Any) -> dict[str, Any]:
            run(self, *args)
            raise RuntimeError

        monkeypatch.setattr(type(case.door), "run", run_and_break)
        assert asked(engine, case).status == 500
        assert rows(engine) == 0
        assert [line["status"] for line in lines(engine, case)] == [500]

    def test_only_who_names_its_requests_tells_their_ids(self, engine: Engine, case: Case) -> None:
        assert bool(asked(engine, case).request_id) is case.door.names_requests


class TestBodies:
    @pytest.mark.parametrize("raw", ["{", "[]", '"text"', "1"])
    def test_takes_json_objects_alone(self, engine: Engine, raw: str) -> None:
        for case in CASES.values():
            given = case.door.answer(engine=engine, request=ApiRequest("POST", "/elsewhere", raw))
            assert given.status == 400, case.door.gateway
            assert rows(engine) == 0

    def test_no_body_is_an_empty_one_only_where_the_gateway_reads_it_so(self, engine: Engine) -> None:
        nobody = ApiRequest("POST", "/elsewhere", "")
        assert PHONEPE_DOOR.answer(engine=engine, request=nobody).status == 400
        assert TRANSFERS_DOOR.answer(engine=engine, request=nobody).status == 404
