/// Where a camera was told to look: there, until what it sees is something else.
struct CameraFocus: Equatable, Sendable {
    /// What a camera sees is something else.
    struct Change: Equatable, Sendable {
        let deviceID: String
        /// Seconds of a clock that never goes back.
        let time: Double
    }

    /// When, on which camera; nil: it looks at the middle.
    private var touch: Change?

    mutating func touch(on deviceID: String, at time: Double) {
        touch = Change(deviceID: deviceID, time: time)
    }

    mutating func end() {
        touch = nil
    }

    /// A change is told some time after it was: it may be another camera's, or the reason for a touch that came since.
    func isOver(after change: Change) -> Bool {
        touch.map { $0.deviceID == change.deviceID && $0.time < change.time } ?? false
    }
}
