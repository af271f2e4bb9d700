import AVFoundation
import Foundation

/// The detector, the camera that feeds it, and the one serial queue on which both work.
///
/// This actor's executor is the queue on which AVFoundation delivers frames: whatever an actor's method does, no frame is
/// looked at meanwhile, and ExecuTorch never runs two models at a time. Only results leave it.
actor LivePipeline {
    /// Newest only: a result that nobody took in time is of no use any more.
    nonisolated let outcomes: AsyncStream<FrameOutcome>
    nonisolated let preview: PreviewSource
    nonisolated let captureEvents: AsyncStream<CaptureEvent>
    /// Whether it is on, whoever switched it: a device that is too warm does it by itself.
    nonisolated let torchChanges: AsyncStream<Bool>

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    // Unlike a DispatchQueue it gives up what a frame left autoreleased by itself, after each frame.
    private let queue = DispatchSerialQueue(label: "pipeline", qos: .userInitiated)
    private let analyzer: FrameAnalyzer
    private let capture: CaptureSession
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

    /// Takes a while. Throws what Detector's initializer throws, and ModelFiles.Missing.
    func load() throws {
        analyzer.detector = nil  // never two models in memory
        analyzer.detector = try makeDetector(threads: 0)
    }

    /// Scores below it are not shown. 0 to 1.
    func setConfidence(_ confidence: Double) throws {
        self.confidence = confidence
        if let detector = analyzer.detector { detector.thresholds = try thresholds() }
    }

    /// Nil as long as there is no detector.
    func look(at photo: Photo) throws -> PictureResult? {
        guard let detector = analyzer.detector else { return nil }
        return try autoreleasepool { PictureResult(try photo.detect(with: detector)) }
    }

    // MARK: The camera

    /// Takes a while. The camera that runs before is stopped, also where the new one cannot be started.
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

    /// Whether it is on now.
    func setTorch(on: Bool) -> Bool {
        capture.setTorch(on: on)
    }

    /// Degrees by which frames are to be turned, clockwise, to be level.
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

    /// The camera was taken away for a while.
    func cancelSnapshots() {
        analyzer.cancelSnapshots()
    }

    // MARK: The self-check

    // Both load the model anew, and leave none loaded: `load` afterwards.

    /// Takes a while: the real model on all golden vectors.
    func check() throws -> SelfCheckReport {
        analyzer.detector = nil
        return try SelfCheck.run(modelPath: ModelFiles.model(), vectorsPath: ModelFiles.vectors())
    }

    func benchmarkPicture() throws -> GoldenPicture {
        try GoldenVectors(path: ModelFiles.vectors()).picture(at: 0)
    }

    /// How long a detection takes. ExecuTorch has one pool of threads for all models, and it can change its number only
    /// while there is none.
    func time(threads: Int, on picture: GoldenPicture) throws -> Timing {
        analyzer.detector = nil
        return try Benchmark(detector: makeDetector(threads: threads), picture: picture).run(threads: threads)
    }

    /// 0 threads: as many as ExecuTorch chooses.
    private func makeDetector(threads: Int) throws -> Detector {
        let detector = try Detector(modelPath: ModelFiles.model(), threads: threads, allClasses: false)
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
