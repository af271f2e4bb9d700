import Foundation
import Observation

/// Starts and stops the camera, or the video in its place.
@MainActor
@Observable
final class CameraModel {
    private(set) var status: CameraStatus
    /// Nil: none runs.
    private(set) var camera: Camera?
    private(set) var isTorchOn = false
    private(set) var zoom = CameraZoom()
    private(set) var angles = CameraAngles()
    /// There is a front and a back camera.
    private(set) var canSwitch = false

    @ObservationIgnored private let pipeline: any Pipeline
    @ObservationIgnored private let device: any Device
    @ObservationIgnored private let store: SettingsStore
    @ObservationIgnored private var wantedVideo: (any OpenedVideo)?
    @ObservationIgnored private var playedVideo: (any OpenedVideo)?
    @ObservationIgnored private var videoRun: Int?
    @ObservationIgnored private var work: Task<Void, Never>?
    @ObservationIgnored private var isZooming = false

    init(pipeline: any Pipeline, device: any Device, store: SettingsStore) {
        self.pipeline = pipeline
        self.device = device
        self.store = store
        status = CameraStatus(hasCamera: !device.cameras.isEmpty, isNew: device.permission == .notAsked)
    }

    /// The run whose frames are shown.
    var run: Int? { camera?.run ?? videoRun }

    func start() {
        let available = device.cameras
        canSwitch = available.count > 1
        if let only = available.first, !available.contains(store.settings.camera) { store.settings.camera = only }
        change { ($0.hasCamera, $0.permission) = (!available.isEmpty, device.permission) }
    }

    /// Nil: a photo or the self-check is shown.
    func setWanted(_ source: CameraStatus.Source?, _ video: (any OpenedVideo)? = nil) {
        wantedVideo = video
        change { $0.wanted = source }
    }

    func setInBackground(_ isInBackground: Bool) {
        // The user may have changed the permission in the settings.
        change { ($0.isInBackground, $0.permission) = (isInBackground, device.permission) }
    }

    func setHeat(_ heat: Heat) {
        change { $0.heat = heat }
    }

    /// The user has read the welcome: the system asks.
    func endWelcome() {
        change { $0.isNew = false }
    }

    func tryAgain() {
        change { $0.retry() }
    }

    func switchCamera() {
        store.settings.camera = store.settings.camera.other
        change { $0.hasFailed = false }  // an interruption stays
    }

    func switchTorch() {
        let isWanted = !isTorchOn
        Task { isTorchOn = await pipeline.setTorch(on: isWanted) }
    }

    /// `scale`: the distance of two fingers relative to their start.
    func pinch(by scale: Double) {
        if camera == nil { return }
        zoom.pinch(by: scale)
        sendZoom()
    }

    func endPinch() {
        zoom.release()
    }

    func choose(lens: Double) {
        if camera == nil { return }
        zoom.choose(lens)
        sendZoom()
    }

    /// The camera takes the newest factor, however fast the fingers move.
    private func sendZoom() {
        if isZooming { return }
        isZooming = true
        Task {
            var sent: Double?
            while let run = camera?.run, sent != zoom.factor {
                let wanted = zoom.factor
                sent = wanted
                let factor = await pipeline.setZoom(wanted)
                guard let factor, camera?.run == run, zoom.factor == wanted else { continue }
                zoom.reach(factor)
                sent = zoom.factor
            }
            isZooming = false
        }
    }

    /// `point`: in shares of the sensor's picture. Returns false outside it and without a camera.
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
                change { $0.interruption = interruption }
                await pipeline.cancelRequests()
            case .resumed: change { $0.retry() }
            case .mustRestart:
                camera = nil
                change { $0.retry() }
            case .failed: change { $0.hasFailed = true }
            }
        }
    }

    /// As long as the app runs.
    func followTorch() async {
        for await isOn in pipeline.torchChanges { isTorchOn = isOn }
    }

    private func change(_ change: (inout CameraStatus) -> Void) {
        let next = status.after(change)
        // A failed camera is started again, even if it was not stopped.
        if status.hasFailed, !next.hasFailed { camera = nil }
        if next != status { status = next }
        // One step after the other, each with the status of its time.
        work = Task { [previous = work] in
            await previous?.value
            await act()
        }
    }

    private func act() async {
        switch status.action {
        case .ask:
            let answer = await device.askPermission()
            change { $0.permission = answer }
        case .run:
            if camera?.position != store.settings.camera { await startCamera() }
        case .playVideo:
            if let wantedVideo, wantedVideo !== playedVideo { await play(wantedVideo) }
        case .rest:
            if run == nil { return }
            forget()
            await pipeline.stop()
        }
    }

    /// Nothing runs.
    private func forget() {
        playedVideo?.pause()
        (playedVideo, videoRun, camera, isTorchOn) = (nil, nil, nil, false)
    }

    private func play(_ video: any OpenedVideo) async {
        forget()
        let run = await pipeline.startVideo(video)
        (playedVideo, videoRun) = (video, run)
        video.play()
    }

    private func startCamera() async {
        forget()
        do {
            let camera = try await pipeline.startCamera(store.settings.camera)
            zoom.start(camera.lenses, factor: camera.factor)
            self.camera = camera
        } catch {
            change { $0.hasFailed = true }
        }
    }
}
