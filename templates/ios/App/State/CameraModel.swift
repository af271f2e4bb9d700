import Foundation
import Observation

/// Starts and stops the camera, or the video in its place, as what is shown, what there is and what is allowed ask.
@MainActor
@Observable
final class CameraModel {
    private(set) var situation = CameraSituation()
    /// Nil: none runs.
    private(set) var camera: Camera?
    private(set) var isTorchOn = false
    private(set) var zoom = CameraZoom()
    private(set) var angles = CameraAngles()
    /// Both sides have a camera.
    private(set) var canSwitch = false

    /// The video that plays, and the number of its frames.
    @ObservationIgnored private var played: (video: any OpenedVideo, run: Int)?
    @ObservationIgnored private var video: (any OpenedVideo)?
    @ObservationIgnored private let pipeline: any Pipeline
    @ObservationIgnored let device: any Device
    @ObservationIgnored let settings: Settings
    @ObservationIgnored private var work: Task<Void, Never>?
    @ObservationIgnored private var isZooming = false

    init(pipeline: any Pipeline, device: any Device, settings: Settings) {
        self.pipeline = pipeline
        self.device = device
        self.settings = settings
        situation.isNew = device.permission == .notAsked
        situation.hasCamera = !device.cameras.isEmpty  // at once: the first notice that there is, is announced
    }

    /// Looks at what this device has and what it allows, and starts.
    func start() {
        let available = device.cameras
        canSwitch = available.count > 1
        if !available.contains(settings.camera), let only = available.first { settings.camera = only }
        update {
            $0.hasCamera = !available.isEmpty
            $0.permission = device.permission
        }
    }

    /// Frames of this run are shown.
    var run: Int? { camera?.run ?? played?.run }

    /// Nil: nothing that moves is shown.
    func setWanted(_ source: CameraSituation.Source?, _ video: (any OpenedVideo)? = nil) {
        self.video = video
        update { $0.wanted = source }
    }

    func switchTorch() {
        let isWanted = !isTorchOn
        Task { isTorchOn = await pipeline.setTorch(on: isWanted) }
    }

    /// By fingers, or by the chip of a lens. What the phone has no time for is overtaken by what comes after it.
    func zoom(_ event: CameraZoom.Event) {
        // Fingers may be taken away after their camera is gone.
        if camera == nil, event != .released { return }
        zoom = zoom.after(event)
        if camera == nil || isZooming { return }
        isZooming = true
        Task {
            var sent: Double?
            while let run = camera?.run, sent != zoom.factor {
                let wanted = zoom.factor
                sent = wanted
                let factor = await pipeline.setZoom(wanted)
                guard let factor, camera?.run == run, zoom.factor == wanted else { continue }
                zoom = zoom.after(.reached(factor))
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
        self.angles = angles
        Task { await pipeline.setRotationAngle(angles.capture) }
    }

    /// As long as the app runs.
    func followEvents() async {
        for await event in pipeline.captureEvents {
            switch event {
            case .interrupted(let interruption):
                isTorchOn = false
                update { $0.interruption = interruption }
                await pipeline.cancelRequests()
            case .resumed:
                update { $0.interruption = nil }
            case .mustRestart:
                camera = nil
                tryAgain()
            case .failed:
                update { $0.hasFailed = true }
            }
        }
    }

    /// As long as the app runs.
    func followTorch() async {
        for await isOn in pipeline.torchChanges { isTorchOn = isOn }
    }

    func update(_ change: (inout CameraSituation) -> Void) {
        change(&situation)
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
            update { $0.permission = permission }
        case .run:
            if camera?.position != settings.camera { await startCamera() }
        case .play:
            if let video, video !== played?.video { await play(video) }
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
        played?.video.pause()
        (camera, played, isTorchOn) = (nil, nil, false)
    }

    private func play(_ video: any OpenedVideo) async {
        forget()
        let run = await pipeline.startVideo(video)
        played = (video, run)
        video.play()
    }

    private func startCamera() async {
        forget()
        // It waits for its turn behind a self-check that was left and still runs.
        let patience = Task {
            try? await Task.sleep(for: .seconds(0.5))
            if !Task.isCancelled { situation.isStartingSlowly = true }
        }
        defer {
            patience.cancel()
            situation.isStartingSlowly = false
        }
        do {
            let camera = try await pipeline.startCamera(settings.camera)
            zoom = zoom.after(.started(camera.lenses, factor: camera.factor))
            self.camera = camera
        } catch {
            update { $0.hasFailed = true }
        }
    }
}
