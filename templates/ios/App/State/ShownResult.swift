import Observation

/// What is shown of what was found: itself, speed, and the words for who cannot see them.
@MainActor
@Observable
final class ShownResult {
    private(set) var result: PictureResult? {
        didSet { if hasResult != (result != nil) { hasResult = result != nil } }
    }
    /// What reads only this is not made anew with every frame.
    private(set) var hasResult = false
    /// Degrees by which the shown frame was turned to be level.
    private(set) var rotationAngle = 0.0
    private(set) var speed: Speed?
    private(set) var summary = ""

    /// Seconds in which a person can read the numbers.
    @ObservationIgnored static let readable = 0.5
    @ObservationIgnored private let models: ModelRepository
    @ObservationIgnored private let device: any Device
    @ObservationIgnored private var rate = FrameRate()
    @ObservationIgnored private var speedFrom: Double?
    @ObservationIgnored private var announcements = Announcements()

    init(models: ModelRepository, device: any Device) {
        self.models = models
        self.device = device
    }

    func show(_ frame: FrameResult) {
        rate.add(time: frame.time)
        if frame.time - (speedFrom ?? -.infinity) >= ShownResult.readable {
            speedFrom = frame.time
            speed = .camera(perSecond: rate.perSecond, frame.result.times)
        }
        if rotationAngle != frame.rotationAngle { rotationAngle = frame.rotationAngle }
        show(frame.result, time: frame.time)
    }

    func show(photo result: PictureResult) {
        rate.clear()
        speed = .photo(result.times)
        rotationAngle = 0
        show(result, time: device.now)
    }

    /// Something else is about to be shown.
    func clear() {
        result = nil
        rate.clear()
        speedFrom = nil
        speed = nil
        summary = ""
        announcements.restart()
    }

    private func show(_ result: PictureResult, time: Double) {
        self.result = result
        let words = Summary.text(result, names: models.live.classNames)
        if words != summary { summary = words }
        guard device.isVoiceOverRunning else { return }
        if let words = announcements.next(summary: words, time: time) { device.say(words) }
    }
}

/// Frames in a second, and what each stage took.
enum Speed: Equatable, Sendable {
    /// `perSecond`: nil as long as there are not two frames.
    case camera(perSecond: Double?, StageTimes)
    case photo(StageTimes)
}
