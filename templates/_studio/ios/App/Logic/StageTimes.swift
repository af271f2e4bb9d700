/// What the stages of one detection took, in milliseconds.
struct StageTimes: Equatable, Sendable {
    var letterbox: Double
    var model: Double
    var boxes: Double

    var total: Double { letterbox + model + boxes }

    /// Of the whole time, 0 to 1 each, one after the other; of no time nothing.
    var shares: [Double] {
        [letterbox, model, boxes].map { total > 0 ? $0 / total : 0 }
    }
}
