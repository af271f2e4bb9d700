/// One thing that was found, in pixels of the upright picture.
struct Box: Equatable, Sendable {
    var left: Double
    var top: Double
    var right: Double
    var bottom: Double
    var score: Double
    var classIndex: Int
}

/// What the stages of one detection took, in milliseconds.
struct StageTimes: Equatable, Sendable {
    var letterbox: Double
    var model: Double
    var boxes: Double

    var total: Double { letterbox + model + boxes }
}
