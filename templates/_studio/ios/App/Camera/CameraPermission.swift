import AVFoundation

/// The leave to use the camera.
enum CameraPermission {
    static var current: CameraSituation.Permission {
        switch AVCaptureDevice.authorizationStatus(for: .video) {
        case .notDetermined: .notAsked
        case .authorized: .granted
        case .restricted: .restricted
        case .denied: .refused
        @unknown default: .refused
        }
    }

    /// Shows the system's question and waits for the answer.
    static func ask() async -> CameraSituation.Permission {
        _ = await AVCaptureDevice.requestAccess(for: .video)
        return current
    }
}
