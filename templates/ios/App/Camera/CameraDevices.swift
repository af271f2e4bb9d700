import AVFoundation

extension CameraPosition {
    /// The camera of this side, if this device has one.
    var device: AVCaptureDevice? {
        AVCaptureDevice.default(.builtInWideAngleCamera, for: .video, position: self == .back ? .back : .front)
    }

    static var available: [CameraPosition] {
        [.back, .front].filter { $0.device != nil }
    }
}
