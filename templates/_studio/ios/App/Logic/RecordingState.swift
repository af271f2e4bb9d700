import Foundation

/// What becomes of a wish to record, and what came of the last one: one value; whatever happens makes another one of it.
struct RecordingState: Equatable {
    enum Work: Equatable {
        case none
        case running(since: Date)
        /// Nothing is recorded any more, and the file is not whole yet.
        case ending
        case failed
    }

    enum Event {
        case asked(Date)
        case stopped
        /// The file is whole; nil: nothing came of it.
        case done(Made?)
        case broken
        /// What was said was closed.
        case closed
    }

    private(set) var work = Work.none
    /// The last video, to be given once more: whoever has closed its sheet may not have kept it.
    private(set) var last: Made?

    var isBusy: Bool { work != .none && work != .failed }

    func after(_ event: Event) -> RecordingState {
        var next = self
        switch (work, event) {
        case (.none, .asked(let now)), (.failed, .asked(let now)): next.work = .running(since: now)
        case (.running, .stopped): next.work = .ending
        case (.running, .done(let video)), (.ending, .done(let video)):
            next.work = .none
            next.last = video ?? last
        case (.running, .broken), (.ending, .broken): next.work = .failed
        case (.failed, .closed): next.work = .none
        case (_, .asked), (_, .stopped), (_, .done), (_, .broken), (_, .closed): break
        }
        return next
    }
}

/// When the frames of a recording are shown, from 0 on, and when it is long enough.
struct RecordingClock {
    /// Seconds.
    static let longest = 600.0

    private(set) var isOver = false
    /// How long it is.
    private(set) var seconds = 0.0
    private var first: Double?

    /// Nil: the frame of this time is not written.
    mutating func next(_ time: Double) -> Double? {
        guard let first else {
            first = time
            return 0
        }
        // Of two frames at one time a file can have one only.
        guard time - first > seconds, !isOver else { return nil }
        isOver = time - first >= RecordingClock.longest
        if isOver { return nil }
        seconds = time - first
        return seconds
    }
}

/// Whether a recording still has room on the device: not every frame asks.
struct RecordingRoom {
    /// Bytes. With less left a recording ends while it still can be written to its end.
    static let least: Int64 = 100_000_000
    /// Seconds: what is written in them is far less.
    static let pause = 1.0

    private var asked = -Double.infinity

    /// `free`: bytes; nil: nobody knows, which is taken as enough.
    static func isEnough(_ free: Int64?) -> Bool {
        free.map { $0 >= least } ?? true
    }

    mutating func isGone(at time: Double, free: () -> Int64?) -> Bool {
        if time - asked < RecordingRoom.pause { return false }
        asked = time
        return !RecordingRoom.isEnough(free())
    }
}
