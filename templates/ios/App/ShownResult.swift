import Observation
import UIKit

/// What is shown of what was found: boxes, speed, and the words for who cannot see them.
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
    private(set) var stats = ""
    private(set) var summary = ""

    /// Seconds in which a person can read the numbers.
    @ObservationIgnored private static let readable = 0.5
    /// Asked for once: each time, all of them are converted from Objective-C.
    @ObservationIgnored private let names = ModelInfo.classNames
    @ObservationIgnored private var rate = FrameRate()
    @ObservationIgnored private var statsFrom: Double?
    @ObservationIgnored private var announcements = Announcements()

    func show(_ frame: FrameResult) {
        rate.add(time: frame.time)
        if frame.time - (statsFrom ?? -.infinity) >= ShownResult.readable {
            statsFrom = frame.time
            let perSecond = rate.perSecond.map(NumberText.tenths) ?? "–"
            stats = String(format: String(localized: "stats_camera"), perSecond, ShownResult.stages(frame.result))
        }
        if rotationAngle != frame.rotationAngle { rotationAngle = frame.rotationAngle }
        show(frame.result, time: frame.time)
    }

    func show(photo result: PictureResult) {
        rate.clear()
        stats = ShownResult.stages(result)
        rotationAngle = 0
        show(result, time: CACurrentMediaTime())
    }

    /// Something else is about to be shown.
    func clear() {
        result = nil
        rate.clear()
        statsFrom = nil
        stats = ""
        summary = ""
        announcements.restart()
    }

    private func show(_ result: PictureResult, time: Double) {
        self.result = result
        let words = Summary.text(boxes: result.boxes, names: names)
        if words != summary { summary = words }
        guard UIAccessibility.isVoiceOverRunning else { return }
        if let words = announcements.next(summary: words, time: time) { ShownResult.say(words) }
    }

    /// After what VoiceOver is saying, not into it.
    private static func say(_ words: String) {
        let polite = NSAttributedString(
            string: words, attributes: [.accessibilitySpeechAnnouncementPriority: UIAccessibilityPriority.low])
        UIAccessibility.post(notification: .announcement, argument: polite)
    }

    private static func stages(_ result: PictureResult) -> String {
        let times = result.times
        return String(
            format: String(localized: "stats_stages"), NumberText.tenths(times.letterbox),
            NumberText.tenths(times.model), NumberText.tenths(times.boxes))
    }
}
