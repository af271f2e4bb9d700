/// Everything that decides whether the camera or a video runs, and which message is shown if it does not.
struct CameraStatus: Equatable, Sendable {
    enum Permission: Sendable {
        case notAsked
        case granted
        case refused
        /// By a device policy: the user cannot change it.
        case restricted
    }

    enum Action: Equatable, Sendable {
        case ask
        case run
        case playVideo
        case rest
    }

    enum Source: Equatable, Sendable {
        case camera
        case video
    }

    var hasCamera = true
    var permission = Permission.notAsked
    /// The welcome comes before the system's question.
    var isNew = false
    /// Nil: a photo or the self-check is shown.
    var wanted: Source? = .camera {
        didSet { if wanted != oldValue { hasFailed = false } }
    }
    var isInBackground = false {
        didSet { if !isInBackground { hasFailed = false } }
    }
    var interruption: CameraInterruption?
    /// It did not start, or stopped with an error.
    var hasFailed = false
    var heat = Heat.nominal

    var action: Action {
        if isInBackground { return .rest }
        if wanted == .video { return .playVideo }
        guard hasCamera, wanted == .camera else { return .rest }
        switch permission {
        case .notAsked: return isNew ? .rest : .ask
        case .refused, .restricted: return .rest
        case .granted: return hasFailed || heat == .critical ? .rest : .run
        }
    }

    /// The status after a change.
    func after(_ change: (inout CameraStatus) -> Void) -> CameraStatus {
        var next = self
        change(&next)
        // The system does not report the end of an interruption to a stopped camera.
        if next.action != .run { next.interruption = nil }
        return next
    }

    /// By the user, or because the system gives the camera back.
    mutating func retry() {
        (interruption, hasFailed) = (nil, false)
    }

    var message: Message? {
        if wanted != .camera { return nil }
        if !hasCamera { return .noCamera }
        switch permission {
        case .notAsked: return isNew ? .welcome : nil  // then the system's question is on the screen
        case .refused: return .cameraRefused
        case .restricted: return .cameraRestricted
        case .granted: break
        }
        if heat == .critical { return .cameraTooHot }
        if hasFailed { return .cameraFailed }
        return interruption.map(Message.cameraInterrupted)
    }
}
