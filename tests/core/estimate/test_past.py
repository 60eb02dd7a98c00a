"""An earlier run made ready to be compared with."""

from progressd.core.estimate.past import Past
from progressd.core.estimate.runs import Branch, Piece, Run


def test_what_went_side_by_side_is_told_of_each_branch() -> None:
    branches = [Branch("", "r", -1, 0.0, 50.0), Branch("a", "a", 0, 0.0, 10.0), Branch("b", "b", 0, 10.0, 50.0)]
    pieces = [Piece(f"a.{n}", f"{n}", 1, 0.0, 10.0) for n in range(3)] + [Piece("b.1", "1", 2, 10.0, 50.0)]
    past = Past(Run("r", 0.0, 50.0, finished=True, whole=True, branches=branches, pieces=pieces))

    assert [past.abreast(path) for path in ("a", "b", "", "c")] == [3.0, 1.0, 0.0, None]


def test_of_two_branches_with_one_name_the_later_one_is_meant() -> None:
    branches = [Branch("", "r", -1, 0.0, 50.0), Branch("1", "a", 0, 0.0, 10.0), Branch("2", "a", 0, 10.0, 50.0)]
    pieces = [Piece(f"1.{n}", f"{n}", 1, 0.0, 10.0) for n in range(2)] + [Piece("2.1", "1", 2, 10.0, 50.0)]
    past = Past(Run("r", 0.0, 50.0, finished=True, whole=True, branches=branches, pieces=pieces))

    assert past.abreast("a") == 1.0
    assert past.branch_at("a") is branches[2]
