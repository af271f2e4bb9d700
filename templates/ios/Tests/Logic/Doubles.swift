import Foundation

@testable import App

/// A pipeline without a model and a camera: it writes down what it is asked, and gives what a test wants.
@MainActor
final class TestPipeline: Pipeline {
    struct Failure: Error {}

    nonisolated let outcomes: AsyncStream<FrameOutcome>
    nonisolated let captureEvents: AsyncStream<CaptureEvent>
    nonisolated let torchChanges: AsyncStream<Bool>
    nonisolated let outcome: AsyncStream<FrameOutcome>.Continuation
    nonisolated let event: AsyncStream<CaptureEvent>.Continuation
    nonisolated let torch: AsyncStream<Bool>.Continuation

    private(set) var calls: [String] = []
    /// Calls that begin so fail.
    var failing: String?
    var photoResult = TestPipeline.result(1)
    private var runs = 0

    init() {
        (outcomes, outcome) = AsyncStream.makeStream(of: FrameOutcome.self)
        (captureEvents, event) = AsyncStream.makeStream(of: CaptureEvent.self)
        (torchChanges, torch) = AsyncStream.makeStream(of: Bool.self)
    }

    func count(_ call: String) -> Int {
        calls.filter { $0 == call }.count
    }

    func load(_ model: Model) async throws { try note("load \(model.id)") }
    func setConfidence(_ confidence: Double) async throws { try note("confidence \(confidence)") }

    func detect(in photo: any OpenedPhoto) async throws -> PictureResult? {
        try note("detect")
        return photoResult
    }

    func detectAgain(in photo: any OpenedPhoto) async throws -> PictureResult? {
        try note("detect again")
        return photoResult
    }

    func startCamera(_ position: CameraPosition) async throws -> Camera {
        try note("start \(position)")
        runs += 1
        return Camera(position: position, deviceID: "1", hasTorch: true, run: runs)
    }

    func stopCamera() async { calls.append("stop") }

    func setTorch(on: Bool) async -> Bool {
        calls.append("torch \(on)")
        return on
    }

    func setRotationAngle(_ angle: Double) async { calls.append("angle \(angle)") }
    func setPace(_ pace: Pace) async { calls.append("pace \(pace.interval > 0 ? "slow" : "full")") }
    func cancelSnapshots() async { calls.append("cancel snapshots") }

    func check() async throws -> CheckedVectors {
        try note("check")
        let stage = CheckedStage(
            name: "boxes", unit: "px", worst: 0.1, tolerance: 0.5, comparedCount: 3, isPassed: true, problems: [])
        return CheckedVectors(stages: [stage], isPassed: true, pictureCount: 4)
    }

    func time(threads: Int) async throws -> Timing {
        try note("time \(threads)")
        return Timing(threads: threads, times: StageTimes(letterbox: 1, model: 20, boxes: 1))
    }

    nonisolated func words(for error: any Error) -> String { "it failed" }

    private func note(_ call: String) throws {
        calls.append(call)
        if let failing, call.hasPrefix(failing) { throw Failure() }
    }

    /// So many boxes.
    nonisolated static func result(_ count: Int) -> PictureResult {
        let box = Box(left: 1, top: 2, right: 3, bottom: 4, score: 0.5, classIndex: 0)
        return PictureResult(
            boxes: Array(repeating: box, count: count), size: CGSize(width: 640, height: 480),
            times: StageTimes(letterbox: 1, model: 2, boxes: 3))
    }
}

/// A phone with two cameras that are allowed.
@MainActor
final class TestDevice: Device {
    var cameras: [CameraPosition] = [.back, .front]
    var permission = CameraSituation.Permission.granted
    /// What the user answers.
    var answer = CameraSituation.Permission.granted
    var isVoiceOverRunning = true
    var now = 0.0
    let coreCount = 4
    let about = ["device: a test"]
    private(set) var said: [String] = []
    private let stream: AsyncStream<DeviceCondition>
    let condition: AsyncStream<DeviceCondition>.Continuation

    init() {
        (stream, condition) = AsyncStream.makeStream(of: DeviceCondition.self)
        condition.yield(DeviceCondition())
    }

    func askPermission() async -> CameraSituation.Permission {
        permission = answer
        return answer
    }

    func conditions() -> AsyncStream<DeviceCondition> { stream }
    func say(_ words: String) { said.append(words) }
}

struct TestPhoto: OpenedPhoto {}

/// The app's models over these doubles, started.
@MainActor
struct TestApp {
    let pipeline = TestPipeline()
    let device = TestDevice()
    let model: AppModel

    init(failing: String? = nil, prepare: (TestDevice) -> Void = { _ in }) {
        pipeline.failing = failing
        prepare(device)
        let models = ModelRepository(models: [
            Model(id: "first", name: "First", file: "first", classNames: ["bowl"], confidence: 0.25),
            Model(id: "second", name: "Second", file: "second", classNames: ["cup"], confidence: 0.5),
        ])
        let store = UserDefaults(suiteName: "tests \(UUID().uuidString)") ?? .standard
        model = AppModel(
            pipeline: pipeline, device: device, models: models, settings: Settings(store: store, confidence: 0.25))
        model.start()
    }

    /// Waits for something that other tasks of the main actor bring about.
    func wait(_ isSo: () -> Bool) async -> Bool {
        for _ in 0..<2000 where !isSo() { try? await Task.sleep(for: .milliseconds(1)) }
        return isSo()
    }

    func isReady() async -> Bool {
        await wait { model.modelState == .ready && model.camera.camera != nil }
    }

    /// A frame of the camera that runs.
    func frame(_ count: Int, time: Double, run: Int = 1) {
        pipeline.outcome.yield(
            .found(FrameResult(result: TestPipeline.result(count), rotationAngle: 90, time: time, run: run)))
    }

    func openPhoto() async {
        model.photos.open { TestPhoto() }
        _ = await wait { model.photos.photo != nil }
        await model.photoChanged()
    }
}
