/// What the stages of one detection took, in milliseconds.
struct StageTimes: Equatable, Sendable {
    var letterbox: Double
    var model: Double
    var boxes: Double

    var total: Double { letterbox + model + boxes }
}
