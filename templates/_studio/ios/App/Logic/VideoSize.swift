/// The size in which a video's frames are taken and written: with even sides, as encoders want them, and no larger than the
/// camera's.
enum VideoSize {
    /// Pixels.
    static let longestSide = 1280.0

    /// Nil: there is nothing to be seen.
    static func fitting(width: Double, height: Double) -> (width: Int, height: Int)? {
        guard width >= 1, height >= 1, width.isFinite, height.isFinite else { return nil }
        let scale = min(1, longestSide / max(width, height))
        return (even(width * scale), even(height * scale))
    }

    private static func even(_ side: Double) -> Int {
        2 * max(1, Int((side / 2).rounded()))
    }
}
