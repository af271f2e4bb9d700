/// Yours to fill. It gets the result of each camera frame and photo, and its picture, before it is drawn.
struct ResultProcessor {
    /// Change the result, or return a text for the screen. README.md has examples, also of a crop of the picture.
    ///
    /// Variables of this struct stay from frame to frame. Each start of the camera gets a new one,
    /// and each analysis of a photo.
    mutating func process(_ result: inout VisionResult, picture: Picture) -> String? {
        nil
    }
}
