/// Decides when VoiceOver says what is seen: not each flicker of a frame, and not the same again.
struct Announcements {
    /// Seconds in which nothing more is said.
    static let pause = 3.0

    private var said = ""
    private var saidAt: Double?

    /// What to say now, if anything: `summary` is what is seen at `time`, in seconds.
    mutating func next(summary: String, time: Double) -> String? {
        if summary == said { return nil }
        if let saidAt, time - saidAt < Announcements.pause { return nil }
        said = summary
        saidAt = time
        return summary.isEmpty ? nil : summary
    }

    /// For another picture: what is seen there is said at once.
    mutating func restart() {
        said = ""
        saidAt = nil
    }
}
