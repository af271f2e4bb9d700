/// Yours to fill. It gets the result of each camera frame and photo before it is drawn.
struct ResultProcessor {
    /// Change the result, or return a text for the screen. README.md has an example.
    mutating func process(_ result: inout VisionResult) -> String? {
        nil
    }
}
