/// How likely the picture is of a class.
struct ClassScore: Equatable, Sendable {
    var classIndex: Int
    /// 0 to 1; of all classes of the model, also of those that are not told, together 1.
    var score: Double
}
