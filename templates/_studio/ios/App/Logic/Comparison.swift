import Foundation

/// Two confidences over a picture that stands still: what is seen at the lower one alone is drawn dashed.
struct Comparison: Equatable, Sendable {
    let lower: Double
    let higher: Double
    private let wanted: Double

    /// Of the confidence that is wanted with another one; nil: nothing is compared.
    init?(wanted: Double, other: Double?) {
        guard let other else { return nil }
        self.wanted = wanted
        (lower, higher) = (min(wanted, other), max(wanted, other))
    }

    func isSure(_ box: Box) -> Bool { box.score > higher }

    /// What is seen at the confidence that is wanted: the other one is there to look at.
    func isWanted(_ box: Box) -> Bool { box.score > wanted }
}

extension PictureResult {
    /// What is shared, and told: the one confidence that is wanted.
    var atOneConfidence: PictureResult {
        guard let comparison else { return self }
        var result = self
        result.boxes = boxes.filter(comparison.isWanted)
        result.comparison = nil
        return result
    }
}

extension Mark {
    /// Five on each side of a shape, the corners always among them.
    static func dashes(around corners: [CGPoint], _ color: ClassColor) -> [Mark] {
        let parts = 9
        return corners.indices.flatMap { side in
            let (from, to) = (corners[side], corners[(side + 1) % corners.count])
            func point(_ number: Int) -> CGPoint {
                let share = Double(number) / Double(parts)
                return CGPoint(x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y))
            }
            return stride(from: 0, to: parts, by: 2).map { part -> Mark in
                .path([point(part), point(part + 1)], isClosed: false, color)
            }
        }
    }
}
