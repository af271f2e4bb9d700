/// What happens around the camera, and what is wanted of it: each changes what is to be done.
extension CameraModel {
    /// The user may have been in the settings meanwhile.
    func setInBackground(_ isInBackground: Bool) {
        update {
            $0.isInBackground = isInBackground
            $0.permission = device.permission
            // What interrupted a camera that was stopped is not told to be over.
            if isInBackground { $0.interruption = nil }
        }
    }

    func setHeat(_ heat: Heat) {
        update { $0.heat = heat }
    }

    /// The user knows what the app does, and goes on: the system asks.
    func goOn() {
        update { $0.isNew = false }
    }

    func tryAgain() {
        update { $0.hasFailed = false }
    }

    func switchCamera() {
        settings.camera = settings.camera.other
        tryAgain()
    }
}
