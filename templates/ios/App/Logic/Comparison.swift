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

    /// How many things are seen at each.
    func words(of boxes: [Box]) -> String {
        let sure = boxes.filter(isSure).count
        let format = String(localized: "compare_counts")
        return String(
            format: format,
            arguments: [NumberText.score(lower), String(boxes.count), NumberText.score(higher), String(sure)]
                .map { $0 as NSString })
    }
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
            return stride(from: 0, to: parts, by: 2).map { part in
                let ends = [part, part + 1].map { end in
                    let share = Double(end) / Double(parts)
                    return CGPoint(x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y))
                }
                return .path(ends, isClosed: false, color)
            }
        }
    }
}
