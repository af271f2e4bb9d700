import Observation

/// The camera or a photo, the model, and what it finds in them.
@MainActor
@Observable
final class AppModel {
    enum ModelState: Equatable {
        case loading
        case ready
        /// In words.
        case failed(String)
    }

    let models: ModelRepository
    let settings: Settings
    let camera: CameraModel
    let photos = PhotoModel()
    let results: ShownResult
    private(set) var modelState = ModelState.loading

    @ObservationIgnored private let pipeline: any Pipeline
    @ObservationIgnored private let device: any Device
    @ObservationIgnored private var running: Task<Void, Never>?
    @ObservationIgnored private let confidences: AsyncStream<Double>
    @ObservationIgnored private let newConfidence: AsyncStream<Double>.Continuation

    init(pipeline: any Pipeline, device: any Device, models: ModelRepository, settings: Settings) {
        self.pipeline = pipeline
        self.device = device
        self.models = models
        self.settings = settings
        camera = CameraModel(pipeline: pipeline, device: device, settings: settings)
        results = ShownResult(models: models, device: device)
        (confidences, newConfidence) = AsyncStream.makeStream(of: Double.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// To be called when a window appears. A task of a window's would end with it, and with the task, for good, the
    /// streams that it follows: the system closes windows of an app that goes on.
    func start() {
        if running != nil { return }
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
            group.addTask { await self.followCondition() }
            group.addTask { await self.camera.followEvents() }
            group.addTask { await self.camera.followTorch() }
        }
    }

    /// What matters most is said: without the model there is nothing to see.
    var notice: Notice? {
        if case .failed(let words) = modelState { return .modelFailed(words) }
        switch photos.state {
        case .unreadable: return .photoUnreadable
        case .opening: return .photoOpening
        case .none: if let notice = camera.situation.notice { return notice }
        case .open: break
        }
        return modelState == .loading ? .modelLoading : nil
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

    /// At the start, and when the user tries again after a failure.
    func load() async {
        do {
            modelState = .loading
            try await pipeline.load(models.live)
            modelState = .ready
            await showPhoto()
        } catch {
            fail(error)
        }
    }

    /// Another model of the app's takes the place of the live one.
    func use(_ model: Model) async {
        guard models.choose(model) else { return }
        results.clear()
        await load()
    }

    /// To be called when a photo is about to be opened, when it is open, and when it is closed.
    func photoChanged() async {
        results.clear()
        camera.setWanted(photos.isNone)
        await showPhoto()
    }

    /// The self-check needs the processor for itself: the camera rests until `selfCheckClosed`.
    func run(_ selfCheck: SelfCheckModel) async {
        camera.setWanted(false)
        await selfCheck.run(on: pipeline, device: device)
        // Also when nobody waits for it any more: it took the detector away.
        await load()
    }

    func selfCheckClosed() {
        camera.setWanted(photos.isNone)
    }

    private func showPhoto(again: Bool = false) async {
        guard let photo = photos.photo else { return }
        let number = photos.changes
        do {
            let result = try await again ? pipeline.detectAgain(in: photo) : pipeline.detect(in: photo)
            // Another one may have been opened meanwhile.
            guard let result, photos.changes == number else { return }
            forgetFailure()
            results.show(photo: result)
        } catch {
            fail(error)
        }
    }

    private func followOutcomes() async {
        for await outcome in pipeline.outcomes {
            switch outcome {
            case .found(let frame):
                guard frame.run == camera.camera?.run else { continue }
                forgetFailure()
                results.show(frame)
            case .failed(let words):
                modelState = .failed(words)
                results.clear()
            }
        }
    }

    private func followConfidence() async {
        for await value in confidences {
            do {
                try await pipeline.setConfidence(value)
                await showPhoto(again: true)
            } catch {
                fail(error)
            }
        }
    }

    private func followCondition() async {
        for await condition in device.conditions() {
            camera.setHeat(condition.heat)
            await pipeline.setPace(Pace(heat: condition.heat, isSavingPower: condition.isSavingPower))
        }
    }

    /// A model that finds something works, whatever failed before: it may have been a single photo.
    private func forgetFailure() {
        if case .failed = modelState { modelState = .ready }
    }

    private func fail(_ error: any Error) {
        modelState = .failed(pipeline.words(for: error))
        results.clear()
    }
}
