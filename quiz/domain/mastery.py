"""What we believe a learner can do now, per lesson; it moves both ways."""

NEW, LEARNT, REVIEW, MASTERED = "new", "learnt", "review", "mastered"
STATES = (MASTERED, REVIEW, LEARNT, NEW)
MASTERED_FROM, REVIEW_BELOW = 8_000, 5_000  # hundredths of a point


def state(read: bool, practice_score: int | None) -> str:
    """The state of one lesson from its latest practice (hundredths of a point, 0–10000).

    From 80 points it is mastered, below 50 to review, between them learnt. Without practice
    it is learnt once read.
    """
    if practice_score is None:
        return LEARNT if read else NEW
    if practice_score >= MASTERED_FROM:
        return MASTERED
    return REVIEW if practice_score < REVIEW_BELOW else LEARNT
