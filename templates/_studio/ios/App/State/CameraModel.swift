import Foundation

/// Starts and stops the camera, or the video in its place, as what is shown, what there is and what is allowed ask.
@MainActor
final class CameraModel {
    let store: StateStore
    private let pipeline: any Pipeline
    let device: any Device
    /// The video that plays.
    private var played: (any OpenedVideo)?
    private var video: (any OpenedVideo)?
    private var work: Task<Void, Never>?
    private var isZooming = false

    init(pipeline: any Pipeline, device: any Device, store: StateStore) {
        self.pipeline = pipeline
        self.device = device
        self.store = store
    }

    var situation: CameraSituation { store.state.situation }
    /// Nil: none runs.
    var camera: Camera? { store.state.camera }
    var isTorchOn: Bool { store.state.isTorchOn }
    var zoom: CameraZoom { store.state.cameraZoom }
    var angles: CameraAngles { store.state.angles }
    /// On the side that was chosen.
    private var wanted: CameraPosition { store.state.settings.camera }
    /// Both sides have a camera.
    var canSwitch: Bool { store.state.canSwitch }

    /// Looks at what this device has and what it allows, and starts.
    func start() {
        let available = device.cameras
        store.send(.camerasFound(available))
        happened(.looked(hasCamera: !available.isEmpty, device.permission))
    }

    /// Frames of this run are shown.
    var run: Int? { store.state.run }

    /// Nil: nothing that moves is shown.
    func setWanted(_ source: CameraSituation.Source?, _ video: (any OpenedVideo)? = nil) {
        self.video = video
        happened(.wanted(source))
    }

    func switchTorch() {
        let isWanted = !isTorchOn
        Task { store.send(.torch(isOn: await pipeline.setTorch(on: isWanted))) }
    }

    /// By fingers, or by the chip of a lens. What the phone has no time for is overtaken by what comes after it.
    func zoom(_ event: CameraZoom.Event) {
        // Fingers may be taken away after their camera is gone.
        if camera == nil, event != .released { return }
        store.send(.cameraZoomed(event))
        if camera == nil || isZooming { return }
        isZooming = true
        Task {
            var sent: Double?
            while let run = camera?.run, sent != zoom.factor {
                let wanted = zoom.factor
                sent = wanted
                let factor = await pipeline.setZoom(wanted)
                guard let factor, camera?.run == run, zoom.factor == wanted else { continue }
                store.send(.cameraZoomed(.reached(factor)))
                sent = zoom.factor
            }
            isZooming = false
        }
    }

    /// `point`: shares of the picture as the sensor has it. False: it lies beside the picture, or no camera runs.
    func focus(at point: CGPoint) -> Bool {
        guard camera != nil, (0...1).contains(point.x), (0...1).contains(point.y) else { return false }
        Task { await pipeline.focus(at: point) }
        return true
    }

    func setAngles(_ angles: CameraAngles) {
        if angles == self.angles { return }
        store.send(.turned(angles))
        Task { await pipeline.setRotationAngle(angles.capture) }
    }

    /// As long as the app runs.
    func followEvents() async {
        for await event in pipeline.captureEvents {
            switch event {
            case .interrupted(let interruption):
                happened(.interrupted(interruption))
                await pipeline.cancelRequests()
            case .resumed: happened(.resumed)
            case .mustRestart: happened(.lost)
            case .failed: happened(.failed)
            }
        }
    }

    /// As long as the app runs.
    func followTorch() async {
        for await isOn in pipeline.torchChanges { store.send(.torch(isOn: isOn)) }
    }

    func happened(_ event: CameraSituation.Event) {
        store.send(.camera(event))
        // One thing after the other, each by what is so when its turn comes.
        work = Task { [previous = work] in
            await previous?.value
            await act()
        }
    }

    private func act() async {
        switch situation.action {
        case .ask:
            let permission = await device.askPermission()
            happened(.answered(permission))
        case .run:
            if camera?.position != wanted { await startCamera() }
        case .play:
            if let video, video !== played { await play(video) }
        case .rest:
            if run != nil { await rest() }
        }
    }

    private func rest() async {
        forget()
        await pipeline.stop()
    }

    /// Nothing runs any more.
    private func forget() {
        played?.pause()
        played = nil
        store.send(.stopped)
    }

    private func play(_ video: any OpenedVideo) async {
        forget()
        let run = await pipeline.startVideo(video)
        played = video
        store.send(.videoStarted(run: run))
        video.play()
    }

    private func startCamera() async {
        forget()
        // It waits for its turn behind a self-check that was left and still runs.
        let patience = Task {
            try? await Task.sleep(for: .seconds(0.5))
            if !Task.isCancelled { store.send(.camera(.startsSlowly(true))) }
        }
        defer {
            patience.cancel()
            store.send(.camera(.startsSlowly(false)))
        }
        do {
            store.send(.cameraStarted(try await pipeline.startCamera(wanted)))
        } catch {
            happened(.failed)
        }
    }
}
