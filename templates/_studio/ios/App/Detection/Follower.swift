/// Tells which thing in a camera's frame is which one of the frames before. Of one start of one camera.
struct Follower {
    private let tracker = Tracker()
    private var things = FollowedThings()
    private let start = ContinuousClock.now

    private var seconds: Double { start.duration(to: .now) / .seconds(1) }

    /// What is shown of the next frame: see FollowedThings. `isSmooth`: what stands still is held still.
    mutating func follow(_ found: DetectionResult, confidence: Double, isSmooth: Bool) throws -> PictureResult {
        let followed = isSmooth ? try tracker.follow(found, smoothedAt: seconds) : try tracker.follow(found)
        var result = PictureResult(found, detections: followed)
        result.boxes = things.shown(result.boxes, confidence: confidence)
        return result
    }
}
