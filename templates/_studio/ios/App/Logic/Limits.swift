/// Which of the model's candidates are shown: one value.
struct Limits: Equatable, Sendable {
    /// Scores below it are not shown. 0 to 1.
    var confidence: Double
    /// Of boxes that overlap more, the surest one stays. 0 to 1. Without a meaning for models that choose by themselves.
    var iou: Double
    /// How many of them a picture has.
    var most: Int

    /// What somebody can choose as `most`: few of them one by one, more in larger steps.
    static let steps = [1, 2, 3, 5, 10, 20, 50, 100, 200, 300]

    /// From 0 to 1, and one at least.
    var clamped: Limits {
        Limits(confidence: Limits.share(confidence), iou: Limits.share(iou), most: max(1, most))
    }

    /// What somebody has moved is in hundredths: with steps of its own a slider draws a mark for each. What nobody has
    /// moved stays as it was before: the app may have come with a finer one.
    func rounded(after before: Limits) -> Limits {
        var limits = clamped
        if confidence != before.confidence { limits.confidence = Limits.hundredths(limits.confidence) }
        if iou != before.iou { limits.iou = Limits.hundredths(limits.iou) }
        return limits
    }

    /// The place of `most` among the steps, from 0 on; what lies between two steps is at the upper one.
    var step: Double {
        get { Double(Limits.steps.firstIndex { $0 >= most } ?? Limits.steps.count - 1) }
        set {
            // What the app came with may be more than the last step: it stays as long as the slider does not move.
            let place = Int(min(max(newValue.rounded(), 0), Double(Limits.steps.count - 1)))
            if Double(place) != step { most = Limits.steps[place] }
        }
    }

    private static func share(_ value: Double) -> Double {
        min(max(value, 0), 1)
    }

    private static func hundredths(_ value: Double) -> Double {
        (value * 100).rounded() / 100
    }
}
