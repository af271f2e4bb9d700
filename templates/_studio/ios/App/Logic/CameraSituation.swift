/// All that decides whether the camera, or a video in its place, runs, and what is said when it does not. One value;
/// whatever happens makes another one of it.
struct CameraSituation: Equatable, Sendable {
    enum Permission: Sendable {
        case notAsked
        case granted
        case refused
        /// By whoever manages the device: the user cannot change it.
        case restricted
    }

    /// Why the system has taken the camera away, until it gives it back by itself.
    enum Interruption: Sendable {
        case usedElsewhere
        case splitView
        case systemPressure
        /// An analyzer of sensitive content that the app has been given censors what the camera sees.
        case sensitiveContent
        case other
    }

    enum Action: Equatable, Sendable {
        case ask
        case run
        /// The video.
        case play
        case rest
    }

    enum Source: Equatable, Sendable {
        case camera
        case video
    }

    enum Event: Equatable, Sendable {
        /// What this device has, and what it allows.
        case looked(hasCamera: Bool, Permission)
        case answered(Permission)
        /// Nil: nothing that moves is shown.
        case wanted(Source?)
        /// The user may have been in the settings meanwhile.
        case inBackground(Bool, Permission)
        /// The user knows what the app does.
        case welcomed
        case interrupted(Interruption)
        case resumed
        case failed
        case triedAgain
        /// It is gone, and is to be started anew.
        case lost
        case heat(Heat)
        case startsSlowly(Bool)
    }

    var hasCamera = true
    var permission = Permission.notAsked
    /// The user was not told yet what the app does: that comes before the system's question.
    var isNew = false
    /// Nil: a photo is shown, or the self-check, which needs the processor for itself.
    var wanted: Source? = .camera
    var isInBackground = false
    var interruption: Interruption?
    /// It could not be started, or stopped with an error. Until the user tries again or comes back to it.
    var hasFailed = false
    var heat = Heat.nominal
    /// It is being started, for so long that a person asks why nothing is to be seen.
    var isStartingSlowly = false

    var action: Action {
        if isInBackground { return .rest }
        if wanted == .video { return .play }
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
        case .resumed: (next.interruption, next.hasFailed) = (nil, false)
        case .failed: next.hasFailed = true
        case .triedAgain, .lost: (next.interruption, next.hasFailed) = (nil, false)
        case .heat(let heat): next.heat = heat
        case .startsSlowly(let isSlow): next.isStartingSlowly = isSlow
        }
        // The system does not report the end of an interruption to a camera that was stopped.
        if next.action != .run { next.interruption = nil }
        return next
    }

    /// What a user must know who expects to see what the camera sees.
    var notice: Notice? {
        if wanted != .camera { return nil }
        if !hasCamera { return .noCamera }
        switch permission {
        case .notAsked: return isNew ? .welcome : nil  // then the system's own question is on the screen
        case .refused: return .cameraRefused
        case .restricted: return .cameraRestricted
        case .granted: break
        }
        if heat == .critical { return .cameraTooHot }
        if hasFailed { return .cameraFailed }
        if let interruption { return .cameraInterrupted(interruption) }
        return isStartingSlowly ? .cameraStarting : nil
    }
}
