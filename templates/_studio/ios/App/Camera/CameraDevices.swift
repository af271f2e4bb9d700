import AVFoundation

extension CameraPosition {
    /// Several lenses as one camera where there are, the widest first.
    private static let types: [AVCaptureDevice.DeviceType] = [
        .builtInTripleCamera, .builtInDualWideCamera, .builtInDualCamera, .builtInWideAngleCamera,
    ]

    /// The camera of this side, if this device has one.
    var device: AVCaptureDevice? {
        let side: AVCaptureDevice.Position = self == .back ? .back : .front
        return CameraPosition.types.lazy.compactMap { AVCaptureDevice.default($0, for: .video, position: side) }.first
    }

    static var available: [CameraPosition] {
        [.back, .front].filter { $0.device != nil }
    }
}

extension AVCaptureDevice {
    var lenses: Lenses {
        Lenses(
            switchOvers: virtualDeviceSwitchOverVideoZoomFactors.map(\.doubleValue),
            beginsWide: deviceType == .builtInTripleCamera || deviceType == .builtInDualWideCamera,
            most: maxAvailableVideoZoomFactor)
    }

    /// Nobody else changes the device meanwhile. False: somebody does, and nothing is changed.
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

    /// Sharp and bright by what lies there: shares of the picture as the sensor has it. Until somebody asks for another
    /// place, that is the middle.
    func lookAt(_ point: CGPoint = CGPoint(x: 0.5, y: 0.5)) {
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
