/// Yours to fill. It gets the result of each camera frame and photo before it is drawn.
struct ResultProcessor {
    /// Change the result, or return a text for the screen. README.md has an example.
    ///
    /// Variables of this struct stay from frame to frame. Each start of the camera and each photo gets a new one.
    mutating func process(_ result: inout VisionResult) -> String? {
        nil
    }
}
