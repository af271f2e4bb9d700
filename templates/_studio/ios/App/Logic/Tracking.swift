import Foundation

/// Which tracked objects are shown, and their trails.
struct Tracks {
    static let trailLength = 30
    /// Frames after which a hidden object is forgotten: longer than the tracker waits for it.
    static let patience = 40

    private struct Track {
        var trail: [CGPoint] = []
        var frame = 0
        var isShown = false
    }

    private var tracks: [Int: Track] = [:]
    private var frame = 0
    private var confidence = 0.0

    /// Returns the shown boxes of the next frame, with their trails. An object is shown once its score was above
    /// `confidence`, and then as long as it is tracked.
    mutating func shown(_ boxes: [Box], confidence: Double) -> [Box] {
        frame += 1
        if confidence != self.confidence {
            self.confidence = confidence
            for id in tracks.keys { tracks[id]?.isShown = false }
        }
        let shown = boxes.compactMap { tracked($0) }
        tracks = tracks.filter { frame - $0.value.frame <= Tracks.patience }
        return shown
    }

    private mutating func tracked(_ box: Box) -> Box? {
        guard let id = box.track else { return box }
        var track = tracks.removeValue(forKey: id) ?? Track()
        if track.trail.count == Tracks.trailLength { track.trail.removeFirst() }
        track.trail.append(box.center)
        track.frame = frame
        track.isShown = track.isShown || box.score > confidence
        tracks[id] = track
        if !track.isShown { return nil }
        var box = box
        box.trail = track.trail
        return box
    }
}

/// The trails, below everything else.
struct TrailLayer: Layer {
    func marks(for result: VisionResult, in mapping: PictureMapping) -> [Mark] {
        result.boxes.reversed().compactMap { box in
            box.trail.count < 2 ? nil : .path(box.trail.map(mapping.point), isClosed: false, box.color)
        }
    }
}

/// Applies the user's choices to boxes: the class filter, counting, and the track IDs of a frozen frame.
struct BoxProcessing {
    /// The overlap from which a box of a frozen frame is the same object.
    static let minOverlap = 0.5

    var counting = Counting()
    /// The confidence threshold of tracked objects; nil: tracking is off.
    private(set) var trackingConfidence: Double?
    private var onlyClass: Int?

    mutating func use(_ choices: Choices) {
        onlyClass = choices.onlyClass
        counting.isOn = choices.isCounting
        counting.line = choices.line
        trackingConfidence = choices.isTracking ? choices.limits.confidence : nil
    }

    /// Counts the classes and leaves the boxes that are shown.
    func filtered(_ result: VisionResult) -> VisionResult {
        var result = result
        result.counts = ClassCount.all(of: result.boxes)
        if let onlyClass { result.boxes.removeAll { $0.classIndex != onlyClass } }
        return result
    }

    /// The same for the next frame, with the counting line. Hidden classes are not counted.
    mutating func live(_ result: VisionResult) -> VisionResult {
        var result = filtered(result)
        counting.process(&result)
        return result
    }

    /// Gives the boxes of a frozen frame the track IDs that they had live, and the line its counts. The frame is detected
    /// again, so each box takes the ID of the tracked box of its class that it overlaps most.
    func keepTracks(of live: [Box], in result: inout VisionResult) {
        if trackingConfidence == nil { return }
        var free = live.filter { $0.track != nil }
        for index in result.boxes.indices.sorted(by: { result.boxes[$0].score > result.boxes[$1].score }) {
            let box = result.boxes[index]
            let overlaps = free.map { $0.classIndex == box.classIndex ? $0.overlap(with: box) : 0 }
            guard let best = overlaps.indices.max(by: { overlaps[$0] < overlaps[$1] }),
                overlaps[best] >= BoxProcessing.minOverlap
            else { continue }
            let tracked = free.remove(at: best)
            (result.boxes[index].track, result.boxes[index].trail) = (tracked.track, tracked.trail)
        }
        result.line = counting.line(in: result.size)
    }
}
