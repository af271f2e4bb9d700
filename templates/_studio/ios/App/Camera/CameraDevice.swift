import AVFoundation
import Foundation

extension CameraPosition {
    /// Several lenses as one camera if possible, the widest first.
    private static let types: [AVCaptureDevice.DeviceType] = [
        .builtInTripleCamera, .builtInDualWideCamera, .builtInDualCamera, .builtInWideAngleCamera,
    ]

    static var available: [CameraPosition] {
        [.back, .front].filter { $0.device != nil }
    }

    var device: AVCaptureDevice? {
        let side: AVCaptureDevice.Position = self == .back ? .back : .front
        return CameraPosition.types.lazy.compactMap { AVCaptureDevice.default($0, for: .video, position: side) }.first
    }
}

extension AVCaptureDevice {
    var lenses: Lenses {
        Lenses(
            switchOvers: virtualDeviceSwitchOverVideoZoomFactors.map(\.doubleValue),
            beginsWide: deviceType == .builtInTripleCamera || deviceType == .builtInDualWideCamera,
            maxFactor: maxAvailableVideoZoomFactor)
    }

    /// Returns false, and changes nothing, while another app configures the device.
    @discardableResult
    func configure(_ change: (AVCaptureDevice) -> Void) -> Bool {
        do {
            try lockForConfiguration()
        } catch {
            return false
        }
        change(self)
        unlockForConfiguration()
        return true
    }

    /// Focuses and exposes at a point, in shares of the sensor's picture.
    func focus(at point: CGPoint) {
        if isFocusPointOfInterestSupported, isFocusModeSupported(.continuousAutoFocus) {
            focusPointOfInterest = point
            focusMode = .continuousAutoFocus
        }
        if isExposurePointOfInterestSupported, isExposureModeSupported(.continuousAutoExposure) {
            exposurePointOfInterest = point
            exposureMode = .continuousAutoExposure
        }
    }
}

enum CameraPermission {
    static var current: CameraStatus.Permission {
        switch AVCaptureDevice.authorizationStatus(for: .video) {
        case .notDetermined: .notAsked
        case .authorized: .granted
        case .restricted: .restricted
        case .denied: .refused
        @unknown default: .refused
        }
    }

    /// Shows the system's question and waits for the answer.
    static func ask() async -> CameraStatus.Permission {
        _ = await AVCaptureDevice.requestAccess(for: .video)
        return current
    }
}
