/// Tells which thing in a camera's frame is which one of the frames before. Of one start of one camera.
struct Follower {
    private let tracker = Tracker()
    private var things = FollowedThings()

    /// What is shown of the next frame: see FollowedThings.
    mutating func follow(_ found: DetectionResult, confidence: Double) throws -> PictureResult {
        var result = PictureResult(found, detections: try tracker.follow(found))
        result.boxes = things.shown(result.boxes, confidence: confidence)
        return result
    }
}
