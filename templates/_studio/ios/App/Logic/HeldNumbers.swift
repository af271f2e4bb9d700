/// Gives the things in a frame that is held the numbers that they were followed by.
///
/// A frame that stands still is looked at by itself, and a thing that is followed has a place of its own, made of where it
/// was before: so each has the number of the thing of its class that it overlaps most, by at least a half.
struct HeldNumbers: ResultProcessor {
    static let least = 0.5

    private let followed: [Box]

    /// `boxes`: of the frame, as it was shown.
    init(of boxes: [Box]) {
        followed = boxes.filter { $0.track != nil }
    }

    /// The surest thing is the first to have a number, and nobody else has that one then.
    func process(_ result: inout PictureResult) {
        var free = followed
        for place in result.boxes.indices.sorted(by: { result.boxes[$0].score > result.boxes[$1].score }) {
            let box = result.boxes[place]
            let overlaps = free.map { $0.classIndex == box.classIndex ? $0.overlap(with: box) : 0 }
            guard let best = overlaps.indices.max(by: { overlaps[$0] < overlaps[$1] }),
                overlaps[best] >= HeldNumbers.least
            else { continue }
            let thing = free.remove(at: best)
            (result.boxes[place].track, result.boxes[place].trail) = (thing.track, thing.trail)
        }
    }
}

extension Box {
    /// Their common area by that of both together, from 0 to 1.
    fileprivate func overlap(with other: Box) -> Double {
        let width = min(right, other.right) - max(left, other.left)
        let height = min(bottom, other.bottom) - max(top, other.top)
        if width <= 0 || height <= 0 { return 0 }
        return width * height / (area + other.area - width * height)
    }
}
