/// Tells one frame that fails, which the next one makes good, from a detector that is of no use any more.
struct FailureStreak {
    /// So many frames that fail one after the other are no accident.
    static let most = 5

    private var length = 0

    /// Whether it is time to give up.
    mutating func fail() -> Bool {
        length += 1
        return length >= FailureStreak.most
    }

    mutating func end() {
        length = 0
    }
}
