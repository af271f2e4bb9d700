/// Yours to fill. Sees every result before it is drawn: of each camera frame, and of a photo.
struct ResultProcessor {
    /// Change the result, or return a text for the screen. README.md has an example.
    mutating func process(_ result: inout VisionResult) -> String? {
        nil
    }
}
