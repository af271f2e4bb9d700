/// Why the camera shows nothing, in the words of the string catalog, and what can be done.
enum CameraNotice: String, CaseIterable, Sendable {
    case noCamera = "no_camera"
    case refused = "permission_refused_for_ever"
    case restricted = "camera_disabled"
    case tooHot = "camera_too_hot"
    case failed = "camera_failed"
    case usedElsewhere = "camera_in_use"
    case splitView = "camera_split_view"
    case systemPressure = "camera_system_pressure"
    case sensitiveContent = "camera_sensitive_content"
    case interrupted = "camera_interrupted"
    case starting = "camera_starting"

    enum Remedy: Equatable, Sendable {
        case openSettings
        case tryAgain
    }

    init(interruption: CameraSituation.Interruption) {
        self =
            switch interruption {
            case .usedElsewhere: .usedElsewhere
            case .splitView: .splitView
            case .systemPressure: .systemPressure
            case .sensitiveContent: .sensitiveContent
            case .other: .interrupted
            }
    }

    var textKey: String { rawValue }

    var remedy: Remedy? {
        switch self {
        case .refused: .openSettings
        case .failed: .tryAgain
        case .noCamera, .restricted, .tooHot, .usedElsewhere, .splitView, .systemPressure, .sensitiveContent,
            .interrupted, .starting:
            nil
        }
    }
}
