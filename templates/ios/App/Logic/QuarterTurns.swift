/// Turns by 90 degrees, clockwise.
enum QuarterTurns {
    private static let inCircle = 4
    private static let degreesEach = 90.0

    /// 0 to 3: the nearest to these degrees, which may be negative or more than a circle.
    static func count(degrees: Double) -> Int {
        guard degrees.isFinite else { return 0 }
        let circle = degreesEach * Double(inCircle)
        let within = degrees.truncatingRemainder(dividingBy: circle)
        let turns = Int((within / degreesEach).rounded())
        return (turns + inCircle) % inCircle
    }

    /// What is left to do for a picture turned by `from` degrees that is shown turned by `to` degrees.
    static func count(from: Double, to: Double) -> Int {
        count(degrees: to - from)
    }
}
