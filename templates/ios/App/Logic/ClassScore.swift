/// How likely the picture is of a class.
struct ClassScore: Equatable, Sendable {
    var classIndex: Int
    /// 0 to 1; of all classes together 1.
    var score: Double
}
