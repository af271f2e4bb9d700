/// Something a person must know, and what can be done about it.
enum Notice: Equatable, Sendable {
    /// What the app finds, and where: before the first question of the system's.
    case welcome
    case noCamera, cameraRefused, cameraRestricted, cameraTooHot, cameraFailed, cameraStarting
    case cameraInterrupted(CameraSituation.Interruption)
    case photoOpening, photoUnreadable
    case modelLoading
    /// In words.
    case modelFailed(String)

    enum Remedy: Equatable, Sendable {
        case askForCamera
        case openSettings
        case startCamera
        case loadModel
        case closePhoto
        case showSample
    }

    var remedy: Remedy? {
        switch self {
        case .welcome: .askForCamera
        case .cameraRefused: .openSettings
        case .cameraFailed: .startCamera
        case .modelFailed: .loadModel
        case .photoUnreadable: .closePhoto
        // The simulator has none: what the app does is seen all the same.
        case .noCamera: .showSample
        case .cameraRestricted, .cameraTooHot, .cameraStarting, .cameraInterrupted, .photoOpening, .modelLoading:
            nil
        }
    }

    /// The key in the string catalog; nil: it is in words already.
    var textKey: String? {
        switch self {
        case .noCamera: "no_camera"
        case .cameraRefused: "permission_refused_for_ever"
        case .cameraRestricted: "camera_disabled"
        case .cameraTooHot: "camera_too_hot"
        case .cameraFailed: "camera_failed"
        case .cameraStarting: "camera_starting"
        case .cameraInterrupted(.usedElsewhere): "camera_in_use"
        case .cameraInterrupted(.splitView): "camera_split_view"
        case .cameraInterrupted(.systemPressure): "camera_system_pressure"
        case .cameraInterrupted(.sensitiveContent): "camera_sensitive_content"
        case .cameraInterrupted(.other): "camera_interrupted"
        case .photoOpening: "photo_opening"
        case .photoUnreadable: "photo_unreadable"
        case .modelLoading: "model_loading"
        case .modelFailed, .welcome: nil
        }
    }
}
