"""The promises at the size of a release: each a function that says whether it held, and figures.

The second function of a part plays a planted fault in small, and says whether it was caught.
"""

from tests.promises import parts_crowds as crowds
from tests.promises import parts_store as store
from tests.promises.part import Part

PARTS = {
    "nation": Part("A nation's sheets", 33, crowds.nation, crowds.nation_planted),
    "hall": Part(
        "One hall of 5,000 behind one address, wrong codes meanwhile",
        4,
        crowds.hall,
        crowds.hall_planted,
    ),
    "slow disk": Part("A disk of 20 ms a sync", 3, crowds.slow_disk, crowds.slow_disk_planted),
    "weak network": Part(
        "A network that loses a fifth of the acknowledgements",
        5,
        crowds.weak_network,
        crowds.weak_network_planted,
    ),
    "silent": Part(
        "4,000 clients that stop half-way or drip", 5, crowds.silent, crowds.silent_planted
    ),
    "kills": Part("kill -9 of workers and of the server", 110, store.killed, store.killed_planted),
    "power": Part("Power cuts", 20, store.power_cut, store.power_cut_planted),
    "faults": Part(
        "Calls to the disk that fail", 20, store.failing_disk, store.failing_disk_planted
    ),
    "histories": Part("Histories against a model", 95, store.history, store.history_planted),
    "closing": Part("Closings in a storm", 30, store.closing, store.closing_planted),
    "linking": Part("Nobody can tie a person to a sheet", 12, store.linking, store.linking_planted),
    "receipts": Part(
        "Receipts are listed, and lead to no sheet", 15, store.receipt, store.receipt_planted
    ),
    "hosts": Part(
        "Two hosts behind nginx on one PostgreSQL",
        10,
        crowds.several_hosts,
        crowds.several_hosts_planted,
    ),
}
SOAK = Part("Two hours, started anew each hour", 125, crowds.soaked, crowds.soaked_planted)
