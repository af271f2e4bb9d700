/// Everything that decides whether the camera or a video runs, and which notice is shown if it does not.
struct CameraSituation: Equatable, Sendable {
    enum Permission: Sendable {
        case notAsked
        case granted
        case refused
        /// By a device policy: the user cannot change it.
        case restricted
    }

    /// Why the system has stopped the camera. It starts it again by itself.
    enum Interruption: Sendable {
        case usedElsewhere
        case splitView
        case systemPressure
        case sensitiveContent
        case other
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

    enum Event: Equatable, Sendable {
        case looked(hasCamera: Bool, Permission)
        case answered(Permission)
        /// Nil: a photo or the self-check is shown.
        case wanted(Source?)
        /// The user may have changed the permission in the settings.
        case inBackground(Bool, Permission)
        case welcomed
        case interrupted(Interruption)
        case resumed
        case failed
        /// By the user, or because the media services were reset.
        case triedAgain
        case heat(Heat)
    }

    var hasCamera = true
    var permission = Permission.notAsked
    /// The welcome comes before the system's question.
    var isNew = false
    var wanted: Source? = .camera
    var isInBackground = false
    var interruption: Interruption?
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

    func after(_ event: Event) -> CameraSituation {
        var next = self
        switch event {
        case .looked(let hasCamera, let permission): (next.hasCamera, next.permission) = (hasCamera, permission)
        case .answered(let permission): next.permission = permission
        case .wanted(let source):
            if source != wanted { next.hasFailed = false }
            next.wanted = source
        case .inBackground(let isInBackground, let permission):
            (next.isInBackground, next.permission) = (isInBackground, permission)
            if !isInBackground { next.hasFailed = false }
        case .welcomed: next.isNew = false
        case .interrupted(let interruption): next.interruption = interruption
        case .failed: next.hasFailed = true
        case .resumed, .triedAgain: (next.interruption, next.hasFailed) = (nil, false)
        case .heat(let heat): next.heat = heat
        }
        // The system does not report the end of an interruption to a stopped camera.
        if next.action != .run { next.interruption = nil }
        return next
    }

    var notice: Notice? {
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
        return interruption.map(Notice.cameraInterrupted)
    }
}
