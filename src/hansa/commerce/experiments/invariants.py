"""What experiments promise."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "experiments-share-nobody",
        "no two running experiments on one subject take the same people",
        "select greatest(a.id, b.id) from experiments_experiment a join experiments_experiment b"
        " on b.platform_id = a.platform_id and b.subject = a.subject and b.id > a.id"
        " and a.slot_from < b.slot_below and b.slot_from < a.slot_below"
        " where a.started_at is not null and a.stopped_at is null"
        " and b.started_at is not null and b.stopped_at is null",
    ),
    Invariant(
        "exposures-in-time-and-place",
        "who was shown an arm was shown one of that experiment, while it was running",
        "select x.id from experiments_exposure x join experiments_arm a on a.id = x.arm_id"
        " join experiments_experiment e on e.id = x.experiment_id"
        " where a.experiment_id <> e.id or e.started_at is null or x.at < e.started_at or x.at > e.stopped_at",
    ),
]
