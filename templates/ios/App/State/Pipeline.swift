/// The detector and the camera that feeds it, as the models of the screen see them: LivePipeline on a phone, a stand-in in
/// the tests.
protocol Pipeline: Sendable {
    /// Newest only: a result that nobody took in time is of no use any more.
    var outcomes: AsyncStream<FrameOutcome> { get }
    var captureEvents: AsyncStream<CaptureEvent> { get }
    /// Whether it is on, whoever switched it: a device that is too warm does it by itself.
    var torchChanges: AsyncStream<Bool> { get }

    /// Takes a while. The model before, if any, is let go first.
    func load(_ model: Model) async throws
    /// From the next picture on.
    func use(_ choices: Choices) async throws
    /// Nil as long as there is no detector.
    func detect(in photo: any OpenedPhoto) async throws -> PictureResult?
    /// The photo that was looked at last, by the thresholds that hold now: without the model where that is possible.
    func detectAgain(in photo: any OpenedPhoto) async throws -> PictureResult?

    /// One of the pictures that came with the app; after the last the first comes again.
    func sample(_ number: Int) async throws -> any OpenedPhoto
    /// The next frame, as the preview shows it: turned by so many quarters more than the detector sees it, or as in a
    /// mirror. Nil: there is none.
    func hold(quarterTurns: Int, isMirrored: Bool) async -> (any OpenedPhoto)?

    /// Takes a while. The camera that runs before is stopped, also where the new one cannot be started.
    func startCamera(_ position: CameraPosition) async throws -> Camera
    func stopCamera() async
    /// Whether it is on now.
    func setTorch(on: Bool) async -> Bool
    /// Degrees by which frames are to be turned, clockwise, to be level.
    func setRotationAngle(_ angle: Double) async
    func setPace(_ pace: Pace) async
    /// The camera was taken away for a while: who waits for a frame of it waits no longer.
    func cancelRequests() async

    /// The real model on all golden vectors. Takes a while, and leaves no model loaded: `load` afterwards.
    func check() async throws -> CheckedVectors
    /// How long a detection takes, on so many threads. Leaves no model loaded, as `check` does.
    func time(threads: Int) async throws -> Timing

    /// What an error of these means for who uses the app.
    func words(for error: any Error) -> String
}

/// A photo as it was opened, or a frame that is held. What it is made of only the pipeline and the screen know.
protocol OpenedPhoto: Sendable {
    /// Clockwise, from the picture as the detector sees it to what is shown.
    var quarterTurns: Int { get }
    /// It is shown as in a mirror.
    var isMirrored: Bool { get }
}

extension OpenedPhoto {
    var quarterTurns: Int { 0 }
    var isMirrored: Bool { false }
}
