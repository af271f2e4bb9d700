import AVFoundation
import Foundation

/// The detector, the camera that feeds it, and the one serial queue on which both work.
///
/// This actor's executor is the queue on which AVFoundation delivers frames: whatever an actor's method does, no frame is
/// looked at meanwhile, and ExecuTorch never runs two models at a time. Only results leave it.
actor LivePipeline: Pipeline {
    nonisolated let outcomes: AsyncStream<FrameOutcome>
    nonisolated let preview: PreviewSource
    nonisolated let captureEvents: AsyncStream<CaptureEvent>
    nonisolated let torchChanges: AsyncStream<Bool>

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    // Unlike a DispatchQueue it gives up what a frame left autoreleased by itself, after each frame.
    private let queue = DispatchSerialQueue(label: "pipeline", qos: .userInitiated)
    private let analyzer: FrameAnalyzer
    private let capture: CaptureSession
    private var model = ModelFiles.models[0]
    private var confidence = Thresholds.standard.confidence

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: FrameOutcome.self, bufferingPolicy: .bufferingNewest(1))
        let (torchChanges, torch) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(1))
        let session = AVCaptureSession()
        outcomes = stream
        analyzer = FrameAnalyzer(outcomes: continuation)
        preview = PreviewSource(session: session)
        captureEvents = CaptureEvent.stream(of: session)
        self.torchChanges = torchChanges
        capture = CaptureSession(session: session, torch: torch)
    }

    // MARK: The detector

    /// Throws what Detector's initializer throws, and ModelFiles.Missing.
    func load(_ model: Model) throws {
        analyzer.detector = nil  // never two models in memory
        self.model = model
        analyzer.detector = try makeDetector(threads: 0)
    }

    func setConfidence(_ confidence: Double) throws {
        self.confidence = confidence
        if let detector = analyzer.detector { detector.thresholds = try thresholds() }
    }

    func detect(in photo: any OpenedPhoto) throws -> PictureResult? {
        guard let detector = analyzer.detector, let photo = photo as? Photo else { return nil }
        let result = try autoreleasepool { analyzer.processed(photo: try photo.detect(with: detector)) }
        analyzer.lastPhoto = photo.preview
        return result
    }

    func detectAgain(in photo: any OpenedPhoto) throws -> PictureResult? {
        guard let detector = analyzer.detector, let last = analyzer.lastPhoto, (photo as? Photo)?.preview === last else {
            return try detect(in: photo)
        }
        return try autoreleasepool { analyzer.processed(photo: try detector.detectAgain()) }
    }

    nonisolated func words(for error: any Error) -> String {
        DetectorErrorText.text(error)
    }

    // MARK: The camera

    func startCamera(_ position: CameraPosition) throws -> Camera {
        do {
            return try capture.start(position, delegate: analyzer, queue: queue, run: analyzer.startRun())
        } catch {
            stopCamera()  // who waits for a frame would wait for ever
            throw error
        }
    }

    func stopCamera() {
        capture.stop()
        analyzer.cancelSnapshots()
    }

    func setTorch(on: Bool) -> Bool {
        capture.setTorch(on: on)
    }

    func setRotationAngle(_ angle: Double) {
        analyzer.rotationAngle = angle
    }

    func setPace(_ pace: Pace) {
        analyzer.pace = pace
    }

    /// The next frame, with what is found in it; nil: there is none.
    func snapshot() async -> Snapshot? {
        guard capture.isDelivering, analyzer.detector != nil else { return nil }
        return await withCheckedContinuation { analyzer.addSnapshotRequest($0) }
    }

    func cancelSnapshots() {
        analyzer.cancelSnapshots()
    }

    // MARK: The self-check

    // Both load the model anew: ExecuTorch has one pool of threads for all models, and it can change its number only
    // while there is none.

    func check() throws -> CheckedVectors {
        analyzer.detector = nil
        return CheckedVectors(try SelfCheck.run(modelPath: ModelFiles.path(of: model), vectorsPath: ModelFiles.vectors()))
    }

    func time(threads: Int) throws -> Timing {
        analyzer.detector = nil
        let picture = try GoldenVectors(path: ModelFiles.vectors()).picture(at: 0)
        return try Benchmark(detector: makeDetector(threads: threads), picture: picture).run(threads: threads)
    }

    /// 0 threads: as many as ExecuTorch chooses.
    private func makeDetector(threads: Int) throws -> Detector {
        let detector = try Detector(modelPath: ModelFiles.path(of: model), threads: threads, allClasses: false)
        detector.thresholds = try thresholds()
        return detector
    }

    private func thresholds() throws -> Thresholds {
        let standard = Thresholds.standard
        return try Thresholds(
            confidence: confidence, iou: standard.iou, maxDetections: standard.maxDetections,
            classAgnostic: standard.isClassAgnostic)
    }
}
