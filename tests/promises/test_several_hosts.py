"""Two application hosts, one PostgreSQL, and nginx as the document has it."""

from tests.promises.hosts import play


def test_two_hosts_in_a_storm_outlive_either_of_them_and_a_database_that_is_cut_off() -> None:
    (told_too_early, forgetful), real = play(kills=2, cuts=1)
    # What a fault looks like, or else finding none would mean nothing.
    assert told_too_early.count.lost
    assert forgetful.count.doubled

    assert real.count.acknowledged > 300
    assert (real.count.lost, real.count.doubled, real.count.untold) == (0, 0, 0)
    assert real.slips > 10
    assert (real.slips_lost, real.slips_spent_twice) == (0, 0)
    # A host that vanished in the middle of letting sheets in is given up, and what it held is free.
    assert 5 < real.held_up < 30
    # nginx gives a dead host's sheets to the other one; but for one whose answer had begun.
    assert sum(real.noticed.values()) < 5, real.noticed
