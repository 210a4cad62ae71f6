"""What a result code means, and for whom."""

import copy
import pickle

import daraja
from daraja import Outcome, ResultCode, Scope


def test_the_same_code_means_another_thing_in_another_scope():
    assert ResultCode("2001").name == "WRONG_PIN"
    assert ResultCode("2001", Scope.ORGANISATION).name == "INITIATOR_INVALID"
    assert "PIN" in ResultCode("2001").advice
    assert "PIN" not in ResultCode("2001", Scope.ORGANISATION).advice


def test_no_answer_from_the_phone_is_not_a_failure_yet():
    code = ResultCode(1037)
    assert code.outcome is Outcome.UNKNOWN
    assert not code.final
    assert code.money_may_have_moved


def test_only_described_codes_settle_anything():
    code = ResultCode("SFC_NEW9")
    assert code == "SFC_NEW9"
    assert not code.known
    assert (code.outcome, code.final, code.money_may_have_moved) == (Outcome.UNKNOWN, False, True)


def test_a_code_is_text_wherever_text_is_wanted():
    code = ResultCode("1032")
    assert code == "1032"
    assert f"{code}" == "1032"
    for twin in (copy.deepcopy(code), pickle.loads(pickle.dumps(code))):  # noqa: S301 (our own bytes)
        assert (twin, twin.scope, twin.name) == ("1032", Scope.STK, "CANCELLED")


def test_every_code_has_words_for_people():
    for scope, codes in daraja.RESULT_CODES.items():
        assert codes, scope
        for meaning in codes.values():
            assert meaning.meaning.endswith(".")
            assert meaning.advice == "" if scope is Scope.VALIDATION else meaning.advice[-1] in ".)"
