/// A start of a camera.
struct CameraRun: Equatable, Sendable {
    let deviceID: String
    /// Each start has another one.
    let number: Int
    /// It started during an interruption, so it waits for the system.
    var isInterrupted = false
}

/// Clockwise degrees by which pictures are turned to be level.
struct CameraAngles: Equatable, Sendable {
    /// On the screen, which may be locked.
    var preview = 0.0
    /// By gravity, for the detector.
    var capture = 0.0
}

/// Events of the capture session.
enum CaptureEvent: Equatable, Sendable {
    case interrupted(CameraInterruption)
    case resumed
    /// The media services were reset.
    case mustRestart
    case failed
}

/// Why the system has stopped the camera. It starts it again by itself.
enum CameraInterruption: Sendable {
    case usedElsewhere
    case splitView
    case systemPressure
    case sensitiveContent
    case other

    /// The key of its text in Localizable.xcstrings.
    var textKey: String {
        switch self {
        case .usedElsewhere: "camera_in_use"
        case .splitView: "camera_split_view"
        case .systemPressure: "camera_system_pressure"
        case .sensitiveContent: "camera_sensitive_content"
        case .other: "camera_interrupted"
        }
    }
}

/// The cases of ProcessInfo.ThermalState.
enum Heat: Sendable {
    case nominal, fair, serious, critical
}

/// Tells a single failed frame from a detector that no longer works.
struct FailureStreak {
    static let limit = 5

    private var length = 0

    /// Returns whether to give up: true once, at the limit.
    mutating func fail() -> Bool {
        length += 1
        return length == FailureStreak.limit
    }

    mutating func end() {
        length = 0
    }
}
