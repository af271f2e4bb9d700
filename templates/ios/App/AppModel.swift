import Foundation
import Observation

/// The camera or a photo, the model, and what it sees in them.
@MainActor
@Observable
final class AppModel {
    enum ModelState: Equatable {
        case loading
        case ready
        /// In words.
        case failed(String)
    }

    let settings: Settings
    let camera: CameraModel
    let photos = PhotoModel()
    let results = ShownResult()
    let pipeline: LivePipeline
    /// One for all windows that come and go: see PreviewSource.
    @ObservationIgnored private(set) lazy var preview = PreviewLayerView.showing(pipeline.preview)
    private(set) var modelState = ModelState.loading
    /// A picture that waits to be handed to another app.
    var sharedPicture: AnnotatedPicture?
    private(set) var isSharing = false
    var hasNothingToShare = false

    @ObservationIgnored private var running: Task<Void, Never>?
    @ObservationIgnored private let confidences: AsyncStream<Double>
    @ObservationIgnored private let newConfidence: AsyncStream<Double>.Continuation

    init() {
        let settings = Settings()
        let pipeline = LivePipeline()
        self.settings = settings
        self.pipeline = pipeline
        camera = CameraModel(pipeline: pipeline, settings: settings)
        (confidences, newConfidence) = AsyncStream.makeStream(of: Double.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// To be called when a window appears. A task of a window's would end with it, and with the task, for good, the
    /// streams that it follows: the system closes windows of an app that goes on.
    func start() {
        if running != nil { return }
        _ = preview  // it takes the session before LivePipeline starts it
        camera.start()
        newConfidence.yield(settings.confidence)
        running = Task { await run() }
    }

    /// As long as the app runs.
    private func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.load() }
            group.addTask { await self.followOutcomes() }
            group.addTask { await self.followConfidence() }
            group.addTask { await self.followHeat() }
            group.addTask { await self.camera.followEvents() }
            group.addTask { await self.camera.followTorch() }
        }
    }

    /// Scores below it are not shown. At most one value waits, however fast the slider moves.
    var confidence: Double {
        get { settings.confidence }
        set {
            // Not by the slider's steps: it draws a mark for each of them.
            let hundredths = (newValue * 100).rounded() / 100
            if hundredths == settings.confidence { return }
            settings.confidence = hundredths
            newConfidence.yield(hundredths)
        }
    }

    /// To be called when a photo is about to be opened, when it is open, and when it is closed.
    func photoChanged() async {
        results.clear()
        camera.setWanted(photos.isNone)
        await lookAtPhoto()
    }

    /// The self-check needs the processor for itself: the camera rests until `selfCheckClosed`.
    func run(_ selfCheck: SelfCheckModel) async {
        camera.setWanted(false)
        await selfCheck.run(on: pipeline)
        // Also when nobody waits for it any more: it took the detector away.
        await load()
    }

    func selfCheckClosed() {
        camera.setWanted(photos.isNone)
    }

    func share() async {
        if isSharing { return }
        isSharing = true
        defer { isSharing = false }
        guard let snapshot = await snapshot() else {
            hasNothingToShare = true
            return
        }
        sharedPicture = await AnnotatedPicture.make(of: snapshot)
    }

    private func snapshot() async -> Snapshot? {
        guard let photo = photos.photo else { return await pipeline.snapshot() }
        guard let image = photo.image, let result = results.result else { return nil }
        return Snapshot(image: image, orientation: photo.orientation, result: result)
    }

    /// At the start, and when the user tries again after a failure.
    func load() async {
        do {
            modelState = .loading
            try await pipeline.load()
            modelState = .ready
            await lookAtPhoto()
        } catch {
            fail(error)
        }
    }

    private func lookAtPhoto() async {
        guard let photo = photos.photo else { return }
        do {
            let result = try await pipeline.look(at: photo)
            if let result, photos.photo?.preview === photo.preview { results.show(photo: result) }
        } catch {
            fail(error)
        }
    }

    private func followOutcomes() async {
        for await outcome in pipeline.outcomes {
            switch outcome {
            case .found(let frame):
                if frame.run == camera.camera?.run { results.show(frame) }
            case .failed(let text):
                modelState = .failed(text)
                results.clear()
            }
        }
    }

    private func followConfidence() async {
        for await value in confidences {
            do {
                try await pipeline.setConfidence(value)
                await lookAtPhoto()
            } catch {
                fail(error)
            }
        }
    }

    private func followHeat() async {
        _ = ProcessInfo.processInfo.thermalState  // it tells of changes only to who has asked once
        let names = [ProcessInfo.thermalStateDidChangeNotification, .NSProcessInfoPowerStateDidChange]
        let changes = NotificationStream.make(of: names) { _ in true }
        await adaptToHeat()
        for await _ in changes { await adaptToHeat() }
    }

    private func adaptToHeat() async {
        let info = ProcessInfo.processInfo
        let heat = Heat(info.thermalState)
        camera.setHeat(heat)
        await pipeline.setPace(Pace(heat: heat, isSavingPower: info.isLowPowerModeEnabled))
    }

    private func fail(_ error: any Error) {
        modelState = .failed(DetectorErrorText.text(error))
        results.clear()
    }
}

extension Heat {
    fileprivate init(_ state: ProcessInfo.ThermalState) {
        switch state {
        case .nominal: self = .nominal
        case .fair: self = .fair
        case .serious: self = .serious
        case .critical: self = .critical
        @unknown default: self = .critical
        }
    }
}
