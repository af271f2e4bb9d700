/// What happens around the camera, and what is wanted of it: each changes what is to be done.
extension CameraModel {
    /// The user may have been in the settings meanwhile.
    func setInBackground(_ isInBackground: Bool) {
        happened(.inBackground(isInBackground, device.permission))
    }

    func setHeat(_ heat: Heat) {
        happened(.heat(heat))
    }

    /// The user knows what the app does, and goes on: the system asks.
    func goOn() {
        happened(.welcomed)
    }

    func tryAgain() {
        happened(.triedAgain)
    }

    func switchCamera() {
        store.send(.chosen(.camera(store.state.settings.camera.other)))
        tryAgain()
    }
}

extension CameraSituation {
    /// What is known at once: the first notice that there is, is announced.
    @MainActor
    static func atStart(of device: any Device) -> CameraSituation {
        CameraSituation(hasCamera: !device.cameras.isEmpty, isNew: device.permission == .notAsked)
    }
}
