import Foundation

/// Which of the things that are followed are shown, and where they have been.
struct FollowedThings {
    /// Centres of a trail.
    static let longestTrail = 30
    /// Frames after which a thing that is not there is forgotten: longer than a tracker waits for it.
    static let patience = 40

    private struct Thing {
        var trail: [CGPoint]
        var frame: Int
        var isShown: Bool
    }

    private var things: [Int: Thing] = [:]
    private var frame = 0
    private var confidence = 0.0

    /// The boxes of the next frame that are shown, with their trails. A thing is there as soon as a score of this
    /// confidence was seen of it, and stays as long as it is followed: less sure frames are what it is followed for.
    mutating func shown(_ boxes: [Box], confidence: Double) -> [Box] {
        frame += 1
        if confidence != self.confidence {
            self.confidence = confidence
            for number in things.keys { things[number]?.isShown = false }
        }
        let shown = boxes.compactMap { followed($0) }
        things = things.filter { frame - $0.value.frame <= FollowedThings.patience }
        return shown
    }

    private mutating func followed(_ box: Box) -> Box? {
        guard let number = box.track else { return box }
        var thing = things.removeValue(forKey: number) ?? Thing(trail: [], frame: 0, isShown: false)
        if thing.trail.count == FollowedThings.longestTrail { thing.trail.removeFirst() }
        thing.trail.append(box.center)
        thing.frame = frame
        thing.isShown = thing.isShown || box.score >= confidence
        things[number] = thing
        if !thing.isShown { return nil }
        var box = box
        box.trail = thing.trail
        return box
    }
}
