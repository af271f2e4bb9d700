import Foundation

/// Something to show in a sheet and to share. The screen knows what it contains.
struct ShareItem: Equatable, Identifiable, Sendable {
    let id = UUID()
    let content: any Sendable

    init(_ content: any Sendable) {
        self.content = content
    }

    static func == (one: ShareItem, other: ShareItem) -> Bool { one.id == other.id }
}

/// The preparation of share items, and recording. Only one of them at a time.
struct ShareState: Equatable {
    enum Work: Equatable {
        case none
        case preparing
        case recording(since: Date)
        /// The recording has ended, its file is being written.
        case finishing
    }

    enum Failure: Equatable {
        case nothingToShare
        case failed
        case recordingFailed
    }

    private(set) var work = Work.none
    /// The item in the sheet.
    var item: ShareItem?
    /// Shown in an alert.
    var failure: Failure?
    /// The last recording: its sheet may have been closed too early.
    private(set) var lastVideo: ShareItem?

    var isBusy: Bool { work != .none }
    /// Nothing is prepared, shown or reported.
    var isIdle: Bool { work != .preparing && item == nil && failure == nil }

    /// Returns false while something else is prepared or recorded.
    mutating func begin(_ work: Work) -> Bool {
        if isBusy { return false }
        (self.work, item, failure) = (work, nil, nil)
        return true
    }

    /// Shows the prepared item; nil: there is nothing to share.
    mutating func finish(_ item: ShareItem?) {
        (work, self.item) = (.none, item)
        if item == nil { failure = .nothingToShare }
    }

    mutating func stopRecording() {
        if case .recording = work { work = .finishing }
    }

    mutating func finishRecording(_ video: ShareItem?) {
        finish(video)
        lastVideo = video ?? lastVideo
    }

    mutating func fail(_ failure: Failure) {
        (work, self.failure) = (.none, failure)
    }
}

/// The times of a recording's frames.
struct RecordingClock {
    /// Seconds.
    static let maxLength = 600.0

    private(set) var isOver = false
    /// The length so far.
    private(set) var seconds = 0.0
    private var first: Double?

    /// The time in the file of a frame; nil: it is not written.
    mutating func next(_ time: Double) -> Double? {
        guard let first else {
            first = time
            return 0
        }
        // A file takes one frame for each time.
        guard time - first > seconds, !isOver else { return nil }
        isOver = time - first >= RecordingClock.maxLength
        if isOver { return nil }
        seconds = time - first
        return seconds
    }
}

/// Whether the device has room for a recording. Asks once a second.
struct RecordingRoom {
    /// Bytes. A recording ends with less, while its file can still be finished.
    static let minFree: Int64 = 100_000_000

    private var lastTime = -Double.infinity

    /// `free`: bytes; nil: unknown, which counts as enough.
    static func isEnough(_ free: Int64?) -> Bool {
        free.map { $0 >= minFree } ?? true
    }

    mutating func isGone(at time: Double, free: () -> Int64?) -> Bool {
        if time - lastTime < 1 { return false }
        lastTime = time
        return !RecordingRoom.isEnough(free())
    }
}

/// The size of a video's frames: even sides for encoders, and no larger than the camera's.
enum VideoSize {
    static let longestSide = 1280.0

    /// Nil for a size without area.
    static func fitting(width: Double, height: Double) -> (width: Int, height: Int)? {
        guard width >= 1, height >= 1, width.isFinite, height.isFinite else { return nil }
        let scale = min(1, longestSide / max(width, height))
        func even(_ side: Double) -> Int { 2 * max(1, Int((side * scale / 2).rounded())) }
        return (even(width), even(height))
    }
}
