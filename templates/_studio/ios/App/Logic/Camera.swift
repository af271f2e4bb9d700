enum CameraPosition: String, Sendable {
    case back
    case front

    var other: CameraPosition { self == .back ? .front : .back }

    /// The preview of a front camera is a mirror; the frames are not.
    var isMirrored: Bool { self == .front }
}

/// The camera that runs.
struct Camera: Equatable, Sendable {
    let position: CameraPosition
    let deviceID: String
    let hasTorch: Bool
    let lenses: Lenses
    /// How far it is zoomed as it starts.
    let factor: Double
    /// Its frames bear this number.
    let run: Int

    var isMirrored: Bool { position.isMirrored }
}

/// By how many degrees, clockwise, the camera's pictures are turned to be level.
struct CameraAngles: Equatable, Sendable {
    /// On the screen, which may be locked in one orientation.
    var preview = 0.0
    /// By gravity: what the detector is to see.
    var capture = 0.0
}

/// What happens to a capture session without anybody asking for it.
enum CaptureEvent: Equatable, Sendable {
    case interrupted(CameraSituation.Interruption)
    case resumed
    /// The system's media services had to start anew: the session starts again.
    case mustRestart
    case failed
}
