/// Something worth being said while nobody asks for it.
struct News: Equatable, Sendable {
    let words: String
    /// What it is about: as long as that stays the same, it is no news, however the words change.
    let subject: String
}

/// Decides when VoiceOver says what is seen: not each flicker of a frame, and not the same again.
struct Announcements {
    /// Seconds in which nothing more is said.
    static let pause = 3.0

    /// The subject.
    private var said = ""
    private var saidAt: Double?

    /// What to say now, if anything: `news` is what is seen at `time`, in seconds.
    mutating func next(_ news: News, time: Double) -> String? {
        if news.subject == said { return nil }
        if let saidAt, time - saidAt < Announcements.pause { return nil }
        said = news.subject
        saidAt = time
        return news.words.isEmpty ? nil : news.words
    }

    /// For another picture: what is seen there is said at once.
    mutating func restart() {
        said = ""
        saidAt = nil
    }
}
