import AVFoundation

enum CameraPosition: String, Sendable {
    case back
    case front

    var other: CameraPosition { self == .back ? .front : .back }

    /// The camera of this side, if this device has one.
    var device: AVCaptureDevice? {
        AVCaptureDevice.default(.builtInWideAngleCamera, for: .video, position: self == .back ? .back : .front)
    }

    /// The sides that have a camera. Empty in the simulator.
    static var available: [CameraPosition] {
        [.back, .front].filter { $0.device != nil }
    }
}

/// The camera that runs.
struct Camera: Equatable, Sendable {
    let position: CameraPosition
    let deviceID: String
    let hasTorch: Bool
    /// Its frames bear this number.
    let run: Int

    /// The preview of a front camera is a mirror; the frames are not.
    var isMirrored: Bool { position == .front }
}
